import { AttributeView, type EncodeError, UpdateBuilder } from '@bgp/wire';
import { FlowSpecUpdateBuilder } from '@bgp/wire/flowspec';
import type { AttributePool } from './attribute-pool.ts';
import type { FamilyTable } from './family-table.ts';
import { grown } from './octets.ts';
import type { AttrId, GroupOutput, PeerIndex, PrefixId, UpdateGroupSpec } from './types.ts';

type Sink = (out: GroupOutput) => void;

/** In a column of peers. */
const NOBODY = 0xffff;

/** Of a session without ADD-PATH. */
export const NO_PATH_ID = 0;

/**
 * Canonical octets that fit any message whatever becomes of them: AS4_PATH and AS4_AGGREGATOR at most double them (RFC 6793), and a next hop,
 * the headers and the longest prefix need less than a hundred.
 */
const SMALL_SET_OCTETS = 1024;

interface Directed {
  readonly prefix: PrefixId;
  readonly attributes: AttrId;
  readonly pathId: number;
}

/**
 * Changes of one slice of work, packed: announcements by attribute set, withdrawals by who is to hear them. Everything with the
 * same attributes and sender shares messages, and every member gets the same octets.
 */
export class OutputBatch {
  readonly #table: FamilyTable;
  readonly #pool: AttributePool;
  readonly #builder: UpdateBuilder | FlowSpecUpdateBuilder;
  readonly #maxMessageOctets: number;
  readonly #view = new AttributeView();
  /** Announcements: prefix, path identifier, sender, who knows it already, next entry with the same attributes. Entry 0 is "none". */
  #prefix = new Uint32Array(1024);
  #pathId = new Uint16Array(1024);
  #source = new Uint16Array(1024);
  #knower = new Uint16Array(1024);
  #next = new Uint32Array(1024);
  #size = 1;
  /** A length of next hop that these sessions are known to carry. */
  #carriedNextHopOctets = -1;
  /** By attribute id: first entry; and the ids in use. */
  #head = new Uint32Array(64);
  readonly #used: AttrId[] = [];
  /** Withdrawals by audience: -2 minus the member left out, or the only member; prefix and path identifier in turn. */
  readonly #withdrawn = new Map<number, number[]>();
  /** Announcements to one member only. */
  readonly #directed = new Map<PeerIndex, Directed[]>();

  constructor(table: FamilyTable, pool: AttributePool, spec: UpdateGroupSpec) {
    this.#table = table;
    this.#pool = pool;
    this.#maxMessageOctets = spec.maxMessageOctets;
    const { family, fourOctetAs, maxMessageOctets, extendedNextHop } = spec;
    const session = { family, fourOctetAs, maxMessageOctets, addPath: spec.addPathSendMax > 0 };
    this.#builder =
      table.rules === undefined
        ? new UpdateBuilder({ ...session, extendedNextHop })
        : new FlowSpecUpdateBuilder(session);
  }

  /** Undefined when the attributes fit a message of this group beside the prefix. */
  tryAttributes(attributes: AttrId, prefix: PrefixId): EncodeError | undefined {
    if (this.#surelyFits(attributes)) return undefined;
    const error = this.#begin(attributes);
    const { rules } = this.#table;
    if (error !== undefined || rules === undefined || !(this.#builder instanceof FlowSpecUpdateBuilder)) return error;
    const octets = rules.rule(prefix).length;
    return this.#builder.fits(octets) ? undefined : { code: 'message-too-large', octets, max: this.#maxMessageOctets };
  }

  /** @param knower a member besides the sender that has exactly this already. */
  announce(prefix: PrefixId, attributes: AttrId, source: PeerIndex, pathId: number, knower: PeerIndex = NOBODY): void {
    if (this.#size === this.#prefix.length) this.#growEntries();
    if (attributes >= this.#head.length) this.#head = grown(this.#head, this.#pool.capacity);
    const entry = this.#size++;
    this.#prefix[entry] = prefix;
    this.#source[entry] = source;
    this.#knower[entry] = knower;
    this.#pathId[entry] = pathId;
    const head = this.#head[attributes]!;
    if (head === 0) this.#used.push(attributes);
    this.#next[entry] = head;
    this.#head[attributes] = entry;
  }

  announceTo(prefix: PrefixId, attributes: AttrId, pathId: number, only: PeerIndex): void {
    const known = this.#directed.get(only);
    if (known === undefined) this.#directed.set(only, [{ prefix, attributes, pathId }]);
    else known.push({ prefix, attributes, pathId });
  }

  withdrawFromAllBut(prefix: PrefixId, pathId: number, except: PeerIndex | -1): void {
    this.#addWithdrawal(-2 - except, prefix, pathId);
  }

  withdrawFrom(prefix: PrefixId, pathId: number, only: PeerIndex): void {
    this.#addWithdrawal(only, prefix, pathId);
  }

  /**
   * Encodes everything and starts over. `only` -1: announcements go to all but their sender, when `isMember` says that it
   * listens here.
   */
  flush(only: PeerIndex | -1, isMember: (peer: PeerIndex) => boolean, sink: Sink): void {
    for (const [audience, paths] of this.#withdrawn) {
      this.#builder.beginWithdraw();
      for (let at = 0; at < paths.length; at += 2) this.#table.addTo(this.#builder, paths[at]!, paths[at + 1]!);
      const except = audience < 0 && only < 0 ? -2 - audience : -1;
      this.#hand(audience >= 0 ? audience : only, except, -1, 0, paths.length / 2, sink);
    }
    this.#withdrawn.clear();
    this.#flushDirected(sink);
    const table = this.#table;
    const builder = this.#builder;
    // Sets of one sender follow each other, so that their messages share buffers.
    let pendingExcept: PeerIndex | -1 = -1;
    let pendingKnower: PeerIndex | -1 = -1;
    let pending = 0;
    for (const attributes of this.#used) {
      let entry = this.#head[attributes]!;
      this.#head[attributes] = 0;
      while (entry !== 0) {
        const source = this.#source[entry]!;
        const knownTo = this.#knower[entry]!;
        const except = only < 0 && isMember(source) ? source : -1;
        const knower = only < 0 && knownTo !== NOBODY && isMember(knownTo) ? knownTo : -1;
        if ((except !== pendingExcept || knower !== pendingKnower) && pending > 0) {
          this.#hand(only, pendingExcept, pendingKnower, pending, 0, sink);
          pending = 0;
        }
        pendingExcept = except;
        pendingKnower = knower;
        this.#beginAnnounce(attributes);
        // Entries of another sender with the same attributes stay for another round.
        let others = 0;
        while (entry !== 0) {
          const next = this.#next[entry]!;
          if (this.#source[entry] === source && this.#knower[entry] === knownTo) {
            table.addTo(builder, this.#prefix[entry]!, this.#pathId[entry]!);
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
    if (pending > 0) this.#hand(only, pendingExcept, pendingKnower, pending, 0, sink);
    this.#used.length = 0;
    this.#size = 1;
  }

  endOfRib(only: PeerIndex, sink: Sink): void {
    this.#builder.endOfRib();
    this.#builder.finish();
    for (const { octets, messages } of this.#builder.take()) {
      sink({ octets, messages, announced: 0, withdrawn: 0, only, except: -1, knower: -1, ends: 'initial' });
    }
  }

  #flushDirected(sink: Sink): void {
    for (const [only, routes] of this.#directed) {
      for (const { prefix, attributes, pathId } of routes) {
        this.#beginAnnounce(attributes);
        this.#table.addTo(this.#builder, prefix, pathId);
      }
      this.#hand(only, -1, -1, routes.length, 0, sink);
    }
    this.#directed.clear();
  }

  #begin(attributes: AttrId): EncodeError | undefined {
    const { octets, start, end } = this.#pool.moveTo(this.#view, attributes);
    return this.#builder.beginAnnounce(octets, start, end);
  }

  /** Nearly every set does, and need not be encoded to know it. */
  #surelyFits(attributes: AttrId): boolean {
    if (this.#table.rules !== undefined) return false;
    const { nextHops, nextHopId } = this.#pool;
    if (this.#pool.octetsOf(attributes) > SMALL_SET_OCTETS) return false;
    const length = nextHops.octetsOf(nextHopId[attributes]!);
    if (length === this.#carriedNextHopOctets) return true;
    if (this.#begin(attributes) !== undefined) return false;
    this.#carriedNextHopOctets = length;
    return true;
  }

  #beginAnnounce(attributes: AttrId): void {
    if (this.#begin(attributes) === undefined) return;
    throw new Error('rib: attributes that fitted a message no longer do');
  }

  #addWithdrawal(audience: number, prefix: PrefixId, pathId: number): void {
    const known = this.#withdrawn.get(audience);
    if (known === undefined) this.#withdrawn.set(audience, [prefix, pathId]);
    else known.push(prefix, pathId);
  }

  #hand(
    only: PeerIndex | -1,
    except: PeerIndex | -1,
    knower: PeerIndex | -1,
    announced: number,
    withdrawn: number,
    sink: Sink,
  ): void {
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
        knower,
        ends: undefined,
      });
      first = false;
    }
  }

  #growEntries(): void {
    this.#prefix = grown(this.#prefix, this.#size * 2);
    this.#source = grown(this.#source, this.#size * 2);
    this.#knower = grown(this.#knower, this.#size * 2);
    this.#pathId = grown(this.#pathId, this.#size * 2);
    this.#next = grown(this.#next, this.#size * 2);
  }
}
