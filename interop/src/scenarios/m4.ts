import assert from 'node:assert/strict';
import { Dut, neighborToml } from '../dut.ts';
import type { LabNode } from '../lab/lab.ts';
import { Frr, frrConfig } from '../peers/frr.ts';
import type { Scenario } from '../scenario.ts';

/** Node n (1…10): link 10.0.(9+n).0/24, AS 65009+n, two networks. */
const PEERS = Array.from({ length: 10 }, (_, index) => ({
  name: `frr-${String(index + 1).padStart(2, '0')}`,
  subnet: `10.0.${10 + index}`,
  as: 65010 + index,
  networks: [`172.16.${10 * (index + 1)}.0/24`, `172.16.${10 * (index + 1) + 1}.0/24`],
}));
const STATIC = PEERS.slice(0, 8);

export const m4: Scenario = {
  name: 'M4',
  summary:
    'ten FRR: eight static neighbors, one added and deleted at run time, one disabled and enabled, export policy',
  async run({ lab, check }) {
    const dutNode = await lab.node('dut');
    const nodes: LabNode[] = [];
    for (const { name, subnet } of PEERS) {
      const node = await lab.node(name);
      await lab.link(dutNode, [`${subnet}.1/24`], node, [`${subnet}.2/24`]);
      nodes.push(node);
    }
    const frrs = await Promise.all(
      PEERS.map(({ subnet, as, networks }, index) =>
        Frr.start(
          nodes[index]!, // one node per peer was made above
          frrConfig({ as, routerId: `${subnet}.2`, neighbor: `${subnet}.1`, neighborAs: 65001, networks }),
        ),
      ),
    );
    const [first, second] = [frrs[0]!, frrs[1]!];
    const denyTens = ['export_policy = [{ action = "deny", prefix = "10.0.0.0/8", le = 32 }]'];
    const rest = STATIC.map(({ subnet, as, name }, index) =>
      neighborToml(`${subnet}.2`, as, [`description = "${name}"`, ...(index === 0 ? denyTens : [])]),
    ).join('\n');
    const dut = await Dut.start(dutNode, { asn: 65001, routerId: '10.0.10.1', rest });
    const establishedCount = async () =>
      (await dut.neighbors()).filter(({ state }) => state === 'SESSION_STATE_ESTABLISHED').length;

    await check.required('eight sessions within 90 s', 90, async () => assert.equal(await establishedCount(), 8));
    await check.that('ListNeighbors has eight rows', async () => assert.equal((await dut.neighbors()).length, 8));
    await check.eventually("every static peer's own two routes are received", 30, async () => {
      for (const { subnet, networks } of STATIC) {
        const prefixes = (await dut.received(`${subnet}.2`)).map(({ prefix }) => `${prefix}/24`);
        for (const network of networks) assert.ok(prefixes.includes(network), `${network} from ${subnet}.2`);
      }
    });
    await check.eventually('the best table has all sixteen', 30, async () =>
      assert.equal((await dut.best()).length, 16),
    );
    await check.eventually('each peer has the routes of the others', 30, async () => {
      assert.deepEqual(await second.paths('172.16.10.0/24'), ['65001 65010']);
      assert.deepEqual(await first.paths('172.16.80.0/24'), ['65001 65017']);
    });

    await dut.rpc('InjectionService/AddPath', { prefix: '10.99.0.0', prefixLength: 24, nextHop: '10.0.10.1' });
    await check.eventually('an injected 10.99.0.0/24 reaches FRR-02', 30, async () => {
      assert.deepEqual(await second.paths('10.99.0.0/24'), ['65001']);
    });
    await check.throughout("FRR-01's export policy keeps it away", 3, async () => {
      assert.deepEqual(await first.paths('10.99.0.0/24'), []);
    });
    await check.that('and we do not claim to have sent it', async () => {
      const sent = (await dut.advertised('10.0.10.2')).map(({ prefix }) => prefix);
      assert.ok(!sent.includes('10.99.0.0') && sent.length > 0);
    });

    const config = { address: '10.0.18.2', remoteAsn: 65018, description: 'frr-09-dynamic' };
    await dut.rpc('NeighborService/AddNeighbor', { config });
    await check.eventually('a neighbor added at run time comes up', 60, async () => {
      assert.equal((await dut.neighbor('10.0.18.2')).state, 'SESSION_STATE_ESTABLISHED');
      assert.equal((await dut.neighbors()).length, 9);
    });
    await check.that('adding it again is refused', async () => {
      await assert.rejects(dut.rpc('NeighborService/AddNeighbor', { config }), { code: 'already_exists' });
    });
    await dut.rpc('NeighborService/DeleteNeighbor', { address: '10.0.18.2' });
    await check.eventually('deleted, it is gone', 30, async () => assert.equal((await dut.neighbors()).length, 8));
    await check.eventually('FRR-09 was told (Cease, peer de-configured)', 30, async () => {
      assert.match(
        (await frrs[8]!.neighbor('10.0.18.1')).lastNotificationReason ?? '',
        /Cease.*(de-?configured|unconfigured)/i,
      );
    });

    await dut.rpc('NeighborService/DisableNeighbor', { address: '10.0.10.2', reason: 'test' });
    await check.eventually('a disabled neighbor goes down', 30, async () => {
      assert.notEqual((await first.neighbor('10.0.10.1')).bgpState, 'Established');
    });
    await check.throughout('and stays down although FRR dials', 8, async () => {
      assert.notEqual((await dut.neighbor('10.0.10.2')).state, 'SESSION_STATE_ESTABLISHED');
    });
    await check.that('the others never noticed', async () => {
      assert.equal((await second.neighbor('10.0.11.1')).connectionsDropped, 0);
    });
    await dut.rpc('NeighborService/EnableNeighbor', { address: '10.0.10.2' });
    await check.eventually('enabled, it comes back', 60, async () => assert.equal(await establishedCount(), 8));
  },
};
