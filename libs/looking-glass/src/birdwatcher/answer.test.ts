import { IPV6_UNICAST } from '@bgp/wire';
import { beforeAll, describe, expect, it } from 'vitest';
import { announce, get, HYGIENE, type Lab, startLab, TAGGED } from '../testing/lab.ts';

type Json = Record<string, unknown>;

let lab: Lab;
beforeAll(() => {
  lab = startLab(
    [
      { importChain: HYGIENE, description: 'Member "One"', md5Password: undefined } as object,
      { families: [0x101, IPV6_UNICAST] },
      {},
    ],
    {
      rejectionReasons: new Map([['hygiene/tagged', { globalAdministrator: 65001, localData1: 65666, localData2: 3 }]]),
    },
  );
  announce(lab, 0, ['192.0.2.0/24', '198.51.100.0/24', '192.0.0.0/16']);
  announce(lab, 0, ['203.0.113.0/24'], TAGGED);
  announce(lab, 1, ['192.0.2.0/24'], { asPath: [{ type: 'sequence', asns: [65100] }] });
});

function routes(target: string): Json[] {
  const { status, body } = get(lab.context, target);
  expect(status).toBe(200);
  return (body as { routes: Json[] }).routes;
}
const shown = (target: string) =>
  routes(target)
    .map(({ network, learnt_from, primary }) => `${network} ${learnt_from}${primary === true ? ' *' : ''}`)
    .sort();

describe('which routes', () => {
  it.each([
    [
      '/routes/protocol/bgp_10.0.0.2',
      ['192.0.0.0/16 10.0.0.2 *', '192.0.2.0/24 10.0.0.2 *', '198.51.100.0/24 10.0.0.2 *'],
    ],
    ['/routes/protocol/bgp_10.0.0.3', ['192.0.2.0/24 10.0.0.3']],
    ['/routes/protocol/bgp_10.9.9.9', []],
    ['/routes/peer/10.0.0.3', ['192.0.2.0/24 10.0.0.3']],
    ['//routes/peer/10.0.0.3', ['192.0.2.0/24 10.0.0.3']],
    ['/routes/peer/10.0.0.3/', ['192.0.2.0/24 10.0.0.3']],
    ['/routes/peer/10.9.9.9', []],
    ['/routes/filtered/bgp_10.0.0.2', ['203.0.113.0/24 10.0.0.2']],
    ['/routes/filtered/bgp_10.0.0.3', []],
    [
      '/routes/table/master',
      ['192.0.0.0/16 10.0.0.2 *', '192.0.2.0/24 10.0.0.2 *', '192.0.2.0/24 10.0.0.3', '198.51.100.0/24 10.0.0.2 *'],
    ],
    ['/routes/table/master6', []],
    ['/routes/table/master/filtered', ['203.0.113.0/24 10.0.0.2']],
    ['/routes/table/master4/peer/10.0.0.3', ['192.0.2.0/24 10.0.0.3']],
    ['/routes/prefix?prefix=192.0.2.0/24', ['192.0.2.0/24 10.0.0.2 *', '192.0.2.0/24 10.0.0.3']],
    ['/routes/prefix?prefix=192.0.2.0%2F25', []],
    ['/routes/prefix?prefix=203.0.113.0/24', []],
    ['/routes/prefix?prefix=192.0.2.77', ['192.0.2.0/24 10.0.0.2 *', '192.0.2.0/24 10.0.0.3']],
    ['/route/net/192.0.2.128/25', ['192.0.2.0/24 10.0.0.2 *', '192.0.2.0/24 10.0.0.3']],
    ['/route/net/192.0.2.0/24', ['192.0.2.0/24 10.0.0.2 *', '192.0.2.0/24 10.0.0.3']],
    ['/route/net/192.0.77.1', ['192.0.0.0/16 10.0.0.2 *']],
    ['/route/net/192.0.77.1/table/master4', ['192.0.0.0/16 10.0.0.2 *']],
    ['/route/net/192.0.77.0/24/table/master6', []],
    ['/route/net/8.8.8.8', []],
    ['/routes/export/bgp_10.0.0.2', []],
    [
      '/routes/export/bgp_10.0.0.3',
      ['192.0.0.0/16 10.0.0.2 *', '192.0.2.0/24 10.0.0.2 *', '198.51.100.0/24 10.0.0.2 *'],
    ],
    ['/routes/noexport/bgp_10.0.0.2', []],
    ['/routes/noexport/bgp_10.0.0.3', []],
  ])('%s', (target, expected) => {
    expect(shown(target)).toEqual(expected);
  });

  it.each([
    ['/routes/count/protocol/bgp_10.0.0.2', 3],
    ['/routes/count/primary/bgp_10.0.0.2', 3],
    ['/routes/count/primary/bgp_10.0.0.3', 0],
    ['/routes/count/protocol/bgp_10.9.9.9', 0],
    ['/routes/count/table/master', 4],
    ['/routes/count/table/master6', 0],
  ])('%s is %i', (target, expected) => {
    expect(get(lab.context, target)).toMatchObject({ status: 200, body: { routes: expected } });
  });
});

it('a filtered route has its reason, as text and as the community that stands for it', () => {
  const [route] = routes('/routes/filtered/bgp_10.0.0.2');
  expect(route).toMatchObject({
    filtered_reason: 'hygiene/tagged',
    bgp: { communities: [[65000, 666]], large_communities: [[65001, 65666, 3]] },
  });
});

it('a route in full', () => {
  expect(routes('/routes/protocol/bgp_10.0.0.3')).toEqual([
    {
      network: '192.0.2.0/24',
      gateway: '10.0.0.3',
      from_protocol: 'bgp_10.0.0.3',
      interface: '',
      metric: 0,
      age: expect.stringMatching(/^2026-11-21 08:00:\d\d$/),
      type: ['BGP', 'unicast', 'univ'],
      primary: false,
      learnt_from: '10.0.0.3',
      bgp: {
        origin: 'IGP',
        as_path: ['65003', '65100'],
        next_hop: '10.0.0.3',
        communities: [],
        large_communities: [],
        ext_communities: [],
      },
    },
  ]);
});

it('a neighbor: counters, best paths among them', () => {
  const { body } = get(lab.context, '/protocols/bgp');
  expect((body as { protocols: Json }).protocols['bgp_10.0.0.2']).toMatchObject({
    state: 'established',
    neighbor_as: 65002,
    description: 'Member "One"',
    routes: { imported: 3, filtered: 1, exported: 0, preferred: 3 },
  });
});

it('descriptions can be kept from the public', () => {
  const context = { ...lab.context, viewer: { ...lab.context.viewer, descriptions: false } };
  const text = JSON.stringify(get(context, '/protocols/bgp').body);
  expect(text).not.toContain('Member');
  expect(text).toContain('"description":"AS65002 10.0.0.2"');
});

describe('status', () => {
  it('says who answers and since when', () => {
    expect(get(lab.context, '/status').body).toMatchObject({
      api: { Version: 'tsbgpd 1.2.3', result_from_cache: false },
      status: { router_id: '10.0.0.1', message: 'tsbgpd AS65001', last_reboot: '2026-11-21 08:00:00' },
    });
    expect(get(lab.context, '/version').body).toBe('1.2.3\n');
  });
});

describe('bad requests', () => {
  it.each([
    ['/', 404, 'path-unknown'],
    ['', 404, 'path-unknown'],
    ['//', 404, 'path-unknown'],
    ['/metrics', 404, 'path-unknown'],
    ['/routes', 404, 'path-unknown'],
    ['/routes/%zz', 404, 'path-unknown'],
    ['/routes/protocol', 404, 'path-unknown'],
    ['/routes/protocol/', 404, 'path-unknown'],
    ['/routes/protocol/foo', 400, 'protocol-invalid'],
    ['/routes/protocol/bgp_', 400, 'protocol-invalid'],
    ['/routes/protocol/bgp_300.0.0.1', 400, 'protocol-invalid'],
    ['/routes/protocol/..%2f..%2fetc', 400, 'protocol-invalid'],
    ['/routes/count/protocol/foo', 400, 'protocol-invalid'],
    ['/routes/peer/example.net', 400, 'address-invalid'],
    ['/routes/peer/10.0.0.2;ls', 400, 'address-invalid'],
    ['/routes/table/master5', 404, 'table-unknown'],
    ['/routes/count/table/x', 404, 'table-unknown'],
    ['/routes/prefix', 400, 'prefix-invalid'],
    ['/routes/prefix?prefix=', 400, 'prefix-invalid'],
    ['/routes/prefix?prefix=192.0.2.0/33', 400, 'prefix-invalid'],
    ['/routes/prefix?prefix=1&prefix=2', 400, 'parameter-unknown'],
    ['/routes/protocol/bgp_10.0.0.2?limt=10', 400, 'parameter-unknown'],
    ['/routes/protocol/bgp_10.0.0.2?limit=0', 400, 'limit-invalid'],
    ['/routes/protocol/bgp_10.0.0.2?limit=-1', 400, 'limit-invalid'],
    ['/routes/protocol/bgp_10.0.0.2?limit=1e3', 400, 'limit-invalid'],
    ['/routes/protocol/bgp_10.0.0.2?limit=1000001', 400, 'limit-invalid'],
    ['/routes/protocol/bgp_10.0.0.2?cursor=abc', 400, 'cursor-invalid'],
    ['/routes/protocol/bgp_10.0.0.2?cursor=99.1', 400, 'cursor-invalid'],
    ['/status?limit=1', 400, 'parameter-unknown'],
    ['/routes/prefix?prefix=%zz', 400, 'parameter-unknown'],
    [`/routes/protocol/${'x'.repeat(5_000)}`, 400, 'protocol-invalid'],
  ])('%s', (target, status, code) => {
    const result = get(lab.context, target);
    expect(result).toMatchObject({ status, body: { code } });
    const { message } = result.body as { message: string };
    expect(message).toMatch(/\.$/);
    expect(message.length).toBeLessThan(300);
  });
});
