import { formatDuration } from '../render/duration.ts';
import { neighborDetail } from '../render/neighbor.ts';
import { type Palette, printable } from '../render/palette.ts';
import { STATE_NAMES } from '../values.ts';
import { type TopRow, type TopState, visibleRows } from './state.ts';

interface TopColumn {
  readonly title: string;
  readonly isRight?: true;
  readonly text: (row: TopRow) => string;
}

/** In the order of `SORTS`; the description has no heading and is cut first. */
const COLUMNS: readonly TopColumn[] = [
  { title: 'Neighbor', text: ({ name }) => name },
  { title: 'AS', isRight: true, text: ({ asn }) => String(asn) },
  { title: 'State', text: ({ state }) => STATE_NAMES[state.state] ?? '' },
  { title: 'Uptime', isRight: true, text: (row) => (row.isUp ? formatDuration(BigInt(row.uptimeSeconds)) : '-') },
  { title: 'Rx Pfx', isRight: true, text: ({ received }) => String(received) },
  { title: 'Tx Pfx', isRight: true, text: ({ sent }) => String(sent) },
  { title: 'Upd/s', isRight: true, text: ({ updateRate }) => updateRate.toFixed(1) },
  { title: 'Flaps', isRight: true, text: ({ flaps }) => String(flaps) },
];

const EVENT_ROWS = 8;
const ESCAPE = '\u001b';
const COLOR_OR_CHARACTER = new RegExp(`${ESCAPE}\\[[0-9;]*m|.`, 'gsu');

const HELP = [
  'q, Ctrl-C   quit',
  'j k, arrows move the mark',
  'Enter       everything about the neighbor; Esc goes back',
  's           sort by the next column; S turns the order round',
  '/           show only what contains a text; Esc takes it away',
  'e           events on and off',
  'h, ?        this page on and off',
];

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** As many lines as the terminal has rows, none wider than it. */
export function picture(state: TopState, { columns, rows }: Size, palette: Palette): string[] {
  const head = headLines(state, palette);
  const foot = footLine(state, palette);
  const room = Math.max(0, rows - head.length - 1);
  const body = bodyLines(state, room, columns, palette);
  const lines = [...head, ...body.slice(0, room)];
  while (lines.length < rows - 1) lines.push('');
  return [...lines, foot].slice(0, rows).map((line) => cut(line, columns));
}

function headLines({ header, trouble }: TopState, palette: Palette): string[] {
  if (header === undefined)
    return [trouble === undefined ? 'asking the daemon …' : palette.bad(printable(trouble)), ''];
  const { asn, routerId, uptimeSeconds, established, configured, routes, memoryOctets, version } = header;
  const peers = `${established}/${configured} established`;
  const first = [
    palette.strong(`AS ${asn}`),
    routerId,
    `up ${formatDuration(BigInt(uptimeSeconds))}`,
    established === configured ? palette.good(peers) : palette.warn(peers),
    `${routes} routes`,
    `${Math.round(memoryOctets / 1_048_576)} MiB`,
    palette.faint(`tsbgpd ${version}`),
  ].join('  ');
  return [first, trouble === undefined ? '' : palette.bad(`${printable(trouble)}; the picture is old`)];
}

function footLine({ isTyping, filter, view }: TopState, palette: Palette): string {
  if (isTyping) return `/${filter}_`;
  const shown = filter === '' ? '' : `  only "${filter}" (Esc)`;
  return palette.faint(
    `q quit  h help  ${view === 'table' ? 's sort  / filter  Enter detail  e events' : 'Esc back'}${shown}`,
  );
}

function bodyLines(state: TopState, room: number, columns: number, palette: Palette): string[] {
  if (state.view === 'help') return HELP;
  if (state.view === 'detail') {
    const row = state.rows.find(({ name }) => name === state.selected);
    const rate = row === undefined ? '' : `Update Rate: ${row.updateRate.toFixed(1)}/s\n`;
    return row === undefined ? ['it is gone'] : `${neighborDetail(row.state, palette)}${rate}`.split('\n');
  }
  const events = state.showsEvents ? state.events.slice(-Math.min(EVENT_ROWS, Math.floor(room / 3))) : [];
  const panel = events.length === 0 ? [] : [palette.faint('─'.repeat(columns)), ...events];
  return [...tableLines(state, room - panel.length, palette), ...panel];
}

function tableLines(state: TopState, room: number, palette: Palette): string[] {
  const rows = visibleRows(state);
  const cells = rows.map((row) => COLUMNS.map((column) => printable(column.text(row))));
  const arrow = state.isReversed ? '^' : 'v';
  const titles = COLUMNS.map(({ title }, at) => (at === state.sort ? `${title}${arrow}` : title));
  // The arrow may move without the table jumping.
  const widths = COLUMNS.map(({ title }, at) =>
    Math.max(title.length + 1, ...cells.map((row) => row[at]?.length ?? 0)),
  );
  const line = (texts: readonly string[], paint: (text: string, at: number) => string) =>
    texts
      .map((text, at) => {
        const padding = ' '.repeat(Math.max(0, (widths[at] ?? 0) - text.length));
        return COLUMNS[at]?.isRight ? padding + paint(text, at) : paint(text, at) + padding;
      })
      .join('  ');
  const heading = `  ${line(titles, palette.strong)}`;
  const at = Math.max(
    0,
    rows.findIndex(({ name }) => name === state.selected),
  );
  const fitting = Math.max(1, room - 1);
  const start = Math.min(Math.max(0, at - fitting + 1), Math.max(0, rows.length - fitting));
  const shown = rows.slice(start, start + fitting).map((row, index) => {
    const stateColor = row.isUp ? palette.good : row.state.config?.enabled === false ? palette.faint : palette.bad;
    const text = line(cells[start + index] ?? [], (one, column) => (column === 2 ? stateColor(one) : one));
    const mark = row.name === state.selected ? '> ' : '  ';
    return `${mark}${text}  ${printable(row.state.config?.description ?? '')}`;
  });
  return [heading, ...(rows.length === 0 ? [palette.faint('  no neighbors')] : shown)];
}

/** Colors take no room; what is cut off ends them. */
function cut(line: string, columns: number): string {
  let width = 0;
  let out = '';
  for (const [part] of line.matchAll(COLOR_OR_CHARACTER)) {
    if (part.startsWith(ESCAPE)) out += part;
    else if (width < columns) {
      out += part;
      width++;
    }
  }
  return out;
}
