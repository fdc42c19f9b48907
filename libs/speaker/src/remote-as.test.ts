import { createMemoryNetwork } from '@bgp/testkit';
import { describe, expect, it } from 'vitest';
import type { PeerConfig, SpeakerConfig } from './config.ts';
import { ANY_AS } from './peer-kind.ts';
import { addNode, best, eventsOf, inject, isUp } from './testing/lab.ts';

const [US, THEM] = ['10.0.0.1', '10.0.0.2'];

/** We are AS 65001, and the neighbor may have any AS that makes it an external one. */
function start(theirAs: number, ours: Partial<PeerConfig> = {}, us: Partial<SpeakerConfig> = {}) {
  const network = createMemoryNetwork();
  const asSeen = ours.localAs?.as ?? us.confederation?.id ?? 65001;
  const a = addNode(network, { ...us, address: US, asn: 65001, peers: [{ ...ours, address: THEM, remoteAs: ANY_AS }] });
  const b = addNode(network, { address: THEM, asn: theirAs, peers: [{ address: US, remoteAs: asSeen }] });
  a.speaker.start();
  b.speaker.start();
  network.runUntil(() => isUp(a, b), 20_000);
  return { network, a, b };
}

describe('a neighbor of any external AS', () => {
  it('is one by its OPEN, and shows the AS that it had last', () => {
    const { network, a, b } = start(65002);
    expect(a.speaker.peer(THEM)?.config.remoteAs).toBe(65002);
    inject(a, '198.51.100.0/24');
    inject(b, '203.0.113.0/24');
    network.runFor(1_000);
    expect([best(a), best(b)]).toEqual([
      ['198.51.100.0/24 via ', '203.0.113.0/24 via 65002'],
      ['198.51.100.0/24 via 65001', '203.0.113.0/24 via '],
    ]);
    a.speaker.disablePeer(THEM);
    network.runFor(1_000);
    expect(a.speaker.peer(THEM)?.config.remoteAs).toBe(65002);
  });

  it('may have another one the next time', () => {
    const { network, a, b } = start(65002);
    network.crash(b.host, 'process');
    const next = addNode(network, { address: THEM, asn: 65003, peers: [{ address: US, remoteAs: 65001 }] });
    next.speaker.start();
    expect(network.runUntil(() => isUp(a, next), 60_000)).toBe(true);
    expect(a.speaker.peer(THEM)?.config.remoteAs).toBe(65003);
  });

  it.each<[string, number, Partial<PeerConfig>, Partial<SpeakerConfig>]>([
    ['ours', 65001, {}, {}],
    ['the one that it knows us by', 64999, { localAs: { as: 64999, prependInbound: true, replaceAs: false } }, {}],
    ["our confederation's", 64000, {}, { confederation: { id: 64000, members: [65009] } }],
    ["another member's", 65009, {}, { confederation: { id: 64000, members: [65009] } }],
  ])('has none that is not: %s is refused with Bad Peer AS (RFC 4271 §6.2)', (_whose, theirAs, ours, us) => {
    const { a } = start(theirAs, ours, us);
    expect(isUp(a)).toBe(false);
    expect(eventsOf(a, 'notification')[0]).toMatchObject({ direction: 'sent', code: 2, subcode: 2 });
  });

  it('without a policy exchanges nothing, and this is said before it comes (RFC 8212)', () => {
    const network = createMemoryNetwork();
    const peers = [{ address: THEM, remoteAs: ANY_AS }];
    const a = addNode(network, { address: US, asn: 65001, requiresPolicy: true, peers });
    a.speaker.start();
    expect(eventsOf(a, 'policy-missing')).toMatchObject([{ directions: ['import', 'export'] }]);
  });

  it('keeps its session when its configuration comes again', () => {
    const { a, b } = start(65002);
    const config = { ...(a.speaker.peer(THEM)?.config as PeerConfig), remoteAs: ANY_AS }; // the session is up
    expect(a.speaker.updatePeer(config)).toEqual({ ok: true, value: 'nothing' });
    expect(a.speaker.updatePeer({ ...config, description: 'x' })).toEqual({ ok: true, value: 'live' });
    expect(isUp(a, b)).toBe(true);
  });
});
