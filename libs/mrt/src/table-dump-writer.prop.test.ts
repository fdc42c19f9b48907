import { asn, ipv4Address, ipv4Prefix, ipv6Prefix, pathAttributes, u32 } from '@bgp/testkit';
import { encodeAttributes, formatIpAddress, parseIpPrefix } from '@bgp/wire';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createTableDump, type TableDumpWriter } from './table-dump-writer.ts';
import { visitAll } from './testing/read-all.ts';

const ipv6Address = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((octets) => formatIpAddress(octets));
const peer = fc.record({ bgpIdentifier: ipv4Address(), address: fc.oneof(ipv4Address(), ipv6Address), as: asn() });
/** What a table may hold of another family than the route's: RFC 8950 for IPv4, and both addresses of RFC 2545. */
const nextHop = fc.constantFrom(
  { nextHop: '192.0.2.1' },
  { nextHop: '2001:db8::1' },
  { nextHop: '2001:db8::1', linkLocalNextHop: 'fe80::1' },
);
const entry = fc.record({
  peer: fc.nat(),
  originatedTime: u32(),
  pathId: u32(),
  attributes: fc.tuple(pathAttributes({ confederation: true }), nextHop).map(([attributes, hop]) => {
    const { nextHop: _first, linkLocalNextHop: _second, ...rest } = attributes;
    // What an entry must have to be read as a route (RFC 4271 §5).
    return { ...rest, origin: rest.origin ?? 0, asPath: rest.asPath ?? [], ...hop };
  }),
});
const prefix = fc.record({
  text: fc.oneof(ipv4Prefix(), ipv6Prefix()),
  safi: fc.constantFrom(1, 2),
  addPath: fc.boolean(),
  entries: fc.array(entry, { maxLength: 4 }),
});
const table = fc.record({
  peers: fc.array(peer, { minLength: 1, maxLength: 5 }),
  prefixes: fc.array(prefix, { maxLength: 8 }),
});

function take(writer: TableDumpWriter, into: number[]): void {
  into.push(...writer.view());
  writer.reset();
}

it('what is read is what was written, however often the octets are taken away', () => {
  fc.assert(
    fc.property(table, fc.integer({ min: 1, max: 4 }), ({ peers, prefixes }, every) => {
      const created = createTableDump({ timestamp: 7, collectorBgpId: '192.0.2.9', viewName: 'blick', peers });
      if (!created.ok) throw new Error(created.error.code);
      const writer = created.value;
      const file: number[] = [];
      const expected: unknown[] = [];
      for (const [index, { text, safi, addPath, entries }] of prefixes.entries()) {
        const parsed = parseIpPrefix(text);
        if (!parsed.ok) throw new Error(text);
        const { octets, length } = parsed.value;
        writer.begin({ afi: octets.length === 4 ? 1 : 2, safi, address: octets, length }, addPath);
        for (const { peer: at, originatedTime, pathId, attributes } of entries) {
          const canonical = encodeAttributes(attributes);
          if (!canonical.ok) throw new Error(canonical.error.code);
          expect(writer.add(at % peers.length, originatedTime, pathId, canonical.value)).toBeUndefined();
          const hops = [attributes.nextHop, 'linkLocalNextHop' in attributes ? attributes.linkLocalNextHop : undefined];
          expected.push({
            peer: peers[at % peers.length],
            family: [octets.length === 4 ? 1 : 2, safi],
            prefix: text,
            pathId: addPath ? pathId : -1,
            originatedTime,
            nextHop: hops.filter((hop) => hop !== undefined),
            attributes,
          });
        }
        writer.end();
        if (index % every === 0) take(writer, file);
      }
      take(writer, file);
      const read: unknown[] = [];
      const problems = visitAll(Uint8Array.from(file), (element) => {
        const { attributes, errors } = element.decodeAttributes();
        expect(errors).toEqual([]);
        expect(element.timestamp).toBe(7);
        read.push({
          peer: element.peer,
          family: [element.afi, element.safi],
          prefix: element.prefix,
          pathId: element.pathId,
          originatedTime: element.originatedTime,
          nextHop: element.nextHop,
          attributes,
        });
      });
      expect(problems).toEqual([]);
      expect(read).toEqual(expected);
    }),
    { numRuns: 150 },
  );
});
