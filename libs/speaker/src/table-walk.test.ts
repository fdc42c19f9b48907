import { createMemoryNetwork } from '@bgp/testkit';
import { IPV6_UNICAST } from '@bgp/wire';
import { describe, expect, it } from 'vitest';
import { defaultPeerConfig } from './peer-defaults.ts';
import type { Speaker } from './speaker.ts';
import type { TableVisitor, WalkedPeer } from './table-walk.ts';
import { addNode, inject, pair, prefixes } from './testing/lab.ts';

class Recorder implements TableVisitor {
  peers: readonly WalkedPeer[] = [];
  readonly rows: string[] = [];
  ended = 0;
  takes = Number.POSITIVE_INFINITY;

  begin(peers: readonly WalkedPeer[]): void {
    this.peers = peers;
  }

  prefix({ family, address, length, routes }: Parameters<TableVisitor['prefix']>[0]): boolean {
    const from = routes.map(({ peer, pathId }) => `${this.peers[peer]?.name}#${pathId}`);
    this.rows.push(`${family} ${address.join('.')}/${length} ${from.join(' ')}`);
    return --this.takes > 0;
  }

  end(): void {
    this.ended++;
  }
}

function walk(speaker: Speaker): Recorder {
  const recorder = new Recorder();
  speaker.walkTable(recorder);
  return recorder;
}

describe('walkTable', () => {
  it('visits accepted routes and our own, in order, with peers as they were last seen', () => {
    const { network, a, b } = pair({});
    for (const prefix of ['10.2.0.0/16', '10.0.0.0/8', '10.2.0.0/24', '9.0.0.0/8', '200.0.0.0/8']) inject(a, prefix);
    inject(b, '10.0.0.0/8');
    a.speaker.start();
    b.speaker.start();
    network.runFor(60_000);
    const recorder = walk(b.speaker);
    expect(recorder.rows).toEqual([]); // not within the call
    network.runFor(1_000);
    expect(recorder.peers).toEqual([
      { name: 'local', address: '0.0.0.0', as: 0, bgpIdentifier: '0.0.0.0' },
      { name: a.address, address: a.address, as: 65001, bgpIdentifier: a.address },
    ]);
    expect(recorder.rows).toEqual([
      `257 9.0.0.0/8 ${a.address}#0`,
      `257 10.0.0.0/8 local#0 ${a.address}#0`,
      `257 10.2.0.0/16 ${a.address}#0`,
      `257 10.2.0.0/24 ${a.address}#0`,
      `257 200.0.0.0/8 ${a.address}#0`,
    ]);
    expect(recorder.ended).toBe(1);
  });

  it('leaves out what import policy refused, and IPv4 comes before IPv6', () => {
    const network = createMemoryNetwork({});
    const a = addNode(network, { address: '10.0.0.1', asn: 65001, peers: [{ address: '10.0.0.2', remoteAs: 65002 }] });
    const peers = [{ address: '10.0.0.1', remoteAs: 65001 }];
    // RFC 8212: without a policy nothing is let in.
    const b = addNode(network, { address: '10.0.0.2', asn: 65002, requiresPolicy: true, peers });
    const attributes = { origin: 0, asPath: [] } as const;
    const nextHop = ['2001:db8::1'];
    a.speaker.inject({ family: IPV6_UNICAST, prefix: '2001:db8::/32', nextHop, attributes, pathId: 0 });
    inject(a, '10.0.0.0/8');
    a.speaker.start();
    b.speaker.start();
    network.runFor(60_000);
    expect(b.speaker.ribStatus()[0]).toMatchObject({ family: 257, paths: 1, prefixes: 0 });
    const [ours, theirs] = [walk(a.speaker), walk(b.speaker)];
    network.runFor(1_000);
    expect(ours.rows.map((row) => row.split(' ')[0])).toEqual(['257', `${IPV6_UNICAST}`]);
    expect([theirs.rows, theirs.ended]).toEqual([[], 1]);
  });

  it('waits when the visitor has enough, and goes on where it was; cancelled, it says nothing more', () => {
    const { network, a } = pair({});
    for (const prefix of prefixes(20)) inject(a, prefix);
    a.speaker.start();
    const recorder = new Recorder();
    recorder.takes = 7;
    const walking = a.speaker.walkTable(recorder);
    network.runFor(1_000);
    expect(recorder.rows).toHaveLength(7);
    recorder.takes = 5;
    walking.resume();
    walking.resume();
    network.runFor(1_000);
    expect(recorder.rows).toHaveLength(12);
    expect(new Set(recorder.rows).size).toBe(12);
    walking.cancel();
    walking.resume();
    network.runFor(1_000);
    expect(recorder.rows).toHaveLength(12);
    expect(recorder.ended).toBe(0);
  });

  it('a neighbor that takes the place of one that was removed meanwhile is not taken for it', () => {
    const network = createMemoryNetwork({});
    const to = [{ address: '10.0.0.9', remoteAs: 65009 }];
    const a = addNode(network, { address: '10.0.0.1', asn: 65001, peers: to });
    const c = addNode(network, { address: '10.0.0.3', asn: 65003, peers: to });
    const us = addNode(network, { address: '10.0.0.9', asn: 65009, peers: [{ address: '10.0.0.1', remoteAs: 65001 }] });
    for (const prefix of prefixes(20)) for (const node of [a, c]) inject(node, prefix);
    for (const node of [a, c, us]) node.speaker.start();
    network.runFor(60_000);
    const recorder = new Recorder();
    recorder.takes = 5;
    const walking = us.speaker.walkTable(recorder);
    network.runFor(1_000);
    expect(recorder.rows).toHaveLength(5);
    us.speaker.removePeer('10.0.0.1');
    network.runFor(60_000);
    expect(us.speaker.addPeer({ ...defaultPeerConfig('10.0.0.3', 65003) }).ok).toBe(true);
    network.runFor(120_000);
    expect(us.speaker.ribStatus()[0]?.paths).toBe(20);
    recorder.takes = Number.POSITIVE_INFINITY;
    walking.resume();
    network.runFor(1_000);
    expect([recorder.rows.length, recorder.ended]).toEqual([5, 1]);
  });

  it('works beside changes: what is withdrawn before its turn is not visited, and slices are bounded', () => {
    const count = 30_000;
    const { network, a } = pair({});
    const all = prefixes(count);
    for (const prefix of all) inject(a, prefix);
    a.speaker.start();
    const recorder = new Recorder();
    recorder.takes = 10;
    const walking = a.speaker.walkTable(recorder);
    network.runFor(1_000);
    const gone = all.slice(count / 2);
    for (const prefix of gone) a.speaker.withdrawInjected(257, prefix, 0);
    recorder.takes = Number.POSITIVE_INFINITY;
    walking.resume();
    network.runFor(10_000);
    expect(recorder.ended).toBe(1);
    expect(recorder.rows.length).toBeGreaterThanOrEqual(count / 2);
    expect(recorder.rows.length).toBeLessThanOrEqual(count / 2 + 10);
  });
});
