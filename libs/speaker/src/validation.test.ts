import { createMemoryNetwork } from '@bgp/testkit';
import { IPV4_UNICAST, parseAsPath } from '@bgp/wire';
import { describe, expect, it } from 'vitest';
import type { PeerConfig } from './config.ts';
import type { ValidationPort } from './ports.ts';
import { addNode, inject, isUp, pair } from './testing/lab.ts';

const PREFIX = '203.0.113.0/24';

/** Valid is what has this origin. */
function onlyFrom(origin: number): ValidationPort {
  return {
    hasVrps: true,
    hasAspas: false,
    originState: (...route) => (route[6] === origin ? 'valid' : 'invalid'),
    aspaState: () => 'unknown',
  };
}

const ONLY_VALID: Partial<PeerConfig> = {
  exportChain: [
    { name: 'p', defaultAction: 'deny', statements: [{ action: 'permit', match: { originValidity: 'valid' } }] },
  ],
};

/** The prefix that the center has with that path, as its neighbor of AS 65002 gets it or not. */
function isSent(path: string, origin: number, config: Partial<PeerConfig>): boolean {
  const network = createMemoryNetwork({ seed: 1 });
  const peers = [{ ...ONLY_VALID, ...config, address: '10.0.0.2', remoteAs: 65002 }];
  const a = addNode(network, { address: '10.0.0.1', asn: 65001, peers, validation: onlyFrom(origin) });
  const b = addNode(network, {
    address: '10.0.0.2',
    asn: 65002,
    peers: [{ address: '10.0.0.1', remoteAs: config.localAs?.as ?? 65001, enforceFirstAs: false, allowOwnAs: 9 }],
  });
  const asPath = parseAsPath(path);
  if (!asPath.ok) throw new Error(path);
  const attributes = { origin: 0, asPath: asPath.value };
  a.speaker.inject({ family: IPV4_UNICAST, prefix: PREFIX, nextHop: ['192.0.2.1'], attributes, pathId: 0 });
  a.speaker.start();
  b.speaker.start();
  network.runUntil(() => isUp(a, b), 60_000);
  network.runFor(2_000);
  const explained = a.speaker.explainExport('10.0.0.2', IPV4_UNICAST, PREFIX);
  const page = b.speaker.listRoutes({ table: 'received', family: IPV4_UNICAST, limit: 1 });
  const got = page.ok && page.value.routes.length > 0;
  expect(explained.ok && explained.value.isAdvertised).toBe(got);
  expect(explained.ok && explained.value.paths[0]?.trace?.entries.at(-1)?.outcome).toBe(got ? 'permit' : 'deny');
  const hits = a.speaker.countPolicyHits('10.0.0.2', 'export');
  expect(hits.ok && [...hits.value.hits]).toEqual(got ? [1, 0] : [0, 1]);
  return got;
}

describe('export policy judges the route as the neighbor would see it (RFC 8893 §3)', () => {
  it.each<[string, string, number, Partial<PeerConfig>]>([
    // what                                         path in the table  origin sent  neighbor
    ['the origin that was received', '64501 3356', 3356, {}],
    ['our own route has our AS', '', 65001, {}],
    [
      'and the AS that the neighbor knows',
      '',
      64999,
      { localAs: { as: 64999, prependInbound: false, replaceAs: true } },
    ],
    ['private ASes removed: we are the origin', '64600', 65001, { removePrivateAs: 'all' }],
    ['private ASes replaced', '3356 64600', 65001, { removePrivateAs: 'replace' }],
    ['a public AS stays behind removed ones', '64600 3356', 3356, { removePrivateAs: 'all' }],
    ["the neighbor's AS replaced", '3356 65002', 65001, { asOverride: true }],
  ])('%s', (_rule, path, origin, config) => {
    expect(isSent(path, origin, config)).toBe(true);
    expect(isSent(path, origin + 1, config)).toBe(false);
  });
});

describe('a path without a role on its session', () => {
  it.each([
    ['a neighbor is verified as one from which routes only go up', {}, undefined, 'peer'],
    [
      'one that is not in front of its paths is a route server',
      { enforceFirstAs: false },
      undefined,
      'route-server-client',
    ],
    ['the role counts where there is one', { role: 'customer' }, undefined, 'customer'],
    ['and does so when others are not verified', { role: 'customer' }, 'unverified', 'customer'],
    ['others then stay unknown', {}, 'unverified', undefined],
  ] as const)('%s', (_rule, config, pathsWithoutRole, expected) => {
    const roles: string[] = [];
    const port: ValidationPort = {
      hasVrps: false,
      hasAspas: true,
      originState: () => 'invalid',
      aspaState(_path, role) {
        roles.push(role);
        return 'valid';
      },
    };
    const network = createMemoryNetwork({ seed: 1 });
    const more = pathsWithoutRole === undefined ? {} : { pathsWithoutRole };
    const peers = [{ ...config, address: '10.0.0.2', remoteAs: 65002 }];
    const a = addNode(network, { address: '10.0.0.1', asn: 65001, peers, validation: port, ...more });
    const b = addNode(network, { address: '10.0.0.2', asn: 65002, peers: [{ address: '10.0.0.1', remoteAs: 65001 }] });
    inject(b, PREFIX);
    inject(a, '203.0.112.0/24'); // our own has no sender to ask about
    a.speaker.start();
    b.speaker.start();
    network.runUntil(() => isUp(a, b), 60_000);
    network.runFor(2_000);
    expect([...new Set(roles)]).toEqual(expected === undefined ? [] : [expected]);
    const page = a.speaker.listRoutes({ table: 'received', peer: '10.0.0.2', limit: 1 });
    const [route] = page.ok ? page.value.routes : [];
    expect(route).toMatchObject({
      originValidity: 'not-found',
      aspaState: expected === undefined ? 'unknown' : 'valid',
    });
  });
});

it('changes after which routes were judged again are counted', () => {
  const network = createMemoryNetwork({ seed: 1 });
  const a = addNode(network, { address: '10.0.0.1', asn: 65001, peers: [], validation: onlyFrom(1) });
  a.speaker.start();
  a.speaker.validationChanged({ prefixes: [{ prefix: PREFIX, maxLength: 24 }], customers: [] });
  network.runFor(1_000);
  expect(a.speaker.work().revalidations).toEqual({ origin: 1, path: 0 });
  a.speaker.validationChanged({ prefixes: [], customers: 'all' });
  a.speaker.validationChanged({ prefixes: 'all', customers: [65002] });
  network.runFor(1_000);
  expect(a.speaker.work().revalidations).toEqual({ origin: 2, path: 2 });
});

it('without the port nothing is known, and nothing is different', () => {
  const { network, a, b } = pair({ seed: 1 });
  inject(b, PREFIX);
  a.speaker.start();
  b.speaker.start();
  network.runUntil(() => isUp(a, b), 60_000);
  network.runFor(2_000);
  let isSettled = false;
  a.speaker.validationChanged({ prefixes: 'all', customers: 'all' }, () => {
    isSettled = true;
  });
  network.runFor(1_000);
  expect(isSettled).toBe(true);
  const page = a.speaker.listRoutes({ table: 'best', limit: 1 });
  expect(page.ok && page.value.routes[0]).toMatchObject({ originValidity: 'not-found', aspaState: 'unknown' });
});
