import type { MrtElement } from '@bgp/mrt';
import {
  type AsPath,
  formatAsPath,
  formatCommunity,
  formatExtendedCommunity,
  formatFamily,
  formatLargeCommunity,
  type PathAttributes,
  toFamily,
} from '@bgp/wire';
import type { ListView } from './list.ts';
import type { Palette } from './palette.ts';
import { printable } from './palette.ts';
import type { Cell, Column } from './table.ts';

const COLUMNS: readonly Column[] = [
  { title: 'Time' },
  { title: '' },
  { title: 'Peer' },
  { title: 'AS', align: 'right' },
  { title: 'Prefix' },
  { title: 'PathID', align: 'right' },
  { title: 'Next Hop' },
  { title: 'AS Path' },
  { title: 'LP', align: 'right' },
  { title: 'MED', align: 'right' },
  { title: 'Origin' },
  { title: 'Communities' },
];
const ORIGINS = ['igp', 'egp', 'incomplete'] as const;
/** RFC 6396 §4.4.1. */
const STATES = ['', 'Idle', 'Connect', 'Active', 'OpenSent', 'OpenConfirm', 'Established'] as const;

/** An element's values, which may be kept: the element itself is refilled. */
export interface MrtRow {
  readonly kind: MrtElement['kind'];
  readonly seconds: number;
  /** -1 without. */
  readonly microseconds: number;
  readonly peer: string;
  readonly peerAs: number;
  readonly family: string;
  /** Empty for states. A route that is no prefix has its NLRI in hexadecimal. */
  readonly prefix: string;
  readonly pathId: number;
  readonly originatedTime: number;
  readonly nextHop: readonly string[];
  readonly attributes: PathAttributes;
  readonly problems: readonly string[];
  readonly oldState: number;
  readonly newState: number;
}

export function mrtRow(element: MrtElement): MrtRow {
  const { kind } = element;
  const hasAttributes = kind === 'rib' || kind === 'announce';
  const decoded = hasAttributes ? element.decodeAttributes() : { attributes: {}, errors: [] };
  return {
    kind,
    seconds: element.timestamp,
    microseconds: element.microseconds,
    peer: element.peer.address,
    peerAs: element.peer.as,
    family: kind === 'state' ? '' : formatFamily(toFamily(element.afi, element.safi)),
    prefix:
      kind === 'state' ? '' : element.isPrefix ? element.prefix : `0x${Buffer.from(element.nlri).toString('hex')}`,
    pathId: element.pathId,
    originatedTime: kind === 'rib' ? element.originatedTime : 0,
    nextHop: hasAttributes ? element.nextHop : [],
    attributes: decoded.attributes,
    problems: decoded.errors.map(({ code }) => code),
    oldState: element.oldState,
    newState: element.newState,
  };
}

export function mrtView(palette: Palette): ListView<MrtRow> {
  return { columns: COLUMNS, row: (row) => cells(row, palette), json: mrtJson, none: 'No routes' };
}

function cells(row: MrtRow, palette: Palette): readonly (Cell | string)[] {
  const { attributes } = row;
  const time = timeText(row);
  if (row.kind === 'state') {
    const change = `${stateName(row.oldState)} -> ${stateName(row.newState)}`;
    return [time, { text: 'state', paint: palette.warn }, row.peer, String(row.peerAs), change];
  }
  const paint = row.kind === 'withdraw' ? palette.bad : palette.good;
  return [
    time,
    { text: row.kind, paint },
    row.peer,
    String(row.peerAs),
    row.prefix,
    row.pathId < 0 ? '' : String(row.pathId),
    row.nextHop[0] ?? '',
    pathText(attributes.asPath),
    attributes.localPref === undefined ? '' : String(attributes.localPref),
    attributes.med === undefined ? '' : String(attributes.med),
    attributes.origin === undefined ? '' : (ORIGINS[attributes.origin] ?? ''),
    row.problems.length > 0
      ? { text: `! ${row.problems.join(' ')}`, paint: palette.bad }
      : [...communitiesOf(attributes), ...largeOf(attributes), ...extendedOf(attributes)].join(' '),
  ];
}

/** One object per element; absent attributes are absent. */
export function mrtJson(row: MrtRow): unknown {
  const { attributes } = row;
  const time = row.microseconds < 0 ? row.seconds : row.seconds + row.microseconds / 1e6;
  const common = { time, type: row.kind, peer_address: row.peer, peer_as: row.peerAs };
  if (row.kind === 'state') {
    return { ...common, old_state: stateName(row.oldState), new_state: stateName(row.newState) };
  }
  const { aggregator, unknown } = attributes;
  return {
    ...common,
    afi_safi: row.family,
    prefix: row.prefix,
    ...(row.pathId < 0 ? {} : { path_id: row.pathId }),
    ...(row.kind === 'rib' ? { originated_time: row.originatedTime } : {}),
    ...(row.kind === 'withdraw' ? {} : { next_hops: row.nextHop }),
    ...(attributes.origin === undefined ? {} : { origin: ORIGINS[attributes.origin] ?? attributes.origin }),
    ...(attributes.asPath === undefined ? {} : { as_path: pathText(attributes.asPath) }),
    ...(attributes.med === undefined ? {} : { med: attributes.med }),
    ...(attributes.localPref === undefined ? {} : { local_pref: attributes.localPref }),
    ...(attributes.atomicAggregate === undefined ? {} : { atomic_aggregate: true }),
    ...(aggregator === undefined ? {} : { aggregator: { as: aggregator.as, address: aggregator.address } }),
    ...list('communities', communitiesOf(attributes)),
    ...list('extended_communities', extendedOf(attributes)),
    ...list('large_communities', largeOf(attributes)),
    ...(attributes.originatorId === undefined ? {} : { originator_id: attributes.originatorId }),
    ...list('cluster_list', attributes.clusterList ?? []),
    ...(attributes.otc === undefined ? {} : { only_to_customer: attributes.otc }),
    ...(attributes.aigp === undefined ? {} : { aigp: String(attributes.aigp) }),
    ...list(
      'unknown_attributes',
      (unknown ?? []).map(({ flags, code, value }) => ({ flags, code, value: Buffer.from(value).toString('hex') })),
    ),
    ...list('problems', row.problems),
  };
}

function list(name: string, values: readonly unknown[]): Record<string, readonly unknown[]> {
  return values.length === 0 ? {} : { [name]: values };
}

function communitiesOf({ communities }: PathAttributes): string[] {
  return (communities ?? []).map(formatCommunity);
}

function largeOf({ largeCommunities }: PathAttributes): string[] {
  return (largeCommunities ?? []).map(formatLargeCommunity);
}

function extendedOf({ extendedCommunities }: PathAttributes): string[] {
  return (extendedCommunities ?? []).map((community) => printable(formatExtendedCommunity(community)));
}

function pathText(path: AsPath | undefined): string {
  return path === undefined ? '' : formatAsPath(path);
}

function timeText({ seconds, microseconds }: MrtRow): string {
  const text = new Date(seconds * 1000).toISOString().slice(0, 19).replace('T', ' ');
  return microseconds < 0 ? text : `${text}.${String(microseconds).padStart(6, '0')}`;
}

function stateName(state: number): string {
  return STATES[state] || String(state);
}
