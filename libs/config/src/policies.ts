import { compilePolicy, findShadowed, type PolicyDiagnostic, type PolicySource } from '@bgp/policy';
import { didYouMean } from './did-you-mean.ts';
import type { LoadCache } from './load-cache.ts';
import { type Named, statementPath, toPolicySource } from './policy-source.ts';
import type { PolicyTestReport } from './policy-test-report.ts';
import { testDefinition } from './policy-tests.ts';
import type { Report } from './report.ts';
import type { GlobalSection } from './schema/global.ts';
import type { NeighborTable, PeerGroupTable } from './schema/neighbor.ts';
import type { MatchTable, PolicySection, Statement } from './schema/policy.ts';
import type { ConfigPath } from './toml/path.ts';
import type { PrefixLists } from './types.ts';

export type Direction = 'import' | 'export';
export const DIRECTIONS: readonly Direction[] = ['import', 'export'];

/** One of the places that can say what a direction runs: a neighbor, a group, or the `[policy]` table. */
interface Level {
  readonly path: ConfigPath;
  readonly inlineKey: string;
  readonly chainKey: string;
  readonly inline: readonly Statement[];
  readonly chain: readonly string[];
}

/** Sources that a `LoadCache` gives again are not looked through again. */
const SHADOWED = new WeakMap<PolicySource, readonly PolicyDiagnostic[]>();

/**
 * The file's policies, compiled once each. Later questions ("what does this neighbor run?") only put sources together.
 */
export class PolicyBook {
  readonly #report: Report;
  readonly #policy: PolicySection;
  readonly #named: Named;
  readonly #definitions = new Map<string, PolicySource>();
  readonly #implicitImport: readonly PolicySource[];
  readonly #reports: PolicyTestReport[] = [];

  /** `global` is absent while the file's own is wrong. */
  constructor(
    document: { readonly global?: GlobalSection; readonly policy?: PolicySection | undefined },
    report: Report,
    prefixLists: PrefixLists = new Map(),
    cache?: LoadCache,
  ) {
    this.#report = report;
    this.#policy = document.policy ?? {};
    this.#named = { sets: this.#policy.neighbor_sets ?? {}, prefixLists };
    this.#implicitImport = implicitImport(document.global);
    for (const [name, table] of Object.entries(this.#policy.definitions ?? {})) {
      const path = ['policy', 'definitions', name];
      const { default_action: defaultAction = 'permit', statements = [] } = table;
      const text = JSON.stringify([defaultAction, statements, this.#named.sets]);
      const lists = listNames(statements).map((list) => prefixLists.get(list));
      const known = cache?.source(name, text, lists);
      const source = known ?? this.#compile(name, defaultAction, statements, path, 'statements');
      if (source !== undefined && known === undefined) cache?.keepSource(name, text, lists, source);
      if (source === undefined) continue;
      this.#definitions.set(name, source);
      this.#adviseShadowed(source, path);
      this.#reports.push(testDefinition(source, table.tests ?? [], path, report));
    }
  }

  /** Of the definitions' own tests. */
  get testReport(): PolicyTestReport {
    return {
      tests: this.#reports.flatMap(({ tests }) => tests),
      coverage: this.#reports.flatMap(({ coverage }) => coverage),
    };
  }

  #adviseShadowed(source: PolicySource, path: ConfigPath): void {
    const found = SHADOWED.get(source) ?? findShadowed(source);
    SHADOWED.set(source, found);
    for (const { path: place, message, hint } of found) {
      this.#report.notice('advice', [...path, ...statementPath(place)], `${message}; ${hint}`);
    }
  }

  /** Everything that is wrong at one level, whether or not anybody uses it. */
  check(table: NeighborTable | PeerGroupTable, path: ConfigPath): void {
    for (const direction of DIRECTIONS) this.#checkLevel(levelOf(table, path, direction));
  }

  checkGlobal(): void {
    for (const direction of DIRECTIONS) this.#checkLevel(this.#globalLevel(direction));
  }

  /**
   * What a neighbor runs. The nearest place that says anything wins as a whole: the neighbor's chain or statements, the
   * group's, the global ones; undefined when nobody says anything.
   */
  chainFor(
    neighbor: NeighborTable,
    group: PeerGroupTable | undefined,
    direction: Direction,
    { isExternal, requiresPolicy }: { readonly isExternal: boolean; readonly requiresPolicy: boolean },
  ): readonly PolicySource[] | undefined {
    const levels = [levelOf(neighbor, [], direction)];
    if (group !== undefined) levels.push(levelOf(group, [], direction));
    levels.push(this.#globalLevel(direction));
    const names = [
      `neighbor ${neighbor.address ?? neighbor.interface} ${direction}`,
      `group ${neighbor.peer_group} ${direction}`,
    ];
    if (group === undefined) names.pop();
    names.push(`global ${direction}`);
    const winner = levels.findIndex((level) => level.chain.length > 0 || level.inline.length > 0);
    // Inside the AS both communities have been acted on where the route came in: RFC 8326 §4.1 speaks of external sessions, and
    // NO_ADVERTISE at every hop would keep a blackhole route from all routers but the first.
    const tail = direction === 'import' && isExternal ? this.#implicitImport : [];
    const level = levels[winner];
    // RFC 8212: an implicit rule is no policy; it must not open a session that has none.
    if (level === undefined) return tail.length === 0 || requiresPolicy ? undefined : tail;
    if (level.chain.length === 0) {
      return [toPolicySource(names[winner] ?? direction, 'permit', level.inline, this.#named), ...tail];
    }
    return [...level.chain.flatMap((name) => this.#definitions.get(name) ?? []), ...tail];
  }

  #globalLevel(direction: Direction): Level {
    const inline = this.#policy[direction] ?? [];
    const chainKey = `${direction}_chain` as const;
    return { path: ['policy'], inlineKey: direction, chainKey, inline, chain: this.#policy[chainKey] ?? [] };
  }

  #checkLevel(level: Level): void {
    const defined = Object.keys(this.#policy.definitions ?? {});
    level.chain.forEach((name, index) => {
      if (defined.includes(name)) return;
      const meant = didYouMean(name, defined);
      this.#report.error(
        'undefined-reference',
        [...level.path, level.chainKey, index],
        `undefined policy "${name}" referenced in chain`,
        {
          hint: meant === undefined ? `define [policy.definitions.${name}]` : `did you mean "${meant}"?`,
        },
      );
    });
    // The global level may have both; the chain then wins.
    if (level.path[0] !== 'policy' && level.chain.length > 0 && level.inline.length > 0) {
      this.#report.error(
        'conflict',
        [...level.path, level.inlineKey],
        `${level.inlineKey} and ${level.chainKey} are mutually exclusive`,
        {
          on: 'key',
          hint: `move the statements into [policy.definitions] and name them in ${level.chainKey}`,
        },
      );
    }
    this.#compile('statements', 'permit', level.inline, level.path, level.inlineKey);
  }

  /** Reports what the compiler and we find; undefined when there was anything. */
  #compile(
    name: string,
    defaultAction: 'permit' | 'deny',
    statements: readonly Statement[],
    path: ConfigPath,
    key: string,
  ): PolicySource | undefined {
    const before = this.#report.errorCount;
    statements.forEach((statement, index) => {
      this.#checkStatement(statement, [...path, key, index]);
    });
    if (this.#report.errorCount > before) return undefined;
    // A list of which nothing is right is empty, and has been reported.
    if (listNames(statements).some((list) => this.#named.prefixLists.get(list)?.length === 0)) return undefined;
    const source = toPolicySource(name, defaultAction, statements, this.#named);
    const compiled = compilePolicy(source);
    if (compiled.ok) return source;
    for (const { path: sourcePath, message, hint } of compiled.error) {
      const [first, ...rest] = statementPath(sourcePath);
      const place = first === undefined ? path : [...path, first === 'statements' ? key : first, ...rest];
      this.#report.error('policy-invalid', place, `invalid policy entry: ${message}`, { hint });
    }
    return undefined;
  }

  #checkStatement(statement: Statement, path: ConfigPath): void {
    if (statement.match_evpn_route_type !== undefined) {
      this.#report.error(
        'not-supported',
        [...path, 'match_evpn_route_type'],
        'match_evpn_route_type is not supported yet',
        {
          on: 'key',
          hint: 'a filter must not ignore one of its conditions, so the file is refused; remove the statement or the condition',
        },
      );
    }
    this.#checkTable(statement, path);
  }

  #checkTable(statement: MatchTable, path: ConfigPath): void {
    const nested = [
      ...(statement.match_any ?? []).map((table, at) => [table, ['match_any', at]] as const),
      ...(statement.match_all ?? []).map((table, at) => [table, ['match_all', at]] as const),
      ...(statement.match_not === undefined ? [] : [[statement.match_not, ['match_not']] as const]),
    ];
    for (const [table, below] of nested) this.#checkTable(table, [...path, ...below]);
    for (const [at, name] of (statement.prefix_list ?? []).entries()) {
      if (!this.#named.prefixLists.has(name)) this.#undefinedName([...path, 'prefix_list', at], name, 'prefix_lists');
    }
    if (statement.prefix === undefined) {
      for (const bound of ['ge', 'le'] as const) {
        if (statement[bound] === undefined) continue;
        this.#report.error('policy-invalid', [...path, bound], `invalid policy entry: ${bound} needs a prefix`, {
          on: 'key',
        });
      }
    }
    const set = statement.match_neighbor_set;
    if (set !== undefined && !Object.hasOwn(this.#named.sets, set)) {
      this.#undefinedName([...path, 'match_neighbor_set'], set, 'neighbor_sets');
    }
  }

  #undefinedName(path: ConfigPath, name: string, table: 'prefix_lists' | 'neighbor_sets'): void {
    const what = table === 'prefix_lists' ? 'prefix list' : 'neighbor set';
    const defined = table === 'prefix_lists' ? [...this.#named.prefixLists.keys()] : Object.keys(this.#named.sets);
    const meant = didYouMean(name, defined);
    this.#report.error('undefined-reference', path, `invalid ${what}: "${name}" is not defined`, {
      hint: meant === undefined ? `define [policy.${table}.${name}]` : `did you mean "${meant}"?`,
    });
  }
}

/** Every prefix list that the statements name, however deep. */
function listNames(tables: readonly MatchTable[]): string[] {
  return tables.flatMap(({ prefix_list: own = [], match_any: any = [], match_all: all = [], match_not: not }) => [
    ...own,
    ...listNames([...any, ...all, ...(not === undefined ? [] : [not])]),
  ]);
}

function levelOf(table: PeerGroupTable, path: ConfigPath, direction: Direction): Level {
  const inlineKey = `${direction}_policy` as const;
  const chainKey = `${direction}_policy_chain` as const;
  return { path, inlineKey, chainKey, inline: table[inlineKey] ?? [], chain: table[chainKey] ?? [] };
}

/** Rules that `[global]` switches on behind the import chain of every external neighbor. */
function implicitImport(global: GlobalSection | undefined): PolicySource[] {
  const rule = (
    name: string,
    community: string,
    set: NonNullable<PolicySource['statements'][number]['set']>,
  ): PolicySource => ({
    name,
    defaultAction: 'permit',
    statements: [{ action: 'permit', match: { communities: [community] }, set }],
  });
  const rules: PolicySource[] = [];
  // RFC 8326 §4.1: the receiver lowers the preference of a route that is about to go.
  if (global?.honor_graceful_shutdown) rules.push(rule('honor_graceful_shutdown', '65535:0', { localPref: 0 }));
  // RFC 7999 §3.2: a blackhole route must not leave the AS; NO_ADVERTISE keeps it on this router.
  if (global?.honor_blackhole) rules.push(rule('honor_blackhole', '65535:666', { communitiesAdd: ['NO_ADVERTISE'] }));
  return rules;
}
