import { type Afi, addressBits, type Vrp } from './vrp.ts';

/** RFC 6811 §2. */
export type OriginValidity = 'valid' | 'invalid' | 'not-found';

const NONE = -1;

/**
 * VRPs of one address family in a path-compressed binary trie. Nodes and entries are rows of integer columns:
 *
 * ```text
 * node   words[n × 1 or 4]  length[n]  left[n]  right[n]  head[n] ──► entry   asn[e]  maxLength[e]  next[e] ──► …
 * ```
 *
 * Row 0 is the root, of length 0. A node without entries always has two children, except for the root: what a removal
 * leaves behind is spliced out, so the trie is at most twice as large as its set of prefixes.
 */
export class VrpTrie {
  readonly #wordCount: number;
  #words: Uint32Array;
  #length: Uint8Array;
  #left: Int32Array;
  #right: Int32Array;
  #head: Int32Array;
  #nodes = 1;
  #freeNode = NONE;
  #asn: Uint32Array;
  #maxLength: Uint8Array;
  #next: Int32Array;
  #entries = 0;
  #freeEntry = NONE;
  #size = 0;
  readonly #key = new Uint32Array(4);

  constructor(afi: Afi) {
    this.#wordCount = addressBits(afi) / 32;
    this.#words = new Uint32Array(16 * this.#wordCount);
    this.#length = new Uint8Array(16);
    this.#left = new Int32Array(16).fill(NONE);
    this.#right = new Int32Array(16).fill(NONE);
    this.#head = new Int32Array(16).fill(NONE);
    this.#asn = new Uint32Array(16);
    this.#maxLength = new Uint8Array(16);
    this.#next = new Int32Array(16);
  }

  get size(): number {
    return this.#size;
  }

  /** RFC 6811 §2: covering looks at the VRP prefix only; matching also at its maximum length and AS. */
  validate(w0: number, w1: number, w2: number, w3: number, length: number, originAs: number): OriginValidity {
    this.#setKey(w0, w1, w2, w3);
    let covered = false;
    for (let node = 0; node !== NONE && this.#holds(node, length); node = this.#child(node, length)) {
      for (let entry = this.#head[node]!; entry !== NONE; entry = this.#next[entry]!) {
        covered = true;
        // RFC 6483 §4: AS 0 in a VRP says that nobody may originate the prefix.
        if (this.#maxLength[entry]! >= length && this.#asn[entry] === originAs && originAs !== 0) return 'valid';
      }
    }
    return covered ? 'invalid' : 'not-found';
  }

  /** Whether any VRP covers the prefix. */
  covers(vrp: Vrp): boolean {
    this.#setKey(vrp.w0, vrp.w1, vrp.w2, vrp.w3);
    for (let node = 0; node !== NONE && this.#holds(node, vrp.length); node = this.#child(node, vrp.length)) {
      if (this.#head[node] !== NONE) return true;
    }
    return false;
  }

  /** Every entry that covers the prefix, from the root down. */
  covering({ w0, w1, w2, w3, length }: Omit<Vrp, 'afi' | 'maxLength' | 'asn'>): Omit<Vrp, 'afi'>[] {
    this.#setKey(w0, w1, w2, w3);
    const found: Omit<Vrp, 'afi'>[] = [];
    for (let node = 0; node !== NONE && this.#holds(node, length); node = this.#child(node, length)) {
      const word = (index: number) => (index < this.#wordCount ? this.#words[node * this.#wordCount + index]! : 0);
      for (let entry = this.#head[node]!; entry !== NONE; entry = this.#next[entry]!) {
        const prefix = { w0: word(0), w1: word(1), w2: word(2), w3: word(3), length: this.#length[node]! };
        found.push({ ...prefix, maxLength: this.#maxLength[entry]!, asn: this.#asn[entry]! });
      }
    }
    return found;
  }

  /** False when it is there already. */
  add(vrp: Vrp): boolean {
    const node = this.#nodeFor(vrp);
    for (let entry = this.#head[node]!; entry !== NONE; entry = this.#next[entry]!) {
      if (this.#asn[entry] === vrp.asn && this.#maxLength[entry] === vrp.maxLength) return false;
    }
    const entry = this.#newEntry();
    this.#asn[entry] = vrp.asn;
    this.#maxLength[entry] = vrp.maxLength;
    this.#next[entry] = this.#head[node]!;
    this.#head[node] = entry;
    this.#size++;
    return true;
  }

  /** False when it is not there. */
  remove(vrp: Vrp): boolean {
    this.#setKey(vrp.w0, vrp.w1, vrp.w2, vrp.w3);
    let grandparent = NONE;
    let parent = NONE;
    let node = 0;
    while (this.#holds(node, vrp.length) && this.#length[node] !== vrp.length) {
      const child = this.#child(node, vrp.length);
      if (child === NONE) return false;
      grandparent = parent;
      parent = node;
      node = child;
    }
    if (!this.#holds(node, vrp.length)) return false;
    let before = NONE;
    let entry = this.#head[node]!;
    while (entry !== NONE && !(this.#asn[entry] === vrp.asn && this.#maxLength[entry] === vrp.maxLength)) {
      before = entry;
      entry = this.#next[entry]!;
    }
    if (entry === NONE) return false;
    if (before === NONE) this.#head[node] = this.#next[entry]!;
    else this.#next[before] = this.#next[entry]!;
    this.#next[entry] = this.#freeEntry;
    this.#freeEntry = entry;
    this.#size--;
    this.#splice(node, parent);
    if (parent !== NONE) this.#splice(parent, grandparent);
    return true;
  }

  /** Takes a node out that has no entries and fewer than two children. */
  #splice(node: number, parent: number): void {
    if (parent === NONE || this.#head[node] !== NONE) return;
    const left = this.#left[node]!;
    const right = this.#right[node]!;
    if (left !== NONE && right !== NONE) return;
    this.#replaceChild(parent, node, left === NONE ? right : left);
    this.#left[node] = this.#freeNode;
    this.#freeNode = node;
  }

  #nodeFor({ w0, w1, w2, w3, length }: Vrp): number {
    this.#setKey(w0, w1, w2, w3);
    let parent = NONE;
    let node = 0;
    for (;;) {
      const shared = this.#sharedBits(node, Math.min(length, this.#length[node]!));
      if (shared < this.#length[node]!) return this.#split(parent, node, shared, length);
      if (length === shared) return node;
      parent = node;
      node = this.#child(node, length);
      if (node === NONE) return this.#attach(parent, this.#newNode(length));
    }
  }

  /** The key parts from `node` after `shared` bits: a new node there, which is the key's own or a fork. */
  #split(parent: number, node: number, shared: number, length: number): number {
    const upper = this.#newNode(shared);
    this.#replaceChild(parent, node, upper);
    if (bitOf(this.#words, node * this.#wordCount, shared) === 0) this.#left[upper] = node;
    else this.#right[upper] = node;
    return shared === length ? upper : this.#attach(upper, this.#newNode(length));
  }

  #attach(parent: number, node: number): number {
    if (bitOf(this.#key, 0, this.#length[parent]!) === 0) this.#left[parent] = node;
    else this.#right[parent] = node;
    return node;
  }

  #replaceChild(parent: number, child: number, by: number): void {
    if (this.#left[parent] === child) this.#left[parent] = by;
    else this.#right[parent] = by;
  }

  #setKey(w0: number, w1: number, w2: number, w3: number): void {
    const key = this.#key;
    key[0] = w0;
    key[1] = w1;
    key[2] = w2;
    key[3] = w3;
  }

  /** Whether the node's prefix contains the key of that length. */
  #holds(node: number, length: number): boolean {
    const own = this.#length[node]!;
    return own <= length && this.#sharedBits(node, own) === own;
  }

  #child(node: number, length: number): number {
    const own = this.#length[node]!;
    if (own >= length) return NONE;
    return bitOf(this.#key, 0, own) === 0 ? this.#left[node]! : this.#right[node]!;
  }

  /** Leading bits that the node and the key have in common, at most `limit`. */
  #sharedBits(node: number, limit: number): number {
    const base = node * this.#wordCount;
    for (let word = 0; word * 32 < limit; word++) {
      const differing = this.#words[base + word]! ^ this.#key[word]!;
      if (differing !== 0) return Math.min(limit, word * 32 + Math.clz32(differing));
    }
    return limit;
  }

  /** A node for the first `length` bits of the key. */
  #newNode(length: number): number {
    let node = this.#freeNode;
    if (node !== NONE) this.#freeNode = this.#left[node]!;
    else {
      if (this.#nodes === this.#length.length) this.#growNodes();
      node = this.#nodes++;
    }
    for (let word = 0; word < this.#wordCount; word++) {
      const used = length - word * 32;
      const mask = used >= 32 ? -1 : used <= 0 ? 0 : -1 << (32 - used);
      this.#words[node * this.#wordCount + word] = this.#key[word]! & mask;
    }
    this.#length[node] = length;
    this.#left[node] = NONE;
    this.#right[node] = NONE;
    this.#head[node] = NONE;
    return node;
  }

  #newEntry(): number {
    const free = this.#freeEntry;
    if (free !== NONE) {
      this.#freeEntry = this.#next[free]!;
      return free;
    }
    if (this.#entries === this.#asn.length) {
      this.#asn = grown(this.#asn);
      this.#maxLength = grown(this.#maxLength);
      this.#next = grown(this.#next);
    }
    return this.#entries++;
  }

  #growNodes(): void {
    this.#words = grown(this.#words);
    this.#length = grown(this.#length);
    this.#left = grown(this.#left);
    this.#right = grown(this.#right);
    this.#head = grown(this.#head);
  }
}

function bitOf(words: Uint32Array, base: number, bit: number): number {
  return (words[base + (bit >>> 5)]! >>> (31 - (bit & 31))) & 1;
}

function grown<T extends Uint8Array | Uint32Array | Int32Array>(column: T): T {
  // Every typed array's constructor takes a length; the column keeps its own type.
  const larger = new (column.constructor as new (length: number) => T)(column.length * 2);
  larger.set(column);
  return larger;
}
