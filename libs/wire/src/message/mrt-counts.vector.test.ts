import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { constants, gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { AttributeReader } from '../attributes/attribute-reader.ts';
import { decodeAttributes } from '../attributes/object-codec.ts';
import type { PathAttributes } from '../attributes/types.ts';
import { INITIAL_CONTEXT } from '../context.ts';
import { decodeUpdate } from './update.ts';

/**
 * What we read in files of real collectors, counted as another program (mrtparse) counted it: `reference.json` beside the files, which
 * are not part of this repository. The small walker knows just enough of RFC 6396 to find messages and RIB entries.
 */
const DATA = fileURLToPath(new URL('../../../../../shared/data/', import.meta.url));
const FILES = [
  'updates.20190101.0000.first-half.mrt.gz',
  'updates.rrc06.1427846400.mrt.gz',
  'rib.20140523.0600.first-half.mrt.gz',
  'quagga_rib.mrt',
];
/** Codes of the object face; NEXT_HOP and the MP attributes are counted by where they stood, which canonical octets do not keep. */
const FIELD_CODES = [
  ['origin', 1],
  ['asPath', 2],
  ['med', 4],
  ['localPref', 5],
  ['atomicAggregate', 6],
  ['aggregator', 7],
  ['communities', 8],
  ['originatorId', 9],
  ['clusterList', 10],
  ['extendedCommunities', 16],
  ['largeCommunities', 32],
] as const;
const SEGMENT_CODES = { set: 1, sequence: 2, 'confed-sequence': 3, 'confed-set': 4 } as const;

interface Reference {
  readonly counts: Readonly<Record<string, number>>;
  readonly attribute_histogram: Readonly<Record<string, number>>;
  readonly as_path_segments_by_type: Readonly<Record<string, number>>;
  readonly sum_of_as_path_asns: number;
  readonly communities: number;
  readonly ext_communities: number;
  readonly large_communities: number;
}

class Tally {
  readonly attributes: Record<string, number> = {};
  readonly segments: Record<string, number> = {};
  sumOfAsns = 0;
  communities = 0;
  extended = 0;
  large = 0;
  nlri = 0;
  withdrawn = 0;
  readonly errors: string[] = [];

  add(attributes: PathAttributes): void {
    const bump = (counts: Record<string, number>, key: number) => {
      counts[key] = (counts[key] ?? 0) + 1;
    };
    for (const [field, code] of FIELD_CODES) if (attributes[field] !== undefined) bump(this.attributes, code);
    for (const { code } of attributes.unknown ?? []) bump(this.attributes, code);
    for (const { type, asns } of attributes.asPath ?? []) {
      bump(this.segments, SEGMENT_CODES[type]);
      for (const asn of asns) this.sumOfAsns += asn;
    }
    this.communities += attributes.communities?.length ?? 0;
    this.extended += attributes.extendedCommunities?.length ?? 0;
    this.large += attributes.largeCommunities?.length ?? 0;
  }
}

function tallyFile(file: string): Tally {
  const raw = readFileSync(`${DATA}${file}`);
  const octets = file.endsWith('.gz') ? gunzipSync(raw, { finishFlush: constants.Z_SYNC_FLUSH }) : raw;
  const tally = new Tally();
  for (let at = 0; at + 12 <= octets.length; ) {
    const [type, subtype] = [octets.readUInt16BE(at + 4), octets.readUInt16BE(at + 6)];
    const end = at + 12 + octets.readUInt32BE(at + 8);
    if (end > octets.length) break;
    if (type === 16 && (subtype === 1 || subtype === 4)) tallyMessage(octets, at + 12, end, subtype === 4, tally);
    if (type === 13 && (subtype === 2 || subtype === 4)) tallyRib(octets, at + 12, tally);
    at = end;
  }
  return tally;
}

/** BGP4MP_MESSAGE and BGP4MP_MESSAGE_AS4, RFC 6396 §4.4.2. */
function tallyMessage(octets: Buffer, body: number, end: number, fourOctetAs: boolean, tally: Tally): void {
  const family = body + (fourOctetAs ? 8 : 4) + 2;
  const frame = new Uint8Array(octets.subarray(family + 2 + (octets.readUInt16BE(family) === 1 ? 8 : 32), end));
  if (frame[18] !== 2) return;
  // Collectors are fed over internal-looking sessions too; this kind discards nothing.
  const decoded = decodeUpdate(frame, { ...INITIAL_CONTEXT, fourOctetAs, peerKind: 'internal' });
  if (!decoded.ok) return void tally.errors.push(decoded.error.code);
  const { announced, withdrawn, attributes, errors } = decoded.value;
  tally.errors.push(...errors.map(({ code }) => code));
  for (const { nlri } of announced) tally.nlri += nlri.length;
  for (const { nlri } of withdrawn) tally.withdrawn += nlri.length;
  tally.add(attributes);
}

/** RIB_IPV4_UNICAST and RIB_IPV6_UNICAST, RFC 6396 §4.3.2: entries with four-octet AS numbers and MP_REACH cut to its next hop. */
function tallyRib(octets: Buffer, body: number, tally: Tally): void {
  const reader = new AttributeReader();
  let at = body + 5 + Math.ceil((octets[body + 4] ?? 0) / 8);
  const entries = octets.readUInt16BE(at);
  at += 2;
  for (let entry = 0; entry < entries; entry++) {
    const length = octets.readUInt16BE(at + 6);
    const { rest, nextHop } = splitMpReach(new Uint8Array(octets.subarray(at + 8, at + 8 + length)));
    at += 8 + length;
    const carries = nextHop.length === 0 ? 'body' : 'mp';
    reader.read(rest, nextHop, { fourOctetAs: true, peerKind: 'internal', carries });
    tally.errors.push(...reader.errors.map(({ code }) => code));
    tally.add(decodeAttributes(reader.canonical()));
  }
}

function splitMpReach(block: Uint8Array): { rest: Uint8Array; nextHop: Uint8Array } {
  const rest: number[] = [];
  let nextHop = new Uint8Array(0);
  for (let at = 0; at < block.length; ) {
    const isLong = ((block[at] ?? 0) & 0x10) !== 0;
    const value = at + (isLong ? 4 : 3);
    const length = isLong ? ((block[at + 2] ?? 0) << 8) | (block[at + 3] ?? 0) : (block[at + 2] ?? 0);
    // RFC 6396 §4.3.4 keeps only the length and the address; some writers keep the whole attribute.
    const isWhole = block[value] === 0;
    const hop = isWhole ? value + 4 : value + 1;
    if (block[at + 1] === 14) nextHop = block.slice(hop, hop + (block[isWhole ? value + 3 : value] ?? 0));
    else rest.push(...block.subarray(at, value + length));
    at = value + length;
  }
  return { rest: Uint8Array.from(rest), nextHop };
}

describe.skipIf(!existsSync(`${DATA}reference.json`))('MRT files counted (skipped without ../shared/data)', () => {
  it.each(FILES)('%s', (file) => {
    const all = JSON.parse(readFileSync(`${DATA}reference.json`, 'utf8')) as {
      mrt: Record<string, { 'mrtparse_2.2': Reference }>;
    };
    const reference = all.mrt[file]?.['mrtparse_2.2'];
    if (reference === undefined) throw new Error(`reference.json does not know ${file}`);
    const tally = tallyFile(file);
    expect(tally.errors).toEqual([]);
    const { 3: _nextHop, 14: _reach, 15: _unreach, ...attributes } = reference.attribute_histogram;
    expect(tally.attributes).toEqual(attributes);
    expect(tally.segments).toEqual(reference.as_path_segments_by_type);
    expect(tally.sumOfAsns).toBe(reference.sum_of_as_path_asns);
    expect([tally.communities, tally.extended, tally.large]).toEqual([
      reference.communities,
      reference.ext_communities,
      reference.large_communities,
    ]);
    if (!file.startsWith('updates')) return;
    const { counts } = reference;
    expect(tally.nlri).toBe((counts.nlri ?? 0) + (counts.mp_reach_nlri ?? 0));
    expect(tally.withdrawn).toBe((counts.withdrawn ?? 0) + (counts.mp_unreach_nlri ?? 0));
  });
});
