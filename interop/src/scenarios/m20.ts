import assert from 'node:assert/strict';
import { Dut, neighborToml } from '../dut.ts';
import type { LabNode } from '../lab/lab.ts';
import { Frr, frrConfig } from '../peers/frr.ts';
import { established, type Scenario } from '../scenario.ts';

const NETWORKS = ['192.168.1.0/24', '192.168.2.0/24'] as const;
const OBSERVERS = [
  { mode: 'remove', as: 65002, subnet: '10.0.1', expected: ['65001', '65001 64512 64000'] },
  { mode: 'all', as: 65003, subnet: '10.0.2', expected: ['65001', '65001 64000'] },
  { mode: 'replace', as: 65004, subnet: '10.0.3', expected: ['65001 65001', '65001 65001 64000'] },
] as const;

export const m20: Scenario = {
  name: 'M20',
  summary: 'private AS removal towards three observers: remove, all, replace',
  async run({ lab, check }) {
    const dutNode = await lab.node('dut');
    const sourceNode = await lab.node('source');
    await lab.link(dutNode, ['10.0.0.1/24'], sourceNode, ['10.0.0.2/24']);
    const observerNodes: LabNode[] = [];
    for (const { mode, subnet } of OBSERVERS) {
      const node = await lab.node(mode);
      await lab.link(dutNode, [`${subnet}.1/24`], node, [`${subnet}.2/24`]);
      observerNodes.push(node);
    }
    const source = [
      `ip prefix-list SECOND seq 5 permit ${NETWORKS[1]}`,
      'route-map PATH permit 10\n match ip address prefix-list SECOND\n set as-path prepend 64000\nexit',
      'route-map PATH permit 20\nexit',
      frrConfig({
        as: 64512,
        routerId: '10.0.0.2',
        neighbor: '10.0.0.1',
        neighborAs: 65001,
        networks: NETWORKS,
        family: ['neighbor 10.0.0.1 route-map PATH out'],
      }),
    ].join('\n');
    const starts = OBSERVERS.map(({ as, subnet }, index) =>
      Frr.start(
        observerNodes[index]!, // one was made for each
        frrConfig({ as, routerId: `${subnet}.2`, neighbor: `${subnet}.1`, neighborAs: 65001 }),
      ),
    );
    const [, ...observers] = await Promise.all([Frr.start(sourceNode, source), ...starts]);
    const rest =
      neighborToml('10.0.0.2', 64512) +
      OBSERVERS.map(({ mode, as, subnet }) => neighborToml(`${subnet}.2`, as, [`remove_private_as = "${mode}"`])).join(
        '',
      );
    const dut = await Dut.start(dutNode, { asn: 65001, routerId: '10.0.0.1', rest });
    await established(check, dut, '10.0.0.2', 90);
    for (const { subnet } of OBSERVERS) await established(check, dut, `${subnet}.2`, 90);
    await check.eventually('the Loc-RIB has [64512] and [64512 64000]', 30, async () => {
      const paths = (await dut.best()).map(({ prefix, asPath }) => `${prefix} ${asPath?.join(' ')}`).sort();
      assert.deepEqual(paths, ['192.168.1.0 64512', '192.168.2.0 64512 64000']);
    });
    for (const [index, { mode, expected }] of OBSERVERS.entries()) {
      for (const [at, prefix] of NETWORKS.entries()) {
        await check.eventually(`${mode}: ${prefix} arrives with path ${expected[at]}`, 30, async () => {
          assert.deepEqual(await observers[index]!.paths(prefix), [expected[at]]);
        });
      }
    }
  },
};
