import assert from 'node:assert/strict';
import { Dut, neighborToml, prefixesOf } from '../dut.ts';
import type { LabNode } from '../lab/lab.ts';
import { must } from '../lab/shell.ts';
import { Bird } from '../peers/bird.ts';
import { Openbgpd } from '../peers/openbgpd.ts';
import { established, type Scenario } from '../scenario.ts';

const CLUSTER = '10.0.0.1';

const bird = (link: number, networks: readonly string[], exportFilter = 'accept;') => `router id 10.0.${link}.2;
protocol device {}
protocol direct { ipv4; }
protocol static {
  ipv4;
  route 10.0.0.0/16 via 10.0.${link}.1;
${networks.map((prefix) => `  route ${prefix} blackhole;`).join('\n')}
}
protocol bgp dut {
  local 10.0.${link}.2 as 65001;
  neighbor 10.0.${link}.1 as 65001;
  ipv4 {
    import all;
    export filter {
      if source != RTS_STATIC || net = 10.0.0.0/16 then reject;
      ${exportFilter}
    };
  };
}
`;

const openbgpd = (link: number, network: string) => `AS 65001
router-id 10.0.${link}.2
fib-update no
socket "/run/openbgpd/bgpd.sock.0"
network ${network}
neighbor 10.0.${link}.1 {
  remote-as 65001
}
allow from any
allow to any
`;

/** What a peer has of a prefix, whichever daemon it is: one `next-hop originator cluster-list` per path. */
type Holds = (prefix: string) => Promise<string[]>;

const birdHolds = (peer: Bird): Holds => {
  return async (prefix) =>
    (await peer.routes(prefix, 'protocol dut')).map(({ attributes: { next_hop, originator_id, cluster_list } }) =>
      [next_hop, originator_id ?? '-', cluster_list ?? '-'].join(' '),
    );
};

const openbgpdHolds = (peer: Openbgpd, us: string): Holds => {
  return async (prefix) =>
    (await peer.routesFrom(us, prefix)).map(({ exit_nexthop, attributes = [] }) => {
      const originator = attributes.find(({ type }) => type === 'Originator Id')?.originator ?? '-';
      const clusters = attributes.find(({ type }) => type === 'Cluster Id List')?.cluster_list ?? ['-'];
      return [exit_nexthop, originator, ...clusters].join(' ');
    });
};

export const rrMixed: Scenario = {
  name: 'rr-mixed',
  summary: 'route reflection among BIRD and OpenBGPD, each as client and as non-client; loops are refused',
  async run({ lab, check }) {
    const dutNode = await lab.node('dut');
    const nodes: LabNode[] = [];
    for (const [link, name] of ['bird-client', 'openbgpd-client', 'bird-other', 'openbgpd-other'].entries()) {
      const node = await lab.node(name);
      await lab.link(dutNode, [`10.0.${link}.1/24`], node, [`10.0.${link}.2/24`]);
      await must(['ip', '-n', node.namespace, 'route', 'add', '10.0.0.0/16', 'via', `10.0.${link}.1`]);
      nodes.push(node);
    }
    const [birdClientNode, openbgpdClientNode, birdOtherNode, openbgpdOtherNode] = nodes as [
      LabNode,
      LabNode,
      LabNode,
      LabNode,
    ];
    // The last two of this client's prefixes come back to us: one through our cluster, one that we would have sent first.
    const loops = `if net = 192.168.66.0/24 then bgp_cluster_list.add(${CLUSTER});
      if net = 192.168.67.0/24 then bgp_originator_id = ${CLUSTER};
      accept;`;
    const [birdClient, openbgpdClient, birdOther, openbgpdOther] = await Promise.all([
      Bird.start(birdClientNode, bird(0, ['192.168.10.0/24', '192.168.66.0/24', '192.168.67.0/24'], loops)),
      Openbgpd.start(openbgpdClientNode, openbgpd(1, '192.168.11.0/24')),
      Bird.start(birdOtherNode, bird(2, ['192.168.12.0/24'])),
      Openbgpd.start(openbgpdOtherNode, openbgpd(3, '192.168.13.0/24')),
    ]);
    const client = ['route_reflector_client = true'];
    const dut = await Dut.start(dutNode, {
      asn: 65001,
      routerId: '10.0.0.1',
      global: `cluster_id = "${CLUSTER}"`,
      rest:
        neighborToml('10.0.0.2', 65001, client) +
        neighborToml('10.0.1.2', 65001, client) +
        neighborToml('10.0.2.2', 65001) +
        neighborToml('10.0.3.2', 65001),
    });
    for (const link of [0, 1, 2, 3]) await established(check, dut, `10.0.${link}.2`, 90);

    const all = ['192.168.10.0/24', '192.168.11.0/24', '192.168.12.0/24', '192.168.13.0/24'];
    await check.eventually('the Loc-RIB has one prefix of each', 30, async () => {
      assert.deepEqual(prefixesOf(await dut.best()), all);
    });
    const peers = [
      { name: 'the BIRD client', link: 0, isClient: true, holds: birdHolds(birdClient) },
      { name: 'the OpenBGPD client', link: 1, isClient: true, holds: openbgpdHolds(openbgpdClient, '10.0.1.1') },
      { name: 'the BIRD non-client', link: 2, isClient: false, holds: birdHolds(birdOther) },
      { name: 'the OpenBGPD non-client', link: 3, isClient: false, holds: openbgpdHolds(openbgpdOther, '10.0.3.1') },
    ];
    for (const to of peers) {
      const reflected = peers.filter((from) => from !== to && (from.isClient || to.isClient));
      for (const from of reflected) {
        const origin = `10.0.${from.link}.2`;
        await check.eventually(`${from.name}'s prefix is reflected to ${to.name} with its marks`, 30, async () => {
          assert.deepEqual(await to.holds(`192.168.${10 + from.link}.0/24`), [`${origin} ${origin} ${CLUSTER}`]);
        });
      }
    }
    await check.throughout('non-clients get nothing of each other', 2, async () => {
      for (const [to, from] of [
        [2, 3],
        [3, 2],
      ] as const) {
        assert.deepEqual(await peers[to]?.holds(`192.168.${10 + from}.0/24`), []);
      }
    });
    await check.eventually('two routes that were here before are refused as loops and counted', 30, async () => {
      assert.equal(Number((await dut.neighbor('10.0.0.2')).reflectionLoops ?? 0), 2);
      const loops = await dut.metric('bgp_rr_loop_detected_total', { peer: '10.0.0.2' });
      assert.equal(loops, 2);
      assert.deepEqual(prefixesOf(await dut.best()), all);
    });
    await openbgpdClient.bgpctl('network', 'delete', '192.168.11.0/24');
    await check.eventually("the OpenBGPD client's withdrawal is reflected to all", 30, async () => {
      for (const peer of peers) if (peer.link !== 1) assert.deepEqual(await peer.holds('192.168.11.0/24'), []);
    });
  },
};
