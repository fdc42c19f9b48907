import {
  type AttributeContext,
  AttributeView,
  type CodecContext,
  countInAsPath,
  ERROR_ACTIONS,
  ERROR_RULES,
  type ErrorAction,
  type Family,
  IPV4_UNICAST,
  inMessage,
  receivesPathIds,
  type UpdateView,
  type WireError,
} from '@bgp/wire';
import { canonicalFlowSpec, checkFlowSpec, FlowSpecNlriCursor } from '@bgp/wire/flowspec';
import { AttributeFlag } from './attribute-columns.ts';
import type { FamilyTable } from './family-table.ts';
import { ownAsCount } from './own-identity.ts';
import { PrefixBatch } from './prefix-batch.ts';
import type { RibTables } from './rib-tables.ts';
import type { RouteImport } from './route-import.ts';
import type { AttrId, PeerIndex, PrefixId, ReceiveReport, RibPeer } from './types.ts';
import { NOT_VALIDATED, type Validity } from './validity.ts';

const NO_OCTETS = new Uint8Array(0);
const NO_ERRORS: readonly WireError[] = [];

/** From the octets of an UPDATE to routes: errors reported, attributes interned, loops refused. What becomes of them: `RouteImport`. */
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
  readonly #tables: RibTables;
  readonly #imports: RouteImport;
  readonly #rules = new FlowSpecNlriCursor();
  readonly #batch = new PrefixBatch();
  readonly #view = new AttributeView();
  /** Refilled for each block. */
  readonly #attributeContext: { -readonly [K in keyof AttributeContext]: AttributeContext[K] } = {
    fourOctetAs: true,
    peerKind: 'external',
    carries: 'body',
  };

  constructor(tables: RibTables, imports: RouteImport) {
    this.#tables = tables;
    this.#imports = imports;
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
    if (hasBody) bodyAttributes = this.#intern(view, NO_OCTETS, this.#context(ctx, 'body'));
    if (hasReach && report.action !== 'session-reset') {
      reachAttributes = this.#intern(view, view.reachNextHop(), this.#context(ctx, 'mp'));
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

  #context({ fourOctetAs, peerKind }: CodecContext, carries: AttributeContext['carries']): AttributeContext {
    const context = this.#attributeContext;
    context.fourOctetAs = fourOctetAs;
    context.peerKind = peerKind;
    context.carries = carries;
    return context;
  }

  /** 0: the routes are to be withdrawn; the report says why. */
  #intern(view: UpdateView, nextHop: Uint8Array, ctx: AttributeContext): AttrId {
    const { pool } = this.#tables;
    // Without attributes of MP-BGP the block is what lies in the frame.
    const isWhole = view.reachFamily === 0 && view.unreachFamily === 0;
    const octets = isWhole ? view.frame : view.attributeOctets();
    const start = isWhole ? view.attributesStart : 0;
    const attributes = pool.internBlock(octets, start, isWhole ? view.attributesEnd : octets.length, nextHop, ctx);
    this.#reportPoolErrors();
    return attributes;
  }

  /** RFC 7606 §5.2: without reachable routes, an attribute error leaves doubt whether all routes were found. */
  #checkLoneAttributes(view: UpdateView, ctx: CodecContext): void {
    const block = view.attributeOctets();
    if (block.length === 0) return;
    this.#tables.pool.checkBlock(block, this.#context(ctx, 'none'));
    this.#reportPoolErrors();
  }

  #reportPoolErrors(): void {
    const { errors } = this.#tables.pool;
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
        this.#withdrawOne(table, rules.findRule(rule, 0, rule.length), peer, pathId);
      });
      return;
    }
    const batch = this.#batch.begin(view.frame, start, end, addPath, table.prefixes.maxLength);
    while (batch.next()) {
      table.prefixes.findAll(batch);
      for (let at = 0; at < batch.size; at++) this.#withdrawOne(table, batch.id[at]!, peer, batch.pathId[at]!);
    }
  }

  #withdrawOne(table: FamilyTable, prefix: PrefixId, peer: PeerIndex, pathId: number): void {
    this.report.withdrawn++;
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
    if (attributes === 0 || this.#isRefused(table, peer, attributes, start, end, view, ctx)) {
      const before = this.report.withdrawn;
      this.#withdraw(peer, view, ctx, family, start, end);
      if (attributes === 0) this.report.treatedAsWithdrawn += this.report.withdrawn - before;
      return;
    }
    const addPath = receivesPathIds(ctx, family);
    const imports = this.#imports;
    const filter = imports.filterOf(peer);
    const { rules } = table;
    if (rules !== undefined) {
      // Each is judged by itself: whether a rule may be used depends on routes to its destination (RFC 8955 §6).
      this.#forEachRule(view, ctx, family, start, end, (rule, pathId) => {
        const prefix = table.internRule(rules, rule);
        this.report.announced++;
        const effective = imports.judge(filter, table, peer, prefix, attributes, pathId, NOT_VALIDATED);
        this.#put(table, peer, prefix, pathId, attributes, effective, NOT_VALIDATED, nowSeconds);
      });
      return;
    }
    let effective = filter.readsPrefix ? -1 : imports.judge(filter, table, peer, 0, attributes, 0, NOT_VALIDATED);
    const { rejectedBy } = imports;
    const pathValidity = imports.validatePath(table, peer, attributes);
    const batch = this.#batch.begin(view.frame, start, end, addPath, table.prefixes.maxLength);
    while (batch.next()) {
      table.internAll(batch);
      this.report.announced += batch.size;
      for (let at = 0; at < batch.size; at++) {
        const prefix = batch.id[at]!; // in range: at < size
        const pathId = batch.pathId[at]!;
        const validity = imports.validate(table, peer, prefix, attributes, pathValidity);
        if (filter.readsPrefix) effective = imports.judge(filter, table, peer, prefix, attributes, pathId, validity);
        else imports.rejectedBy = rejectedBy;
        this.#put(table, peer, prefix, pathId, attributes, effective, validity, nowSeconds);
      }
    }
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
    const { report } = this;
    if (effective === 0) report.rejectedByPolicy++;
    const isDuplicate = this.#imports.put(table, peer, prefix, pathId, attributes, effective, validity, nowSeconds);
    if (isDuplicate) report.duplicateAnnouncements++;
  }

  /**
   * What the UPDATE's structure has wrong. A FlowSpec family is one that `UpdateView` knows no NLRI of, but we do; NLRI whose
   * lengths do not add up cannot be told apart (RFC 7606 §5.3).
   */
  #errorsOf(view: UpdateView, ctx: CodecContext): readonly WireError[] {
    let { errors } = view;
    if (!this.#tables.hasRules || (view.reachFamily === 0 && view.unreachFamily === 0)) return errors;
    const check = (family: Family, start: number, end: number) => {
      if (this.#tables.get(family)?.rules === undefined) return;
      errors = errors.filter((error) => error.code !== 'family-unsupported' || error.family !== family);
      const nlri = this.#rules.reset(view.frame, start, end, receivesPathIds(ctx, family), family);
      while (nlri.next());
      if (nlri.error !== undefined) errors = [...errors, inMessage(nlri.error, view.start)];
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
    table: FamilyTable,
    peer: PeerIndex,
    attributes: AttrId,
    start: number,
    end: number,
    view: UpdateView,
    ctx: CodecContext,
  ): boolean {
    const flags = this.#tables.pool.flags[attributes]!;
    const source = this.#tables.peers.get(peer);
    const isAsLoop = this.#isAsLoop(source, attributes, flags);
    if (isAsLoop || (flags & AttributeFlag.reflectionLoop) !== 0) {
      const count = this.#countNlri(table, view, ctx, start, end);
      const { report } = this;
      const { own } = this.#tables.pool;
      const path = this.#tables.pool.moveTo(this.#view, attributes);
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
    if (this.#tables.pool.moveTo(this.#view, attributes).firstAs === as) return false;
    this.report.firstAsMismatches += this.#countNlri(table, view, ctx, start, end);
    return true;
  }

  /** The flag answers for nearly every set; the path is walked again only where the peer has an exception. */
  #isAsLoop(source: RibPeer, attributes: AttrId, flags: number): boolean {
    const { allowOwnAs = 0, moreOwnAses } = source;
    const isFlagged = (flags & AttributeFlag.asLoop) !== 0;
    if (moreOwnAses === undefined && (!isFlagged || allowOwnAs === 0)) return isFlagged;
    const view = this.#tables.pool.moveTo(this.#view, attributes);
    let count = isFlagged ? ownAsCount(view, this.#tables.pool.own) : 0;
    for (const as of moreOwnAses ?? []) count += countInAsPath(view, as, 'rest');
    return count > allowOwnAs;
  }

  #countNlri(table: FamilyTable, view: UpdateView, ctx: CodecContext, start: number, end: number): number {
    const { family, prefixes, rules } = table;
    const addPath = receivesPathIds(ctx, family);
    let count = 0;
    if (rules !== undefined) {
      const nlri = this.#rules.reset(view.frame, start, end, addPath, family);
      while (nlri.next()) count++;
      return count;
    }
    const batch = this.#batch.begin(view.frame, start, end, addPath, prefixes.maxLength);
    while (batch.next()) count += batch.size;
    return count;
  }
}

function isReset(action: ErrorAction | undefined): boolean {
  return action === 'session-reset';
}

function strongest(errors: readonly WireError[]): ErrorAction | undefined {
  return ERROR_ACTIONS.find((action) => errors.some((error) => ERROR_RULES[error.code].action === action));
}
