import { createMemoryNetwork } from '@bgp/testkit';
import { type Capability, type CodecContext, INITIAL_CONTEXT, IPV4_UNICAST } from '@bgp/wire';
import { describe, expect, it } from 'vitest';
import type { PeerConfig } from './config.ts';
import { addNode, best, eventsOf, openMessage, RawPeer } from './testing/lab.ts';

const FOUR_OCTET: CodecContext = { ...INITIAL_CONTEXT, fourOctetAs: true };
const [FIRST, SECOND] = ['198.51.100.0/24', '203.0.113.0/24'] as const;
const LLGR_STALE = 0xffff_0006;
const NO_LLGR = 0xffff_0007;

interface Restarting {
  readonly notification: boolean;
  readonly longLivedSeconds?: number;
  readonly peer?: Partial<PeerConfig>;
}

/** A neighbor made by hand that can lose its connection as often as we like, and says each time that it has kept its forwarding. */
function neighbor({ notification, longLivedSeconds = 0, peer = {} }: Restarting) {
  const network = createMemoryNetwork();
  const a = addNode(network, {
    address: '10.0.0.1',
    asn: 65001,
    peers: [
      { address: '10.0.0.3', remoteAs: 65003, passive: true, holdTime: 0, llgrStaleTime: longLivedSeconds, ...peer },
    ],
  });
  a.speaker.start();
  const host = network.addHost({ addresses: ['10.0.0.3'] });
  const families = [{ family: IPV4_UNICAST, forwardingState: true }];
  const capabilities: Capability[] = [
    { type: 'graceful-restart', restartState: false, notification, restartTime: 60, families },
  ];
  if (longLivedSeconds > 0) {
    const kept = families.map((family) => ({ ...family, staleTime: longLivedSeconds }));
    capabilities.push({ type: 'long-lived-graceful-restart', families: kept });
  }
  let raw = new RawPeer();
  return {
    network,
    comesUp() {
      raw = new RawPeer();
      raw.handle = host.ports.tcp.connect({ address: '10.0.0.1', port: 179, security: {} }, raw);
      network.runFor(10);
      const open = openMessage(65003, '10.0.0.3', 0);
      if (open.type !== 'OPEN') throw new Error('not an OPEN');
      raw.send({ ...open, capabilities: [...open.capabilities, ...capabilities] });
      raw.send({ type: 'KEEPALIVE' });
      network.runFor(10);
      expect(a.speaker.peers()[0]?.state).toBe('Established');
    },
    announces(prefix: string, communities: readonly number[] = []) {
      const attributes = { origin: 0, asPath: [{ type: 'sequence' as const, asns: [65003] }] };
      const announced = [{ family: IPV4_UNICAST, nlri: [{ prefix }], nextHop: ['10.0.0.3'] }];
      const marked = communities.length === 0 ? attributes : { ...attributes, communities };
      raw.send({ type: 'UPDATE', withdrawn: [], announced, attributes: marked, errors: [] }, FOUR_OCTET);
      network.runFor(10);
    },
    saysItIsThrough() {
      raw.send({ type: 'UPDATE', withdrawn: [], announced: [], attributes: {}, errors: [], endOfRib: IPV4_UNICAST });
      network.runFor(10);
    },
    goesDown() {
      raw.handle?.destroy();
      network.runFor(10);
      expect(a.speaker.peers()[0]?.state).not.toBe('Established');
    },
    routes: () => best(a).map((line) => line.split(' ')[0]),
    marked: () => {
      const page = a.speaker.listRoutes({ table: 'best', family: IPV4_UNICAST, limit: 10 });
      if (!page.ok) throw new Error(page.error.message);
      return page.value.routes.filter(({ attributes }) => attributes.communities?.includes(LLGR_STALE) === true).length;
    },
    phases: () => eventsOf(a, 'graceful-restart').map(({ phase }) => phase),
  };
}

/** It has announced both routes, lost its session, come back, announced the second one again, and lost that session too. */
function twiceDown(shape: Restarting) {
  const lab = neighbor(shape);
  lab.comesUp();
  lab.announces(FIRST);
  lab.announces(SECOND);
  lab.saysItIsThrough();
  lab.goesDown();
  lab.comesUp();
  lab.announces(SECOND);
  lab.goesDown();
  return lab;
}

describe('a session that ends before End-of-RIB, again', () => {
  it('RFC 4724 §4.2: what was stale already goes', () => {
    expect(twiceDown({ notification: false }).routes()).toEqual([SECOND]);
  });

  it('RFC 8538 §4.1: with the N bit it stays, and goes when it is not in the table at last', () => {
    const lab = twiceDown({ notification: true });
    expect(lab.routes()).toEqual([FIRST, SECOND]);
    lab.comesUp();
    lab.announces(SECOND);
    expect(lab.routes()).toEqual([FIRST, SECOND]);
    lab.saysItIsThrough();
    expect(lab.routes()).toEqual([SECOND]);
  });

  it('and the restart time begins anew each time, and ends it', () => {
    const lab = twiceDown({ notification: true });
    lab.network.runFor(59_000);
    expect(lab.routes()).toEqual([FIRST, SECOND]);
    lab.network.runFor(2_000);
    expect(lab.routes()).toEqual([]);
  });

  it('RFC 8538 §4.1: but for no longer than the stale time', () => {
    const lab = neighbor({ notification: true, peer: { grStaleRoutesTime: 100 } });
    lab.comesUp();
    lab.announces(FIRST);
    lab.announces(SECOND);
    lab.saysItIsThrough();
    for (let restarts = 0; restarts < 4; restarts++) {
      lab.goesDown();
      lab.network.runFor(20_000);
      lab.comesUp();
      lab.announces(SECOND);
    }
    expect(lab.routes()).toEqual([FIRST, SECOND]); // after 80 seconds
    lab.network.runFor(30_000);
    lab.goesDown();
    expect(lab.routes()).toEqual([SECOND]);
  });

  it('a family that has been through begins from the start', () => {
    const lab = neighbor({ notification: true, peer: { grStaleRoutesTime: 100 } });
    lab.comesUp();
    lab.announces(FIRST);
    lab.saysItIsThrough();
    lab.goesDown();
    lab.comesUp();
    lab.announces(FIRST);
    lab.saysItIsThrough();
    lab.network.runFor(500_000);
    lab.goesDown();
    lab.comesUp();
    lab.goesDown();
    expect(lab.routes()).toEqual([FIRST]);
  });
});

describe('the same while the long-lived time runs (RFC 9494 §4.2)', () => {
  /** Long-lived when it comes back, with the second route and one that must not live long. */
  function again() {
    const lab = neighbor({ notification: true, longLivedSeconds: 600 });
    lab.comesUp();
    lab.announces(FIRST);
    lab.saysItIsThrough();
    lab.goesDown();
    lab.network.runFor(61_000);
    expect([lab.routes(), lab.marked()]).toEqual([[FIRST], 1]);
    lab.comesUp();
    lab.announces(SECOND);
    lab.announces('192.0.2.0/24', [NO_LLGR]);
    lab.goesDown();
    return lab;
  }

  it('what is stale stays, marked as it is; what came in between is not marked before its restart time is over', () => {
    const lab = again();
    expect([lab.routes(), lab.marked()]).toEqual([['192.0.2.0/24', FIRST, SECOND], 1]);
    lab.network.runFor(59_000);
    expect([lab.routes(), lab.marked()]).toEqual([['192.0.2.0/24', FIRST, SECOND], 1]);
  });

  it('then it is long-lived stale like the rest: marked, and without what must not live long', () => {
    const lab = again();
    lab.network.runFor(61_000);
    expect([lab.routes(), lab.marked()]).toEqual([[FIRST, SECOND], 2]);
  });

  it('the time that runs is not begun anew', () => {
    const lab = again();
    lab.network.runFor(597_000);
    expect(lab.routes()).toEqual([FIRST, SECOND]);
    lab.network.runFor(4_000);
    expect(lab.routes()).toEqual([]);
  });
});
