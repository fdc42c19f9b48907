import {
  AttributeReader,
  afiOf,
  type CodecContext,
  type Family,
  IPV4_UNICAST,
  Ipv4NlriCursor,
  Ipv6NlriCursor,
  receivesPathIds,
  UpdateView,
  type WireError,
} from '@bgp/wire';
import { canonicalFlowSpec, checkFlowSpec, FlowSpecNlriCursor } from '@bgp/wire/flowspec';
import type { MonitoredTable } from './monitored-table.ts';
import { hasTable, ipv4Key, ipv6Key, isFlowSpec, type RouteKey, ruleKey } from './route-key.ts';

/** What one UPDATE did to a table. */
export interface AppliedUpdate {
  readonly added: number;
  readonly removed: number;
  /** Routes of families without a table here, left alone. */
  readonly ignoredFamily: Family | 0;
  /** What was wrong with it; routes that it concerns count as withdrawn (RFC 7606 §2), but for those that only lack an attribute. */
  readonly errors: readonly WireError[];
  /** It brought more new routes than there was room for; those before count. */
  readonly isFull: boolean;
}

/** From the UPDATE of a Route Monitoring message to a table. Made to be reused: its cursors are. */
export class UpdateApplier {
  readonly #view = new UpdateView();
  readonly #reader = new AttributeReader();
  readonly #ipv4 = new Ipv4NlriCursor();
  readonly #ipv6 = new Ipv6NlriCursor();
  readonly #rules = new FlowSpecNlriCursor();
  #added = 0;
  #removed = 0;
  #ignored: Family | 0 = 0;
  #errors: WireError[] = [];

  /** A message that cannot be read at all changes nothing. `room`: how many routes more the table may have afterwards. */
  apply(table: MonitoredTable, update: Uint8Array, ctx: CodecContext, room: number): AppliedUpdate {
    this.#added = 0;
    this.#removed = 0;
    this.#ignored = 0;
    this.#errors = [];
    const view = this.#view;
    const isReadable = view.parse(update, ctx);
    // Structure first; a FlowSpec family is one that `UpdateView` has no NLRI of.
    this.#errors.push(...view.errors.filter((error) => error.code !== 'family-unsupported'));
    let isFull = false;
    if (isReadable && this.#rulesAreSound(ctx)) {
      if (view.endOfRib !== 0) table.end(view.endOfRib);
      else isFull = !this.#applySections(table, ctx, room);
    }
    return { added: this.#added, removed: this.#removed, ignoredFamily: this.#ignored, errors: this.#errors, isFull };
  }

  #applySections(table: MonitoredTable, ctx: CodecContext, room: number): boolean {
    const view = this.#view;
    this.#withdraw(table, ctx, IPV4_UNICAST, view.withdrawnStart, view.withdrawnEnd);
    if (view.unreachFamily !== 0) this.#withdraw(table, ctx, view.unreachFamily, view.unreachStart, view.unreachEnd);
    if (!this.#announce(table, ctx, IPV4_UNICAST, 'body', view.nlriStart, view.nlriEnd, room)) return false;
    if (view.reachFamily === 0) return true;
    return this.#announce(table, ctx, view.reachFamily, 'mp', view.reachNlriStart, view.reachNlriEnd, room);
  }

  #withdraw(table: MonitoredTable, ctx: CodecContext, family: Family, start: number, end: number): void {
    this.#forEach(ctx, family, start, end, (key) => {
      if (table.remove(family, key)) this.#removed++;
      return true;
    });
  }

  #announce(
    table: MonitoredTable,
    ctx: CodecContext,
    family: Family,
    carries: 'body' | 'mp',
    start: number,
    end: number,
    room: number,
  ): boolean {
    if (start === end) return true;
    const view = this.#view;
    const reader = this.#reader;
    const nextHop = carries === 'mp' ? view.reachNextHop() : NO_OCTETS;
    reader.read(view.attributeOctets(), nextHop, { ...ctx, carries });
    const { errors } = reader;
    this.#errors.push(...errors);
    // FRR tells of routes before their next hop is known, and RFC 8671 §5.2 has such routes too: said, and kept.
    if (carries === 'body' && errors.length > 0 && errors.every(({ code }) => code === 'attribute-missing'))
      reader.read(view.attributeOctets(), nextHop, { ...ctx, carries: 'none' });
    if (reader.action !== undefined && reader.action !== 'attribute-discard') {
      this.#withdraw(table, ctx, family, start, end);
      return true;
    }
    const canonical = reader.canonical();
    return this.#forEach(ctx, family, start, end, (key) => {
      const isNew = !table.has(family, key);
      if (isNew && this.#added - this.#removed >= room) return false;
      table.set(family, key, canonical);
      if (isNew) this.#added++;
      return true;
    });
  }

  /** Every route of a field. False: `visit` has said that it is enough. */
  #forEach(ctx: CodecContext, family: Family, start: number, end: number, visit: (key: RouteKey) => boolean): boolean {
    if (end <= start) return true;
    if (!hasTable(family)) {
      this.#ignored = family;
      return true;
    }
    const { frame } = this.#view;
    const addPath = receivesPathIds(ctx, family);
    if (isFlowSpec(family)) {
      const nlri = this.#rules.reset(frame, start, end, addPath, family);
      while (nlri.next()) {
        // RFC 8955 §10: a rule that nobody could apply is no route.
        if (checkFlowSpec(frame, nlri.start, nlri.end, family) !== undefined) continue;
        if (!visit(ruleKey(canonicalFlowSpec(frame, nlri.start, nlri.end, family), nlri.pathId))) return false;
      }
    } else if (afiOf(family) === 1) {
      const nlri = this.#ipv4.reset(frame, start, end, addPath);
      while (nlri.next()) if (!visit(ipv4Key(nlri.address, nlri.length, nlri.pathId))) return false;
    } else {
      const nlri = this.#ipv6.reset(frame, start, end, addPath);
      while (nlri.next())
        if (!visit(ipv6Key(nlri.w0, nlri.w1, nlri.w2, nlri.w3, nlri.length, nlri.pathId))) return false;
    }
    return true;
  }

  /** RFC 7606 §3 (i): every NLRI field must parse before any of them is used. */
  #rulesAreSound(ctx: CodecContext): boolean {
    const view = this.#view;
    const check = (family: Family | 0, start: number, end: number) => {
      if (family === 0 || !isFlowSpec(family) || !hasTable(family)) return true;
      const nlri = this.#rules.reset(view.frame, start, end, receivesPathIds(ctx, family), family);
      while (nlri.next());
      if (nlri.error !== undefined) this.#errors.push(nlri.error);
      return nlri.error === undefined;
    };
    return (
      check(view.reachFamily, view.reachNlriStart, view.reachNlriEnd) &&
      check(view.unreachFamily, view.unreachStart, view.unreachEnd)
    );
  }
}

const NO_OCTETS = new Uint8Array(0);
