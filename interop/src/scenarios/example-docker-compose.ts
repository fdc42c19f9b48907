import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Dut, prefixesOf } from '../dut.ts';
import { EXAMPLES, exampleConfig } from '../example-config.ts';
import { Frr } from '../peers/frr.ts';
import { established, type Scenario } from '../scenario.ts';

const FOLDER = 'deploy/docker-compose';

export const exampleDockerCompose: Scenario = {
  name: 'example-docker-compose',
  summary: 'the two configuration files of examples/deploy/docker-compose with each other, without containers',
  async run({ lab, check }) {
    const [dutNode, frrNode] = [await lab.node('tsbgpd'), await lab.node('frr')];
    await lab.link(dutNode, ['172.30.0.2/24', 'fd00:30::2/64'], frrNode, ['172.30.0.3/24', 'fd00:30::3/64']);
    await Frr.start(frrNode, readFileSync(join(EXAMPLES, FOLDER, 'frr.conf'), 'utf8'));
    const dut = await Dut.startWithFile(dutNode, exampleConfig(`${FOLDER}/config.toml`, dutNode));
    await established(check, dut, '172.30.0.3', 60);
    await established(check, dut, 'fd00:30::3', 60);
    await check.eventually('the four networks are here', 30, async () => {
      const routes = [...(await dut.best()), ...(await dut.best('ADDRESS_FAMILY_IPV6_UNICAST'))];
      const expected = ['10.10.0.0/16', '192.168.10.0/24', '2001:db8:10::/48', '2001:db8:11::/48'];
      assert.deepEqual([...new Set(prefixesOf(routes))], expected);
    });
    await check.that('metrics are served to the host', async () => {
      assert.match(await dut.scrape(), /^bgp_/m);
    });
    await check.that('a change over the API works without a file to write to', async () => {
      await dut.ctl('neighbor', '172.30.0.9', 'add', '--asn', '65009');
      assert.equal((await dut.neighbors()).length, 3);
    });
  },
};
