import type { Capability, Family } from '@bgp/wire';
import { capabilityOf } from './capability-of.ts';

const RECEIVE = 1;
const SEND = 2;

/**
 * ADD-PATH per family and direction, as seen from us: we receive path identifiers when we asked to and the peer sends them.
 * @source RFC 7911 §4
 */
export function negotiateAddPath(
  families: readonly Family[],
  ours: readonly Capability[],
  theirs: readonly Capability[],
): ReadonlyMap<Family, { readonly receive: boolean; readonly send: boolean }> {
  const agreed = new Map<Family, { readonly receive: boolean; readonly send: boolean }>();
  for (const family of families) {
    const [mine, yours] = [sendReceive(ours, family), sendReceive(theirs, family)];
    const receive = (mine & RECEIVE) !== 0 && (yours & SEND) !== 0;
    const send = (mine & SEND) !== 0 && (yours & RECEIVE) !== 0;
    if (receive || send) agreed.set(family, { receive, send });
  }
  return agreed;
}

/** 0 unless the value is one of the three that RFC 7911 §4 defines; others are to be ignored. */
function sendReceive(capabilities: readonly Capability[], family: Family): number {
  const entry = capabilityOf(capabilities, 'add-path')?.entries.find((candidate) => candidate.family === family);
  const value = entry?.sendReceive ?? 0;
  return value >= RECEIVE && value <= (RECEIVE | SEND) ? value : 0;
}
