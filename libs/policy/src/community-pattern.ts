import { type AttributeView, err, ok, type Result } from '@bgp/wire';
import { type CommunityError, parsePolicyCommunity, ROUTE_ORIGIN, ROUTE_TARGET } from './community.ts';

const COMMUNITIES = 8;
const EXTENDED_COMMUNITIES = 16;
const LARGE_COMMUNITIES = 32;

/** Whether one of a route's communities is meant. */
export type CommunityTest = (attributes: AttributeView) => boolean;

/** What one part of a community may be; both ends are meant. */
interface Bounds {
  readonly least: number;
  readonly most: number;
}

/**
 * A community for matching: as `parsePolicyCommunity` reads it, or with `*` for any number and `100-199` for a range in any place:
 * `65000:*`, `*:666`, `LC:65000:1-9:*`, `RT:65000:*`.
 *
 * RT and RO are compared by meaning: types 0x00 (2-octet AS), 0x01 (IPv4 address) and 0x02 (4-octet AS) with the subtype, as
 * RFC 4360 §3–5 and RFC 5668 §2 lay them out. Non-transitive types (0x40 and up) are not route targets.
 */
export function parseCommunityTest(text: string): Result<CommunityTest, CommunityError> {
  if (!/[*-]/.test(text) || !text.includes(':')) {
    const exact = parsePolicyCommunity(text);
    if (!exact.ok) return exact;
    const community = exact.value;
    if (community.kind === 'standard') return ok((attributes) => attributes.hasCommunity(community.value));
    const parts =
      community.kind === 'large' ? [community.a, community.b, community.c] : [community.global, community.local];
    const bounds = parts.map((value): Bounds => ({ least: value, most: value }));
    return ok(testOf(community.kind === 'large' ? 'LC' : community.subtype === ROUTE_TARGET ? 'RT' : 'RO', bounds));
  }
  const [head = '', ...rest] = text.split(':');
  const kind = ['LC', 'RT', 'RO'].find((name) => name === head.toUpperCase());
  const parts = kind === undefined ? [head, ...rest] : rest;
  const largest = kind === undefined ? 0xffff : 0xffff_ffff;
  const bounds = parts.map((part) => parseBounds(part, largest));
  if (parts.length !== (kind === 'LC' ? 3 : 2) || bounds.some((one) => one === undefined)) {
    const hint = 'each part is a number, a range such as 100-199, or *; as in 65000:*, LC:65000:1-9:*, RT:65000:*';
    return err({ code: 'community-invalid', message: `"${text}" is not a community`, hint });
  }
  return ok(testOf(kind, bounds as Bounds[])); // none is undefined
}

function parseBounds(text: string, largest: number): Bounds | undefined {
  if (text === '*') return { least: 0, most: largest };
  const [, low, high] = /^(\d{1,10})(?:-(\d{1,10}))?$/.exec(text) ?? [];
  const least = Number(low);
  const most = high === undefined ? least : Number(high);
  return low !== undefined && least <= most && most <= largest ? { least, most } : undefined;
}

function testOf(kind: string | undefined, bounds: readonly Bounds[]): CommunityTest {
  const isMeant = (at: number, value: number) => value >= bounds[at]!.least && value <= bounds[at]!.most; // as many as parts
  switch (kind) {
    case 'LC':
      return units(LARGE_COMMUNITIES, 12, (octets, at) =>
        [0, 1, 2].every((part) => isMeant(part, readUnsigned(octets, at + part * 4, 4))),
      );
    case 'RT':
    case 'RO': {
      const subtype = kind === 'RT' ? ROUTE_TARGET : ROUTE_ORIGIN;
      return units(EXTENDED_COMMUNITIES, 8, (octets, at) => {
        const type = octets[at]!;
        if (type > 0x02 || octets[at + 1] !== subtype) return false;
        const globalOctets = type === 0x00 ? 2 : 4;
        const global = readUnsigned(octets, at + 2, globalOctets);
        return isMeant(0, global) && isMeant(1, readUnsigned(octets, at + 2 + globalOctets, 6 - globalOctets));
      });
    }
    default:
      return units(COMMUNITIES, 4, (octets, at) =>
        [0, 1].every((part) => isMeant(part, readUnsigned(octets, at + part * 2, 2))),
      );
  }
}

function units(code: number, size: number, holds: (octets: Uint8Array, at: number) => boolean): CommunityTest {
  return (attributes) => {
    const start = attributes.find(code);
    const end = start + attributes.findLength;
    for (let at = start; start >= 0 && at + size <= end; at += size) if (holds(attributes.octets, at)) return true;
    return false;
  };
}

function readUnsigned(octets: Uint8Array, start: number, length: number): number {
  let value = 0;
  for (let index = 0; index < length; index++) value = value * 256 + octets[start + index]!;
  return value;
}
