import assert from 'node:assert/strict';
import { Dut, type NeighborJson, prefixesOf } from '../dut.ts';
import { Bird } from '../peers/bird.ts';
import { Frr, frrConfig } from '../peers/frr.ts';
import { established, type Scenario } from '../scenario.ts';

const PEER = '10.0.0.2';
const NETWORKS = ['192.168.1.0/24', '192.168.2.0/24'];

const CONFIG = `[peer_groups.ix-members]
hold_time = 90

[[dynamic_neighbors]]
prefix = "10.0.0.0/24"
peer_group = "ix-members"
remote_asn = 0

[[dynamic_neighbors]]
prefix = "10.0.1.0/24"
peer_group = "ix-members"
remote_asn = 65009

# Any AS: who is external needs a policy (RFC 8212), who is internal does not.
[peer_groups.strict]
ebgp_requires_policy = true

[[dynamic_neighbors]]
prefix = "10.0.3.0/24"
peer_group = "strict"

[[dynamic_neighbors]]
prefix = "10.0.4.0/24"
peer_group = "strict"
`;

const bird = (link: number, as = 65003) => `router id 10.0.${link}.2;
protocol device {}
protocol static { ipv4; route 192.168.10${link}.0/24 blackhole; }
protocol bgp dut {
  local 10.0.${link}.2 as ${as};
  neighbor 10.0.${link}.1 as 65001;
  connect delay time 1;
  error wait time 1, 2;
  ipv4 { import all; export where source = RTS_STATIC; };
}
`;

interface Ranges {
  readonly ranges?: readonly { readonly prefix?: string; readonly peerGroup?: string; readonly remoteAsn?: number }[];
}

export const m28: Scenario = {
  name: 'M28',
  summary: 'dynamic neighbors: who connects from a range is a neighbor for as long as its session lives',
  async run({ lab, check }) {
    const [dutNode, frrNode, wrongAsNode, outsideNode, insideNode, strangerNode] = [
      await lab.node('dut'),
      await lab.node('frr'),
      await lab.node('wrong-as'),
      await lab.node('outside'),
      await lab.node('inside'),
      await lab.node('stranger'),
    ];
    for (const [link, node] of [frrNode, wrongAsNode, outsideNode, insideNode, strangerNode].entries()) {
      await lab.link(dutNode, [`10.0.${link}.1/24`], node, [`10.0.${link}.2/24`]);
    }
    const dut = await Dut.start(dutNode, { asn: 65001, routerId: '10.0.0.1', rest: CONFIG });
    await check.that('the ranges are listed, and no neighbor', async () => {
      assert.deepEqual(await dut.neighbors(), []);
      const { ranges = [] } = await dut.rpc<Ranges>('NeighborService/ListDynamicNeighbors');
      assert.deepEqual(
        ranges.map(({ prefix, peerGroup, remoteAsn = 0 }) => ({ prefix, peerGroup, remoteAsn })),
        [
          { prefix: '10.0.0.0/24', peerGroup: 'ix-members', remoteAsn: 0 },
          { prefix: '10.0.1.0/24', peerGroup: 'ix-members', remoteAsn: 65009 },
          { prefix: '10.0.3.0/24', peerGroup: 'strict', remoteAsn: 0 },
          { prefix: '10.0.4.0/24', peerGroup: 'strict', remoteAsn: 0 },
        ],
      );
    });
    const [frr, wrongAs, outside] = await Promise.all([
      Frr.start(
        frrNode,
        frrConfig({ as: 65002, routerId: PEER, neighbor: '10.0.0.1', neighborAs: 65001, networks: NETWORKS }),
      ),
      Bird.start(wrongAsNode, bird(1)),
      Bird.start(outsideNode, bird(2)),
    ]);
    const row = async (): Promise<NeighborJson | undefined> =>
      (await dut.neighbors()).find(({ config }) => config?.address === PEER);
    await check.required('FRR connects and becomes a neighbor', 60, async () => {
      assert.equal((await row())?.state, 'SESSION_STATE_ESTABLISHED');
    });
    await check.that('a dynamic one, of the group, with the AS that it said', async () => {
      const neighbor = await row();
      assert.equal(neighbor?.isDynamic, true);
      assert.equal(neighbor?.config?.peerGroup, 'ix-members');
      assert.equal(neighbor?.config?.remoteAsn, 65002);
    });
    await check.eventually('its routes are here', 30, async () => {
      assert.deepEqual(prefixesOf(await dut.received(PEER)), NETWORKS);
      assert.deepEqual(prefixesOf(await dut.best()), NETWORKS);
    });
    await check.eventually('another, of an AS that its range does not take, is told so', 30, async () => {
      assert.match(await wrongAs.birdc('show protocols all dut'), /Received: Bad peer AS/);
    });
    await check.eventually('a third, outside all ranges, gets no session', 30, async () => {
      assert.match(await outside.birdc('show protocols all dut'), /Last error: +(Socket|Received): /);
    });
    await check.that('only FRR is a neighbor with a session', async () => {
      const up = (await dut.neighbors()).filter(({ state }) => state === 'SESSION_STATE_ESTABLISHED');
      assert.deepEqual(
        up.map(({ config }) => config?.address),
        [PEER],
      );
    });

    const [inside, stranger] = await Promise.all([
      Bird.start(insideNode, bird(3, 65001)),
      Bird.start(strangerNode, bird(4, 65004)),
    ]);
    await established(check, dut, '10.0.3.2', 60);
    await established(check, dut, '10.0.4.2', 60);
    await check.eventually('one of our own AS in a range of any AS is internal, and needs no policy', 30, async () => {
      assert.deepEqual(prefixesOf(await dut.best()), ['192.168.1.0/24', '192.168.103.0/24', '192.168.2.0/24'].sort());
      assert.match(await inside.birdc('show route 192.168.1.0/24 all'), /bgp.local_pref: 100/i);
    });
    await check.eventually(
      'one of another AS, without policy, gives nothing and gets nothing (RFC 8212)',
      30,
      async () => {
        assert.deepEqual(prefixesOf(await dut.received('10.0.4.2')), ['192.168.104.0/24']);
        assert.deepEqual(await dut.advertised('10.0.4.2'), []);
        assert.doesNotMatch(await stranger.birdc('show route'), /192\.168\.1\.0/);
      },
    );
    await inside.birdc('disable dut');

    await frr.configure('router bgp 65002', 'neighbor 10.0.0.1 shutdown');
    await check.eventually('with its session the neighbor goes, and its routes', 30, async () => {
      assert.equal(await row(), undefined);
      assert.deepEqual(await dut.best(), []);
    });
    await check.throughout('and we do not dial it', 3, async () => assert.equal(await row(), undefined));
    await frr.configure('router bgp 65002', 'no neighbor 10.0.0.1 shutdown');
    await established(check, dut, PEER, 60);
    await frr.vtysh('clear bgp *');
    await check.eventually('after a clear it is a new neighbor, with its routes', 30, async () => {
      const { config, flapCount } = (await row()) ?? {};
      assert.equal(config?.address, PEER);
      assert.equal(flapCount, undefined);
      assert.deepEqual(prefixesOf(await dut.best()), NETWORKS);
    });
  },
};
