import { createMemoryNetwork } from '@bgp/testkit';
import { IPV4_UNICAST } from '@bgp/wire';
import { describe, expect, it } from 'vitest';
import type { DynamicRange, PeerTemplate, SpeakerConfig } from './config.ts';
import { DynamicNeighbors } from './dynamic-neighbors.ts';
import { defaultPeerConfig } from './peer-defaults.ts';
import { Speaker } from './speaker.ts';
import { addNode, best, eventsOf, inject, isUp, type Node, type PeerOptions, prefixes } from './testing/lab.ts';

function everyKind(template: PeerTemplate): DynamicRange['templates'] {
  return { internal: template, confederation: template, external: template };
}

const { name: _name, address: _address, remoteAs: _remoteAs, ...DEFAULTS } = defaultPeerConfig('10.0.0.0', 0);
const EVERYBODY: PeerTemplate = { ...DEFAULTS, gracefulRestart: false };

function range(prefix: string, more: Partial<DynamicRange> = {}): DynamicRange {
  return { prefix, peerGroup: 'ix', remoteAses: [], templates: everyKind(EVERYBODY), ...more };
}

const SERVER: SpeakerConfig = {
  asn: 65001,
  routerId: '10.0.0.1',
  ebgpRequiresPolicy: false,
  med: 'per-neighbor-as',
  peers: [],
};

function server(
  ranges: readonly DynamicRange[],
  limit?: number,
  requiresPolicy = false,
  confederation?: SpeakerConfig['confederation'],
) {
  const network = createMemoryNetwork();
  const host = network.addHost({ addresses: ['10.0.0.1'] });
  const speaker = new Speaker(
    {
      ...SERVER,
      ebgpRequiresPolicy: requiresPolicy,
      dynamicNeighbors: ranges,
      ...(confederation === undefined ? {} : { confederation }),
      ...(limit === undefined ? {} : { dynamicNeighborLimit: limit }),
    },
    host.ports,
  );
  speaker.start();
  const a: Node = { host, speaker, address: '10.0.0.1' };
  const member = (
    last: number,
    asn = 65000 + last,
    more: Partial<PeerOptions> = {},
    within?: SpeakerConfig['confederation'],
  ) => {
    const toServer = { address: '10.0.0.1', remoteAs: 65001, gracefulRestart: false, ...more };
    const node = addNode(network, {
      address: `10.0.0.${last}`,
      asn,
      peers: [toServer],
      ...(within === undefined ? {} : { confederation: within }),
    });
    node.speaker.start();
    return node;
  };
  return { network, a, member };
}

it('the longest range holds, host bits and order do not matter', () => {
  const ranges = new DynamicNeighbors({ asn: 65001 }, [
    range('10.0.0.0/8', { remoteAses: [1] }),
    range('10.1.0.7/16', { remoteAses: [2], description: 'inner' }),
    range('2001:db8::/32', { remoteAses: [3, 4] }),
  ]);
  const of = (address: string) => {
    const config = ranges.configFor(address);
    return config && [config.name, config.remoteAs, config.acceptedAses, config.description, config.passive];
  };
  expect(of('10.2.3.4')).toEqual(['10.2.3.4', 1, [1], undefined, true]);
  expect(of('10.1.3.4')).toEqual(['10.1.3.4', 2, [2], 'inner', true]);
  expect(of('2001:db8::5')).toEqual(['2001:db8::5', 0, [3, 4], undefined, true]);
  expect(of('192.0.2.1')).toBeUndefined();
  expect(ranges.add(range('10.1.255.255/16'))).toMatchObject({ error: { code: 'peer-exists' } });
  expect(ranges.remove('10.1.0.0/16').ok).toBe(true);
  expect(of('10.1.3.4')?.[1]).toBe(1);
  expect(ranges.remove('10.1.0.0/16')).toMatchObject({ error: { code: 'peer-not-found' } });
});

describe('a system in the range', () => {
  it('becomes a neighbor with the AS that it says, and is none any more when its session ends', () => {
    const { network, a, member } = server([range('10.0.0.0/24')]);
    const b = member(2);
    inject(b, '198.51.100.0/24');
    network.runUntil(() => best(a).length === 1, 10_000);
    const [status] = a.speaker.peers();
    expect(status).toMatchObject({
      isDynamic: true,
      config: { name: '10.0.0.2', remoteAs: 65002, peerGroup: 'ix' },
      state: 'Established',
    });
    b.speaker.stop('bye');
    network.runFor(1_000);
    expect(a.speaker.peers()).toEqual([]);
    expect(best(a)).toEqual([]);
    expect(eventsOf(a, 'peer-removed').map(({ type }) => type)).toContain('peer-removed');
  });

  it('comes back as a new one', () => {
    const { network, a, member } = server([range('10.0.0.0/24')]);
    const b = member(2);
    for (let round = 0; round < 5; round++) {
      expect(network.runUntil(() => isUp(b), 400_000)).toBe(true);
      b.speaker.resetPeer('10.0.0.1', 'hard');
      network.runUntil(() => a.speaker.peers().length === 0, 5_000);
      expect(a.speaker.peers()).toEqual([]);
    }
  });

  it('whose AS is none of the accepted ones is told 2/2 and forgotten', () => {
    const { network, a, member } = server([range('10.0.0.0/24', { remoteAses: [65003, 65004] })]);
    const [b, c] = [member(2), member(3)];
    network.runUntil(() => isUp(c), 10_000);
    network.runFor(2_000);
    expect(isUp(b)).toBe(false);
    expect(eventsOf(b, 'notification').map(({ code, subcode }) => `${code}/${subcode}`)).toContain('2/2');
    expect(a.speaker.peers().map(({ config }) => config.name)).toEqual(['10.0.0.3']);
  });

  it('of our own AS is an internal neighbor', () => {
    const { network, a, member } = server([range('10.0.0.0/24')]);
    const b = member(2, 65001);
    inject(b, '198.51.100.0/24');
    network.runUntil(() => best(a).length === 1, 10_000);
    const page = a.speaker.listRoutes({ table: 'best', limit: 1 });
    expect(page.ok && page.value.routes[0]?.attributes.localPref).toBe(100);
  });

  it('waits for its routes like any other when it restarts gracefully (RFC 4724)', () => {
    const { network, a, member } = server([
      range('10.0.0.0/24', { templates: everyKind(defaultPeerConfig('10.0.0.0', 0)) }),
    ]);
    const b = member(2, 65002, { gracefulRestart: true, grRestartTime: 30 });
    inject(b, '198.51.100.0/24');
    network.runUntil(() => best(a).length === 1, 10_000);
    network.block(a.address, b.address);
    network.cut(a.address, b.address);
    network.runFor(20_000);
    expect(best(a)).toHaveLength(1);
    expect(a.speaker.peers()).toHaveLength(1);
    network.runFor(20_000);
    expect(best(a)).toEqual([]);
    expect(a.speaker.peers()).toEqual([]);
  });
});

describe('a system in the range that announces too much', () => {
  const overLimit = (maxPrefixesRestartTime: number) => {
    const template = { ...EVERYBODY, maxPrefixes: 5, maxPrefixesRestartTime };
    const { network, a, member } = server([range('10.0.0.0/24', { templates: everyKind(template) })]);
    const b = member(2);
    network.runUntil(() => isUp(b), 10_000);
    for (const prefix of prefixes(6)) inject(b, prefix);
    network.runUntil(() => !isUp(b), 10_000);
    b.speaker.withdrawInjected(IPV4_UNICAST, prefixes(6)[0]!, 0);
    return { network, a, b };
  };

  it('does not come back before its time, as itself or as a new neighbor (RFC 4486 §4)', () => {
    const { network, a, b } = overLimit(300);
    network.runFor(290_000);
    expect(a.speaker.peers()).toMatchObject([{ config: { name: '10.0.0.2' }, isDynamic: true, state: 'Idle' }]);
    expect(eventsOf(b, 'session-up')).toHaveLength(1);
    expect(network.runUntil(() => best(a).length === 5, 400_000)).toBe(true);
  });

  it('is forgotten after its time when it does not come back', () => {
    const { network, a, b } = overLimit(300);
    b.speaker.stop('bye');
    network.runFor(299_000);
    expect(a.speaker.peers()).toHaveLength(1);
    network.runFor(2_000);
    expect(a.speaker.peers()).toEqual([]);
  });

  it('with 0 comes back only when an operator says so', () => {
    const { network, a, b } = overLimit(0);
    network.runFor(3_600_000);
    expect(isUp(b)).toBe(false);
    expect(a.speaker.enablePeer('10.0.0.2').ok).toBe(true);
    expect(network.runUntil(() => isUp(b), 600_000)).toBe(true);
  });
});

describe('templates of a range', () => {
  const DENY = [{ name: 'nothing', defaultAction: 'deny', statements: [] }] as const;
  const [internal, external] = [EVERYBODY, EVERYBODY];
  const strictOutside = { internal, external: { ...external, importChain: DENY, exportChain: DENY } };
  const told22 = (node: Node) =>
    eventsOf(node, 'notification').some(({ code, subcode }) => code === 2 && subcode === 2);

  it.each([
    ['our own AS, by its OPEN', 65001, [], 1],
    ['another AS, by its OPEN', 65002, [], 0],
    ['our own AS, one of several', 65001, [65001, 65002], 1],
    ['our own AS, the only one', 65001, [65001], 1],
    ['another AS, the only one', 65002, [65002], 0],
  ])('%s: its kind says which', (_rule, asn, remoteAses, routes) => {
    const { network, a, member } = server([range('10.0.0.0/24', { templates: strictOutside, remoteAses })]);
    const b = member(2, asn);
    inject(b, '198.51.100.0/24');
    network.runUntil(() => isUp(b), 10_000);
    network.runFor(2_000);
    expect(isUp(b)).toBe(true);
    expect(best(a)).toHaveLength(routes);
    const [status] = a.speaker.peers();
    expect(status?.config.importChain?.map(({ name }) => name)).toEqual(routes === 0 ? ['nothing'] : undefined);
  });

  it('RFC 8212 is not said of a neighbor that turns out to be internal', () => {
    const { network, a, member } = server([range('10.0.0.0/24')], undefined, true);
    member(2, 65001);
    member(3, 65003);
    network.runFor(10_000);
    expect(eventsOf(a, 'policy-missing').map(({ peer }) => peer)).toEqual(['10.0.0.3']);
  });

  it.each([
    ['a kind that it has none for', 65001, { external }],
    ['the AS that it is shown', 65009, { external: { ...external, localAs: shown(65009) } }],
    [
      'our own AS, which a neighbor with local-as cannot have',
      65001,
      { external: { ...external, localAs: shown(65009) } },
    ],
  ])('refuse %s with 2/2', (_rule, asn, templates) => {
    const { network, a, member } = server([range('10.0.0.0/24', { templates })]);
    const b = member(2, asn, { remoteAs: templates.external.localAs?.as ?? 65001 });
    network.runFor(3_000);
    expect(isUp(b)).toBe(false);
    expect(told22(b)).toBe(true);
    expect(a.speaker.peers()).toEqual([]);
  });

  it('members of our confederation are one kind: the OPEN has our member AS (RFC 5065 §4)', () => {
    const confederation = { id: 64496, members: [65002, 65003] };
    const ranges = [range('10.0.0.0/24', { remoteAses: [65002, 65003], templates: { confederation: internal } })];
    const { network, a, member } = server(ranges, undefined, false, confederation);
    const b = member(2, 65002, {}, { id: 64496, members: [65001, 65003] });
    inject(b, '198.51.100.0/24');
    network.runUntil(() => best(a).length === 1, 10_000);
    const page = a.speaker.listRoutes({ table: 'best', limit: 1 });
    expect(page.ok && page.value.routes[0]?.attributes.asPath).toEqual([{ type: 'confed-sequence', asns: [65002] }]);
  });

  it('a range that is not for it any more ends the session; one that differs for its kind keeps it up', () => {
    const { network, a, member } = server([range('10.0.0.0/24')]);
    const b = member(2);
    inject(b, '198.51.100.0/24');
    network.runUntil(() => best(a).length === 1, 10_000);
    const change = (templates: DynamicRange['templates']) =>
      a.speaker.reconfigure({ ...SERVER, dynamicNeighbors: [range('10.0.0.0/24', { templates })] });
    expect(change(strictOutside)).toMatchObject({ value: { peers: [{ peer: '10.0.0.2', effect: 'live' }] } });
    network.runFor(1_000);
    expect([isUp(b), best(a)]).toEqual([true, []]);
    expect(change({ internal })).toMatchObject({ value: { peers: [{ peer: '10.0.0.2', effect: 'removed' }] } });
    network.runFor(1_000);
    expect([isUp(b), a.speaker.peers()]).toEqual([false, []]);
  });
});

function shown(as: number) {
  return { as, prependInbound: true, replaceAs: false };
}

it('the limit holds, is said, and does not count those who have left', () => {
  const { network, a, member } = server([range('10.0.0.0/24')], 2);
  const [b] = [member(2), member(3)];
  network.runFor(10_000);
  member(4);
  network.runFor(5_000);
  expect(a.speaker.peers()).toHaveLength(2);
  expect(eventsOf(a, 'connection-refused').map(({ from, reason }) => `${from} ${reason}`)).toContain(
    '10.0.0.4 dynamic-limit',
  );
  b?.speaker.stop('bye');
  network.runFor(400_000);
  expect(
    a.speaker
      .peers()
      .map(({ config }) => config.name)
      .sort(),
  ).toEqual(['10.0.0.3', '10.0.0.4']);
});

it('a range can come and go at run time; who is there stays', () => {
  const { network, a, member } = server([]);
  const b = member(2);
  network.runFor(30_000);
  expect(a.speaker.peers()).toEqual([]);
  expect(a.speaker.addDynamicRange(range('10.0.0.0/24')).ok).toBe(true);
  expect(network.runUntil(() => isUp(b), 400_000)).toBe(true);
  expect(a.speaker.removeDynamicRange('10.0.0.0/24').ok).toBe(true);
  network.runFor(10_000);
  expect(isUp(b)).toBe(true);
  expect(a.speaker.dynamicRanges()).toEqual([]);
});

describe('graceful shutdown of who comes and goes (RFC 8326)', () => {
  const isLeaving = ({ speaker }: Node, name: string) => speaker.peer(name)?.gracefulShutdown;

  /** Gone, forgotten, and here again. */
  function returns(network: ReturnType<typeof server>['network'], a: Node, node: Node) {
    node.speaker.disablePeer('10.0.0.1');
    network.runFor(1_000);
    expect(isLeaving(a, node.address)).toBeUndefined();
    node.speaker.enablePeer('10.0.0.1');
    expect(network.runUntil(() => isUp(node), 60_000)).toBe(true);
    network.runFor(1_000);
  }

  it.each<[string, (name: string) => string | undefined]>([
    ['it alone', (name) => name],
    ['all', () => undefined],
  ])('%s: it lasts until it is taken back', (_whose, whose) => {
    const { network, a, member } = server([range('10.0.0.0/24')]);
    const b = member(2);
    inject(a, '198.51.100.0/24');
    expect(network.runUntil(() => best(b).length === 1, 20_000)).toBe(true);
    expect(a.speaker.setGracefulShutdown(whose(b.address), true).ok).toBe(true);
    returns(network, a, b);
    expect(isLeaving(a, b.address)).toBe(true);
    const page = b.speaker.listRoutes({ table: 'best', family: IPV4_UNICAST, limit: 1 });
    expect(page.ok && page.value.routes[0]?.attributes.communities).toEqual([0xffff_0000]);
    expect(a.speaker.setGracefulShutdown(whose(b.address), false).ok).toBe(true);
    returns(network, a, b);
    expect(isLeaving(a, b.address)).toBe(false);
  });

  it('all, and whoever comes for the first time, but not the one that was excepted', () => {
    const { network, a, member } = server([range('10.0.0.0/24')]);
    const b = member(2);
    expect(network.runUntil(() => isUp(b), 20_000)).toBe(true);
    a.speaker.setGracefulShutdown(undefined, true);
    a.speaker.setGracefulShutdown(b.address, false);
    returns(network, a, b);
    const c = member(3);
    expect(network.runUntil(() => isUp(c), 20_000)).toBe(true);
    expect([isLeaving(a, b.address), isLeaving(a, c.address)]).toEqual([false, true]);
  });

  it('a neighbor that the operator removes takes it with it', () => {
    const { network, a, member } = server([range('10.0.0.0/24')]);
    const b = member(2);
    expect(network.runUntil(() => isUp(b), 20_000)).toBe(true);
    a.speaker.setGracefulShutdown(b.address, true);
    expect(a.speaker.removePeer(b.address).ok).toBe(true);
    expect(network.runUntil(() => isUp(b) && isLeaving(a, b.address) !== undefined, 60_000)).toBe(true);
    expect(isLeaving(a, b.address)).toBe(false);
  });
});
