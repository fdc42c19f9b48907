import { createMemoryNetwork } from '@bgp/testkit';
import { type Capability, type CodecContext, INITIAL_CONTEXT, IPV4_UNICAST, ROUTE_REFRESH_SUBTYPE } from '@bgp/wire';
import { describe, expect, it } from 'vitest';
import type { PeerConfig } from './config.ts';
import { addNode, best, eventsOf, openMessage, RawPeer } from './testing/lab.ts';

const LONGEST_MS = 300_000;
const FOUR_OCTET: CodecContext = { ...INITIAL_CONTEXT, fourOctetAs: true };
const [OLD, KEPT] = ['198.51.100.0/24', '203.0.113.0/24'] as const;
const { beginning, end } = ROUTE_REFRESH_SUBTYPE;

/** A neighbor with Enhanced Route Refresh (RFC 7313) that has announced two prefixes. */
function announced(more: { readonly capabilities?: readonly Capability[]; readonly peer?: Partial<PeerConfig> } = {}) {
  const network = createMemoryNetwork();
  const a = addNode(network, {
    address: '10.0.0.1',
    asn: 65001,
    peers: [{ address: '10.0.0.3', remoteAs: 65003, passive: true, holdTime: 0, ...more.peer }],
  });
  a.speaker.start();
  const raw = new RawPeer();
  const host = network.addHost({ addresses: ['10.0.0.3'] });
  raw.handle = host.ports.tcp.connect({ address: '10.0.0.1', port: 179, security: {} }, raw);
  network.runFor(10);
  const open = openMessage(65003, '10.0.0.3', 0);
  if (open.type !== 'OPEN') throw new Error('not an OPEN');
  const { capabilities = [{ type: 'route-refresh' }, { type: 'enhanced-route-refresh' }] } = more;
  raw.send({ ...open, capabilities: [...open.capabilities, ...capabilities] });
  raw.send({ type: 'KEEPALIVE' });
  network.runFor(10);
  const lab = {
    network,
    a,
    announce(...prefixes: readonly string[]) {
      raw.send(
        {
          type: 'UPDATE',
          withdrawn: [],
          announced: [{ family: IPV4_UNICAST, nlri: prefixes.map((prefix) => ({ prefix })), nextHop: ['10.0.0.3'] }],
          attributes: { origin: 0, asPath: [{ type: 'sequence', asns: [65003] }] },
          errors: [],
        },
        FOUR_OCTET,
      );
      network.runFor(10);
    },
    marker(subtype: number, family = IPV4_UNICAST) {
      raw.send({ type: 'ROUTE-REFRESH', family, subtype });
      network.runFor(10);
    },
    close: () => raw.handle?.destroy(),
    routes: () => best(a).map((line) => line.split(' ')[0]),
    phases: () => eventsOf(a, 'route-refresh').map(({ phase }) => phase),
  };
  lab.announce(OLD, KEPT);
  expect(lab.routes()).toEqual([OLD, KEPT]);
  return lab;
}

describe('a table that is sent again (RFC 7313 §4)', () => {
  it('takes with it what is not in it, at its end and not before', () => {
    const { routes, phases, marker, announce } = announced();
    marker(beginning);
    expect(routes()).toEqual([OLD, KEPT]);
    announce(KEPT);
    expect(routes()).toEqual([OLD, KEPT]);
    marker(end);
    expect([routes(), phases()]).toEqual([[KEPT], ['begun', 'completed']]);
  });

  it('without an end: after 300 seconds, not earlier', () => {
    const { network, routes, phases, marker, announce } = announced();
    marker(beginning);
    announce(KEPT);
    network.runFor(LONGEST_MS - 100);
    expect([routes(), phases()]).toEqual([[OLD, KEPT], ['begun']]);
    network.runFor(200);
    expect([routes(), phases()]).toEqual([[KEPT], ['begun', 'timed-out']]);
    // An end that comes after all finds nothing to end.
    announce(OLD);
    marker(end);
    expect([routes(), phases()]).toEqual([
      [OLD, KEPT],
      ['begun', 'timed-out'],
    ]);
  });

  it('an end stops the timer', () => {
    const { network, routes, phases, marker, announce } = announced();
    marker(beginning);
    announce(OLD, KEPT);
    marker(end);
    network.runFor(LONGEST_MS * 2);
    expect([routes(), phases()]).toEqual([
      [OLD, KEPT],
      ['begun', 'completed'],
    ]);
  });

  it('begun again: what came since the first beginning is stale too, and the 300 seconds count anew', () => {
    const { network, routes, phases, marker, announce } = announced();
    marker(beginning);
    announce(OLD);
    network.runFor(LONGEST_MS - 1_000);
    marker(beginning);
    announce(KEPT);
    network.runFor(LONGEST_MS - 1_000);
    expect(routes()).toEqual([OLD, KEPT]);
    network.runFor(2_000);
    expect([routes(), phases()]).toEqual([[KEPT], ['begun', 'begun', 'timed-out']]);
  });

  it('an end without a beginning means nothing', () => {
    const { routes, phases, marker } = announced();
    marker(end);
    expect([routes(), phases()]).toEqual([[OLD, KEPT], []]);
  });

  it('markers of a neighbor without the capability mean nothing', () => {
    const { network, routes, phases, marker } = announced({ capabilities: [{ type: 'route-refresh' }] });
    marker(beginning);
    network.runFor(LONGEST_MS + 1_000);
    marker(end);
    expect([routes(), phases()]).toEqual([[OLD, KEPT], []]);
  });

  it('the end of the session ends the wait', () => {
    const { network, a, routes, phases, marker, close } = announced({ peer: { gracefulRestart: false } });
    marker(beginning);
    close();
    network.runFor(LONGEST_MS * 2);
    expect([routes(), phases()]).toEqual([[], ['begun']]);
    expect(a.speaker.peer('10.0.0.3')?.state).not.toBe('Established');
  });
});
