import { defaultPeerConfig, Speaker } from '@bgp/speaker';
import { createMemoryNetwork } from '@bgp/testkit';
import { describe, expect, it } from 'vitest';
import { get } from '../testing/lab.ts';
import type { GlassContext } from './document.ts';

/** Two neighbors of one address on two interfaces, and another. */
function context(): GlassContext {
  const { ports } = createMemoryNetwork().addHost({ addresses: ['fe80::9'] });
  const peers = [
    ['fe80::1', 'eth0'],
    ['fe80::1', 'eth1'],
    ['fe80::2', 'eth1'],
  ].map(([address = '', link = '']) => ({
    ...defaultPeerConfig(address, 65002),
    name: `${address}%${link}`,
    interface: link,
    md5Password: 'secret',
  }));
  const source = new Speaker(
    { asn: 65001, routerId: '10.0.0.1', ebgpRequiresPolicy: false, med: 'per-neighbor-as', peers },
    ports,
  );
  const viewer = { descriptions: true, rejectionReasons: new Map() };
  return { source, viewer, version: '1.2.3', nowMs: () => 0, configuredAtMs: () => 0 };
}

describe('link-local neighbors', () => {
  it('have an id each, without what a URL would have to escape', () => {
    const { protocols } = get(context(), '/protocols/bgp').body as { protocols: Record<string, unknown> };
    expect(Object.keys(protocols)).toEqual(['bgp_fe80__1_eth0', 'bgp_fe80__1_eth1', 'bgp_fe80__2_eth1']);
    for (const id of Object.keys(protocols)) expect(get(context(), `/routes/protocol/${id}`).status).toBe(200);
  });

  it.each([
    ['/routes/peer/fe80::1', 400],
    ['/routes/peer/fe80::1%25eth1', 200],
    ['/routes/peer/fe80::2', 200],
    ['/routes/peer/FE80:0::2', 200],
  ])('%s: %i', (target, status) => {
    expect(get(context(), target).status).toBe(status);
  });

  it('no key of a session is shown', () => {
    for (const target of ['/protocols', '/protocols/short', '/status']) {
      expect(JSON.stringify(get(context(), target).body)).not.toContain('secret');
    }
  });
});
