import assert from 'node:assert/strict';
import { Dut, neighborToml } from '../dut.ts';
import { Frr } from '../peers/frr.ts';
import { established, type Scenario } from '../scenario.ts';

/** FRR as member AS 65002 of AS 100; or as AS 300, outside. */
const frr = (as: number, link: number, remoteAs: number, network: string, more: string) => `router bgp ${as}
 bgp router-id 10.0.${link}.2
 no bgp ebgp-requires-policy
 no bgp network import-check
${more} neighbor 10.0.${link}.1 remote-as ${remoteAs}
 address-family ipv4 unicast
  network ${network}
 exit-address-family
`;

interface FrrPath {
  readonly aspath?: { readonly string?: string };
  readonly locPrf?: number;
}

export const confedFrr: Scenario = {
  name: 'confed-frr',
  summary: 'a confederation with FRR as another member, and FRR outside of it: nothing of the inside is seen there',
  async run({ lab, check }) {
    const dutNode = await lab.node('dut');
    const memberNode = await lab.node('member');
    const outsideNode = await lab.node('outside');
    await lab.link(dutNode, ['10.0.0.1/24'], memberNode, ['10.0.0.2/24']);
    await lab.link(dutNode, ['10.0.1.1/24'], outsideNode, ['10.0.1.2/24']);
    const confederation = ' bgp confederation identifier 100\n bgp confederation peers 65001\n';
    const member = await Frr.start(memberNode, frr(65002, 0, 65001, '192.168.10.0/24', confederation));
    const outside = await Frr.start(outsideNode, frr(300, 1, 100, '192.168.30.0/24', ''));
    const dut = await Dut.start(dutNode, {
      asn: 65001,
      routerId: '10.0.0.1',
      global: 'confederation_id = 100\nconfederation_members = [65002]',
      rest: neighborToml('10.0.0.2', 65002, ['next_hop_self = true']) + neighborToml('10.0.1.2', 300),
    });
    await established(check, dut, '10.0.0.2', 90);
    await established(check, dut, '10.0.1.2', 90);
    const path = async (peer: Frr, prefix: string) => {
      const { paths = [] } = await peer.json<{ paths?: FrrPath[] }>(`show bgp ipv4 unicast ${prefix}`);
      return paths.map(({ aspath }) => aspath?.string);
    };
    await check.eventually("outside, the member's route comes from AS 100 alone", 30, async () => {
      assert.deepEqual(await path(outside, '192.168.10.0/24'), ['100']);
    });
    await check.eventually(
      "the member gets the outside's route with our member AS in a confederation segment",
      30,
      async () => {
        assert.deepEqual(await path(member, '192.168.30.0/24'), ['(65001) 300']);
      },
    );
  },
};
