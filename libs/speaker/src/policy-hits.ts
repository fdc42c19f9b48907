import type { PolicyContext, RouteView } from '@bgp/policy';
import { originValidityOf, type PeerIndex, pathValidityOf, type RouteRow as RibRow, type Validity } from '@bgp/rib';
import { afiOf, type Family } from '@bgp/wire';
import { contextOf } from './explain-policy.ts';
import { FLOWSPEC_FAMILIES } from './flowspec-validation.ts';
import type { Peer } from './peer.ts';
import type { Direction } from './policies.ts';
import { routeTypeOf } from './route-type.ts';
import type { RouteSource } from './routes.ts';
import { REFUSAL_NAMES } from './session-refusals.ts';

/** Routes looked at in one call. On export every gate before the policy is asked too, which takes longer. */
const LOOKS_PER_CALL = { import: 10_000, export: 2_000 } as const;

/** How many routes of the present tables come by each term of what a neighbor runs; a part of the answer. */
export interface PolicyHits {
  /** Names the policy that was asked: parts with different keys do not belong together. */
  readonly key: string;
  /** `policy/statement`, in order. */
  readonly terms: readonly string[];
  /** As many as terms; a route counts at each term that matches it, so also at several `next` ones. */
  readonly hits: Float64Array;
  /** That came before the policy. */
  readonly routes: number;
  /** Absent: this was the last part. */
  readonly nextCursor?: string;
}

/**
 * Counts over the unicast and multicast tables as they are: what a neighbor has announced, or what could be sent to it. Nothing is counted while routes come
 * and go, which costs nothing then and says what holds now. Bounded work; `undefined` for a cursor that no part gave.
 */
export function countPolicyHits(
  source: RouteSource,
  peer: Peer,
  direction: Direction,
  cursor: string | undefined,
): PolicyHits | undefined {
  const parts = /^(\d{1,3})\.(\d{1,10})$/.exec(cursor ?? '0.0');
  if (parts === null) return undefined;
  const { key, policy } = direction === 'import' ? peer.importPolicy : peer.exportPolicy;
  const hits = new Float64Array(policy.terms.length);
  const count = direction === 'import' ? countImported : countExportable;
  let routes = 0;
  let looks: number = LOOKS_PER_CALL[direction];
  let [at, place] = [Number(parts[1]), Number(parts[2])];
  const families = source.families.filter((family) => !FLOWSPEC_FAMILIES.includes(family));
  while (at < families.length) {
    const before = looks;
    const next = count(
      source,
      peer,
      families[at]!,
      place,
      looks,
      (view, context) => {
        routes++;
        policy.evaluate(view, context, hits);
      },
      () => looks--,
    );
    if (next === undefined) {
      at++;
      place = 0;
    } else {
      place = next;
      if (looks <= 0 || looks === before) break;
    }
  }
  const rest = at < families.length ? { nextCursor: `${at}.${place}` } : {};
  return { key, terms: policy.terms, hits, routes, ...rest };
}

type Judge = (view: RouteView, context: PolicyContext) => void;
type Count = (
  source: RouteSource,
  peer: Peer,
  family: Family,
  cursor: number,
  budget: number,
  judge: Judge,
  looked: () => void,
) => number | undefined;

const countImported: Count = ({ rib }, peer, family, cursor, budget, judge, looked) => {
  const context = contextOf(rib, peer, routeTypeOf(rib.peer(peer.index)));
  return rib.scanReceived(family, peer.index, cursor, budget, (row) => {
    looked();
    // What the session's own rules refuse never comes before the policy.
    if (row.effective === 0 && REFUSAL_NAMES.has(row.rejectedBy)) return true;
    judge(viewOf(row, rib.attributes(row.received), row.validity), context);
    return true;
  });
};

const countExportable: Count = (source, peer, family, cursor, budget, judge, looked) => {
  const { rib } = source;
  const group = source.groupOf(peer.index, family);
  if (group === undefined) return undefined;
  const contexts = new Map<PeerIndex, PolicyContext>();
  return rib.scanBest(family, cursor, budget, (row) => {
    looked();
    for (const path of rib.explainExport(group, peer.index, octetsOf(row), row.length)) {
      const { refusal } = path;
      const isGate = typeof refusal === 'number' ? REFUSAL_NAMES.has(refusal) : refusal !== undefined;
      if (isGate && refusal !== 'too_large') continue; // what stands before the policy
      let context = contexts.get(path.peer);
      if (context === undefined) {
        context = contextOf(rib, peer, routeTypeOf(rib.peer(path.peer)));
        contexts.set(path.peer, context);
      }
      const view = viewOf(row, rib.attributes(path.attributes), path.validity);
      judge(peer.asAnnounced(view) ?? view, context);
    }
    return true;
  });
};

function viewOf(
  { family, w0, w1, w2, w3, length }: RibRow,
  attributes: RouteView['attributes'],
  validity: Validity,
): RouteView {
  const rpki = { originValidity: originValidityOf(validity), aspaState: pathValidityOf(validity) };
  return { family, w0, w1, w2, w3, length, attributes, ...rpki };
}

function octetsOf({ family, w0, w1, w2, w3 }: RibRow): Uint8Array {
  const octets = new Uint8Array(16);
  const words = new DataView(octets.buffer);
  for (const [index, word] of [w0, w1, w2, w3].entries()) words.setUint32(index * 4, word);
  return afiOf(family) === 1 ? octets.subarray(0, 4) : octets;
}
