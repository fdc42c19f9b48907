import type { Report } from './report.ts';
import { valueAt } from './report.ts';
import type { ValidParts } from './salvage.ts';
import { security } from './schema/later.ts';
import { parseHostPort } from './schema/scalars.ts';
import type { ConfigPath } from './toml/path.ts';

const TLS_KEYS = ['tls_cert_file', 'tls_key_file', 'tls_client_ca_file'] as const;

/** API listeners and who may use them. What would weaken access control if it were ignored is an error. */
export function checkListeners(parts: ValidParts, document: unknown, report: Report): void {
  const telemetry = parts.global?.telemetry;
  const base: ConfigPath = ['global', 'telemetry'];
  const { grpc_uds: uds, grpc_tcp: tcp } = telemetry ?? {};
  const anyTable = uds !== undefined || tcp !== undefined;
  if (anyTable && (uds === undefined || uds.enabled === false) && (tcp === undefined || tcp.enabled === false)) {
    report.error(
      'conflict',
      [...base, uds === undefined ? 'grpc_tcp' : 'grpc_uds'],
      'invalid gRPC config: at least one listener must be enabled',
      {
        hint: 'without both tables the API is on the Unix socket',
      },
    );
  }
  for (const [name, listener] of [
    ['grpc_uds', uds],
    ['grpc_tcp', tcp],
  ] as const) {
    if (listener === undefined || listener.enabled === false) continue;
    checkTier(listener, [...base, name], report);
  }
  if (tcp !== undefined && tcp.enabled !== false) {
    const path = [...base, 'grpc_tcp'];
    if (tcp.address === undefined) {
      report.error('missing-key', path, 'invalid gRPC config: grpc_tcp needs an address', {
        on: 'key',
        hint: 'address = "127.0.0.1:50051"',
      });
    }
    const tls = TLS_KEYS.find((key) => tcp[key] !== undefined);
    if (tls !== undefined) {
      report.error('not-supported', [...path, tls], 'TLS on the API listener is not supported yet', {
        on: 'key',
        hint: 'calls would travel unprotected, so the file is refused; use the Unix socket, or a loopback address behind a proxy',
      });
    }
    const host = tcp.address === undefined ? undefined : parseHostPort(tcp.address)?.host;
    if (host !== undefined && !isLoopback(host)) {
      const token =
        tcp.token_file === undefined
          ? 'without a token anyone who reaches it controls the router'
          : 'the token travels unencrypted';
      report.notice('advice', [...path, 'address'], `the API listens on a non-loopback address: ${token}`);
    }
  }
  checkSecurity(document, report);
}

interface TieredListener {
  readonly max_tier?: string | undefined;
  readonly principal?: string | undefined;
  readonly access_mode?: string | undefined;
}

function checkTier(listener: TieredListener, path: ConfigPath, report: Report): void {
  const tier = listener.max_tier;
  if (tier === undefined || tier === 'operator_only') return;
  // `read_only` is the tier sensitive_read under another name, and that is enforced.
  if (tier === 'sensitive_read' && listener.access_mode === 'read_only') return;
  report.error('not-supported', [...path, 'max_tier'], `max_tier = "${tier}" is not enforced yet`, {
    hint: 'more calls than that would get through, so the file is refused; access_mode = "read_only" is enforced',
  });
}

function checkSecurity(document: unknown, report: Report): void {
  const parsed = security.safeParse(valueAt(document, ['security']));
  const grpc = parsed.data?.grpc;
  if (grpc === undefined) return;
  if (grpc.enforcement === 'legacy') {
    if (grpc.roles !== undefined)
      report.notice('advice', ['security', 'grpc', 'roles'], 'enforcement = "legacy": roles decide nothing');
    return;
  }
  report.error('not-supported', ['security', 'grpc'], 'authorization by role is not enforced yet', {
    hint: 'more calls than the roles allow would get through, so the file is refused; set enforcement = "legacy" to rely on the listeners alone (socket mode, token_file, access_mode)',
  });
}

function isLoopback(host: string): boolean {
  return host.startsWith('127.') || host === '::1';
}
