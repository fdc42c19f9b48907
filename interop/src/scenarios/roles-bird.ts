import assert from 'node:assert/strict';
import { Dut, neighborToml, prefixesOf, type RouteJson } from '../dut.ts';
import { Bird } from '../peers/bird.ts';
import { established, pair, type Scenario } from '../scenario.ts';

const bird = (role: string, exportFilter = 'accept;') => `router id 10.0.0.2;
protocol device {}
protocol static {
  ipv4;
  route 192.168.10.0/24 blackhole;
}
protocol bgp dut {
  local 10.0.0.2 as 65002;
  neighbor 10.0.0.1 as 65001;
  ${role}
  connect retry time 2;
  connect delay time 1;
  error wait time 1, 2;
  ipv4 {
    import all;
    export filter {
      if source != RTS_STATIC then reject;
      ${exportFilter}
    };
  };
}
`;

export const rolesBird: Scenario = {
  name: 'roles-bird',
  summary: 'roles with BIRD: agreement and OTC, a leak that is refused, a mismatch that ends the session with 2/11',
  async run({ lab, check }) {
    const { dutNode, peerNode } = await pair(lab);
    const peer = await Bird.start(peerNode, bird('local role customer;'));
    const dut = await Dut.start(dutNode, {
      asn: 65001,
      routerId: '10.0.0.1',
      rest: neighborToml('10.0.0.2', 65002, ['role = "provider"']),
    });
    const configure = async (config: string) => {
      peerNode.write('etc/bird/bird.conf', config);
      await peer.birdc('configure');
    };
    await established(check, dut, '10.0.0.2', 60);
    await check.eventually("the customer's unmarked route is used", 30, async () => {
      assert.deepEqual(prefixesOf(await dut.best()), ['192.168.10.0/24']);
    });
    await dut.rpc('InjectionService/AddPath', { prefix: '203.0.113.0', prefixLength: 24, nextHop: '10.0.0.1' });
    await check.eventually('BIRD gets our route with OTC 65001', 30, async () => {
      const [route] = await peer.routes('203.0.113.0/24', 'protocol dut');
      assert.equal(route?.attributes.otc, '65001');
    });

    // A customer that knows nothing of roles passes on what its provider or peer had marked.
    await configure(bird('', 'bgp_otc = 64999; accept;'));
    await established(check, dut, '10.0.0.2', 60);
    await check.eventually('a marked route of a customer is kept as a leak and not used', 30, async () => {
      const routes = (await dut.received('10.0.0.2')) as (RouteJson & { readonly rejectedBy?: string })[];
      assert.deepEqual(prefixesOf(routes), ['192.168.10.0/24']);
      assert.equal(routes[0]?.rejectedBy, 'otc_route_leak');
      assert.deepEqual(prefixesOf(await dut.best()), ['203.0.113.0/24']);
    });

    await configure(bird('local role peer;'));
    await check.eventually('roles that do not go together: the session ends with 2/11', 60, async () => {
      const { state, lastError = '' } = await dut.neighbor('10.0.0.2');
      assert.notEqual(state, 'SESSION_STATE_ESTABLISHED');
      assert.match(lastError, /Role Mismatch/i);
    });
    await configure(bird('local role customer;'));
    await established(check, dut, '10.0.0.2', 120);
  },
};
