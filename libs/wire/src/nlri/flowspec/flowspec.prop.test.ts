import { flowSpecAction, flowSpecRule } from '@bgp/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseIpPrefix } from '../../net/ip-prefix.ts';
import { decodeFlowSpecAction, encodeFlowSpecAction } from './action.ts';
import { formatFlowSpecAction, parseFlowSpecAction } from './action-text.ts';
import { canonicalFlowSpec } from './canonical-flowspec.ts';
import { checkFlowSpec } from './check-flowspec.ts';
import { compareFlowSpec } from './compare-flowspec.ts';
import { decodeFlowSpec } from './decode-flowspec.ts';
import { FlowSpecDestination } from './destination-prefix.ts';
import { encodeFlowSpec } from './encode-flowspec.ts';
import { IPV4_FLOWSPEC, IPV6_FLOWSPEC } from './family.ts';
import { flowSpecNlriOctets, writeFlowSpecNlri } from './flowspec-nlri.ts';
import { FlowSpecNlriCursor } from './flowspec-nlri-cursor.ts';
import { formatFlowSpec } from './format-flowspec.ts';
import { parseFlowSpecText } from './parse-flowspec.ts';
import type { FlowSpecRule } from './types.ts';

const families = fc.constantFrom(IPV4_FLOWSPEC, IPV6_FLOWSPEC);
const rules = families.chain(flowSpecRule);

function octetsOf(rule: FlowSpecRule): Uint8Array {
  const encoded = encodeFlowSpec(rule);
  if (!encoded.ok) throw new Error(JSON.stringify(encoded.error));
  return encoded.value;
}

function canonicalOf(octets: Uint8Array, family: number): Uint8Array {
  return canonicalFlowSpec(octets, 0, octets.length, family);
}

/** Mostly sound rules with an octet changed or the end cut off: the neighborhood of legal octets. */
const hostile = families.chain((family) =>
  fc.record({
    family: fc.constant(family),
    octets: fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc
        .tuple(flowSpecRule(family).map(octetsOf), fc.nat(), fc.nat(255), fc.nat(60))
        .map(([octets, at, value, cut]) => {
          octets[at % octets.length] = value;
          return cut < 10 ? octets.slice(0, Math.max(0, octets.length - cut)) : octets;
        }),
    ),
  }),
);

describe('rules', () => {
  it('round trip: decode(encode(x)) is x, and x is canonical', () => {
    fc.assert(
      fc.property(rules, (rule) => {
        const octets = octetsOf(rule);
        expect(decodeFlowSpec(octets, 0, octets.length, rule.family)).toEqual({ ok: true, value: rule });
        expect(canonicalOf(octets, rule.family)).toEqual(octets);
      }),
      { numRuns: 500 },
    );
  });

  it('text: parse(format(x)) is x', () => {
    fc.assert(
      fc.property(rules, (rule) => {
        expect(parseFlowSpecText(formatFlowSpec(rule), rule.family)).toEqual({ ok: true, value: rule });
      }),
      { numRuns: 500 },
    );
  });

  it('hostile text: never throws, and what is accepted can be encoded and is formatted to an equal rule', () => {
    const words = fc.constantFrom(
      ...['dst', 'proto', 'tcp-flags', 'fragment', 'dscp', 'flow-label', '10.0.0.0/8', '::/0', '::1/64-104', 'tcp'],
      ...['=', '!', '!=syn', 'syn|ack', '=syn+ack', '80', '80/2', '300/1', '64', '>=1&<=2,7', '0x', '0x1ff', ',', '&'],
    );
    const texts = fc.oneof(
      fc.string(),
      fc.array(words, { maxLength: 6 }).map((list) => list.join(' ')),
    );
    fc.assert(
      fc.property(texts, families, (text, family) => {
        const parsed = parseFlowSpecText(text, family);
        if (!parsed.ok) return;
        octetsOf(parsed.value);
        expect(parseFlowSpecText(formatFlowSpec(parsed.value), family)).toEqual(parsed);
      }),
      { numRuns: 2000 },
    );
  });

  it('hostile octets: decode accepts what check accepts, and equal rules are equal canonical octets', () => {
    fc.assert(
      fc.property(hostile, ({ octets, family }) => {
        const error = checkFlowSpec(octets, 0, octets.length, family);
        const decoded = decodeFlowSpec(octets, 0, octets.length, family);
        expect(decoded.ok).toBe(error === undefined);
        if (!decoded.ok) return;
        const canonical = canonicalOf(octets, family);
        expect(octetsOf(decoded.value)).toEqual(canonical);
        expect(canonicalOf(canonical, family)).toEqual(canonical);
        expect(canonical).toHaveLength(octets.length);
      }),
      { numRuns: 3000 },
    );
  });

  it('the destination prefix is the one that the decoded rule shows', () => {
    fc.assert(
      fc.property(rules, (rule) => {
        const octets = octetsOf(rule);
        const destination = new FlowSpecDestination();
        const found = destination.read(octets, 0, octets.length, rule.family);
        const [first] = rule.components;
        expect(found).toBe(first?.type === 'destination-prefix');
        if (first === undefined || !('prefix' in first) || !found) return;
        const parsed = parseIpPrefix(first.prefix);
        const address = parsed.ok ? [...parsed.value.octets] : [];
        const { w0, w1, w2, w3, length, offset } = destination;
        const words = [w0, w1, w2, w3].flatMap((word) => [24, 16, 8, 0].map((shift) => (word >>> shift) & 0xff));
        expect(words.slice(0, address.length)).toEqual(address);
        expect([length, offset]).toEqual([Number(first.prefix.split('/')[1]), first.offset]);
      }),
    );
  });
});

describe('field', () => {
  /** Rules around the edges of the length encoding (RFC 8955 §4.1); what is in them does not matter here. */
  const entries = fc.array(
    fc.record({
      pathId: fc.nat(0xffff_ffff),
      length: fc.oneof(fc.constantFrom(0, 1, 239, 240, 241, 255, 256, 4095), fc.nat(4095)),
    }),
    { maxLength: 5 },
  );

  it('what was written is what the cursor finds, and every shorter field is an error or fewer rules', () => {
    fc.assert(
      fc.property(entries, fc.boolean(), fc.nat(), (list, addPath, cut) => {
        const octets = list.reduce((sum, { length }) => sum + flowSpecNlriOctets(length, addPath), 0);
        const frame = new Uint8Array(1 + octets).fill(0xee); // the field is somewhere in a frame
        let at = 1;
        for (const { pathId, length } of list) {
          const rule = new Uint8Array(length).fill(length);
          at = writeFlowSpecNlri(rule, 0, length, addPath ? pathId : undefined, frame, at);
        }
        expect(at).toBe(frame.length);
        const cursor = new FlowSpecNlriCursor().reset(frame, 1, frame.length, addPath, IPV4_FLOWSPEC);
        const found: typeof list = [];
        while (cursor.next()) {
          found.push({ pathId: cursor.pathId, length: cursor.end - cursor.start });
          expect(
            frame.slice(cursor.start, cursor.end).every((octet) => octet === ((cursor.end - cursor.start) & 0xff)),
          ).toBe(true);
        }
        expect(cursor.error).toBeUndefined();
        expect(found).toEqual(list.map(({ pathId, length }) => ({ pathId: addPath ? pathId : 0, length })));

        const end = 1 + (cut % frame.length);
        let count = 0;
        for (cursor.reset(frame, 1, end, addPath, IPV4_FLOWSPEC); cursor.next(); ) {
          count++;
          expect(cursor.end).toBeLessThanOrEqual(end);
        }
        expect(count < list.length || end === frame.length).toBe(true);
      }),
    );
  });
});

describe('order', () => {
  /** Bits of an address as text: to compare prefixes by what RFC 8955 §5.1 says, not by masks. */
  function bitsOf(text: string, offset: number): string {
    const parsed = parseIpPrefix(text);
    if (!parsed.ok) throw new Error(text);
    const bits = [...parsed.value.octets].map((octet) => octet.toString(2).padStart(8, '0')).join('');
    return bits.slice(offset, parsed.value.length);
  }

  /** Each component of a rule as its code and its data, cut out of the octets of a rule that has it alone. */
  function oracle(a: FlowSpecRule, b: FlowSpecRule): -1 | 0 | 1 {
    for (let at = 0; at < Math.max(a.components.length, b.components.length); at++) {
      const left = a.components[at];
      const right = b.components[at];
      if (left === undefined) return 1;
      if (right === undefined) return -1;
      const one = octetsOf({ ...a, components: [left] });
      const other = octetsOf({ ...b, components: [right] });
      if (one[0] !== other[0]) return Number(one[0]) < Number(other[0]) ? -1 : 1;
      if ('prefix' in left && 'prefix' in right) {
        if (left.offset !== right.offset) return left.offset < right.offset ? -1 : 1;
        const l = bitsOf(left.prefix, left.offset);
        const r = bitsOf(right.prefix, right.offset);
        if (l === r) continue;
        if (l.startsWith(r)) return -1; // more specific
        if (r.startsWith(l)) return 1;
        return l < r ? -1 : 1;
      }
      const l = String.fromCharCode(...one);
      const r = String.fromCharCode(...other);
      if (l === r) continue;
      if (l.startsWith(r)) return -1; // the longer string
      if (r.startsWith(l)) return 1;
      return l < r ? -1 : 1;
    }
    return 0;
  }

  /** Rules that agree in part: a rule, and what becomes of it when components are left out, swapped in, or prefixes cut. */
  const related = families.chain((family) =>
    fc
      .tuple(flowSpecRule(family), flowSpecRule(family), fc.array(fc.nat(5), { minLength: 26, maxLength: 26 }))
      .map(([a, b, choices]): FlowSpecRule[] => {
        const variant = (from: number): FlowSpecRule => {
          const components = a.components.flatMap((component, at) => {
            const choice = choices[from + at];
            const other = b.components.find(({ type }) => type === component.type);
            if (choice === 0) return [];
            if (choice === 1 && other !== undefined) return [other];
            if (choice === 2 && 'matches' in component && component.matches.length > 1)
              return [{ ...component, matches: component.matches.slice(0, -1) } as typeof component];
            if (choice === 3 && 'prefix' in component) {
              const [address, length] = component.prefix.split('/');
              const shorter = Math.max(component.offset === 0 ? 0 : component.offset + 1, Number(length) - 3);
              const decoded = parseFlowSpecText(
                `${component.type} ${address}/${component.offset}-${shorter}`.replace('/0-', '/'),
                family,
              );
              return decoded.ok ? decoded.value.components : [];
            }
            return [component];
          });
          return components.length === 0 ? a : { family, components };
        };
        return [a, variant(0), variant(13)];
      }),
  );

  it('agrees with the words of the standard, is antisymmetric and transitive, and 0 means equal', () => {
    fc.assert(
      fc.property(related, (list) => {
        const octets = list.map(octetsOf);
        const family = list[0]?.family ?? IPV4_FLOWSPEC;
        for (const [i, a] of octets.entries())
          for (const [j, b] of octets.entries()) {
            const order = Math.sign(compareFlowSpec(a, b, family));
            expect(order).toBe(oracle(list[i] as FlowSpecRule, list[j] as FlowSpecRule));
            expect(order + Math.sign(compareFlowSpec(b, a, family))).toBe(0);
            expect(order === 0).toBe(a.join() === b.join());
            for (const c of octets)
              if (order < 0 && compareFlowSpec(b, c, family) < 0) expect(compareFlowSpec(a, c, family)).toBeLessThan(0);
          }
      }),
      { numRuns: 1500 },
    );
  });
});

describe('actions', () => {
  it('round trip in octets and, but for the id of a rate, in text', () => {
    fc.assert(
      fc.property(flowSpecAction(), (action) => {
        const encoded = encodeFlowSpecAction(action);
        if (!encoded.ok) throw new Error(JSON.stringify(encoded.error));
        expect(decodeFlowSpecAction(encoded.value)).toEqual({ ok: true, value: action });
        const read = parseFlowSpecAction(formatFlowSpecAction(action));
        // `rate 0 pkt/s` is no other text than what it is; `drop` is the rate of 0 octets.
        expect(read).toEqual({ ok: true, value: 'id' in action ? { ...action, id: 0 } : action });
      }),
      { numRuns: 500 },
    );
  });

  it('hostile communities and texts never throw', () => {
    const eight = fc.uint8Array({ minLength: 8, maxLength: 8 });
    const twenty = fc.uint8Array({ minLength: 20, maxLength: 20 });
    const types = fc.constantFrom(
      0x80_06,
      0x80_07,
      0x80_08,
      0x80_09,
      0x80_0c,
      0x81_08,
      0x82_08,
      0x08_00,
      0x01_0c,
      0x0c,
      0x0d,
    );
    fc.assert(
      fc.property(
        fc.oneof(eight, twenty, fc.uint8Array({ maxLength: 24 })),
        types,
        fc.string(),
        (octets, type, text) => {
          parseFlowSpecAction(text);
          octets.set([type >>> 8, type & 0xff].slice(0, octets.length));
          const decoded = decodeFlowSpecAction(octets);
          if (!decoded.ok || decoded.value === undefined) return;
          const again = encodeFlowSpecAction(decoded.value);
          expect(again.ok && decodeFlowSpecAction(again.value)).toEqual(decoded);
        },
      ),
      { numRuns: 1000 },
    );
  });
});
