import {
  type CodecContext,
  encodeMessage,
  INITIAL_CONTEXT,
  IPV4_UNICAST,
  type Message,
  type NlriGroup,
  type PathAttributes,
} from '@bgp/wire';
import type { RisMessageEvent } from '../ris-live/types.ts';

export const CONTEXT: CodecContext = { ...INITIAL_CONTEXT, fourOctetAs: true };
/** 2026-11-21 08:00:00.126 UTC. */
export const AT_MS = Date.UTC(2026, 10, 21, 8, 0, 0, 126);

export function eventOf(message: Message, direction: 'sent' | 'received' = 'received'): RisMessageEvent {
  const octets = encodeMessage(message, CONTEXT);
  if (!octets.ok) throw new Error(octets.error.code);
  return {
    event: 'message',
    atMs: AT_MS,
    peer: '192.0.2.1',
    peerAs: 64500,
    direction,
    octets: octets.value,
    ctx: CONTEXT,
  };
}

export function update(parts: {
  readonly announced?: readonly NlriGroup[];
  readonly withdrawn?: readonly NlriGroup[];
  readonly attributes?: PathAttributes;
}): RisMessageEvent {
  const { announced = [], withdrawn = [], attributes = {} } = parts;
  return eventOf({ type: 'UPDATE', announced, withdrawn, attributes, errors: [] });
}

/** An UPDATE of IPv4 prefixes, by their AS_PATH; without one it withdraws them. */
export function simpleUpdate(prefixes: readonly string[], asPath?: PathAttributes['asPath']): RisMessageEvent {
  const group = { family: IPV4_UNICAST, nlri: prefixes.map((prefix) => ({ prefix })) };
  if (asPath === undefined) return update({ withdrawn: [group] });
  return update({ announced: [group], attributes: { origin: 0, asPath, nextHop: '192.0.2.1' } });
}
