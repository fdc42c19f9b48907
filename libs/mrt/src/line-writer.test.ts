import { asn, u32 } from '@bgp/testkit';
import { parseIpv6 } from '@bgp/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MrtElement } from './element.ts';
import { LineWriter } from './line-writer.ts';
import { TextWriter } from './text-writer.ts';

const textOf = (write: (out: TextWriter) => void): string => {
  const out = new TextWriter(1);
  write(out);
  return String.fromCharCode(...out.view());
};

describe('TextWriter', () => {
  it('numbers are decimal', () => {
    const edges = fc.constantFrom(0, 9, 10, 99, 100, 255, 256, 999, 1000, 9999, 10_000, 999_999_999, 1_000_000_000);
    fc.assert(
      fc.property(fc.oneof(edges, u32(), asn()), (value) => {
        expect(textOf((out) => out.number(value))).toBe(`${value}`);
      }),
    );
  });

  it.each([
    ['::', '::'],
    ['::1', '::1'],
    ['1::', '1::'],
    ['2001:db8::1', '2001:db8::1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8::1:1:1:1:1'], // RFC 5952 §4.2.2 would leave the single group; bgpdump does not
    ['1:0:0:2:0:0:3:0', '1::2:0:0:3:0'],
    ['1:0:2:0:0:3:4:5', '1:0:2::3:4:5'],
    ['::ffff:192.0.2.1', '::ffff:192.0.2.1'],
    ['::192.0.2.1', '::192.0.2.1'],
    ['::2:3:4', '::2:3:4'],
    ['ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ])('%s is written %s', (address, text) => {
    const parsed = parseIpv6(address);
    if (!parsed.ok) throw new Error(address);
    expect(textOf((out) => out.ipv6(parsed.value, 0))).toBe(text);
  });
});

describe('LineWriter', () => {
  it('has no line for a route that is no prefix', () => {
    const lines = new LineWriter();
    expect(lines.write(new MrtElement())).toBe(false);
    expect(lines.length).toBe(0);
  });

  it('names routes that the collector sent with identifiers; a route without a next hop has the field that bgpdump gives it', () => {
    const element = new MrtElement();
    Object.assign(element, {
      type: 16,
      subtype: 11,
      kind: 'announce',
      isPrefix: true,
      afi: 1,
      pathId: 7,
      peer: { address: '192.0.2.1', as: 1 },
    });
    const lines = new LineWriter();
    expect(lines.write(element)).toBe(true);
    expect(String.fromCharCode(...lines.view())).toBe(
      'BGP4MP_LOCAL_AP|0|A|192.0.2.1|1|0.0.0.0/0|7||INCOMPLETE|255.255.255.255|0|0||NAG||\n',
    );
  });
});
