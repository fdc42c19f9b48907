import {
  type GetBmpStatusResponse,
  type GetRpkiStatusResponse,
  type NeighborState,
  RpkiSourceKind,
  SessionState,
} from '@bgp/api-proto';
import { missingPolicyNotice } from '../render/neighbor.ts';
import { STATE_NAMES } from '../values.ts';

/** Something that a person should look at, and what to do. */
export interface Finding {
  readonly severity: 'bad' | 'warn';
  readonly text: string;
}

/** What one look at the daemon gives. */
export interface Examination {
  readonly healthy: boolean;
  readonly neighbors: readonly NeighborState[];
  /** Prometheus text. */
  readonly metrics: string;
  /** Absent: it could not be asked. */
  readonly rpki?: GetRpkiStatusResponse | undefined;
  readonly bmp?: GetBmpStatusResponse | undefined;
}

const LONG_STALL_SECONDS = 1;
const FLAPS_WORTH_A_WORD = 5;

export function findingsOf({ healthy, neighbors, metrics, rpki, bmp }: Examination): Finding[] {
  const stall = metricOf(metrics, 'bgp_event_loop_stall_max_seconds');
  return [
    ...(healthy ? [] : [bad('the daemon is stopping')]),
    ...neighbors.flatMap(ofNeighbor),
    ...(stall !== undefined && stall > LONG_STALL_SECONDS
      ? [
          warn(
            `the event loop stood still for ${stall.toFixed(1)} s once: hold timers below three times that are at risk`,
          ),
        ]
      : []),
    ...(metricOf(metrics, 'bgp_event_log_failing') === 1
      ? [bad('events cannot be written to disk; the log says why')]
      : []),
    ...(rpki === undefined ? [] : ofRpki(rpki)),
    ...(bmp?.collectors ?? []).flatMap(ofCollector),
  ];
}

function ofRpki({ sources, slurmError }: GetRpkiStatusResponse): Finding[] {
  const found = sources.flatMap(({ kind, name, state, hasData, lastError }): Finding[] => {
    const isFile = kind === RpkiSourceKind.FILE;
    const called = `RPKI ${isFile ? 'file' : 'cache'} ${name}`;
    const why = lastError === '' ? '' : `: ${lastError}`;
    if (!hasData) return [bad(`${called} has given no data${why}`)];
    if (isFile) return lastError === '' ? [] : [warn(`${called} was refused, what it said before counts${why}`)];
    if (state !== 'waiting' && state !== 'connecting') return [];
    return [warn(`${called} is ${state}; what it gave before counts until it expires${why}`)];
  });
  return slurmError === '' ? found : [...found, warn(`local exceptions (SLURM) were refused: ${slurmError}`)];
}

function ofCollector({ address, state, attempts, overflows }: GetBmpStatusResponse['collectors'][number]): Finding[] {
  if (state !== 'connected') return [warn(`BMP collector ${address} is ${state} after ${attempts} attempts`)];
  if (overflows === 0n) return [];
  return [warn(`BMP collector ${address} reads too slowly: its buffer was full ${overflows} times`)];
}

function ofNeighbor(state: NeighborState): Finding[] {
  const name = state.config?.address ?? '';
  const isUp = state.state === SessionState.ESTABLISHED;
  const policy = missingPolicyNotice(state);
  const found: Finding[] = [];
  if (!isUp && state.config?.enabled !== false) {
    const why =
      state.lastError === '' ? 'nothing has been heard yet; is it reachable, and does it expect us?' : state.lastError;
    found.push(bad(`${name} is ${STATE_NAMES[state.state]}: ${why}`));
  }
  if (state.restartsInSeconds !== undefined) {
    found.push(bad(`${name} sent too many prefixes and stays down for ${state.restartsInSeconds} s more`));
  }
  if (policy !== undefined) found.push(warn(policy));
  if (state.flapCount >= FLAPS_WORTH_A_WORD) found.push(warn(`${name} has flapped ${state.flapCount} times`));
  if (state.queuedOctets > 0n) found.push(warn(`${name} reads slowly: ${state.queuedOctets} octets wait for it`));
  if (state.asPathLoops > 0n) found.push(warn(`${name} sent ${state.asPathLoops} routes with our AS in their path`));
  return found;
}

function bad(text: string): Finding {
  return { severity: 'bad', text };
}

function warn(text: string): Finding {
  return { severity: 'warn', text };
}

/** Of a series without labels. */
function metricOf(text: string, name: string): number | undefined {
  const line = text.split('\n').find((one) => one.startsWith(`${name} `));
  return line === undefined ? undefined : Number(line.slice(name.length + 1));
}
