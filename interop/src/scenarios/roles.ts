import assert from 'node:assert/strict';
import { Dut, neighborToml, prefixesOf } from '../dut.ts';
import type { LabNode } from '../lab/lab.ts';
import { Bird } from '../peers/bird.ts';
import { Openbgpd } from '../peers/openbgpd.ts';
import { established, type Scenario } from '../scenario.ts';

const [OF_PROVIDER, OF_PEER, OF_CUSTOMER, LEAKED] = [
  '192.168.1.0/24',
  '192.168.2.0/24',
  '192.168.3.0/24',
  '192.168.4.0/24',
];

interface BirdOptions {
  readonly link: number;
  readonly as: number;
  readonly role?: string;
  readonly networks?: readonly string[];
}

/** The leaked route carries an OTC that BIRD did not set itself: BIRD's own check comes before the filter. */
const bird = ({ link, as, role, networks = [] }: BirdOptions) => `router id 10.0.${link}.2;
log stderr all;
protocol device {}
protocol static {
  ipv4;
${networks.map((prefix) => `  route ${prefix} blackhole;`).join('\n')}
}
protocol bgp dut {
  local 10.0.${link}.2 as ${as};
  neighbor 10.0.${link}.1 as 65001;
  connect delay time 1;
  ${role === undefined ? '' : `local role ${role};`}
  ipv4 {
    import all;
    export filter {
      if source != RTS_STATIC then reject;
      if net = ${LEAKED} then bgp_otc = 65099;
      accept;
    };
  };
}
`;

const OPENBGPD = `AS 65003
router-id 10.0.1.2
fib-update no
socket "/run/openbgpd/bgpd.sock.0"
network ${OF_PEER}
neighbor 10.0.1.1 {
  remote-as 65001
  role peer
  announce policy enforce
}
allow from any
allow to any
`;

export const roles: Scenario = {
  name: 'roles',
  summary: 'roles and Only-To-Customer with BIRD and OpenBGPD: a provider, a peer, a customer, two that do not fit',
  async run({ lab, check }) {
    const dutNode = await lab.node('dut');
    const nodes: LabNode[] = [];
    for (const [link, name] of ['provider', 'peer', 'customer', 'mismatch', 'silent', 'bird-peer'].entries()) {
      const node = await lab.node(name);
      await lab.link(dutNode, [`10.0.${link}.1/24`], node, [`10.0.${link}.2/24`]);
      nodes.push(node);
    }
    const [providerNode, peerNode, customerNode, mismatchNode, silentNode, birdPeerNode] = nodes as [
      LabNode,
      LabNode,
      LabNode,
      LabNode,
      LabNode,
      LabNode,
    ];
    const [provider, peer, customer, mismatch, silent, birdPeer] = await Promise.all([
      Bird.start(providerNode, bird({ link: 0, as: 65002, role: 'provider', networks: [OF_PROVIDER] })),
      Openbgpd.start(peerNode, OPENBGPD),
      Bird.start(customerNode, bird({ link: 2, as: 65004, role: 'customer', networks: [OF_CUSTOMER, LEAKED] })),
      Bird.start(mismatchNode, bird({ link: 3, as: 65005, role: 'customer' })),
      Bird.start(silentNode, bird({ link: 4, as: 65006 })),
      Bird.start(birdPeerNode, bird({ link: 5, as: 65007, role: 'peer' })),
    ]);
    const dut = await Dut.start(dutNode, {
      asn: 65001,
      routerId: '10.0.0.1',
      rest:
        neighborToml('10.0.0.2', 65002, ['role = "customer"']) +
        neighborToml('10.0.1.2', 65003, ['role = "peer"', 'strict_role = true']) +
        neighborToml('10.0.2.2', 65004, ['role = "provider"']) +
        neighborToml('10.0.3.2', 65005, ['role = "customer"']) +
        neighborToml('10.0.4.2', 65006, ['role = "peer"', 'strict_role = true']) +
        neighborToml('10.0.5.2', 65007, ['role = "peer"']),
    });
    for (const address of ['10.0.0.2', '10.0.1.2', '10.0.2.2', '10.0.5.2']) await established(check, dut, address, 60);

    const otc = async (address: string) =>
      Object.fromEntries(
        (await dut.received(address)).map(({ prefix, otc }) => [`${prefix}/24`, otc] as const),
      ) as Record<string, number | undefined>;
    await check.eventually(
      "the provider's and the peer's routes come with their OTC, the customer's without",
      30,
      async () => {
        assert.equal((await otc('10.0.0.2'))[OF_PROVIDER], 65002);
        assert.equal((await otc('10.0.1.2'))[OF_PEER], 65003);
        assert.ok(OF_CUSTOMER in (await otc('10.0.2.2')));
        assert.equal((await otc('10.0.2.2'))[OF_CUSTOMER], undefined);
      },
    );
    await check.eventually('a route with OTC from a customer is a leak: not used', 30, async () => {
      assert.deepEqual(prefixesOf(await dut.best()), [OF_PROVIDER, OF_PEER, OF_CUSTOMER]);
    });

    const atBird = async (from: Bird, prefix: string) =>
      (await from.routes(prefix, 'protocol dut')).map(
        ({ attributes }) => `${attributes.path} otc ${attributes.otc ?? '-'}`,
      );
    await check.eventually("the customer has the provider's and the peer's, their OTC kept", 30, async () => {
      assert.deepEqual(await atBird(customer, OF_PROVIDER), ['65001 65002 otc 65002']);
      assert.deepEqual(await atBird(customer, OF_PEER), ['65001 65003 otc 65003']);
    });
    await check.eventually("the provider has the customer's, without OTC", 30, async () => {
      assert.deepEqual(await atBird(provider, OF_CUSTOMER), ['65001 65004 otc -']);
    });
    await check.eventually("the peers have the customer's, with our AS as OTC", 30, async () => {
      assert.deepEqual(await atBird(birdPeer, OF_CUSTOMER), ['65001 65004 otc 65001']);
      const [route] = await peer.routesFrom('10.0.1.1', OF_CUSTOMER);
      assert.equal(route?.aspath, '65001 65004');
      // bgpctl 8.8 prints no value of it.
      assert.ok(route?.attributes?.some(({ type }) => type === 'OTC'));
    });
    await check.throughout('and none of them has anything else', 2, async () => {
      assert.deepEqual(prefixesOf(await dut.advertised('10.0.0.2')), [OF_CUSTOMER]);
      assert.deepEqual(prefixesOf(await dut.advertised('10.0.1.2')), [OF_CUSTOMER]);
      assert.deepEqual(await atBird(birdPeer, OF_PROVIDER), []);
      assert.deepEqual(await atBird(birdPeer, OF_PEER), []);
      assert.deepEqual(await atBird(provider, OF_PEER), []);
      assert.deepEqual(await peer.routesFrom('10.0.1.1', OF_PROVIDER), []);
    });
    await check.eventually('two customers do not fit: Role Mismatch', 30, async () => {
      assert.match(await mismatch.birdc('show protocols all dut'), /Last error:.*Role mismatch/i);
      assert.notEqual((await dut.neighbor('10.0.3.2')).state, 'SESSION_STATE_ESTABLISHED');
    });
    await check.eventually('nor does one that says no role where we insist', 30, async () => {
      assert.match(await silent.birdc('show protocols all dut'), /Received: Role mismatch/i);
      assert.notEqual((await dut.neighbor('10.0.4.2')).state, 'SESSION_STATE_ESTABLISHED');
    });
  },
};
