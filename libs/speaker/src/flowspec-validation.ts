import type { Job, PeerIndex, Rib, RouteCursor, RouteRow } from '@bgp/rib';
import { afiOf, type Family, IPV4_UNICAST, IPV6_UNICAST } from '@bgp/wire';
import { IPV4_FLOWSPEC, IPV6_FLOWSPEC } from '@bgp/wire/flowspec';
import type { ClockPort } from './ports.ts';
import type { Scheduler } from './scheduler.ts';

export const FLOWSPEC_FAMILIES: readonly Family[] = [IPV4_FLOWSPEC, IPV6_FLOWSPEC];
/** Routes change in bursts: rules are looked at again this long after the first change. */
const SETTLE_MS = 1_000;

/** What the unicast table says of one destination. */
interface Finding {
  /** The sender of the best match: its peer, and its ORIGINATOR_ID (0: none). */
  readonly peer: PeerIndex | -1;
  readonly originatorId: number;
  readonly firstAs: number;
  /** A more specific route comes from another neighboring AS. */
  isContested: boolean;
}

interface Destination {
  readonly family: Family;
  readonly address: Uint8Array;
  readonly length: number;
}

/**
 * Whether a neighbor may ask for the filtering of traffic to a destination: only whoever the best unicast route to it comes from, or
 * somebody in our own AS, and only when nothing more specific comes from another neighboring AS.
 *
 * That needs a look at everything inside a destination, so findings are made in passes over the unicast table, and a rule is not used
 * before its first. Changes of routes lead to another pass, and changed findings to judging the rules again.
 *
 * @source RFC 8955 §6, RFC 8956 §5, RFC 9117 §4
 */
export class FlowSpecValidation {
  readonly #rib: Rib;
  readonly #clock: ClockPort;
  readonly #scheduler: Scheduler;
  readonly #peers: () => Iterable<PeerIndex>;
  #findings: ReadonlyMap<string, Finding> = new Map();
  #isPassDue = false;
  #stopListening: (() => void) | undefined;

  constructor(rib: Rib, clock: ClockPort, scheduler: Scheduler, peers: () => Iterable<PeerIndex>) {
    this.#rib = rib;
    this.#clock = clock;
    this.#scheduler = scheduler;
    this.#peers = peers;
  }

  /** A destination of 0/0 counts as none: nobody is the sender of everything. */
  isFeasible(route: RouteCursor, peer: PeerIndex): boolean {
    const { attributes, source } = route;
    if (route.length === 0) return false; // RFC 8955 §6 (a)
    const finding = this.#findings.get(keyOf(route.family, route.w0, route.w1, route.w2, route.w3, route.length));
    if (finding === undefined) {
      this.#passSoon(0);
      return false;
    }
    // RFC 8955 §6 (c). Without a best match there is nothing that "another neighboring AS" would be other than.
    if (finding.peer >= 0 && finding.isContested) return false;
    // RFC 9117 §4.1 (b.2): made in our own AS or confederation. An external neighbor without an AS in its path is not (§4.2 then has
    // no left-most AS to compare), whatever `enforce_first_as` lets pass.
    if (source.kind !== 'external' && attributes.asPathLength === 0) return true;
    const originatorId = attributes.hasOriginatorId ? attributes.originatorId : 0;
    // (b.1): the same originator, and from an external neighbor the same neighboring AS.
    const isSameSender =
      originatorId === 0 && finding.originatorId === 0 ? finding.peer === peer : originatorId === finding.originatorId;
    const isSameAs = source.kind !== 'external' || (attributes.firstAs !== 0 && finding.firstAs === attributes.firstAs);
    return finding.peer >= 0 && isSameSender && isSameAs;
  }

  #passSoon(delayMs: number): void {
    if (this.#isPassDue) return;
    this.#isPassDue = true;
    this.#clock.after(delayMs, () => {
      this.#isPassDue = false;
      this.#listen();
      const pass = new Pass(this.#rib);
      this.#scheduler.addJob(pass, () => this.#found(pass.findings));
    });
  }

  #found(findings: ReadonlyMap<string, Finding>): void {
    const before = this.#findings;
    this.#findings = findings;
    if (findings.size === 0) this.#stopListening?.();
    if (findings.size === 0) this.#stopListening = undefined;
    if (areEqual(before, findings)) return;
    this.#scheduler.addJob(
      this.#rib.judgeAgain(new Map([...this.#peers()].map((peer) => [peer, undefined])), FLOWSPEC_FAMILIES),
    );
  }

  #listen(): void {
    this.#stopListening ??= this.#rib.onBestChange(({ family }) => {
      if (family === IPV4_UNICAST || family === IPV6_UNICAST) this.#passSoon(SETTLE_MS);
    });
  }
}

/** One look at everything: the rules' destinations, their best matches, and what is inside them. */
class Pass implements Job {
  readonly findings = new Map<string, Finding>();
  readonly #rib: Rib;
  readonly #lengths = new Map<Family, Set<number>>();
  #phase: 'destinations' | 'inside' = 'destinations';
  #family = 0;
  #cursor = 0;

  constructor(rib: Rib) {
    this.#rib = rib;
  }

  run(budget: number): boolean {
    const family = FLOWSPEC_FAMILIES[this.#family];
    if (family === undefined) {
      if (this.#phase === 'inside') return true;
      this.#phase = 'inside';
      this.#family = 0;
      return false;
    }
    const next = this.#phase === 'destinations' ? this.#collect(family, budget) : this.#lookInside(family, budget);
    if (next === undefined) {
      this.#family++;
      this.#cursor = 0;
    } else this.#cursor = next;
    return false;
  }

  #collect(family: Family, budget: number): number | undefined {
    return this.#rib.scanReceived(family, -1, this.#cursor, budget, (row) => {
      const key = keyOf(family, row.w0, row.w1, row.w2, row.w3, row.length);
      if (row.length === 0 || this.findings.has(key)) return true;
      const lengths = this.#lengths.get(family);
      if (lengths === undefined) this.#lengths.set(family, new Set([row.length]));
      else lengths.add(row.length);
      this.findings.set(key, this.#bestMatch(destinationOf(family, row)));
      return true;
    });
  }

  #bestMatch({ family, address, length }: Destination): Finding {
    const none: Finding = { peer: -1, originatorId: 0, firstAs: 0, isContested: false };
    const best = this.#rib.bestCovering(unicastOf(family), address, length);
    if (best === undefined) return none;
    const attributes = this.#rib.attributes(best.attributes);
    const originatorId = attributes.hasOriginatorId ? attributes.originatorId : 0;
    return { peer: best.peer, originatorId, firstAs: attributes.firstAs, isContested: false };
  }

  /** RFC 8955 §6 (c). */
  #lookInside(family: Family, budget: number): number | undefined {
    const lengths = this.#lengths.get(family);
    if (lengths === undefined) return undefined;
    return this.#rib.scanBest(unicastOf(family), this.#cursor, budget, (row) => {
      let firstAs = -1;
      for (const length of lengths) {
        if (length >= row.length) continue;
        const finding = this.findings.get(keyOf(family, row.w0, row.w1, row.w2, row.w3, length));
        if (finding === undefined) continue;
        if (firstAs < 0) firstAs = this.#rib.attributes(row.effective).firstAs;
        if (firstAs !== finding.firstAs) finding.isContested = true;
      }
      return true;
    });
  }
}

function unicastOf(family: Family): Family {
  return afiOf(family) === 1 ? IPV4_UNICAST : IPV6_UNICAST;
}

function destinationOf(family: Family, row: RouteRow): Destination {
  const address = new Uint8Array(afiOf(family) === 1 ? 4 : 16);
  const view = new DataView(address.buffer);
  for (const [at, word] of [row.w0, row.w1, row.w2, row.w3].entries()) {
    if (at * 4 < address.length) view.setUint32(at * 4, word);
  }
  return { family, address, length: row.length };
}

/** The destination of this length that holds the address. */
function keyOf(family: Family, w0: number, w1: number, w2: number, w3: number, length: number): string {
  const masked = [w0, w1, w2, w3].map((word, at) => {
    const bits = Math.min(32, Math.max(0, length - at * 32));
    return bits === 0 ? 0 : (word & (-1 << (32 - bits))) >>> 0;
  });
  return `${family} ${masked.join('.')}/${length}`;
}

function areEqual(a: ReadonlyMap<string, Finding>, b: ReadonlyMap<string, Finding>): boolean {
  if (a.size !== b.size) return false;
  for (const [key, one] of a) {
    const other = b.get(key);
    const isSame =
      other !== undefined &&
      one.peer === other.peer &&
      one.originatorId === other.originatorId &&
      one.firstAs === other.firstAs &&
      one.isContested === other.isContested;
    if (!isSame) return false;
  }
  return true;
}
