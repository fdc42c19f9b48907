import { parseIpAddress, type Result } from '@bgp/wire';
import { type GlassError, glassError } from '../glass-error.ts';
import type { GlassSource } from '../glass-source.ts';
import { shown } from '../shown.ts';

/** Rows of routes that we inject ourselves. */
export const LOCAL_PROTOCOL = 'local';

/** A neighbor as BIRD would name its protocol: `bgp_10.0.0.2`, `bgp_2001_db8__2`. Safe in a URL without escaping. */
export function protocolId(peer: string): string {
  return peer === LOCAL_PROTOCOL ? LOCAL_PROTOCOL : `bgp_${peer.replaceAll(/[^A-Za-z0-9.-]/g, '_')}`;
}

/** The neighbor of an id; `absent`: an address that is nobody's; undefined: not an id. */
export function peerOf(source: GlassSource, id: string): { readonly peer: string } | 'absent' | undefined {
  if (id === LOCAL_PROTOCOL) return { peer: LOCAL_PROTOCOL };
  // Compared by id, because two characters of a name may become the same one of an id.
  const known = source.peers().find(({ config }) => protocolId(config.name) === id);
  if (known !== undefined) return { peer: known.config.name };
  if (!id.startsWith('bgp_')) return undefined;
  return parseIpAddress(id.slice(4).replaceAll('_', ':')).ok ? 'absent' : undefined;
}

export function notAnId(id: string): Result<never, GlassError> {
  return glassError(
    'protocol-invalid',
    `"${shown(id)}" is not the id of a protocol, such as bgp_192.0.2.1 in /protocols/bgp.`,
  );
}
