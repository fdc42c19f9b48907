import { UpdateBuilder } from '@bgp/wire';
import type { AttributePool } from './attribute-pool.ts';
import type { FamilyTable } from './family-table.ts';
import { grown } from './octets.ts';
import { MutableRouteCursor } from './route-cursor.ts';
import type { AttrId, GroupOutput, PeerIndex, PrefixId, UpdateGroupSpec } from './types.ts';

type Sink = (out: GroupOutput) => void;

/** ADD-PATH sends the best path under one identifier; RFC 7911 §3 leaves its value to us. */
const BEST_PATH_ID = 1;

/**
 * Changes of one slice of work, packed: announcements by attribute set, withdrawals by who is to hear them. Everything with the
 * same attributes and sender shares messages, and every member gets the same octets.
 */
export class OutputBatch {
  readonly #table: FamilyTable;
  readonly #pool: AttributePool;
  readonly #builder: UpdateBuilder;
  readonly #cursor = new MutableRouteCursor();
  /** Announcements: prefix, sender, next entry with the same attributes. Entry 0 is "none". */
  #prefix = new Uint32Array(1024);
  #source = new Uint16Array(1024);
  #next = new Uint32Array(1024);
  #size = 1;
  /** By attribute id: first entry; and the ids in use. */
  #head = new Uint32Array(64);
  readonly #used: AttrId[] = [];
  /** Withdrawals by audience: -1 minus the member left out, or the only member. */
  readonly #withdrawn = new Map<number, PrefixId[]>();

  constructor(table: FamilyTable, pool: AttributePool, spec: UpdateGroupSpec) {
    this.#table = table;
    this.#pool = pool;
    this.#builder = new UpdateBuilder({
      fourOctetAs: spec.fourOctetAs,
      maxMessageOctets: spec.maxMessageOctets,
      extendedNextHop: spec.extendedNextHop,
      addPath: spec.addPathSendMax > 0,
      family: spec.family,
    });
  }

  /** Undefined when the attributes fit a message of this group beside one prefix. */
  tryAttributes(attributes: AttrId): ReturnType<UpdateBuilder['beginAnnounce']> {
    return this.#builder.beginAnnounce(this.#pool.canonical(attributes));
  }

  announce(prefix: PrefixId, attributes: AttrId, source: PeerIndex): void {
    if (this.#size === this.#prefix.length) this.#growEntries();
    if (attributes >= this.#head.length) this.#head = grown(this.#head, this.#pool.capacity);
    const entry = this.#size++;
    this.#prefix[entry] = prefix;
    this.#source[entry] = source;
    const head = this.#head[attributes]!;
    if (head === 0) this.#used.push(attributes);
    this.#next[entry] = head;
    this.#head[attributes] = entry;
  }

  withdrawFromAllBut(prefix: PrefixId, except: PeerIndex | -1): void {
    this.#addWithdrawal(-2 - except, prefix);
  }

  withdrawFrom(prefix: PrefixId, only: PeerIndex): void {
    this.#addWithdrawal(only, prefix);
  }

  /**
   * Encodes everything and starts over. `only` -1: announcements go to all but their sender, when `isMember` says that it
   * listens here.
   */
  flush(only: PeerIndex | -1, isMember: (peer: PeerIndex) => boolean, sink: Sink): void {
    for (const [audience, prefixes] of this.#withdrawn) {
      this.#builder.beginWithdraw();
      for (const prefix of prefixes) this.#add(prefix);
      const except = audience < 0 && only < 0 ? -2 - audience : -1;
      this.#hand(audience >= 0 ? audience : only, except, 0, prefixes.length, sink);
    }
    this.#withdrawn.clear();
    // Sets of one sender follow each other, so that their messages share buffers.
    let pendingExcept: PeerIndex | -1 = -1;
    let pending = 0;
    for (const attributes of this.#used) {
      let entry = this.#head[attributes]!;
      this.#head[attributes] = 0;
      while (entry !== 0) {
        const source = this.#source[entry]!;
        const except = only < 0 && isMember(source) ? source : -1;
        if (except !== pendingExcept && pending > 0) {
          this.#hand(only, pendingExcept, pending, 0, sink);
          pending = 0;
        }
        pendingExcept = except;
        if (this.#builder.beginAnnounce(this.#pool.canonical(attributes)) !== undefined) {
          throw new Error('rib: attributes that fitted a message no longer do');
        }
        // Entries of another sender with the same attributes stay for another round.
        let others = 0;
        while (entry !== 0) {
          const next = this.#next[entry]!;
          if (this.#source[entry] === source) {
            this.#add(this.#prefix[entry]!);
            pending++;
          } else {
            this.#next[entry] = others;
            others = entry;
          }
          entry = next;
        }
        entry = others;
      }
    }
    if (pending > 0) this.#hand(only, pendingExcept, pending, 0, sink);
    this.#used.length = 0;
    this.#size = 1;
  }

  endOfRib(only: PeerIndex, sink: Sink): void {
    this.#builder.endOfRib();
    this.#builder.finish();
    for (const { octets, messages } of this.#builder.take()) {
      sink({ octets, messages, announced: 0, withdrawn: 0, only, except: -1, ends: 'initial' });
    }
  }

  #addWithdrawal(audience: number, prefix: PrefixId): void {
    const known = this.#withdrawn.get(audience);
    if (known === undefined) this.#withdrawn.set(audience, [prefix]);
    else known.push(prefix);
  }

  #add(prefix: PrefixId): void {
    const cursor = this.#cursor;
    const { prefixes } = this.#table;
    prefixes.read(prefix, cursor);
    if (prefixes.maxLength === 32) this.#builder.addIpv4(cursor.w0, cursor.length, BEST_PATH_ID);
    else this.#builder.addIpv6(cursor.w0, cursor.w1, cursor.w2, cursor.w3, cursor.length, BEST_PATH_ID);
  }

  #hand(only: PeerIndex | -1, except: PeerIndex | -1, announced: number, withdrawn: number, sink: Sink): void {
    this.#builder.finish();
    let first = true;
    for (const { octets, messages } of this.#builder.take()) {
      // The counts belong to the run as a whole; they travel with its first buffer.
      sink({
        octets,
        messages,
        announced: first ? announced : 0,
        withdrawn: first ? withdrawn : 0,
        only,
        except,
        ends: undefined,
      });
      first = false;
    }
  }

  #growEntries(): void {
    this.#prefix = grown(this.#prefix, this.#size * 2);
    this.#source = grown(this.#source, this.#size * 2);
    this.#next = grown(this.#next, this.#size * 2);
  }
}
