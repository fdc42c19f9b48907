import type { ExportExplanation, RouteRow } from '@bgp/speaker';
import { type Family, formatIpPrefix, ok, type Result } from '@bgp/wire';
import { type GlassError, glassError } from '../glass-error.ts';
import type { GlassSource } from '../glass-source.ts';
import { longestMatch } from '../longest-match.ts';
import { type Page, type Pick, RouteScan } from '../route-scan.ts';
import type { Form, GlassContext } from './document.ts';
import { LOCAL_PROTOCOL, notAnId, peerOf } from './protocol-id.ts';
import type { RouteSet } from './request.ts';
import { type RouteNotes, routeForm } from './route-form.ts';

/** Export decisions are worked out one by one: fewer rows in a step. */
const NOT_EXPORTED_ROWS_PER_STEP = 32;

const ALL: Page = { limit: Number.MAX_SAFE_INTEGER };

/** `nothing`: an address that is nobody's, or a prefix that nothing holds. */
export type Scan = RouteScan<Form> | 'nothing';

/** The rows that a question is about, in the form that it wants. */
export function scanOf(of: RouteSet, page: Page, { source, viewer }: GlassContext): Result<Scan, GlassError> {
  const addresses = new Map(source.peers().map(({ config, address }) => [config.name, address]));
  const form = (row: RouteRow, notes: Omit<RouteNotes, 'learntFrom'> = {}) =>
    routeForm(row, { learntFrom: addresses.get(row.peer) ?? '', ...notes });
  const accepted: Pick<Form> = (row) => (row.rejectedBy === undefined ? form(row) : undefined);
  const filtered: Pick<Form> = (row) => {
    if (row.rejectedBy === undefined) return undefined;
    const reasonCommunity = viewer.rejectionReasons.get(row.rejectedBy);
    return form(row, {
      filteredReason: row.rejectedBy,
      ...(reasonCommunity === undefined ? {} : { reasonCommunity }),
    });
  };
  if ('table' in of) {
    const { family } = of.table;
    const query = { table: 'received', ...(family === undefined ? {} : { family }) } as const;
    return ok(new RouteScan(source, query, page, of.set === 'filtered' ? filtered : accepted));
  }
  if ('prefix' in of) {
    const prefix =
      of.match === 'exact' ? formatIpPrefix(of.prefix.octets, of.prefix.length) : longestMatch(source, of.prefix);
    if (prefix === undefined) return ok('nothing');
    const query = { table: 'received', prefix, ...familyOf(of) } as const;
    // The paths of one prefix come in one step: there is no place within a prefix to go on from.
    return ok(new RouteScan(source, query, ALL, accepted, ALL.limit));
  }
  const peer = 'address' in of ? peerAt(source, of.address) : peerOf(source, of.protocol);
  if (peer === 'ambiguous') return severalHave('address' in of ? of.address : '');
  if (peer === undefined) return notAnId('protocol' in of ? of.protocol : '');
  if (peer === 'absent') return ok('nothing');
  if ('address' in of)
    return ok(new RouteScan(source, { table: 'received', ...peer, ...familyOf(of) }, page, accepted));
  if (of.set === 'accepted' || of.set === 'filtered') {
    return ok(new RouteScan(source, { table: 'received', ...peer }, page, of.set === 'filtered' ? filtered : accepted));
  }
  // We advertise nothing to ourselves.
  if (peer.peer === LOCAL_PROTOCOL) return ok('nothing');
  if (of.set === 'exported') {
    return ok(new RouteScan<Form>(source, { table: 'advertised', ...peer }, page, (row) => form(row)));
  }
  const notExported: Pick<Form> = (row) => {
    const noExportReason = noExport(source, peer.peer, row);
    return noExportReason === undefined ? undefined : form(row, { noExportReason });
  };
  return ok(new RouteScan(source, { table: 'best' }, page, notExported, NOT_EXPORTED_ROWS_PER_STEP));
}

/** Why the neighbor does not get the best route; undefined: it gets it, or it is the one that sent it. */
function noExport(source: GlassSource, peer: string, row: RouteRow): string | undefined {
  if (row.peer === peer) return undefined;
  const explained = source.explainExport(peer, row.family, row.prefix);
  if (!explained.ok || explained.value.isAdvertised) return undefined;
  return reasonOf(explained.value);
}

function reasonOf({ reason, paths }: ExportExplanation): string {
  return reason ?? paths.find(({ refusal }) => refusal !== undefined)?.refusal ?? 'not_advertised';
}

/** Link-local addresses are unique on one interface only. */
function peerAt(source: GlassSource, address: string): { readonly peer: string } | 'absent' | 'ambiguous' {
  const peers = source.peers().filter((one) => one.config.name === address || one.address === address);
  const [first, second] = peers;
  if (first === undefined) return 'absent';
  return second === undefined ? { peer: first.config.name } : 'ambiguous';
}

function severalHave(address: string): Result<never, GlassError> {
  return glassError('address-invalid', `Several neighbors have ${address}; name the interface too, ${address}%25eth0.`);
}

function familyOf({ family }: { readonly family?: Family }): { readonly family?: Family } {
  return family === undefined ? {} : { family };
}
