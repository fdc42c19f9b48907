import { UpdateBuilder } from '@bgp/wire';
import { FlowSpecUpdateBuilder } from '@bgp/wire/flowspec';
import type { AttributePool } from './attribute-pool.ts';
import type { FamilyTable } from './family-table.ts';
import type { AttrId, PrefixId, UpdateSink } from './types.ts';

/** What every BGP speaker reads, and what RFC 8654 allows at most. */
const USUAL_OCTETS = 4096;
const MOST_OCTETS = 65_535;

type Builder = UpdateBuilder | FlowSpecUpdateBuilder;

/**
 * Routes of one family as UPDATE messages for whoever watches tables rather than for a neighbor: AS numbers of four octets, any next hop.
 * Messages have at most 4096 octets but for attributes that do not fit into those.
 *
 * `announce` and `withdraw`, then `flush` within the same turn: ids are not held here.
 */
export class RouteWriter {
  readonly #table: FamilyTable;
  readonly #pool: AttributePool;
  readonly #addPath: boolean;
  readonly #usual: Builder;
  #large: Builder | undefined;
  /** Prefix and path identifier in turn. */
  readonly #announced = new Map<AttrId, number[]>();
  #withdrawn: number[] = [];
  /** Routes that fitted no message at all, since the start; they were withdrawn instead. */
  unencodable = 0;

  constructor(table: FamilyTable, pool: AttributePool, addPath: boolean) {
    this.#table = table;
    this.#pool = pool;
    this.#addPath = addPath;
    this.#usual = this.#builder(USUAL_OCTETS);
  }

  announce(prefix: PrefixId, pathId: number, attributes: AttrId): void {
    const known = this.#announced.get(attributes);
    if (known === undefined) this.#announced.set(attributes, [prefix, pathId]);
    else known.push(prefix, pathId);
  }

  withdraw(prefix: PrefixId, pathId: number): void {
    this.#withdrawn.push(prefix, pathId);
  }

  /** Withdrawals first. */
  flush(sink: UpdateSink): void {
    const sets = [...this.#announced].map(
      ([attributes, routes]) => [attributes, routes, this.#builderFor(attributes, routes)] as const,
    );
    this.#announced.clear();
    for (const [, routes, builder] of sets) {
      if (builder !== undefined) continue;
      this.unencodable += routes.length / 2;
      for (const part of routes) this.#withdrawn.push(part);
    }
    if (this.#withdrawn.length > 0) {
      const builder = this.#withdrawalBuilder(this.#withdrawn);
      builder.beginWithdraw();
      this.#add(builder, this.#withdrawn);
      this.#withdrawn = [];
    }
    for (const [attributes, routes, builder] of sets) {
      if (builder === undefined || builder.beginAnnounce(this.#pool.canonical(attributes)) !== undefined) continue;
      this.#add(builder, routes);
    }
    hand(this.#usual, sink);
    if (this.#large !== undefined) hand(this.#large, sink);
  }

  /** RFC 4724 §2. */
  endOfRib(sink: UpdateSink): void {
    this.#usual.endOfRib();
    hand(this.#usual, sink);
  }

  /** Undefined: no message can carry these attributes beside the longest of the routes. */
  #builderFor(attributes: AttrId, routes: readonly number[]): Builder | undefined {
    if (this.#fits(this.#usual, attributes, routes)) return this.#usual;
    const large = this.#largeBuilder();
    return this.#fits(large, attributes, routes) ? large : undefined;
  }

  /** Rules can be longer than the usual message. */
  #withdrawalBuilder(routes: readonly number[]): Builder {
    this.#usual.beginWithdraw();
    return this.#hasRoom(this.#usual, routes) ? this.#usual : this.#largeBuilder();
  }

  #largeBuilder(): Builder {
    this.#large ??= this.#builder(MOST_OCTETS);
    return this.#large;
  }

  #fits(builder: Builder, attributes: AttrId, routes: readonly number[]): boolean {
    return builder.beginAnnounce(this.#pool.canonical(attributes)) === undefined && this.#hasRoom(builder, routes);
  }

  /** Prefixes always fit where attributes do. */
  #hasRoom(builder: Builder, routes: readonly number[]): boolean {
    const { rules } = this.#table;
    if (rules === undefined || !(builder instanceof FlowSpecUpdateBuilder)) return true;
    let longest = 0;
    for (let at = 0; at < routes.length; at += 2) longest = Math.max(longest, rules.rule(routes[at]!).length);
    return builder.fits(longest);
  }

  #add(builder: Builder, routes: readonly number[]): void {
    // In pairs.
    for (let at = 0; at < routes.length; at += 2) this.#table.addTo(builder, routes[at]!, routes[at + 1]!);
  }

  #builder(maxMessageOctets: typeof USUAL_OCTETS | typeof MOST_OCTETS): Builder {
    const options = { family: this.#table.family, fourOctetAs: true, maxMessageOctets, addPath: this.#addPath };
    return this.#table.rules === undefined
      ? new UpdateBuilder({ ...options, extendedNextHop: true })
      : new FlowSpecUpdateBuilder(options);
  }
}

function hand(builder: Builder, sink: UpdateSink): void {
  builder.finish();
  for (const { octets, messages } of builder.take()) sink(octets, messages);
}
