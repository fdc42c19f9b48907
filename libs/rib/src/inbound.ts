import {
  type AttributeContext,
  type AttributeEdit,
  type CodecContext,
  countInAsPath,
  ERROR_ACTIONS,
  ERROR_RULES,
  type ErrorAction,
  type Family,
  IPV4_UNICAST,
  Ipv4NlriCursor,
  Ipv6NlriCursor,
  receivesPathIds,
  type UpdateView,
  type WireError,
} from '@bgp/wire';
import { canonicalFlowSpec, checkFlowSpec, FlowSpecNlriCursor } from '@bgp/wire/flowspec';
import { AttributeFlag, LLGR_STALE, ownAsCount } from './attribute-columns.ts';
import type { AttributePool } from './attribute-pool.ts';
import type { FamilyTable } from './family-table.ts';
import { NOT_REJECTED, PathFlag } from './path-table.ts';
import type { PeerTable } from './peer-table.ts';
import { MutableRouteCursor } from './route-cursor.ts';
import type { AttrId, PeerIndex, PrefixId, ReceiveReport, RibPeer, RouteFilter, RouteValidator } from './types.ts';
import { NOT_VALIDATED, type PathValidity, packValidity, type Validity } from './validity.ts';

const NO_OCTETS = new Uint8Array(0);
const NO_ERRORS: readonly WireError[] = [];
export const ACCEPT_EVERYTHING: RouteFilter = {
  readsPrefix: false,
  readsSource: false,
  evaluate: () => ACCEPTED,
};
const ACCEPTED = { accept: true, by: 0 } as const;

/** From the octets of an UPDATE to paths: attributes interned, loops and policy judged, prefixes marked for the decision. */
export class Inbound {
  readonly report: ReceiveReport = {
    announced: 0,
    withdrawn: 0,
    rejectedByPolicy: 0,
    asPathLoops: 0,
    reflectionLoops: 0,
    firstAsMismatches: 0,
    confederationLoops: 0,
    clusterListLoops: 0,
    duplicateAnnouncements: 0,
    duplicateWithdrawals: 0,
    treatedAsWithdrawn: 0,
    ignoredFamily: 0,
    invalidRules: 0,
    action: undefined,
    errors: NO_ERRORS,
    endOfRib: 0,
  };
  readonly #pool: AttributePool;
  readonly #peers: PeerTable;
  readonly #tables: ReadonlyMap<Family, FamilyTable>;
  readonly #filters: RouteFilter[] = [];
  readonly #ipv4 = new Ipv4NlriCursor();
  readonly #ipv6 = new Ipv6NlriCursor();
  readonly #rules = new FlowSpecNlriCursor();
  readonly #cursor = new MutableRouteCursor();
  readonly #validator: RouteValidator | undefined;
  #rejectedBy = NOT_REJECTED;

  constructor(
    pool: AttributePool,
    peers: PeerTable,
    tables: ReadonlyMap<Family, FamilyTable>,
    validator: RouteValidator | undefined,
  ) {
    this.#validator = validator;
    this.#pool = pool;
    this.#peers = peers;
    this.#tables = tables;
  }

  setFilter(peer: PeerIndex, filter: RouteFilter): void {
    this.#filters[peer] = filter;
  }

  receive(peer: PeerIndex, view: UpdateView, ctx: CodecContext, nowSeconds: number): ReceiveReport {
    const { report } = this;
    report.announced = 0;
    report.withdrawn = 0;
    report.rejectedByPolicy = 0;
    report.asPathLoops = 0;
    report.reflectionLoops = 0;
    report.firstAsMismatches = 0;
    report.confederationLoops = 0;
    report.clusterListLoops = 0;
    report.duplicateAnnouncements = 0;
    report.duplicateWithdrawals = 0;
    report.treatedAsWithdrawn = 0;
    report.ignoredFamily = 0;
    report.invalidRules = 0;
    report.errors = this.#errorsOf(view, ctx);
    report.endOfRib = view.endOfRib;
    report.action = report.errors.length === 0 ? undefined : strongest(report.errors);
    if (view.endOfRib !== 0 || isReset(report.action)) return report;

    // Attributes first: an error that asks for a session reset must leave everything as it was.
    const hasBody = view.nlriEnd > view.nlriStart;
    const hasReach = view.reachFamily !== 0 && view.reachNlriEnd > view.reachNlriStart;
    let bodyAttributes: AttrId = 0;
    let reachAttributes: AttrId = 0;
    if (hasBody) bodyAttributes = this.#intern(view, NO_OCTETS, context(ctx, 'body'));
    if (hasReach && report.action !== 'session-reset') {
      reachAttributes = this.#intern(view, view.reachNextHop(), context(ctx, 'mp'));
    }
    if (!hasBody && !hasReach) this.#checkLoneAttributes(view, ctx);
    if (report.action === 'session-reset') return report;

    this.#withdraw(peer, view, ctx, IPV4_UNICAST, view.withdrawnStart, view.withdrawnEnd);
    if (view.unreachFamily !== 0) {
      this.#withdraw(peer, view, ctx, view.unreachFamily, view.unreachStart, view.unreachEnd);
    }
    const { duplicateWithdrawals } = report;
    if (hasBody)
      this.#announce(peer, view, ctx, IPV4_UNICAST, bodyAttributes, view.nlriStart, view.nlriEnd, nowSeconds);
    if (hasReach) {
      const { reachNlriStart, reachNlriEnd } = view;
      this.#announce(peer, view, ctx, view.reachFamily, reachAttributes, reachNlriStart, reachNlriEnd, nowSeconds);
    }
    // What was refused was not withdrawn by the peer.
    report.duplicateWithdrawals = duplicateWithdrawals;
    return report;
  }

  /** 0: the routes are to be withdrawn; the report says why. */
  #intern(view: UpdateView, nextHop: Uint8Array, ctx: AttributeContext): AttrId {
    const attributes = this.#pool.internBlock(view.attributeOctets(), nextHop, ctx);
    this.#reportPoolErrors();
    return attributes;
  }

  /** RFC 7606 §5.2: without reachable routes, an attribute error leaves doubt whether all routes were found. */
  #checkLoneAttributes(view: UpdateView, ctx: CodecContext): void {
    const block = view.attributeOctets();
    if (block.length === 0) return;
    this.#pool.checkBlock(block, context(ctx, 'none'));
    this.#reportPoolErrors();
  }

  #reportPoolErrors(): void {
    const { errors } = this.#pool;
    if (errors.length === 0) return;
    this.report.errors = this.report.errors.length === 0 ? errors : [...this.report.errors, ...errors];
    this.report.action = strongest(this.report.errors);
  }

  #withdraw(peer: PeerIndex, view: UpdateView, ctx: CodecContext, family: Family, start: number, end: number): void {
    if (end <= start) return;
    const table = this.#tables.get(family);
    if (table === undefined) {
      this.report.ignoredFamily = family;
      return;
    }
    const addPath = receivesPathIds(ctx, family);
    const { rules } = table;
    if (rules !== undefined) {
      this.#forEachRule(view, ctx, family, start, end, (rule, pathId) => {
        this.report.withdrawn++;
        const prefix = rules.findRule(rule, 0, rule.length);
        const row = prefix === 0 ? 0 : table.findPath(prefix, peer, pathId);
        if (row !== 0) table.removePath(row);
        else this.report.duplicateWithdrawals++;
      });
    } else if (table.prefixes.maxLength === 32) {
      const nlri = this.#ipv4.reset(view.frame, start, end, addPath);
      while (nlri.next()) this.#withdrawOne(table, peer, nlri.address, 0, 0, 0, nlri.length, nlri.pathId);
    } else {
      const nlri = this.#ipv6.reset(view.frame, start, end, addPath);
      while (nlri.next()) this.#withdrawOne(table, peer, nlri.w0, nlri.w1, nlri.w2, nlri.w3, nlri.length, nlri.pathId);
    }
  }

  #withdrawOne(
    table: FamilyTable,
    peer: PeerIndex,
    w0: number,
    w1: number,
    w2: number,
    w3: number,
    length: number,
    pathId: number,
  ): void {
    this.report.withdrawn++;
    const prefix = table.prefixes.find(w0, w1, w2, w3, length);
    const row = prefix === 0 ? 0 : table.findPath(prefix, peer, pathId);
    if (row !== 0) table.removePath(row);
    else this.report.duplicateWithdrawals++;
  }

  #announce(
    peer: PeerIndex,
    view: UpdateView,
    ctx: CodecContext,
    family: Family,
    attributes: AttrId,
    start: number,
    end: number,
    nowSeconds: number,
  ): void {
    const table = this.#tables.get(family);
    if (table === undefined) {
      this.report.ignoredFamily = family;
      return;
    }
    // RFC 7606 §2 treat-as-withdraw; RFC 4271 §9.1.2 and RFC 4456 §8 for loops. What is refused replaces, as a withdrawal,
    // whatever the peer had announced before.
    if (attributes === 0 || this.#isRefused(peer, attributes, start, end, family, view, ctx)) {
      const before = this.report.withdrawn;
      this.#withdraw(peer, view, ctx, family, start, end);
      if (attributes === 0) this.report.treatedAsWithdrawn += this.report.withdrawn - before;
      return;
    }
    const addPath = receivesPathIds(ctx, family);
    const filter = this.#filters[peer] ?? ACCEPT_EVERYTHING;
    const { rules } = table;
    if (rules !== undefined) {
      // Each is judged by itself: whether a rule may be used depends on routes to its destination (RFC 8955 §6).
      this.#forEachRule(view, ctx, family, start, end, (rule, pathId) => {
        const prefix = table.internRule(rules, rule);
        const effective = this.#judge(filter, table, peer, prefix, attributes, pathId, NOT_VALIDATED);
        this.#put(table, peer, prefix, pathId, attributes, effective, NOT_VALIDATED, nowSeconds);
      });
      return;
    }
    let effective = filter.readsPrefix ? -1 : this.#judge(filter, table, peer, 0, attributes, 0, NOT_VALIDATED);
    const rejectedBy = this.#rejectedBy;
    const pathValidity = this.#validatePath(table, peer, attributes);
    const take = (prefix: PrefixId, pathId: number) => {
      const validity = this.#validate(table, peer, prefix, attributes, pathValidity);
      if (filter.readsPrefix) effective = this.#judge(filter, table, peer, prefix, attributes, pathId, validity);
      else this.#rejectedBy = rejectedBy;
      this.#put(table, peer, prefix, pathId, attributes, effective, validity, nowSeconds);
    };
    if (table.prefixes.maxLength === 32) {
      const nlri = this.#ipv4.reset(view.frame, start, end, addPath);
      while (nlri.next()) take(table.intern(nlri.address, 0, 0, 0, nlri.length), nlri.pathId);
    } else {
      const nlri = this.#ipv6.reset(view.frame, start, end, addPath);
      while (nlri.next()) take(table.intern(nlri.w0, nlri.w1, nlri.w2, nlri.w3, nlri.length), nlri.pathId);
    }
  }

  /**
   * What the UPDATE's structure has wrong. A FlowSpec family is one that `UpdateView` knows no NLRI of, but we do; NLRI whose
   * lengths do not add up cannot be told apart (RFC 7606 §5.3).
   */
  #errorsOf(view: UpdateView, ctx: CodecContext): readonly WireError[] {
    let { errors } = view;
    const check = (family: Family, start: number, end: number) => {
      if (this.#tables.get(family)?.rules === undefined) return;
      errors = errors.filter((error) => error.code !== 'family-unsupported' || error.family !== family);
      const nlri = this.#rules.reset(view.frame, start, end, receivesPathIds(ctx, family), family);
      while (nlri.next());
      if (nlri.error !== undefined) errors = [...errors, nlri.error];
    };
    if (view.reachFamily !== 0) check(view.reachFamily, view.reachNlriStart, view.reachNlriEnd);
    if (view.unreachFamily !== 0) check(view.unreachFamily, view.unreachStart, view.unreachEnd);
    return errors;
  }

  /** Every sound rule of a field, by its key; the others are counted. */
  #forEachRule(
    view: UpdateView,
    ctx: CodecContext,
    family: Family,
    start: number,
    end: number,
    visit: (rule: Uint8Array, pathId: number) => void,
  ): void {
    const nlri = this.#rules.reset(view.frame, start, end, receivesPathIds(ctx, family), family);
    while (nlri.next()) {
      if (checkFlowSpec(view.frame, nlri.start, nlri.end, family) !== undefined) this.report.invalidRules++;
      else visit(canonicalFlowSpec(view.frame, nlri.start, nlri.end, family), nlri.pathId);
    }
  }

  #isRefused(
    peer: PeerIndex,
    attributes: AttrId,
    start: number,
    end: number,
    family: Family,
    view: UpdateView,
    ctx: CodecContext,
  ): boolean {
    const flags = this.#pool.flags[attributes]!;
    const source = this.#peers.get(peer);
    const isAsLoop = this.#isAsLoop(source, attributes, flags);
    if (isAsLoop || (flags & AttributeFlag.reflectionLoop) !== 0) {
      const count = this.#countNlri(view, ctx, family, start, end);
      const { report } = this;
      const { own } = this.#pool;
      const path = this.#pool.moveTo(this.#cursor.attributes, attributes);
      if (isAsLoop) {
        report.asPathLoops += count;
        if (countInAsPath(path, own.localAs, 'confederation') > 0) report.confederationLoops += count;
      } else {
        report.reflectionLoops += count;
        const isOriginator = path.hasOriginatorId && path.originatorId === own.routerId;
        if (!isOriginator) report.clusterListLoops += count;
      }
      return true;
    }
    const { kind, as, enforceFirstAs } = source;
    if ((kind !== 'external' && kind !== 'confederation') || enforceFirstAs !== true) return false;
    // RFC 4271 §6.3: the leftmost AS of an external path must be the neighbor's; of a confederation's too (RFC 5065 §4.1 (b)).
    if (this.#pool.moveTo(this.#cursor.attributes, attributes).firstAs === as) return false;
    this.report.firstAsMismatches += this.#countNlri(view, ctx, family, start, end);
    return true;
  }

  /** The flag answers for nearly every set; the path is walked again only where the peer has an exception. */
  #isAsLoop(source: RibPeer, attributes: AttrId, flags: number): boolean {
    const { allowOwnAs = 0, moreOwnAses } = source;
    const isFlagged = (flags & AttributeFlag.asLoop) !== 0;
    if (moreOwnAses === undefined && (!isFlagged || allowOwnAs === 0)) return isFlagged;
    const view = this.#pool.moveTo(this.#cursor.attributes, attributes);
    let count = isFlagged ? ownAsCount(view, this.#pool.own) : 0;
    for (const as of moreOwnAses ?? []) count += countInAsPath(view, as, 'rest');
    return count > allowOwnAs;
  }

  #countNlri(view: UpdateView, ctx: CodecContext, family: Family, start: number, end: number): number {
    const table = this.#tables.get(family);
    const addPath = receivesPathIds(ctx, family);
    const cursor =
      table?.rules !== undefined
        ? this.#rules.reset(view.frame, start, end, addPath, family)
        : (table?.prefixes.maxLength === 32 ? this.#ipv4 : this.#ipv6).reset(view.frame, start, end, addPath);
    let count = 0;
    while (cursor.next()) count++;
    return count;
  }

  /** Attributes after the peer's filter, or 0 with `#rejectedBy` set. */
  #judge(
    filter: RouteFilter,
    table: FamilyTable,
    peer: PeerIndex,
    prefix: PrefixId,
    attributes: AttrId,
    pathId: number,
    validity: Validity,
  ): AttrId {
    const cursor = this.#cursor;
    cursor.validity = validity;
    cursor.family = table.family;
    cursor.source = this.#peers.get(peer);
    cursor.pathId = pathId;
    if (prefix !== 0) table.prefixes.read(prefix, cursor);
    this.#pool.moveTo(cursor.attributes, attributes);
    const verdict = filter.evaluate(cursor);
    if (!verdict.accept) {
      this.#rejectedBy = Math.min(verdict.by, NOT_REJECTED - 1);
      return 0;
    }
    this.#rejectedBy = NOT_REJECTED;
    return verdict.edit === undefined ? attributes : this.#pool.edit(attributes, verdict.edit);
  }

  #validatePath(table: FamilyTable, peer: PeerIndex, attributes: AttrId): PathValidity {
    if (this.#validator === undefined || this.#validator.isIdle || table.rules !== undefined) return 'unknown';
    const cursor = this.#cursor;
    cursor.family = table.family;
    cursor.source = this.#peers.get(peer);
    this.#pool.moveTo(cursor.attributes, attributes);
    return this.#validator.path(cursor);
  }

  /** What RPKI says of a route as received. */
  #validate(
    table: FamilyTable,
    peer: PeerIndex,
    prefix: PrefixId,
    attributes: AttrId,
    pathValidity = this.#validatePath(table, peer, attributes),
  ): Validity {
    if (this.#validator === undefined || this.#validator.isIdle || table.rules !== undefined) return NOT_VALIDATED;
    const cursor = this.#cursor;
    cursor.family = table.family;
    cursor.source = this.#peers.get(peer);
    table.prefixes.read(prefix, cursor);
    this.#pool.moveTo(cursor.attributes, attributes);
    return packValidity(this.#validator.origin(cursor), pathValidity);
  }

  #put(
    table: FamilyTable,
    peer: PeerIndex,
    prefix: PrefixId,
    pathId: number,
    attributes: AttrId,
    effective: AttrId,
    validity: Validity,
    nowSeconds: number,
  ): void {
    const { paths } = table;
    const { report } = this;
    report.announced++;
    if (effective === 0) report.rejectedByPolicy++;
    let row = table.findPath(prefix, peer, pathId);
    if (row === 0) {
      row = table.addPath(prefix, peer, pathId, attributes);
      paths.arrivedAt[row] = nowSeconds;
      paths.rejectedBy[row] = this.#rejectedBy;
      table.setValidity(row, validity);
      if (table.setEffective(row, effective)) table.markDirty(prefix);
      return;
    }
    // A path of the peer's previous session lives on with this announcement.
    const { epoch } = table.peer(peer);
    if (paths.received[row] === attributes && paths.epoch[row] === epoch) report.duplicateAnnouncements++;
    paths.epoch[row] = epoch;
    if (paths.received[row] !== attributes) {
      table.setReceived(row, attributes);
      paths.arrivedAt[row] = nowSeconds;
    }
    paths.rejectedBy[row] = this.#rejectedBy;
    table.setFlags(row, 0);
    const isRevalidated = table.setValidity(row, validity);
    if (table.setEffective(row, effective) || isRevalidated) table.markDirty(prefix);
  }

  /** A route of our own making, past any filter. */
  inject(
    table: FamilyTable,
    peer: PeerIndex,
    prefix: PrefixId,
    pathId: number,
    attributes: AttrId,
    nowSeconds: number,
  ): void {
    this.#rejectedBy = NOT_REJECTED;
    const validity = this.#validate(table, peer, prefix, attributes);
    this.#put(table, peer, prefix, pathId, attributes, attributes, validity, nowSeconds);
  }

  /** Asks RPKI again about a kept path. True: it says something else, and the filter was asked again where that matters. */
  revalidate(table: FamilyTable, row: number): boolean {
    const { peer, prefix, received } = table.paths;
    if (!table.setValidity(row, this.#validate(table, peer[row]!, prefix[row]!, received[row]!))) return false;
    const filter = this.#filters[peer[row]!];
    // Our own routes pass no filter.
    if (filter?.readsValidity === true && !this.#peers.isLocal(peer[row]!)) this.judgeAgain(table, row);
    table.markDirty(prefix[row]!);
    return true;
  }

  /** Runs the peer's filter again over a kept path. */
  judgeAgain(table: FamilyTable, row: number): void {
    const { paths } = table;
    const effective = this.judgeBy(this.#filters[paths.peer[row]!] ?? ACCEPT_EVERYTHING, table, row);
    paths.rejectedBy[row] = this.#rejectedBy;
    if (table.setEffective(row, effective)) table.markDirty(paths.prefix[row]!);
  }

  /** The attributes that a kept path would have after a filter; 0: refused. Changes nothing. */
  judgeBy(filter: RouteFilter, table: FamilyTable, row: number): AttrId {
    const { peer, prefix, received, pathId, flags, validity } = table.paths;
    const effective = this.#judge(
      filter,
      table,
      peer[row]!,
      prefix[row]!,
      received[row]!,
      pathId[row]!,
      validity[row]!,
    );
    const isMarked = effective !== 0 && (flags[row]! & PathFlag.longLived) !== 0;
    return isMarked ? this.#pool.edit(effective, MARK_LONG_LIVED) : effective;
  }

  /** RFC 9494 §4.2: marks a stale path; one that is not to be kept that long, by its sender's or policy's word, goes. */
  makeLongLived(table: FamilyTable, row: number): void {
    const { paths } = table;
    if ((paths.flags[row]! & PathFlag.stale) === 0) return;
    const flags = this.#pool.flags[paths.received[row]!]! | this.#pool.flags[paths.effective[row]!]!;
    if ((flags & AttributeFlag.noLongLived) !== 0) return table.removePath(row);
    table.setFlags(row, PathFlag.stale | PathFlag.longLived);
    const effective = paths.effective[row]!;
    if (effective === 0) return;
    if (table.setEffective(row, this.#pool.edit(effective, MARK_LONG_LIVED))) table.markDirty(paths.prefix[row]!);
  }
}

const MARK_LONG_LIVED: AttributeEdit = { communities: { add: [LLGR_STALE] } };

function context(ctx: CodecContext, carries: AttributeContext['carries']): AttributeContext {
  return { fourOctetAs: ctx.fourOctetAs, peerKind: ctx.peerKind, carries };
}

function isReset(action: ErrorAction | undefined): boolean {
  return action === 'session-reset';
}

function strongest(errors: readonly WireError[]): ErrorAction | undefined {
  return ERROR_ACTIONS.find((action) => errors.some((error) => ERROR_RULES[error.code].action === action));
}
