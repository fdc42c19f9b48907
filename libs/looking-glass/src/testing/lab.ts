import type { PolicySource } from '@bgp/policy';
import { defaultPeerConfig, type PeerConfig, Speaker } from '@bgp/speaker';
import { createMemoryNetwork, type MemoryNetwork } from '@bgp/testkit';
import { type Family, IPV4_UNICAST, type IpPrefix, type PathAttributes } from '@bgp/wire';
import { answer } from '../birdwatcher/answer.ts';
import type { GlassContext } from '../birdwatcher/document.ts';
import { parseQuestion } from '../birdwatcher/request.ts';
import { ERROR_STATUS, type GlassError } from '../glass-error.ts';

/** 2026-11-21 08:00:00 UTC. */
export const START_MS = Date.UTC(2026, 10, 21, 8);

/** The router with the looking glass, 10.0.0.1 of AS 65001, and its neighbors 10.0.0.2 of AS 65002 and so on. */
export interface Lab {
  readonly network: MemoryNetwork;
  readonly router: Speaker;
  readonly neighbors: readonly Speaker[];
  readonly context: GlassContext;
}

export function startLab(peers: readonly Partial<PeerConfig>[], viewer: Partial<GlassContext['viewer']> = {}): Lab {
  const network = createMemoryNetwork({ startWallMs: START_MS });
  const addresses = peers.map((_peer, at) => `10.0.0.${at + 2}`);
  const host = network.addHost({ addresses: ['10.0.0.1'] });
  const common = { ebgpRequiresPolicy: false, med: 'per-neighbor-as' } as const;
  const router = new Speaker(
    {
      ...common,
      asn: 65001,
      routerId: '10.0.0.1',
      peers: peers.map((peer, at) => ({ ...defaultPeerConfig(addresses[at] ?? '', 65002 + at), ...peer })),
    },
    host.ports,
  );
  const neighbors = addresses.map((address, at) => {
    const { ports } = network.addHost({ addresses: [address] });
    // What takes both sides to agree on, both have.
    const { addPath } = peers[at] ?? {};
    const toRouter = { ...defaultPeerConfig('10.0.0.1', 65001), ...(addPath === undefined ? {} : { addPath }) };
    return new Speaker({ ...common, asn: 65002 + at, routerId: address, peers: [toRouter] }, ports);
  });
  router.start();
  for (const neighbor of neighbors) neighbor.start();
  const isUp = () => router.peers().every(({ state }) => state === 'Established');
  if (!network.runUntil(isUp, 30_000)) throw new Error('not every session came up');
  const context = {
    source: router,
    viewer: { descriptions: true, rejectionReasons: new Map(), ...viewer },
    version: '1.2.3',
    nowMs: () => host.ports.clock.wallMs(),
    configuredAtMs: () => START_MS,
  };
  return { network, router, neighbors, context };
}

export function announce(
  { network, neighbors }: Lab,
  neighbor: number,
  prefixes: readonly IpPrefix[],
  attributes: Omit<PathAttributes, 'nextHop'> = {},
  family: Family = IPV4_UNICAST,
  nextHop = `10.0.0.${neighbor + 2}`,
): void {
  for (const prefix of prefixes) {
    const route = {
      family,
      prefix,
      nextHop: [nextHop],
      attributes: { origin: 0, asPath: [], ...attributes },
      pathId: 0,
    };
    const done = neighbors[neighbor]?.inject(route);
    if (done?.ok !== true) throw new Error(done?.error.message ?? 'no such neighbor');
  }
  network.runFor(2_000);
}

/** Denies what carries the community; the reason is `hygiene/tagged`. */
export const HYGIENE: readonly PolicySource[] = [
  {
    name: 'hygiene',
    defaultAction: 'permit',
    statements: [{ name: 'tagged', action: 'deny', match: { communities: ['65000:666'] } }],
  },
];
export const TAGGED = { communities: [65000 * 65536 + 666] };

/** The document of a path, or the error with its status. */
export function get(
  context: GlassContext,
  target: string,
  maxRoutes = 1_000_000,
): { readonly status: number; readonly body: unknown } {
  const question = parseQuestion(target, maxRoutes);
  const result = question.ok ? answer(question.value, context) : question;
  if (!result.ok) return failure(result.error);
  let text = '';
  for (let step = result.value.pieces.next(); step.done !== true; step = result.value.pieces.next()) {
    if (!step.value.ok) return failure(step.value.error);
    text += step.value.value;
  }
  return { status: 200, body: result.value.contentType === 'application/json' ? JSON.parse(text) : text };
}

function failure(error: GlassError) {
  return { status: ERROR_STATUS[error.code], body: error };
}
