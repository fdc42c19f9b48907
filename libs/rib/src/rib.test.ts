import {
  type CodecContext,
  encodeAttributes,
  encodeUpdate,
  INITIAL_CONTEXT,
  IPV4_UNICAST,
  IPV6_UNICAST,
  type PathAttributes,
  UpdateView,
} from '@bgp/wire';
import { describe, expect, it } from 'vitest';
import { Rib } from './rib.ts';
import type { EncodeFailure, GroupOutput, ReceiveReport, RibPeer, RouteFilter, UpdateGroupSpec } from './types.ts';

const ROUTER_ID = 0x0a000001;
const PREFIX = '10.1.0.0/16';
const ADDRESS = Uint8Array.of(10, 1, 0, 0);
const GOOD: PathAttributes = { origin: 0, asPath: [{ type: 'sequence', asns: [65001] }], nextHop: '192.0.2.1' };
const path = (...asns: number[]): PathAttributes => ({ ...GOOD, asPath: [{ type: 'sequence', asns }] });
const ACCEPT = { accept: true, by: 0 } as const;
const DENY = { accept: false, by: 3 } as const;
const RAISED = { accept: true, by: 1, edit: { localPref: 300 } } as const;
const filter = (verdict: typeof ACCEPT | typeof DENY): RouteFilter => ({
  readsPrefix: false,
  readsSource: false,
  evaluate: () => verdict,
});

function setUp(overrides: Partial<RibPeer> = {}) {
  const rib = new Rib({
    localAs: 65000,
    routerId: ROUTER_ID,
    clusterId: ROUTER_ID,
    med: 'per-neighbor-as',
    families: [IPV4_UNICAST],
  });
  const sender: RibPeer = {
    name: 'sender',
    kind: 'external',
    as: 65001,
    bgpIdentifier: 1,
    address: Uint8Array.of(192, 0, 2, 1),
    routeReflectorClient: false,
    routeServerClient: false,
    ...overrides,
  };
  const peer = rib.addPeer(sender);
  const ctx: CodecContext = {
    ...INITIAL_CONTEXT,
    fourOctetAs: true,
    maxMessageOctets: 65535,
    peerKind: sender.kind === 'local' ? 'internal' : sender.kind,
  };
  const view = new UpdateView();
  const receiveFrame = (frame: Uint8Array, nowSeconds = 1): ReceiveReport => {
    expect(view.parse(frame, ctx)).toBe(true);
    return { ...rib.receive(peer, view, ctx, nowSeconds) };
  };
  const frameOf = (attributes: PathAttributes | undefined, prefix = PREFIX, family = IPV4_UNICAST): Uint8Array => {
    const nextHop = family === IPV6_UNICAST ? { nextHop: ['2001:db8::1'] } : {};
    const nlri = [{ family, nlri: [{ prefix }], ...nextHop }];
    const frame = encodeUpdate(
      {
        type: 'UPDATE',
        withdrawn: attributes === undefined ? nlri : [],
        announced: attributes === undefined ? [] : nlri,
        attributes: attributes ?? {},
        errors: [],
      },
      ctx,
    );
    if (!frame.ok) throw new Error(frame.error.code);
    return frame.value;
  };
  const announce = (attributes: PathAttributes, nowSeconds = 1) => receiveFrame(frameOf(attributes), nowSeconds);
  return { rib, peer, frameOf, receiveFrame, announce };
}

/** The announcement with ORIGIN's value or the first attribute's header changed. */
function broken(frame: Uint8Array, change: 'origin-value' | 'unknown-well-known'): Uint8Array {
  const octets = frame.slice();
  const attributes = 23; // no withdrawn routes; ORIGIN comes first
  if (change === 'origin-value') octets[attributes + 3] = 9;
  else octets[attributes + 1] = 99;
  return octets;
}

describe('a refused announcement takes away what the peer had announced before', () => {
  const cases: readonly [
    string,
    Partial<RibPeer>,
    (frameOf: (attributes: PathAttributes) => Uint8Array) => Uint8Array,
    Partial<ReceiveReport>,
  ][] = [
    [
      'own AS in the path (RFC 4271 §9.1.2)',
      {},
      (f) => f(path(65001, 65000, 7)),
      { asPathLoops: 1, reflectionLoops: 0, announced: 0 },
    ],
    [
      'own ORIGINATOR_ID (RFC 4456 §8)',
      { kind: 'internal', as: 65000 },
      (f) => f({ ...path(7), localPref: 100, originatorId: '10.0.0.1' }),
      { asPathLoops: 0, reflectionLoops: 1 },
    ],
    [
      'own cluster in the CLUSTER_LIST (RFC 4456 §8)',
      { kind: 'internal', as: 65000 },
      (f) => f({ ...path(7), localPref: 100, originatorId: '10.0.0.9', clusterList: ['10.0.0.7', '10.0.0.1'] }),
      { asPathLoops: 0, reflectionLoops: 1 },
    ],
    ['foreign first AS (RFC 4271 §6.3)', { enforceFirstAs: true }, (f) => f(path(65009)), { firstAsMismatches: 1 }],
    [
      'treat-as-withdraw (RFC 7606 §7.1)',
      {},
      (f) => broken(f(GOOD), 'origin-value'),
      { action: 'treat-as-withdraw', withdrawn: 1 },
    ],
  ];
  it.each(cases)('%s', (_rule, peerOverrides, second, report) => {
    const { rib, peer, frameOf, receiveFrame, announce } = setUp(peerOverrides);
    announce(peerOverrides.kind === 'internal' ? { ...GOOD, localPref: 100 } : GOOD);
    rib.decide(10);
    expect(rib.bestCount(IPV4_UNICAST)).toBe(1);
    expect(receiveFrame(second(frameOf))).toMatchObject(report);
    rib.decide(10);
    expect(rib.bestCount(IPV4_UNICAST)).toBe(0);
    expect(rib.counts(peer, IPV4_UNICAST)).toEqual({ received: 0, accepted: 0, stale: 0 });
    expect(rib.fingerprint('best', IPV4_UNICAST)).toEqual([0, 0]);
  });

  it('import policy: kept as received, with the term that refused it, and no longer best', () => {
    const { rib, peer, announce } = setUp();
    announce(GOOD);
    rib.decide(10);
    rib.setImportFilter(peer, filter(DENY));
    expect(announce(path(65001, 7))).toMatchObject({ announced: 1, rejectedByPolicy: 1 });
    rib.decide(10);
    expect(rib.bestCount(IPV4_UNICAST)).toBe(0);
    expect(rib.counts(peer, IPV4_UNICAST)).toEqual({ received: 1, accepted: 0, stale: 0 });
    expect(rib.explainBest(IPV4_UNICAST, ADDRESS, 16)).toMatchObject({
      best: -1,
      candidates: [{ removedBy: 'rejected_by_policy', rejectedBy: 3 }],
    });
  });
});

describe('receive', () => {
  it('with a session reset applies nothing, withdrawals included', () => {
    const { rib, frameOf, receiveFrame, announce } = setUp();
    announce(GOOD);
    expect(receiveFrame(broken(frameOf(path(65001, 7)), 'unknown-well-known')).action).toBe('session-reset');
    rib.scanReceived(IPV4_UNICAST, -1, 0, 10, (row) => {
      expect(rib.attributes(row.received).asPathLength).toBe(1);
      return true;
    });
  });

  it('the same announcement again changes nothing', () => {
    const { rib, announce } = setUp();
    let changes = 0;
    rib.onBestChange(() => changes++);
    announce(GOOD);
    rib.decide(10);
    const status = rib.status(IPV4_UNICAST);
    expect(announce(GOOD, 99).announced).toBe(1);
    expect(rib.decide(10)).toBe(true);
    expect(changes).toBe(1);
    expect(rib.status(IPV4_UNICAST)).toEqual(status);
    rib.scanBest(IPV4_UNICAST, 0, 10, (row) => {
      expect(row.arrivedAt).toBe(1);
      return true;
    });
  });

  it('names a family it has no table for', () => {
    const { receiveFrame, frameOf } = setUp();
    const frame = frameOf(GOOD, '2001:db8:1::/48', IPV6_UNICAST);
    expect(receiveFrame(frame)).toMatchObject({ announced: 0, ignoredFamily: IPV6_UNICAST });
  });

  it('a broken attribute without any route asks for a session reset (RFC 7606 §5.2)', () => {
    const { frameOf, receiveFrame } = setUp();
    const whole = broken(frameOf(GOOD), 'origin-value');
    const octets = whole.slice(0, whole.length - 3); // without the NLRI 16 10.1
    octets[17] = octets.length;
    expect(receiveFrame(octets).action).toBe('session-reset');
  });
});

it('an unreachable next hop is no candidate; a job brings the route back (RFC 4271 §9.1.2)', () => {
  const { rib, announce } = setUp();
  let reachable = false;
  rib.setNextHopReachability(() => reachable && 7).run(10);
  announce(GOOD);
  rib.decide(10);
  expect(rib.bestCount(IPV4_UNICAST)).toBe(0);
  expect(rib.explainBest(IPV4_UNICAST, ADDRESS, 16)?.candidates[0]?.removedBy).toBe('next_hop_unreachable');
  reachable = true;
  expect(rib.nextHopChanged().run(10)).toBe(true);
  rib.decide(10);
  expect(rib.bestCount(IPV4_UNICAST)).toBe(1);
});

it('longest match and subtree see best paths only', () => {
  const { rib, peer, receiveFrame, frameOf } = setUp();
  for (const prefix of ['0.0.0.0/0', '10.0.0.0/8', '10.1.0.0/16', '10.1.2.0/24']) receiveFrame(frameOf(GOOD, prefix));
  rib.decide(10);
  const longest = () => {
    let length = -1;
    rib.longestMatch(IPV4_UNICAST, Uint8Array.of(10, 1, 2, 3), (row) => {
      length = row.length;
      return true;
    });
    return length;
  };
  expect(longest()).toBe(24);
  receiveFrame(frameOf(undefined, '10.1.2.0/24'));
  rib.decide(10);
  expect(longest()).toBe(16);
  const inside: number[] = [];
  rib.subtree(IPV4_UNICAST, Uint8Array.of(10, 0, 0, 0), 8, 0, 100, (row) => {
    inside.push(row.length);
    return true;
  });
  expect(inside.sort()).toEqual([16, 8]);
  const job = rib.peerDown(peer);
  while (!job.run(2)) rib.decide(1);
  rib.decide(10);
  expect(longest()).toBe(-1);
  expect(() => rib.removePeer(peer)).not.toThrow();
});

it('what a peer announces again before the job comes to it stays, the rest goes', () => {
  const { rib, peer, receiveFrame, frameOf } = setUp();
  for (const prefix of ['10.1.0.0/16', '10.2.0.0/16']) receiveFrame(frameOf(GOOD, prefix));
  const job = rib.peerDown(peer);
  receiveFrame(frameOf(GOOD, '10.2.0.0/16'));
  while (!job.run(1));
  rib.decide(10);
  const left: number[] = [];
  rib.scanBest(IPV4_UNICAST, 0, 10, (row) => {
    left.push(row.w0);
    return true;
  });
  expect(left).toEqual([0x0a020000]);
});

it('attribute sets that nothing refers to go, whatever filter and group have made of them', () => {
  const { rib, peer, announce, frameOf, receiveFrame } = setUp();
  rib.setImportFilter(peer, {
    readsPrefix: false,
    readsSource: false,
    evaluate: () => RAISED,
  });
  for (let i = 0; i < 5000; i++) announce(path(65001, i + 1));
  rib.decide(10);
  // The idle queue keeps about a thousand, each with what the filter made of it.
  expect(rib.status(IPV4_UNICAST).attributeSets).toBeLessThan(3000);
  receiveFrame(frameOf(undefined));
  rib.decide(10);
  expect(rib.status(IPV4_UNICAST).attributeSets).toBeLessThan(3000);
});

describe('update group', () => {
  const spec = (overrides: Partial<UpdateGroupSpec> = {}): UpdateGroupSpec => ({
    family: IPV4_UNICAST,
    kind: 'external',
    filterKey: 'all',
    filter: filter(ACCEPT),
    egressKey: 'none',
    egress: () => undefined,
    routeReflectorClient: false,
    routeServerClient: false,
    fourOctetAs: true,
    maxMessageOctets: 4096,
    extendedNextHop: false,
    addPathSendMax: 0,
    perMemberBest: false,
    maxPrefixes: 0,
    onlyMember: -1,
    longLivedStale: false,
    ...overrides,
  });
  const receiver = (rib: Rib, number: number) =>
    rib.addPeer({
      name: `receiver ${number}`,
      kind: 'external',
      as: 65100 + number,
      bgpIdentifier: 100 + number,
      address: Uint8Array.of(192, 0, 2, 100 + number),
      routeReflectorClient: false,
      routeServerClient: false,
    });

  it('the policy and the encoder run once, whatever the number of members', () => {
    const { rib, announce } = setUp();
    let evaluations = 0;
    const counting: RouteFilter = {
      readsPrefix: false,
      readsSource: false,
      evaluate: () => {
        evaluations++;
        return ACCEPT;
      },
    };
    const group = rib.group(spec({ filter: counting }));
    for (let number = 0; number < 10; number++) group.join(receiver(rib, number));
    while (!group.drain(10, () => undefined));
    announce(GOOD);
    rib.decide(10);
    const outputs: GroupOutput[] = [];
    group.drain(10, (out) => outputs.push(out));
    expect(outputs).toMatchObject([{ messages: 1, announced: 1, only: -1, except: -1 }]);
    expect(evaluations).toBe(1);
    expect(rib.group(spec({ filter: counting }))).toBe(group);
  });

  it('the same attributes from another member are told to the one that had sent them, and taken from the one that sends them now', () => {
    const { rib } = setUp();
    const group = rib.group(spec({ egress: () => ({ med: null }) }));
    const [one, two, other] = [1, 2, 3].map((number) => receiver(rib, number)) as [number, number, number];
    for (const member of [one, two, other]) group.join(member);
    const outputs: GroupOutput[] = [];
    const inject = (member: number, med: number) => {
      const encoded = encodeAttributes({ ...path(64500), med });
      if (!encoded.ok) throw new Error(encoded.error.code);
      rib.inject(member, IPV4_UNICAST, ADDRESS, 16, 0, encoded.value, 1);
      outputs.length = 0;
      rib.decide(10);
      while (!group.drain(10, (out) => outputs.push(out)));
      return outputs.map(({ announced, withdrawn, only, except }) => ({ announced, withdrawn, only, except }));
    };
    expect(inject(one, 10)).toContainEqual({ announced: 1, withdrawn: 0, only: -1, except: one });
    expect(inject(two, 5)).toEqual([
      { announced: 0, withdrawn: 1, only: two, except: -1 },
      { announced: 1, withdrawn: 0, only: one, except: -1 },
    ]);
  });

  it('what no longer fits a message is withdrawn, counted and reported, never taken as sent (RFC 4271 §9.2)', () => {
    const { rib, announce } = setUp();
    const failures: EncodeFailure[] = [];
    rib.onEncodeFailure((failure) => failures.push(failure));
    const group = rib.group(spec());
    const member = receiver(rib, 1);
    group.join(member);
    const outputs: GroupOutput[] = [];
    const settle = () => {
      rib.decide(10);
      while (!group.drain(10, (out) => outputs.push(out)));
    };
    announce(GOOD);
    settle();
    expect(group.sentCount(member)).toBe(1);
    announce(path(65001, ...Array.from({ length: 1100 }, (_, index) => index + 1)));
    settle();
    expect(outputs.at(-1)).toMatchObject({ withdrawn: 1, announced: 0 });
    expect(group.sentCount(member)).toBe(0);
    expect(group.unencodable).toBe(1);
    expect(failures.map(({ error }) => error.code)).toEqual(['message-too-large']);
    announce(GOOD);
    settle();
    expect(outputs.at(-1)).toMatchObject({ withdrawn: 0, announced: 1 });
    expect(group.unencodable).toBe(0);
  });

  it('a route that flaps while a member is away is listed once; nothing is left after it is back', () => {
    const { rib, receiveFrame, frameOf, announce } = setUp();
    const group = rib.group(spec());
    const member = receiver(rib, 1);
    group.join(member);
    const settle = () => {
      rib.decide(10);
      while (!group.drain(10, () => undefined));
    };
    settle();
    group.detach(member);
    for (let i = 0; i < 50; i++) {
      announce(GOOD);
      settle();
      receiveFrame(frameOf(undefined));
      settle();
    }
    expect(group.backlog).toBe(1);
    expect(rib.status(IPV4_UNICAST).prefixes).toBe(1);
    while (!group.resync(member, 10, () => undefined));
    settle();
    expect(group.backlog).toBe(0);
    expect(rib.status(IPV4_UNICAST).prefixes).toBe(0);
  });

  it('ends with its last member and gives back what it held', () => {
    const { rib, receiveFrame, frameOf, announce } = setUp();
    const group = rib.group(spec());
    const member = receiver(rib, 1);
    group.join(member);
    announce(GOOD);
    rib.decide(10);
    while (!group.drain(10, () => undefined));
    group.leave(member);
    expect(() => group.join(member)).toThrow('has ended');
    expect(rib.group(spec())).not.toBe(group);
    receiveFrame(frameOf(undefined));
    while (!rib.decide(10));
    expect(rib.status(IPV4_UNICAST).prefixes).toBe(0);
  });
});
