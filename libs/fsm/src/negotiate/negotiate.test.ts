import { type Capability, INITIAL_CONTEXT, IPV4_MULTICAST, IPV4_UNICAST, IPV6_UNICAST, type Open } from '@bgp/wire';
import { describe, expect, it } from 'vitest';
import { CONFIG, REMOTE_OPEN } from '../testing/samples.ts';
import type { FsmConfig, Negotiated } from '../types.ts';
import { localOpen } from './local-open.ts';
import { negotiate } from './negotiate.ts';

function agreed(config: Partial<FsmConfig>, open: Partial<Open>): Negotiated {
  const result = negotiate({ ...CONFIG, ...config }, { ...REMOTE_OPEN, ...open });
  if (!result.ok) throw new Error(`refused with ${result.error.code}/${result.error.subcode}`);
  return result.value;
}

const as4 = (as: number): Capability => ({ type: 'four-octet-as', as });
const mp = (family: number): Capability => ({ type: 'multiprotocol', family });
const LARGE = 4_200_000_000;

describe('refusals', () => {
  it.each<[string, Partial<FsmConfig>, Partial<Open>, string]>([
    ['version 3, data names ours (RFC 4271 §6.2)', {}, { version: 3 }, '2/1 [0 4]'],
    ['version 5', {}, { version: 5 }, '2/1 [0 4]'],
    ['another AS (RFC 4271 §6.2)', {}, { myAs: 65003, capabilities: [] }, '2/2 []'],
    ['the capability decides, not the field (RFC 6793 §4.1)', {}, { capabilities: [as4(65003)] }, '2/2 []'],
    ['AS_TRANS without the capability (RFC 6793 §3)', { remoteAs: 0 }, { myAs: 23456, capabilities: [] }, '2/2 []'],
    ['AS_TRANS in the capability', { remoteAs: 23456 }, { myAs: 23456, capabilities: [as4(23456)] }, '2/2 []'],
    ['AS 0 in the field (RFC 7607 §2)', { remoteAs: 0 }, { myAs: 0, capabilities: [] }, '2/2 []'],
    ['AS 0 in the field beside a real one', {}, { myAs: 0 }, '2/2 []'],
    ['AS 0 in the capability', { remoteAs: 0 }, { capabilities: [as4(0)] }, '2/2 []'],
    ['identifier zero (RFC 6286 §2.2)', {}, { bgpIdentifier: '0.0.0.0' }, '2/3 []'],
    [
      'our own identifier from an internal peer (RFC 6286 §2.2)',
      { remoteAs: 65001 },
      { myAs: 65001, capabilities: [], bgpIdentifier: '10.0.0.1' },
      '2/3 []',
    ],
    ['hold time 1 (RFC 4271 §6.2)', {}, { holdTime: 1 }, '2/6 []'],
    ['hold time 2', {}, { holdTime: 2 }, '2/6 []'],
    ['no common family, data names what we need (RFC 5492 §5)', { families: [IPV6_UNICAST] }, {}, '2/7 [1 4 0 2 0 1]'],
    [
      'no capability means IPv4 unicast only (RFC 4760 §8)',
      { families: [IPV6_UNICAST, IPV4_MULTICAST] },
      { capabilities: [] },
      '2/7 [1 4 0 2 0 1 1 4 0 1 0 2]',
    ],
  ])('%s', (_rule, config, open, expected) => {
    const result = negotiate({ ...CONFIG, ...config }, { ...REMOTE_OPEN, ...open });
    if (result.ok) throw new Error('accepted');
    const { code, subcode, data } = result.error;
    expect(`${code}/${subcode} [${data.join(' ')}]`).toBe(expected);
  });
});

describe('roles (RFC 9234 §4.2)', () => {
  const role = (value: number): Capability => ({ type: 'role', role: value });
  const verdict = (local: Capability[], remote: Capability[], config: Partial<FsmConfig> = {}) => {
    const theirs = [...REMOTE_OPEN.capabilities, ...remote];
    const result = negotiate({ ...CONFIG, capabilities: local, ...config }, { ...REMOTE_OPEN, capabilities: theirs });
    return result.ok ? 'accepted' : `${result.error.code}/${result.error.subcode}`;
  };
  const allowed = new Set(['0 3', '3 0', '1 2', '2 1', '4 4']); // Table 2
  const values = [0, 1, 2, 3, 4, 5, 255];

  it.each(values.flatMap((local) => values.map((remote) => [local, remote] as const)))(
    '%i meets %i',
    (local, remote) => {
      expect(verdict([role(local)], [role(remote)])).toBe(allowed.has(`${local} ${remote}`) ? 'accepted' : '2/11');
    },
  );

  it.each<[string, Capability[], Capability[], Partial<FsmConfig>, string]>([
    ['the peer says none', [role(0)], [], {}, 'accepted'],
    ['the peer says none, strict', [role(0)], [], { strictRole: true }, '2/11'],
    ['strict, and they agree', [role(0)], [role(3)], { strictRole: true }, 'accepted'],
    ['strict without a role of ours', [], [], { strictRole: true }, 'accepted'],
    ['we say none', [], [role(3)], {}, 'accepted'],
    ['one value twice is one', [role(0)], [role(3), role(3)], {}, 'accepted'],
    ['two values, one of them right', [role(0)], [role(3), role(4)], {}, '2/11'],
    ['not on a session inside a confederation (§5)', [role(0)], [role(0)], { peerKind: 'confederation' }, 'accepted'],
  ])('%s', (_rule, local, remote, config, expected) => {
    expect(verdict(local, remote, config)).toBe(expected);
  });
});

describe('the AS number and the kind of peer', () => {
  it.each<[string, Partial<FsmConfig>, Partial<Open>, number, string, boolean]>([
    ['two-octet peer', {}, { capabilities: [] }, 65002, 'external', false],
    ['four-octet peer', {}, {}, 65002, 'external', true],
    [
      'AS_TRANS with the real one',
      { remoteAs: LARGE },
      { myAs: 23456, capabilities: [as4(LARGE)] },
      LARGE,
      'external',
      true,
    ],
    ['any AS for a dynamic neighbor', { remoteAs: 0 }, {}, 65002, 'external', true],
    ['our AS is internal', { remoteAs: 65001 }, { myAs: 65001, capabilities: [as4(65001)] }, 65001, 'internal', true],
    ['a member of the confederation', { peerKind: 'confederation' }, {}, 65002, 'confederation', true],
    [
      'external although it has the AS that we show (local-as)',
      { remoteAs: 65001, peerKind: 'external' },
      { myAs: 65001, capabilities: [as4(65001)], bgpIdentifier: '10.0.0.1' },
      65001,
      'external',
      true,
    ],
    [
      'our identifier from an external peer is legal (RFC 6286 §2.1)',
      {},
      { bgpIdentifier: '10.0.0.1' },
      65002,
      'external',
      true,
    ],
  ])('%s', (_rule, config, open, remoteAs, peerKind, fourOctetAs) => {
    expect(agreed(config, open)).toMatchObject({ remoteAs, peerKind, fourOctetAs });
  });

  it('our OPEN says AS_TRANS when the AS needs four octets (RFC 6793 §4.2.2)', () => {
    expect(localOpen({ ...CONFIG, localAs: LARGE })).toMatchObject({ version: 4, myAs: 23456, holdTime: 90 });
    expect(localOpen({ ...CONFIG, localAs: LARGE }).capabilities).toContainEqual(as4(LARGE));
    expect(localOpen({ ...CONFIG, localAs: 65535 }).myAs).toBe(65535);
    expect(localOpen({ ...CONFIG, localAs: 65536 }).myAs).toBe(23456);
  });

  it('our OPEN advertises each family, then what is configured, then four-octet AS', () => {
    expect(localOpen({ ...CONFIG, families: [IPV6_UNICAST, IPV4_UNICAST] }).capabilities).toEqual([
      mp(IPV6_UNICAST),
      mp(IPV4_UNICAST),
      { type: 'route-refresh' },
      as4(65001),
    ]);
  });
});

describe('times (RFC 4271 §4.2, §4.4)', () => {
  it.each([
    ['the smaller wins: theirs', 90, 30, 30, 10],
    ['the smaller wins: ours', 30, 90, 30, 10],
    ['zero from the peer', 90, 0, 0, 0],
    ['zero from us', 0, 90, 0, 0],
    ['three is the least, one KEEPALIVE a second', 90, 3, 3, 1],
    ['a third, rounded down', 90, 11, 11, 3],
    ['the maximum', 65535, 65535, 65535, 21845],
  ])('%s', (_rule, local, received, holdTime, keepaliveTime) => {
    expect(agreed({ holdTime: local }, { holdTime: received })).toMatchObject({ holdTime, keepaliveTime });
  });
});

describe('families (RFC 4760 §8)', () => {
  it.each<[string, number[], Capability[], number[]]>([
    [
      'the common ones, in our order',
      [IPV6_UNICAST, IPV4_UNICAST, IPV4_MULTICAST],
      [mp(IPV4_UNICAST), mp(IPV6_UNICAST)],
      [IPV6_UNICAST, IPV4_UNICAST],
    ],
    [
      'a peer without the capability speaks IPv4 unicast',
      [IPV4_UNICAST, IPV6_UNICAST],
      [{ type: 'route-refresh' }],
      [IPV4_UNICAST],
    ],
    ['a peer with it speaks only what it names', [IPV4_UNICAST, IPV6_UNICAST], [mp(IPV6_UNICAST)], [IPV6_UNICAST]],
  ])('%s', (_rule, families, capabilities, expected) => {
    expect(agreed({ families }, { capabilities }).families).toEqual(expected);
  });
});

describe('capabilities that both sides need', () => {
  const both = [IPV4_UNICAST, IPV6_UNICAST];
  const offered = both.map(mp);
  const settle = (ours: Capability[], theirs: Capability[]) =>
    agreed({ families: both, capabilities: ours }, { capabilities: [...offered, ...theirs] });

  it.each<[Capability, Partial<Negotiated>, Partial<Negotiated>]>([
    [{ type: 'extended-message' }, { maxMessageOctets: 65535 }, { maxMessageOctets: INITIAL_CONTEXT.maxMessageOctets }],
    [{ type: 'route-refresh' }, { routeRefresh: true }, { routeRefresh: false }],
    [{ type: 'enhanced-route-refresh' }, { enhancedRouteRefresh: true }, { enhancedRouteRefresh: false }],
  ])('%o', (capability, on, off) => {
    expect(settle([capability], [capability])).toMatchObject(on);
    expect(settle([capability], [])).toMatchObject(off);
    expect(settle([], [capability])).toMatchObject(off);
  });

  it.each([
    // ours, theirs → as seen from us (RFC 7911 §4): 1 receive, 2 send, 3 both
    [1, 2, { receive: true, send: false }],
    [2, 1, { receive: false, send: true }],
    [3, 3, { receive: true, send: true }],
    [3, 1, { receive: false, send: true }],
    [3, 2, { receive: true, send: false }],
    [1, 1, undefined],
    [2, 2, undefined],
    [3, 0, undefined],
    [3, 4, undefined], // other values must be ignored
    [3, 7, undefined],
  ])('ADD-PATH: we say %i, they say %i', (ours, theirs, expected) => {
    const entry = (sendReceive: number): Capability => ({
      type: 'add-path',
      entries: [{ family: IPV6_UNICAST, sendReceive }],
    });
    const { addPath } = settle([entry(ours)], [entry(theirs)]);
    expect(addPath.get(IPV6_UNICAST)).toEqual(expected);
    expect(addPath.has(IPV4_UNICAST)).toBe(false);
  });

  it('ADD-PATH for a family that was not agreed is nothing', () => {
    const capability: Capability = { type: 'add-path', entries: [{ family: IPV4_MULTICAST, sendReceive: 3 }] };
    expect(settle([capability], [capability]).addPath.size).toBe(0);
  });

  it('extended next hop: same family, IPv6 next hop, both sides (RFC 8950 §4)', () => {
    const entry = (family: number, nextHopAfi: number): Capability => ({
      type: 'extended-next-hop',
      entries: [{ family, nextHopAfi }],
    });
    const ours = entry(IPV4_UNICAST, 2);
    expect([...settle([ours], [ours]).extendedNextHop]).toEqual([IPV4_UNICAST]);
    expect(settle([ours], [entry(IPV4_UNICAST, 1)]).extendedNextHop.size).toBe(0);
    expect(settle([ours], [entry(IPV6_UNICAST, 2)]).extendedNextHop.size).toBe(0);
    expect(settle([ours], []).extendedNextHop.size).toBe(0);
    expect(settle([entry(IPV4_MULTICAST, 2)], [entry(IPV4_MULTICAST, 2)]).extendedNextHop.size).toBe(0);
  });

  const restart: Capability = {
    type: 'graceful-restart',
    restartState: true,
    notification: true,
    restartTime: 120,
    families: [{ family: IPV4_UNICAST, forwardingState: true }],
  };
  const longLived: Capability = {
    type: 'long-lived-graceful-restart',
    families: [{ family: IPV4_UNICAST, forwardingState: false, staleTime: 3600 }],
  };
  const ourRestart: Capability = { ...restart, restartState: false, restartTime: 5, families: [] };

  it('graceful restart: what the peer said, when we speak it too (RFC 4724 §4.2)', () => {
    const { type: _type, ...said } = restart;
    expect(settle([ourRestart], [restart]).gracefulRestart).toEqual(said);
    expect(settle([], [restart])).not.toHaveProperty('gracefulRestart');
    expect(settle([ourRestart], [])).not.toHaveProperty('gracefulRestart');
  });

  it('of several graceful restart capabilities only the last counts (RFC 4724 §3)', () => {
    const earlier: Capability = { ...restart, restartTime: 7, families: [] };
    expect(settle([ourRestart], [earlier, restart]).gracefulRestart?.restartTime).toBe(120);
  });

  it('LLGR only together with graceful restart (RFC 9494 §4.1)', () => {
    expect(settle([ourRestart, longLived], [restart, longLived]).longLivedGracefulRestart).toEqual(longLived.families);
    expect(settle([ourRestart, longLived], [longLived])).not.toHaveProperty('longLivedGracefulRestart');
    expect(settle([ourRestart], [restart, longLived])).not.toHaveProperty('longLivedGracefulRestart');
  });

  it('what both sides said is kept, for roles and what is shown to people', () => {
    const customer: Capability = { type: 'role', role: 3 };
    const provider: Capability = { type: 'role', role: 0 };
    const { localCapabilities, remoteCapabilities } = settle([customer], [provider]);
    expect(localCapabilities).toContainEqual(customer);
    expect(remoteCapabilities).toContainEqual(provider);
  });
});
