import assert from 'node:assert/strict';
import { Dut, prefixesOf, refusedBy } from '../dut.ts';
import { exampleConfig } from '../example-config.ts';
import { Bird } from '../peers/bird.ts';
import { Frr, frrConfig } from '../peers/frr.ts';
import type { Scenario } from '../scenario.ts';

const [ROUTER, US, GLOBEX] = ['10.255.0.1', '10.255.0.9', '10.64.2.10'];
const [SERVER_A, SERVER_B, WRONG_AS] = ['10.64.1.11', '10.64.1.12', '10.64.1.13'];
const SERVICE = '198.51.100.65/32';
/** What the edge router has from the world: a table of one, and what must not get further. */
const TABLE = '11.0.0.0/16';
const SLIPPED: readonly (readonly [prefix: string, by: string])[] = [
  ['10.1.0.0/16', 'from-routers/bogon'],
  ['198.51.100.0/25', 'from-routers/inside'],
  ['12.0.0.0/25', 'from-routers/default'],
  ['13.0.0.0/16', 'from-routers/bogon-as'],
];
/** One route more than acme's group allows. */
const TOO_MANY = Array.from({ length: 16 }, (_, at) => `198.51.100.${128 + at}/32`);

const ROUTER_FRR = [
  'ip route 10.64.0.0/16 10.255.0.9',
  'ip prefix-list PRIVATE-AS permit 13.0.0.0/16',
  'route-map OUT permit 5',
  ' match ip address prefix-list PRIVATE-AS',
  ' set as-path prepend 65010',
  'exit',
  'route-map OUT permit 10',
  'exit',
  frrConfig({
    as: 64500,
    routerId: ROUTER,
    neighbor: US,
    neighborAs: 64500,
    networks: ['0.0.0.0/0', TABLE, ...SLIPPED.map(([prefix]) => prefix)],
    family: [`neighbor ${US} route-map OUT out`],
  }),
].join('\n');

interface CustomerOptions {
  readonly as: number;
  readonly address: string;
  readonly us: string;
  readonly routes: readonly string[];
  readonly late?: readonly string[];
  /** BIRD's code for what its routes carry. */
  readonly mark?: string;
}

const bird = ({ as, address, us, routes, late = [], mark = '' }: CustomerOptions) => `router id ${address};
log stderr all;
protocol device {}
protocol static { ipv4; ${routes.map((prefix) => `route ${prefix} blackhole;`).join(' ')} }
protocol static late { disabled; ipv4; ${late.map((prefix) => `route ${prefix} blackhole;`).join(' ')} }
protocol bgp dut {
  local ${address} as ${as};
  neighbor ${us} as 64500;
  local role customer;
  connect delay time 1;
  error wait time 1, 1;
  ipv4 { import all; export filter { if source != RTS_STATIC then reject; ${mark} accept; }; };
}
`;

/** Besides the service: an address outside acme's block, and one of globex. */
const serverConfig = (address: string, mark = '') =>
  bird({
    as: 65101,
    address,
    us: '10.64.1.2',
    routes: [SERVICE, '198.51.100.1/32', '203.0.113.9/32'],
    late: TOO_MANY,
    mark,
  });

export const exampleHostingProvider: Scenario = {
  name: 'example-hosting-provider',
  summary: 'examples/config/hosting-provider.toml: customers from ranges, each with its own prefixes, limits and view',
  async run({ lab, check }) {
    const [dutNode, routerNode, globexNode] = [
      await lab.node('dut'),
      await lab.node('router'),
      await lab.node('globex'),
    ];
    const [nodeA, nodeB, wrongNode] = [await lab.node('a'), await lab.node('b'), await lab.node('wrong-as')];
    await lab.link(dutNode, [`${US}/24`], routerNode, [`${ROUTER}/24`]);
    await lab.link(dutNode, ['10.64.2.2/24'], globexNode, [`${GLOBEX}/24`]);
    await lab.lan('acme', [
      [dutNode, ['10.64.1.2/24']],
      [nodeA, [`${SERVER_A}/24`]],
      [nodeB, [`${SERVER_B}/24`]],
      [wrongNode, [`${WRONG_AS}/24`]],
    ]);
    const dut = await Dut.startWithFile(dutNode, exampleConfig('config/hosting-provider.toml', dutNode));
    const globexConfig = bird({
      as: 64510,
      address: GLOBEX,
      us: '10.64.2.2',
      routes: ['203.0.113.0/24', '203.0.113.0/25', '198.51.100.0/24', TABLE],
      // A mark of ours that would make it a network of the provider.
      mark: 'bgp_community.add((64500, 1));',
    });
    const [router, a, b, wrong, globex] = await Promise.all([
      Frr.start(routerNode, ROUTER_FRR),
      Bird.start(nodeA, serverConfig(SERVER_A)),
      Bird.start(nodeB, serverConfig(SERVER_B)),
      Bird.start(wrongNode, bird({ as: 65102, address: WRONG_AS, us: '10.64.1.2', routes: [SERVICE] })),
      Bird.start(globexNode, globexConfig),
    ]);
    await check.required('two servers and a router connect and become neighbors', 60, async () => {
      const up = (await dut.neighbors()).filter(({ state }) => state === 'SESSION_STATE_ESTABLISHED');
      const named = up.map(({ config }) => `${config?.address} ${config?.peerGroup}`).sort();
      assert.deepEqual(named, [
        '10.255.0.1 routers',
        `${SERVER_A} customer-acme`,
        `${SERVER_B} customer-acme`,
        `${GLOBEX} customer-globex`,
      ]);
    });
    await check.eventually('a machine of the range with another AS is told 2/2', 30, () => {
      assert.match(wrong.log(), /Received: Bad peer AS/);
    });
    await dut.ctl('rib', 'add', '198.51.100.0/24', '--nexthop', ROUTER, '--communities', '64500:1');

    await check.eventually(
      'the edge router has the service, to stay inside, with a server as next hop',
      30,
      async () => {
        const [route] = await router.routes(SERVICE);
        assert.ok([SERVER_A, SERVER_B].includes(route?.nexthops?.[0]?.ip ?? ''));
        assert.equal(route?.community?.string, '64500:3 no-export');
        assert.equal(route?.locPrf, 300);
      },
    );
    await check.eventually("globex's network with globex as next hop, and with our mark, not its own", 30, async () => {
      const [route] = await router.routes('203.0.113.0/24');
      assert.equal(route?.nexthops?.[0]?.ip, GLOBEX);
      assert.equal(route?.aspath?.string, '64510');
      assert.equal(route?.community?.string, '64500:2');
    });
    await check.eventually('and these and our own network are all that it gets', 30, async () => {
      assert.deepEqual(prefixesOf(await dut.advertised(ROUTER)), [SERVICE, '198.51.100.0/24', '203.0.113.0/24'].sort());
    });
    for (const [peer, prefix, by] of [
      [SERVER_A, '198.51.100.1/32', 'from-acme/default'],
      [SERVER_A, '203.0.113.9/32', 'from-acme/default'],
      [GLOBEX, '203.0.113.0/25', 'from-globex/default'],
      [GLOBEX, '198.51.100.0/24', 'from-globex/default'],
      [GLOBEX, TABLE, 'from-globex/default'],
      ...SLIPPED.map(([prefix, by]) => [ROUTER, prefix, by] as const),
    ] as const) {
      await check.eventually(`${prefix} from ${peer} is refused: ${by}`, 30, async () => {
        assert.equal(refusedBy(await dut.received(peer), prefix), by);
      });
    }
    await check.eventually('a server gets the default route alone, by its gateway', 30, async () => {
      assert.deepEqual(prefixesOf(await dut.advertised(SERVER_A)), ['0.0.0.0/0']);
      const [route] = await a.routes('0.0.0.0/0', 'protocol dut');
      assert.equal(route?.attributes.next_hop, '10.64.1.1');
    });
    await check.eventually('globex gets the table, but no single addresses', 30, async () => {
      assert.deepEqual(prefixesOf(await dut.advertised(GLOBEX)), ['0.0.0.0/0', TABLE, '198.51.100.0/24']);
      const [route] = await globex.routes(TABLE, 'protocol dut');
      assert.equal(route?.attributes.next_hop, '10.64.2.1');
      assert.equal(route?.attributes.path, '64500');
    });

    const serverAt = async () => (await router.routes(SERVICE))[0]?.nexthops?.[0]?.ip;
    for (const [draining, node, address, other] of [
      [a, nodeA, SERVER_A, SERVER_B],
      [b, nodeB, SERVER_B, SERVER_A],
    ] as const) {
      node.write('etc/bird/bird.conf', serverConfig(address, 'bgp_community.add((65101, 50));'));
      await draining.birdc('configure');
      await check.eventually(`${address} drains: its service is at ${other}`, 30, async () => {
        assert.equal(await serverAt(), other);
      });
      node.write('etc/bird/bird.conf', serverConfig(address));
      await draining.birdc('configure');
      await check.eventually('and is not draining any more', 30, async () => {
        const routes = await dut.received(address);
        assert.equal(routes.find(({ prefix }) => prefix === '198.51.100.65')?.localPref, 300);
      });
    }

    await a.birdc('enable late');
    await check.eventually('a server with more routes than its limit is sent Cease/1', 30, async () => {
      // Not the last error that it shows: the next one comes a second later, as we refuse its connections.
      assert.match(a.log(), /Received: Maximum number of prefixes reached/);
      assert.equal(await serverAt(), SERVER_B);
    });
    await check.throughout('and stays out, although it dials every second', 6, async () => {
      assert.notEqual((await dut.neighbor(SERVER_A)).state, 'SESSION_STATE_ESTABLISHED');
    });
    await a.birdc('disable late');
    await dut.ctl('neighbor', SERVER_A, 'enable');
    await check.eventually('until an operator lets it in', 30, async () => {
      assert.equal((await dut.neighbor(SERVER_A)).state, 'SESSION_STATE_ESTABLISHED');
    });
    await check.that('nobody else noticed', async () => {
      for (const peer of [ROUTER, SERVER_B, GLOBEX]) assert.equal((await dut.neighbor(peer)).flapCount ?? '0', '0');
    });
  },
};
