import { IPV4_UNICAST, IPV6_UNICAST, toFamily } from '@bgp/wire';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { updateFamilies } from './update-families.ts';

const HEADER = [...new Array<number>(16).fill(0xff)];
/** An UPDATE of withdrawn routes, attributes and NLRI. */
function update(withdrawn: number[], attributes: number[], nlri: number[]): Uint8Array {
  const body = [0, withdrawn.length, ...withdrawn, 0, attributes.length, ...attributes, ...nlri];
  return Uint8Array.of(...HEADER, 0, 19 + body.length, 2, ...body);
}
const reach = (afi: number, safi: number) => [0x80, 14, 5, 0, afi, safi, 0, 0];
const unreachLong = (afi: number, safi: number) => [0x90, 15, 0, 3, 0, afi, safi];

it.each<[string, Uint8Array, number[]]>([
  ['routes in the body are IPv4 unicast', update([], [], [8, 10]), [IPV4_UNICAST]],
  ['so are those withdrawn there', update([8, 10], [], []), [IPV4_UNICAST]],
  ['MP_REACH_NLRI names its family', update([], reach(2, 1), []), [IPV6_UNICAST]],
  ['MP_UNREACH_NLRI too, with a long length', update([], unreachLong(2, 2), []), [toFamily(2, 2)]],
  ['other attributes are passed over', update([], [0x40, 1, 1, 0, ...reach(2, 1)], []), [IPV6_UNICAST]],
  [
    'all of them',
    update([8, 10], [...reach(2, 1), ...unreachLong(1, 133)], []),
    [IPV4_UNICAST, IPV6_UNICAST, toFamily(1, 133)],
  ],
  ['the end of a table names it', update([], unreachLong(2, 1), []), [IPV6_UNICAST]],
  ['that of IPv4 unicast has no routes', update([], [], []), []],
  ['what breaks off says what it said until then', update([8, 10], [0x80, 14, 200, 0, 2, 1], []), [IPV4_UNICAST]],
  ['another message has none', Uint8Array.of(...HEADER, 0, 19, 4), []],
])('%s', (_rule, message, families) => {
  expect([...updateFamilies(message)]).toEqual(families);
});

it('never throws', () => {
  const pieces = fc.uint8Array({ maxLength: 80 });
  fc.assert(
    fc.property(pieces, fc.boolean(), (octets, isUpdate) => {
      if (isUpdate && octets.length > 18) octets[18] = 2;
      expect([...updateFamilies(octets)].length).toBeLessThanOrEqual(1 + octets.length / 3);
    }),
  );
});
