import { err, ok, type Result } from '@bgp/wire';
import type { Pattern } from './parse-pattern.ts';
import { BORDERS, SYMBOL_COUNT } from './symbols.ts';

/** Nodes that a pattern may come to: what counted repeats multiply to stays bounded. */
const MAX_NODES = 10_000;
/** States kept at a time; with more, the oldest knowledge is worked out again. */
const MAX_STATES = 2_000;

/** Thompson's construction: a node reads one of its symbols, or leads on without reading. */
type Node =
  | { readonly type: 'symbols'; readonly mask: number; next: number }
  | { readonly type: 'start' | 'end' | 'pass'; next: number }
  | { readonly type: 'split'; readonly nexts: number[] }
  | { readonly type: 'accept' };

/** A set of nodes, and where each symbol leads from there: worked out when it is first needed. */
class State {
  readonly nodes: readonly number[];
  readonly isAccepting: boolean;
  readonly isAtStart: boolean;
  readonly next: (State | undefined)[] = new Array(SYMBOL_COUNT).fill(undefined);
  /** Whether the path may end here; undefined: not asked yet. */
  acceptsEnd: boolean | undefined;

  constructor(nodes: readonly number[], isAccepting: boolean, isAtStart: boolean) {
    this.nodes = nodes;
    this.isAccepting = isAccepting;
    this.isAtStart = isAtStart;
  }
}

/**
 * Finds a pattern anywhere in a sequence of symbols. Each symbol is one step, whatever the pattern: the time is linear in the
 * path, and no pattern can make it more.
 */
export class Automaton {
  readonly #nodes: Node[] = [{ type: 'accept' }];
  readonly #first: number;
  readonly #states = new Map<string, State>();
  #start: State;

  private constructor(pattern: Pattern) {
    this.#first = this.#build(pattern, ACCEPT);
    this.#start = this.#initial();
  }

  static of(pattern: Pattern): Result<Automaton, string> {
    try {
      return ok(new Automaton(pattern));
    } catch (error) {
      if (error instanceof TooLarge) return err('its repeats multiply to something too large');
      throw error;
    }
  }

  get start(): State {
    return this.#start;
  }

  step(state: State, symbol: number): State {
    if (state.isAccepting) return state; // found; the rest makes no difference
    return state.next[symbol] ?? this.#work(state, symbol);
  }

  /** Whether the sequence matches when it ends in this state. */
  endsWell(state: State): boolean {
    state.acceptsEnd ??= state.isAccepting || this.#closure(state.nodes, state.isAtStart, true).isAccepting;
    return state.acceptsEnd;
  }

  #initial(): State {
    const { nodes, isAccepting } = this.#closure([this.#first], true, false);
    return new State(nodes, isAccepting, true);
  }

  #work(state: State, symbol: number): State {
    const seeds: number[] = [this.#first]; // a match may begin anywhere
    for (const index of state.nodes) {
      const node = this.#nodes[index]!;
      if (node.type === 'symbols' && (node.mask & (1 << symbol)) !== 0) seeds.push(node.next);
    }
    const { nodes, isAccepting } = this.#closure(seeds, false, false);
    const key = `${isAccepting ? 'accepts ' : ''}${nodes.join()}`;
    let next = this.#states.get(key);
    if (next === undefined) {
      if (this.#states.size >= MAX_STATES) this.#forget();
      next = new State(nodes, isAccepting, false);
      this.#states.set(key, next);
    }
    state.next[symbol] = next;
    return next;
  }

  #forget(): void {
    this.#states.clear();
    this.#start = this.#initial();
  }

  /** All nodes that are reached without reading; those that wait for a symbol or for the end stay in the set. */
  #closure(seeds: readonly number[], atStart: boolean, atEnd: boolean) {
    const seen = new Set<number>();
    const nodes: number[] = [];
    let isAccepting = false;
    const open = [...seeds];
    for (let index = open.pop(); index !== undefined; index = open.pop()) {
      if (seen.has(index)) continue;
      seen.add(index);
      const node = this.#nodes[index]!;
      if (node.type === 'accept') isAccepting = true;
      else if (node.type === 'split') open.push(...node.nexts);
      else if (node.type === 'pass' || (node.type === 'start' && atStart) || (node.type === 'end' && atEnd)) {
        open.push(node.next);
      }
      if (node.type === 'symbols' || node.type === 'end') nodes.push(index);
    }
    nodes.sort((a, b) => a - b);
    return { nodes, isAccepting };
  }

  /** The node to enter by, from which `next` is reached. */
  #build(pattern: Pattern, next: number): number {
    switch (pattern.type) {
      case 'empty':
        return next;
      case 'symbols':
        return this.#add({ type: 'symbols', mask: pattern.mask, next });
      case 'start':
      case 'end':
        return this.#add({ type: pattern.type, next });
      case 'border': {
        const ends = [this.#add({ type: 'start', next }), this.#add({ type: 'end', next })];
        return this.#add({ type: 'split', nexts: [...ends, this.#add({ type: 'symbols', mask: BORDERS, next })] });
      }
      case 'sequence':
        return pattern.parts.reduceRight((after, part) => this.#build(part, after), next);
      case 'choice':
        return this.#add({ type: 'split', nexts: pattern.parts.map((part) => this.#build(part, next)) });
      case 'repeat':
        return this.#repeat(pattern, next);
    }
  }

  #repeat({ part, min, max }: Extract<Pattern, { type: 'repeat' }>, next: number): number {
    let entry = next;
    if (max === undefined) {
      const loop = { type: 'split' as const, nexts: [next] };
      entry = this.#add(loop);
      loop.nexts.push(this.#build(part, entry));
    } else {
      for (let count = min; count < max; count++) {
        entry = this.#add({ type: 'split', nexts: [next, this.#build(part, entry)] });
      }
    }
    for (let count = 0; count < min; count++) entry = this.#build(part, entry);
    return entry;
  }

  #add(node: Node): number {
    if (this.#nodes.length >= MAX_NODES) throw new TooLarge();
    return this.#nodes.push(node) - 1;
  }
}

const ACCEPT = 0;

class TooLarge extends Error {}
