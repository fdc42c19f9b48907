import { describe, expect, it } from 'vitest';
import { errors, GLOBAL } from './test-documents.ts';

const TABLE = '{ a = 1 }';

describe('a table where a name or a number belongs is said to be one, and takes nothing down', () => {
  it.each([
    ['member_vnis', `[[ethernet_segments]]\nmember_vnis = [${TABLE}]\n`],
    ['ip_vrf', `[[evpn_ip_vrfs]]\nname = ${TABLE}\n[[evpn_instances]]\nvni = 1\nip_vrf = "red"\n`],
    ['vni', `[[evpn_instances]]\nvni = ${TABLE}\n[[evpn_ip_vrfs]]\nvni = ${TABLE}\n`],
    [
      'name',
      `[[bfd_profiles]]\nname = ${TABLE}\n[[neighbors]]\naddress = "192.0.2.1"\nremote_asn = 1\nbfd = { profile = "fast" }\n`,
    ],
  ])('%s', (_key, text) => {
    expect(errors(GLOBAL + text).map(({ code }) => code)).toContain('wrong-type');
  });
});

it('two entries without a VNI do not share one', () => {
  const found = errors(`${GLOBAL}[[evpn_instances]]\nrd = "1:1"\n[[evpn_ip_vrfs]]\nname = "red"\n`);
  expect(found.filter(({ code }) => code === 'duplicate')).toEqual([]);
});
