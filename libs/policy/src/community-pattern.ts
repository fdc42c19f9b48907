import { type AttributeView, err, matchesUnit, ok, type Result, type UnitField, type UnitPattern } from '@bgp/wire';
import {
  type CommunityError,
  type PolicyCommunity,
  parseAddress,
  parsePolicyCommunity,
  ROUTE_ORIGIN,
  ROUTE_TARGET,
} from './community.ts';

const COMMUNITIES = { code: 8, octets: 4 };
const EXTENDED_COMMUNITIES = { code: 16, octets: 8 };
const LARGE_COMMUNITIES = { code: 32, octets: 12 };

/** Many communities of one kind. */
export interface CommunityPattern {
  readonly kind: 'pattern';
  readonly of: PolicyCommunity['kind'];
  readonly pattern: UnitPattern;
}

/** Whether one of a route's communities is meant. */
export type CommunityTest = (attributes: AttributeView) => boolean;

/** What one part of a community may be; both ends are meant. */
interface Bounds {
  readonly least: number;
  readonly most: number;
}

/**
 * Communities to match or to remove: one, as `parsePolicyCommunity` reads it, or many, with `*` for any number and `100-199` for a
 * range in any place: `65000:*`, `*:666`, `LC:65000:1-9:*`, `RT:65000:*`.
 */
export function parseCommunityPattern(text: string): Result<PolicyCommunity | CommunityPattern, CommunityError> {
  // Names may have a hyphen. What is in no community is taken for a pattern's, so that the hint says what patterns can have.
  if (/^[\w.:]*$/.test(text) || !text.includes(':')) return parsePolicyCommunity(text);
  const [head = '', ...rest] = text.split(':');
  const name = (['LC', 'RT', 'RO'] as const).find((one) => one === head.toUpperCase());
  const parts = name === undefined ? [head, ...rest] : rest;
  const largest = name === undefined ? 0xffff : 0xffff_ffff;
  const bounds = parts.map((part, at) => {
    const address = at === 0 && (name === 'RT' || name === 'RO') ? parseAddress(part) : undefined;
    return address === undefined ? parseBounds(part, largest) : exactly(address);
  });
  const [a, b, c] = bounds;
  if (parts.length !== (name === 'LC' ? 3 : 2) || a === undefined || b === undefined || bounds.includes(undefined)) {
    const hint = 'each part is a number, a range such as 100-199, or *; as in 65000:*, LC:65000:1-9:*, RT:65000:*';
    return err({ code: 'community-invalid', message: `"${text}" is not a community`, hint });
  }
  if (name === undefined)
    return ok({ kind: 'pattern', of: 'standard', pattern: { text, forms: [fields(0, 2, [a, b])] } });
  if (c !== undefined) return ok({ kind: 'pattern', of: 'large', pattern: { text, forms: [fields(0, 4, [a, b, c])] } });
  const forms = routeForms(name === 'RT' ? ROUTE_TARGET : ROUTE_ORIGIN, a, b);
  return ok({ kind: 'pattern', of: 'extended', pattern: { text, forms } });
}

/** The same as a question to a route. */
export function parseCommunityTest(text: string): Result<CommunityTest, CommunityError> {
  const parsed = parseCommunityPattern(text);
  if (!parsed.ok) return parsed;
  const meant = parsed.value;
  switch (meant.kind) {
    case 'standard':
      return ok((attributes) => attributes.hasCommunity(meant.value));
    case 'large': {
      const forms = [fields(0, 4, [exactly(meant.a), exactly(meant.b), exactly(meant.c)])];
      return ok(testOf('large', { text, forms }));
    }
    case 'extended': {
      const forms = routeForms(meant.subtype, exactly(meant.global), exactly(meant.local));
      return ok(testOf('extended', { text, forms }));
    }
    case 'pattern':
      return ok(testOf(meant.of, meant.pattern));
  }
}

function parseBounds(text: string, largest: number): Bounds | undefined {
  if (text === '*') return { least: 0, most: largest };
  const [, low, high] = /^(\d{1,10})(?:-(\d{1,10}))?$/.exec(text) ?? [];
  const least = Number(low);
  const most = high === undefined ? least : Number(high);
  return low !== undefined && least <= most && most <= largest ? { least, most } : undefined;
}

function exactly(value: number): Bounds {
  return { least: value, most: value };
}

/** Numbers of `length` octets each, one behind the other. */
function fields(start: number, length: number, bounds: readonly Bounds[]): UnitField[] {
  return bounds.map((one, index) => ({ start: start + index * length, length, ...one }));
}

/**
 * RT and RO go by meaning: types 0x00 (2-octet AS), 0x01 (IPv4 address) and 0x02 (4-octet AS) with the subtype, as RFC 4360 §3–5 and
 * RFC 5668 §2 lay them out. Non-transitive types (0x40 and up) are not route targets.
 */
function routeForms(subtype: number, global: Bounds, local: Bounds): UnitField[][] {
  const form = (least: number, most: number, globalOctets: number): UnitField[] => [
    { start: 0, length: 1, least, most },
    { start: 1, length: 1, ...exactly(subtype) },
    { start: 2, length: globalOctets, ...global },
    { start: 2 + globalOctets, length: 6 - globalOctets, ...local },
  ];
  return [form(0x00, 0x00, 2), form(0x01, 0x02, 4)];
}

function testOf(kind: PolicyCommunity['kind'], pattern: UnitPattern): CommunityTest {
  const { code, octets: size } = { standard: COMMUNITIES, extended: EXTENDED_COMMUNITIES, large: LARGE_COMMUNITIES }[
    kind
  ];
  return (attributes) => {
    const start = attributes.find(code);
    const end = start + attributes.findLength;
    for (let at = start; start >= 0 && at + size <= end; at += size) {
      if (matchesUnit(attributes.octets, at, pattern)) return true;
    }
    return false;
  };
}
