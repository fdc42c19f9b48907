import { describeHasAll, describeWanted } from './describe.ts';
import { describeActions } from './describe-actions.ts';
import { DiagnosticList } from './diagnostics.ts';
import { compileMatch, type NamedCondition } from './match.ts';
import type { PolicyContext, PolicySource, PolicyStatement, RouteView, TracedCondition, TraceEntry } from './types.ts';

interface Traced {
  readonly name: string;
  readonly statement: PolicyStatement;
  readonly conditions: readonly NamedCondition[];
}

/**
 * Says of each statement why it matched or not. It reads the conditions one by one where a compiled policy looks prefixes up in an
 * index; both are made by the same rows (`match.ts`), and a property test holds them together.
 */
export class PolicyTracer {
  readonly #policies: readonly { readonly source: PolicySource; readonly statements: readonly Traced[] }[];

  /** `sources` have been compiled without a mistake. */
  constructor(sources: readonly PolicySource[]) {
    const diagnostics = new DiagnosticList();
    this.#policies = sources.map((source) => ({
      source,
      statements: source.statements.map((statement, index) => ({
        name: statement.name ?? `statement-${index + 1}`,
        statement,
        conditions: compileMatch(statement.match, [], diagnostics) ?? [],
      })),
    }));
  }

  trace(route: RouteView, ctx: PolicyContext): TraceEntry[] {
    const entries: TraceEntry[] = [];
    for (const { source, statements } of this.#policies) {
      const decision = this.#tracePolicy(source, statements, route, ctx, entries);
      if (decision === 'deny') break;
    }
    return entries;
  }

  #tracePolicy(
    source: PolicySource,
    statements: readonly Traced[],
    route: RouteView,
    ctx: PolicyContext,
    entries: TraceEntry[],
  ): 'permit' | 'deny' {
    for (const { name, statement, conditions } of statements) {
      const failed = conditions.find((condition) => !condition.holds(route, ctx));
      if (failed !== undefined) {
        const [said] = describeConditions([failed], statement, route, ctx, false);
        entries.push({ policy: source.name, term: name, outcome: 'no-match', ...(said && { failed: said }) });
        continue;
      }
      const changes = describeActions(statement.set ?? {});
      entries.push({
        policy: source.name,
        term: name,
        outcome: statement.action,
        matched: describeConditions(conditions, statement, route, ctx, true),
        ...(changes.length > 0 && { changes }),
      });
      if (statement.action !== 'next') return statement.action;
    }
    entries.push({ policy: source.name, term: 'default', outcome: source.defaultAction });
    return source.defaultAction;
  }
}

function describeConditions(
  conditions: readonly NamedCondition[],
  { match }: PolicyStatement,
  route: RouteView,
  ctx: PolicyContext,
  holds: boolean,
): TracedCondition[] {
  return conditions.map(({ key, entry }) => ({
    condition: key,
    wanted: describeWanted(key, match, holds ? entry?.(route) : undefined),
    has: describeHasAll(key, match, route, ctx),
  }));
}
