import { encodeAttributes, IPV4_UNICAST, type IpAddress, type PathAttributes, UpdateBuilder } from '@bgp/wire';
import type { GeneratedTable } from './generated-table.ts';

export interface EncodeTableOptions {
  /** Prepended to every path: the AS of the neighbor that announces. Absent: an internal neighbor. */
  readonly peerAs?: number;
  readonly nextHop: IpAddress;
  readonly fourOctetAs?: boolean;
  readonly maxMessageOctets?: 4096 | 65535;
  /** The part of the table to encode; all of it unless told. */
  readonly start?: number;
  readonly end?: number;
}

export interface EncodedTable {
  /** Whole messages back to back. */
  readonly buffers: readonly Uint8Array[];
  readonly messages: number;
  readonly octets: number;
}

/** UPDATE messages that announce a table, packed as full as they can be; without the End-of-RIB marker. */
export function encodeTable(table: GeneratedTable, options: EncodeTableOptions): EncodedTable {
  const builder = createTableBuilder(table, options);
  const end = options.end ?? table.count;
  let currentSet = -1;
  for (let route = options.start ?? 0; route < end; route++) {
    const set = table.setOf[route]!;
    if (set !== currentSet) {
      beginSet(builder, table.sets[set]!, options);
      currentSet = set;
    }
    addRoute(builder, table, route);
  }
  return finish(builder);
}

/** UPDATE messages that withdraw a table. */
export function encodeWithdrawals(table: GeneratedTable, options: EncodeTableOptions): EncodedTable {
  const builder = createTableBuilder(table, options);
  builder.beginWithdraw();
  const end = options.end ?? table.count;
  for (let route = options.start ?? 0; route < end; route++) addRoute(builder, table, route);
  return finish(builder);
}

/** The attributes as the neighbor sends them. */
export function announcedAttributes(set: PathAttributes, options: EncodeTableOptions): PathAttributes {
  const { peerAs, nextHop } = options;
  if (peerAs === undefined) return { ...set, nextHop, localPref: 100 };
  const asns = (set.asPath ?? []).flatMap((segment) => segment.asns);
  return { ...set, nextHop, asPath: [{ type: 'sequence', asns: [peerAs, ...asns] }] };
}

function createTableBuilder(table: GeneratedTable, options: EncodeTableOptions): UpdateBuilder {
  const { fourOctetAs = true, maxMessageOctets = 4096 } = options;
  return new UpdateBuilder({
    fourOctetAs,
    maxMessageOctets,
    extendedNextHop: false,
    addPath: false,
    family: table.family,
  });
}

function beginSet(builder: UpdateBuilder, set: PathAttributes, options: EncodeTableOptions): void {
  const canonical = encodeAttributes(announcedAttributes(set, options));
  if (!canonical.ok) throw new Error(`generated attributes do not encode: ${canonical.error.code}`);
  const refused = builder.beginAnnounce(canonical.value);
  if (refused !== undefined) throw new Error(`generated attributes are not announced: ${refused.code}`);
}

function addRoute(builder: UpdateBuilder, table: GeneratedTable, route: number): void {
  const { words, lengths } = table;
  const length = lengths[route]!;
  if (table.family === IPV4_UNICAST) {
    builder.addIpv4(words[route]!, length, 0);
  } else {
    const at = route * 4;
    builder.addIpv6(words[at]!, words[at + 1]!, words[at + 2]!, words[at + 3]!, length, 0);
  }
}

function finish(builder: UpdateBuilder): EncodedTable {
  builder.finish();
  const built = builder.take();
  return {
    buffers: built.map(({ octets }) => octets),
    messages: built.reduce((sum, { messages }) => sum + messages, 0),
    octets: built.reduce((sum, { octets }) => sum + octets.length, 0),
  };
}
