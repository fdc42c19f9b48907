import { type NeighborState, SessionState } from '@bgp/api-proto';

/** What the picture is made of. Every change makes a new one; nothing here knows terminal, clock or daemon. */
export interface TopState {
  readonly header: TopHeader | undefined;
  readonly rows: readonly TopRow[];
  readonly events: readonly string[];
  readonly sort: number;
  readonly isReversed: boolean;
  /** By name, so that the mark stays on a neighbor when the order changes. */
  readonly selected: string | undefined;
  readonly view: 'table' | 'detail' | 'help';
  readonly showsEvents: boolean;
  /** Present: rows must contain it. `isTyping`: keys go there. */
  readonly filter: string;
  readonly isTyping: boolean;
  /** Why the last picture is old. */
  readonly trouble: string | undefined;
}

export interface TopHeader {
  readonly asn: number;
  readonly routerId: string;
  readonly uptimeSeconds: number;
  readonly established: number;
  readonly configured: number;
  readonly routes: number;
  readonly memoryOctets: number;
  readonly version: string;
}

export interface TopRow {
  readonly name: string;
  readonly asn: number;
  readonly isUp: boolean;
  readonly uptimeSeconds: number;
  readonly received: number;
  readonly sent: number;
  /** UPDATE messages received and sent. */
  readonly updates: number;
  /** Per second, since the poll before; 0 at the first one. */
  readonly updateRate: number;
  readonly flaps: number;
  readonly state: NeighborState;
}

export interface Poll {
  readonly header: TopHeader;
  readonly neighbors: readonly NeighborState[];
  /** Any clock that does not jump. */
  readonly atMs: number;
}

const EVENTS_KEPT = 100;

export const INITIAL: TopState = {
  header: undefined,
  rows: [],
  events: [],
  sort: 0,
  isReversed: false,
  selected: undefined,
  view: 'table',
  showsEvents: true,
  filter: '',
  isTyping: false,
  trouble: undefined,
};

/** Columns by which the table can be sorted, in the order of `s`. */
export const SORTS: readonly ((a: TopRow, b: TopRow) => number)[] = [
  (a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }),
  (a, b) => a.asn - b.asn,
  (a, b) => Number(b.isUp) - Number(a.isUp),
  (a, b) => b.uptimeSeconds - a.uptimeSeconds,
  (a, b) => b.received - a.received,
  (a, b) => b.sent - a.sent,
  (a, b) => b.updateRate - a.updateRate,
  (a, b) => b.flaps - a.flaps,
];

export function withPoll(state: TopState, { header, neighbors, atMs }: Poll, previous: Poll | undefined): TopState {
  const before = new Map(previous?.neighbors.map((one) => [one.config?.address, updatesOf(one)]));
  const seconds = previous === undefined ? 0 : (atMs - previous.atMs) / 1000;
  const rows = neighbors.map((neighbor): TopRow => {
    const name = neighbor.config?.address ?? '';
    const updates = updatesOf(neighbor);
    const isUp = neighbor.state === SessionState.ESTABLISHED;
    const known = before.get(name);
    return {
      name,
      asn: neighbor.config?.remoteAsn ?? 0,
      isUp,
      uptimeSeconds: isUp ? Number(neighbor.uptimeSeconds) : 0,
      received: Number(neighbor.prefixesReceived),
      sent: Number(neighbor.prefixesSent),
      updates,
      // A daemon that started anew counts from 0.
      updateRate: known === undefined || seconds <= 0 ? 0 : Math.max(0, (updates - known) / seconds),
      flaps: Number(neighbor.flapCount),
      state: neighbor,
    };
  });
  return keepSelection({ ...state, header, rows, trouble: undefined });
}

function updatesOf({ updatesReceived, updatesSent }: NeighborState): number {
  return Number(updatesReceived) + Number(updatesSent);
}

export function withTrouble(state: TopState, trouble: string): TopState {
  return { ...state, trouble };
}

export function withEvent(state: TopState, line: string): TopState {
  return { ...state, events: [...state.events, line].slice(-EVENTS_KEPT) };
}

/** Filtered and in order. */
export function visibleRows({ rows, sort, isReversed, filter }: TopState): readonly TopRow[] {
  const wanted = filter.toLowerCase();
  const shown = rows.filter(({ name, asn, state }) =>
    `${name} ${asn} ${state.config?.description ?? ''} ${state.config?.peerGroup ?? ''}`.toLowerCase().includes(wanted),
  );
  const compare = SORTS[sort] ?? SORTS[0]!;
  // Equal rows keep the order of their names, reversed or not: they must not jump from poll to poll.
  return shown.sort((a, b) => (isReversed ? compare(b, a) : compare(a, b)) || SORTS[0]!(a, b));
}

export type TopKey = { readonly name: string; readonly isControl: boolean; readonly text: string };

/** What a key does; `quit` ends it. */
export function withKey(state: TopState, key: TopKey): TopState | 'quit' {
  if (key.isControl && key.name === 'c') return 'quit';
  if (state.isTyping) return typed(state, key);
  switch (key.text === '' ? key.name : key.text) {
    case 'q':
      return 'quit';
    case 'h':
    case '?':
      return { ...state, view: state.view === 'help' ? 'table' : 'help' };
    case 'e':
      return { ...state, showsEvents: !state.showsEvents };
    case 's':
      return { ...state, sort: (state.sort + 1) % SORTS.length };
    case 'S':
      return { ...state, isReversed: !state.isReversed };
    case '/':
      return { ...state, view: 'table', isTyping: true, filter: '' };
    case 'j':
    case 'down':
      return moved(state, 1);
    case 'k':
    case 'up':
      return moved(state, -1);
    case 'return':
    case '\r':
      return state.view === 'table' && state.selected !== undefined ? { ...state, view: 'detail' } : state;
    case 'escape':
    case '\u001b':
      return state.view === 'table' ? { ...state, filter: '' } : { ...state, view: 'table' };
    default:
      return state;
  }
}

function typed(state: TopState, { name, text }: TopKey): TopState {
  if (name === 'return') return keepSelection({ ...state, isTyping: false });
  if (name === 'escape') return { ...state, isTyping: false, filter: '' };
  if (name === 'backspace') return keepSelection({ ...state, filter: state.filter.slice(0, -1) });
  return /^[\w.:/ -]$/.test(text) ? keepSelection({ ...state, filter: state.filter + text }) : state;
}

function moved(state: TopState, by: number): TopState {
  const rows = visibleRows(state);
  const at = rows.findIndex(({ name }) => name === state.selected);
  const next = rows[Math.min(Math.max(at + by, 0), rows.length - 1)];
  return next === undefined ? state : { ...state, selected: next.name };
}

function keepSelection(state: TopState): TopState {
  const rows = visibleRows(state);
  if (rows.some(({ name }) => name === state.selected)) return state;
  return { ...state, selected: rows[0]?.name };
}
