import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import { AspaTable } from './aspa-table.ts';
import type { CacheSelection } from './cache-set.ts';
import { RpkiData } from './rpki-data.ts';
import type { RtrRecord } from './rtr/session-types.ts';
import { runToEnd } from './sliced.ts';
import { NO_EXCEPTIONS, type SlurmExceptions } from './slurm.ts';
import { createVrp, type Vrp, vrpKey } from './vrp.ts';
import { VrpTable } from './vrp-table.ts';

const NAMES = ['a', 'b', 'file'];
const SOURCES = NAMES.map((name, preference) => ({ name, preference }));
const vrp: fc.Arbitrary<Vrp> = fc
  .tuple(fc.constantFrom('10.0.0.0/8', '10.1.0.0/16', '11.0.0.0/8', '2001:db8::/32'), fc.nat(2))
  .map(([prefix, asn]) => createVrp(prefix, asn) as Vrp); // valid text
const aspa = fc.record({ customerAs: fc.nat(2), providerAses: fc.subarray([5, 6, 7]) });
const contents = fc.record({
  vrps: fc.uniqueArray(vrp, { maxLength: 4, selector: vrpKey }),
  aspas: fc.uniqueArray(aspa, { maxLength: 2, selector: ({ customerAs }) => customerAs }),
});
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ type: fc.constant('update' as const), name: fc.constantFrom(...NAMES), contents }),
  },
  fc.record({ type: fc.constant('discard' as const), name: fc.constantFrom(...NAMES) }),
  fc.record({
    type: fc.constant('exceptions' as const),
    exceptions: fc.record({
      prefixFilters: fc.array(fc.constantFrom({ asn: 1 }, { prefix: createVrp('10.0.0.0/8', 0) as Vrp }), {
        maxLength: 1,
      }),
      prefixAssertions: fc.uniqueArray(vrp, { maxLength: 2, selector: vrpKey }),
      bgpsecIgnored: fc.constant(0),
    }),
  }),
);

/** What counts, worked out from the contents alone. */
function expected(
  held: ReadonlyMap<
    string,
    {
      readonly vrps: readonly Vrp[];
      readonly aspas: readonly { customerAs: number; providerAses: readonly number[] }[];
    }
  >,
  selection: CacheSelection,
  { prefixFilters, prefixAssertions }: SlurmExceptions,
) {
  const names = NAMES.filter((name) => held.has(name));
  const used = (selection === 'union' ? names : names.slice(0, 1)).flatMap((name) => [held.get(name)!]); // it has it
  const filtered = used
    .flatMap(({ vrps }) => vrps)
    .filter((one) =>
      prefixFilters.every(({ asn, prefix }) =>
        asn === undefined ? !(prefix?.afi === one.afi && one.w0 >>> 24 === 10) : asn !== one.asn,
      ),
    );
  const vrps = new VrpTable();
  for (const one of [...filtered, ...prefixAssertions]) vrps.add(one);
  const aspas = new AspaTable();
  const customers = new Map<number, number[]>();
  for (const { customerAs, providerAses } of used.flatMap((one) => one.aspas)) {
    customers.set(customerAs, [...(customers.get(customerAs) ?? []), ...providerAses]);
  }
  for (const [customerAs, providerAses] of customers)
    aspas.apply({ announce: [{ customerAs, providerAses }], withdraw: [] });
  return { vrps, aspas };
}

const PATHS = [0, 1, 2].flatMap((customer) => [5, 6, 7].map((provider) => [provider, customer]));

function seen(vrps: VrpTable, aspas: AspaTable) {
  const origins = [0, 1, 2].flatMap((as) => [
    ...[0x0a00_0000, 0x0a01_0000, 0x0b00_0000, 0x0c00_0000].map((w0) => vrps.validateIpv4(w0, 16, as)),
    vrps.validateIpv6(0x2001_0db8, 0, 0, 0, 32, as),
  ]);
  const paths = PATHS.map((asns) => aspas.verify([{ type: 'sequence', asns }], 'peer', asns[0]!)); // two of them
  return [vrps.size(1), vrps.size(2), aspas.size, ...origins, ...paths];
}

test.prop([fc.array(step, { maxLength: 12 }), fc.constantFrom<CacheSelection>('union', 'preferred-first')], {
  numRuns: 500,
})('after any changes the tables are those of what the sources say', (steps, selection) => {
  const data = new RpkiData(SOURCES, selection);
  const held = new Map<
    string,
    (typeof steps)[number] extends infer S ? (S extends { contents: infer C } ? C : never) : never
  >();
  let exceptions: SlurmExceptions = NO_EXCEPTIONS;
  for (const one of steps) {
    if (one.type === 'update') {
      held.set(one.name, one.contents);
      const records: RtrRecord[] = [
        ...one.contents.vrps.map((entry): RtrRecord => ({ version: 2, type: 'prefix', announce: true, vrp: entry })),
        ...one.contents.aspas.map((entry): RtrRecord => ({ version: 2, type: 'aspa', announce: true, ...entry })),
      ];
      expect(runToEnd(data.update(one.name, true, records)).ok).toBe(true);
    } else if (one.type === 'discard') {
      held.delete(one.name);
      runToEnd(data.discard(one.name));
    } else {
      exceptions = one.exceptions;
      runToEnd(data.setExceptions(exceptions));
    }
    const { vrps, aspas } = expected(held, selection, exceptions);
    expect(seen(data.vrps, data.aspas)).toEqual(seen(vrps, aspas));
  }
});

test('a large change is made in pieces, beside the table in use, and is there all at once', () => {
  const data = new RpkiData(SOURCES, 'union');
  const records = Array.from({ length: 5_000 }, (_, at): RtrRecord => {
    const one = createVrp(`10.${at >>> 8}.${at & 255}.0/24`, 1) as Vrp; // valid text
    return { version: 2, type: 'prefix', announce: true, vrp: one };
  });
  const work = data.update('a', true, records);
  let pieces = 0;
  for (let step = work.next(); step.done !== true; step = work.next()) {
    pieces++;
    expect(data.vrps.size(1)).toBe(0);
  }
  expect(pieces).toBeGreaterThan(10);
  expect(data.vrps.size(1)).toBe(5_000);
  expect(data.vrps.covering(createVrp('10.1.2.128/25', 0) as Vrp)).toEqual([createVrp('10.1.2.0/24', 1)]);
});
