import * as z from 'zod';
import { integer, key, nonBlank, port, positive, required } from './scalars.ts';

export const RPKI_DEFAULTS = {
  refresh_interval: 3600,
  retry_interval: 600,
  expire_interval: 7200,
  preference: 1,
  rtr_version: 2,
  selection: 'union',
  origin_in_best_path: true,
  aspa_in_best_path: true,
  aspa_without_role: 'upstream',
} as const;
const D = RPKI_DEFAULTS;

/** `name:port`, `ip:port`, IPv6 in brackets. */
export function parseNamePort(text: string): { readonly host: string; readonly port: number } | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([a-zA-Z0-9]([a-zA-Z0-9._-]*[a-zA-Z0-9])?)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const number = Number(match?.[4]);
  return host !== undefined && port.safeParse(number).success ? { host, port: number } : undefined;
}

const namePort = z.string().refine((text) => parseNamePort(text) !== undefined, {
  error: 'must be a host and a port',
  params: { hint: 'such as rpki.example.net:3323, 192.0.2.1:323 or [2001:db8::1]:323' },
});

const preference = key(
  integer(0, 255),
  'With `selection = "preferred_first"`: lower is better; caches of one preference count together.',
  D.preference,
);

const tls = z.strictObject({
  ca_file: key(nonBlank, "Certificates (PEM) that the cache's must lead to; absent: the well-known authorities."),
  cert_file: key(nonBlank, 'Our certificate (PEM), where the cache wants one; with `key_file`.'),
  key_file: key(nonBlank, 'Its private key (PEM).'),
  server_name: key(nonBlank, "Name in the cache's certificate; absent: the host in `address`."),
});

const cacheServer = z.strictObject({
  address: required(namePort, 'Host or address, and port, of an RTR cache (RFC 8210).'),
  refresh_interval: key(positive, 'Seconds between questions, until the cache says otherwise.', D.refresh_interval),
  retry_interval: key(positive, 'Seconds until the next attempt after a failed one.', D.retry_interval),
  expire_interval: key(
    positive,
    'Seconds that data counts without news; at least `refresh_interval`, and 600 (RFC 8210 §6).',
    D.expire_interval,
  ),
  preference,
  rtr_version: key(
    integer(0, 2),
    'The highest version to speak; 2 has ASPA. Lower ones are tried as needed.',
    D.rtr_version,
  ),
  tls: key(tls, 'TLS (RFC 8210 §9.2); absent: plain TCP.'),
});

const file = z.strictObject({
  path: required(
    nonBlank,
    'JSON as rpki-client and Routinator write it; relative to this file. Read at start and at reload.',
  ),
  preference,
});

export const rpki = z.strictObject({
  cache_servers: key(z.array(cacheServer), 'RPKI caches.', []),
  files: key(z.array(file), 'Files with validated payloads, beside or instead of caches.', []),
  slurm_file: key(nonBlank, 'Local exceptions (RFC 8416); relative to this file. Read at start and at reload.'),
  selection: key(
    z.enum(['union', 'preferred_first']),
    'Whose data counts: of all caches and files, or of those with the lowest `preference` that have data.',
    D.selection,
  ),
  origin_in_best_path: key(
    z.boolean(),
    'Valid before not found before invalid origins, before LOCAL_PREF. Policy can match them in any case.',
    D.origin_in_best_path,
  ),
  aspa_in_best_path: key(z.boolean(), 'The same for verified paths (ASPA).', D.aspa_in_best_path),
  aspa_without_role: key(
    z.enum(['upstream', 'unverified']),
    'Paths from an external neighbor without `role`: verified like those of a customer or peer, or left unknown.',
    D.aspa_without_role,
  ),
});

export type RpkiSection = z.infer<typeof rpki>;
