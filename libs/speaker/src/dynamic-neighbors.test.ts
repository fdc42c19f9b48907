import { createMemoryNetwork } from '@bgp/testkit';
import { IPV4_UNICAST } from '@bgp/wire';
import { describe, expect, it } from 'vitest';
import type { DynamicRange } from './config.ts';
import { DynamicNeighbors } from './dynamic-neighbors.ts';
import { defaultPeerConfig } from './peer-defaults.ts';
import { Speaker } from './speaker.ts';
import { addNode, best, eventsOf, inject, isUp, type Node, type PeerOptions, prefixes } from './testing/lab.ts';

function range(prefix: string, more: Partial<DynamicRange> = {}): DynamicRange {
  const { name: _name, address: _address, remoteAs: _remoteAs, ...template } = defaultPeerConfig('10.0.0.0', 0);
  return { prefix, peerGroup: 'ix', remoteAses: [], template: { ...template, gracefulRestart: false }, ...more };
}

function server(ranges: readonly DynamicRange[], limit?: number) {
  const network = createMemoryNetwork();
  const host = network.addHost({ addresses: ['10.0.0.1'] });
  const speaker = new Speaker(
    {
      asn: 65001,
      routerId: '10.0.0.1',
      ebgpRequiresPolicy: false,
      med: 'per-neighbor-as',
      peers: [],
      dynamicNeighbors: ranges,
      ...(limit === undefined ? {} : { dynamicNeighborLimit: limit }),
    },
    host.ports,
  );
  speaker.start();
  const a: Node = { host, speaker, address: '10.0.0.1' };
  const member = (last: number, asn = 65000 + last, more: Partial<PeerOptions> = {}) => {
    const toServer = { address: '10.0.0.1', remoteAs: 65001, gracefulRestart: false, ...more };
    const node = addNode(network, { address: `10.0.0.${last}`, asn, peers: [toServer] });
    node.speaker.start();
    return node;
  };
  return { network, a, member };
}

it('the longest range holds, host bits and order do not matter', () => {
  const ranges = new DynamicNeighbors([
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
    const { network, a, member } = server([range('10.0.0.0/24', { template: defaultPeerConfig('10.0.0.0', 0) })]);
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
    const { template } = range('10.0.0.0/24');
    const { network, a, member } = server([
      range('10.0.0.0/24', { template: { ...template, maxPrefixes: 5, maxPrefixesRestartTime } }),
    ]);
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
