import { err, ok } from '@bgp/wire';
import { compileActions } from './actions.ts';
import type { Change } from './change.ts';
import { checkContradictions } from './contradictions.ts';
import { DiagnosticList, type DiagnosticPath } from './diagnostics.ts';
import { type Condition, compileMatch } from './match.ts';
import { type OutcomeState, Outcomes } from './outcomes.ts';
import { type PrefixIndex, PrefixIndexBuilder } from './prefix-ranges.ts';
import { PolicyTracer } from './trace.ts';
import type {
  CompileResult,
  Policy,
  PolicyContext,
  PolicyInput,
  PolicySource,
  PolicyStatement,
  PolicyTrace,
  RouteView,
  TermRef,
  Verdict,
} from './types.ts';

/*
 * From statements to something fast.
 *
 * A policy runs its statements in order; the first that matches decides, `next` statements only leave their changes, and
 * what no statement decides gets the default action. A chain runs policies in order: accepting goes on to the next policy
 * with the changes kept, rejecting ends it, and the end of the chain accepts. Conditions always look at the route as it
 * came, not at the changes made so far.
 *
 * Compiled, a policy is a list of steps. Most statements are one step: a list of conditions. A run of deciding statements
 * that look at nothing but prefixes becomes a single step with one index over all their prefixes, which yields the first
 * statement that matches: a prefix list costs the same whether it is written as one statement with 100,000 prefixes or as
 * 100,000 statements.
 */

/** Compiles one policy. Paths in diagnostics start at the source: `statements[2].match.prefixes[0].ge`. */
export function compilePolicy(source: PolicySource): CompileResult {
  return compile(source.name, [source], () => []);
}

/**
 * Compiles policies that run one after another. Paths in diagnostics start with the position in the chain. An empty chain
 * accepts everything unchanged.
 */
export function compileChain(sources: readonly PolicySource[]): CompileResult {
  return compile(sources.map((source) => source.name).join(' → '), sources, (position) => [position]);
}

function compile(
  name: string,
  sources: readonly PolicySource[],
  pathOf: (position: number) => DiagnosticPath,
): CompileResult {
  const diagnostics = new DiagnosticList();
  const chain = new ChainBuilder(diagnostics);
  for (const [position, source] of sources.entries()) chain.addPolicy(source, pathOf(position));
  if (diagnostics.all.length > 0) return err(diagnostics.all);
  return ok(new CompiledChain(name, sources, chain));
}

/** What happens at a term. */
interface Term {
  readonly action: PolicyStatement['action'];
  /** Absent: changes nothing. */
  readonly change?: Change;
}

interface Step {
  /** The term that matches, or -1. */
  match(route: RouteView, ctx: PolicyContext): TermRef;
}

interface CompiledPolicy {
  readonly steps: readonly Step[];
  readonly defaultTerm: TermRef;
}

class ChainBuilder {
  readonly names: string[] = [];
  readonly terms: Term[] = [];
  readonly policies: CompiledPolicy[] = [];
  readonly reads = new Set<PolicyInput>();
  readonly #diagnostics: DiagnosticList;

  constructor(diagnostics: DiagnosticList) {
    this.#diagnostics = diagnostics;
  }

  addPolicy(source: PolicySource, path: DiagnosticPath): void {
    if (source.name === '') this.#diagnostics.add('name-empty', [...path, 'name'], 'a policy needs a name');
    this.#checkAction(source.defaultAction, ['permit', 'deny'], [...path, 'defaultAction']);
    const steps: Step[] = [];
    let run: PrefixIndexBuilder | undefined;
    for (const [index, statement] of source.statements.entries()) {
      const statementPath = [...path, 'statements', index];
      const term = this.#addTerm(
        `${source.name}/${statement.name ?? `statement-${index + 1}`}`,
        statement,
        statementPath,
      );
      if (isPrefixOnly(statement)) {
        if (run === undefined) {
          run = new PrefixIndexBuilder();
          steps.push(new PrefixRunStep(run));
        }
        this.#addToRun(run, statement, term, statementPath);
      } else {
        run = undefined;
        const matchPath = [...statementPath, 'match'];
        const compiled = compileMatch(statement.match, matchPath, this.#diagnostics);
        if (compiled !== undefined) checkContradictions(statement.match, matchPath, this.#diagnostics);
        const conditions = compiled ?? [];
        for (const { reads } of conditions) for (const input of reads) this.reads.add(input);
        steps.push(new ConditionStep(conditions, term));
      }
    }
    for (const step of steps) if (step instanceof PrefixRunStep) this.reads.add(step.seal());
    const defaultTerm = this.names.push(`${source.name}/default`) - 1;
    this.terms.push({ action: source.defaultAction });
    this.policies.push({ steps, defaultTerm });
  }

  #addTerm(name: string, statement: PolicyStatement, path: DiagnosticPath): TermRef {
    this.#checkAction(statement.action, ['permit', 'deny', 'next'], [...path, 'action']);
    const changes = Object.values(statement.set ?? {}).some((value) => value !== undefined);
    if (statement.action === 'deny' && changes) {
      const message = 'set_* fields cannot be used with action = "deny": a rejected route has no attributes to set';
      this.#diagnostics.add('set-with-deny', [...path, 'set'], message);
    }
    const change = changes ? compileActions(statement.set ?? {}, [...path, 'set'], this.#diagnostics) : undefined;
    this.terms.push({ action: statement.action, ...(change && { change }) });
    return this.names.push(name) - 1;
  }

  #addToRun(run: PrefixIndexBuilder, statement: PolicyStatement, term: TermRef, path: DiagnosticPath): void {
    const ranges = statement.match.prefixes ?? [];
    if (ranges.length === 0) {
      const message = 'an empty list would never match';
      this.#diagnostics.add('list-empty', [...path, 'match', 'prefixes'], message, 'leave the key out');
    }
    for (const [index, range] of ranges.entries()) {
      run.add(range, term, [...path, 'match', 'prefixes', index], this.#diagnostics);
    }
  }

  #checkAction(action: string, allowed: readonly string[], path: DiagnosticPath): void {
    if (allowed.includes(action)) return;
    this.#diagnostics.add('action-invalid', path, `"${action}" is not an action`, `write ${allowed.join(' or ')}`);
  }
}

function isPrefixOnly({ action, match }: PolicyStatement): boolean {
  if (action === 'next' || match.prefixes === undefined) return false;
  return Object.entries(match).every(([key, value]) => key === 'prefixes' || value === undefined);
}

class ConditionStep implements Step {
  readonly #conditions: readonly Condition[];
  readonly #term: TermRef;

  constructor(conditions: readonly Condition[], term: TermRef) {
    this.#conditions = conditions;
    this.#term = term;
  }

  match(route: RouteView, ctx: PolicyContext): TermRef {
    for (const condition of this.#conditions) if (!condition.holds(route, ctx)) return -1;
    return this.#term;
  }
}

class PrefixRunStep implements Step {
  readonly #builder: PrefixIndexBuilder;
  #index: PrefixIndex | undefined;

  constructor(builder: PrefixIndexBuilder) {
    this.#builder = builder;
  }

  /** Ends the run; what it reads. */
  seal(): PolicyInput {
    this.#index = this.#builder.build();
    return this.#builder.readsPrefix ? 'prefix' : 'family';
  }

  match(route: RouteView): TermRef {
    return this.#index!.lookup(route); // sealed before the policy is used
  }
}

class CompiledChain implements Policy {
  readonly #sources: readonly PolicySource[];
  #tracer: PolicyTracer | undefined;
  readonly name: string;
  readonly terms: readonly string[];
  readonly reads: ReadonlySet<PolicyInput>;
  readonly #start: OutcomeState = new Outcomes().start;
  readonly #policies: readonly CompiledPolicy[];
  readonly #terms: readonly Term[];
  readonly #rejections: readonly Verdict[];

  constructor(name: string, sources: readonly PolicySource[], chain: ChainBuilder) {
    this.name = name;
    this.#sources = sources;
    // An empty chain still needs a name for what accepts.
    this.terms = chain.names.length === 0 ? ['empty chain'] : chain.names;
    this.reads = chain.reads;
    this.#policies = chain.policies;
    this.#terms = chain.terms;
    this.#rejections = chain.terms.map((_, by) => ({ action: 'reject', by }));
  }

  evaluate(route: RouteView, ctx: PolicyContext, hits?: Float64Array): Verdict {
    let state = this.#start;
    let by: TermRef = 0;
    for (const policy of this.#policies) {
      by = policy.defaultTerm;
      for (const step of policy.steps) {
        const matched = step.match(route, ctx);
        if (matched < 0) continue;
        const { action, change } = this.#terms[matched]!; // a step yields terms of this chain
        if (hits !== undefined) hits[matched]!++;
        if (change !== undefined) state = state.after(matched, change);
        if (action === 'next') continue;
        by = matched;
        break;
      }
      if (hits !== undefined && by === policy.defaultTerm) hits[by]!++;
      if (this.#terms[by]!.action === 'deny') return this.#rejections[by]!;
    }
    return state.accept(by);
  }

  trace(route: RouteView, ctx: PolicyContext): PolicyTrace {
    this.#tracer ??= new PolicyTracer(this.#sources);
    return { verdict: this.evaluate(route, ctx), entries: this.#tracer.trace(route, ctx) };
  }
}
