import { type IpAddress, parseIpv4 } from '@bgp/wire';

/** The connection that survives: the one that we opened, or the one that the peer opened. */
export type CollisionVerdict = 'keep-ours' | 'keep-theirs';

/**
 * Two connections with one peer: the one opened by the speaker with the higher BGP Identifier stays, compared as unsigned
 * numbers; equal identifiers are decided by the AS number.
 * @source RFC 4271 §6.8; RFC 6286 §2.3
 */
export function resolveCollision(
  localRouterId: IpAddress,
  localAs: number,
  remoteRouterId: IpAddress,
  remoteAs: number,
): CollisionVerdict {
  const [ours, theirs] = [identifier(localRouterId), identifier(remoteRouterId)];
  if (ours !== theirs) return ours > theirs ? 'keep-ours' : 'keep-theirs';
  return localAs > remoteAs ? 'keep-ours' : 'keep-theirs';
}

/** 0 for text that is no IPv4 address: such an identifier never passes `negotiate`. */
function identifier(text: IpAddress): number {
  const parsed = parseIpv4(text);
  return parsed.ok ? parsed.value : 0;
}
