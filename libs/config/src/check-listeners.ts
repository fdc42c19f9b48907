import { didYouMean } from './did-you-mean.ts';
import type { Report } from './report.ts';
import { valueAt } from './report.ts';
import type { ValidParts } from './salvage.ts';
import { type Security, security } from './schema/later.ts';
import { parseHostPort } from './schema/scalars.ts';
import { isOwnerOnly, isTiered, RESERVED_PRINCIPALS } from './tiers.ts';
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
  if (tcp !== undefined && tcp.enabled !== false) {
    const path = [...base, 'grpc_tcp'];
    if (tcp.address === undefined) {
      report.error('missing-key', path, 'invalid gRPC config: grpc_tcp needs an address', {
        on: 'key',
        hint: 'address = "127.0.0.1:50051"',
      });
    }
    const isTls = checkTlsKeys(tcp, path, report);
    const host = tcp.address === undefined ? undefined : parseHostPort(tcp.address)?.host;
    if (host !== undefined && !isLoopback(host) && !isTls) {
      const token =
        tcp.token_file === undefined
          ? 'without a token anyone who reaches it controls the router'
          : 'the token travels unencrypted';
      report.notice('advice', [...path, 'address'], `the API listens on a non-loopback address: ${token}`);
    }
  }
  const parsed = security.safeParse(valueAt(document, ['security']));
  const enabled = (one: { readonly enabled?: boolean | undefined } | undefined) => one?.enabled !== false;
  // What is wrong with the section itself has been said by the schema.
  if (parsed.success || valueAt(document, ['security']) === undefined) {
    checkSecurity(parsed.data, enabled(uds) ? uds : undefined, enabled(tcp) ? tcp : undefined, report);
  }
}

type Telemetry = NonNullable<NonNullable<ValidParts['global']>['telemetry']>;
type Uds = NonNullable<Telemetry['grpc_uds']>;
type Tcp = NonNullable<Telemetry['grpc_tcp']>;

/** There is no TLS without client certificates: a listener that anybody can reach must know who calls. */
function checkTlsKeys(tcp: Tcp, path: ConfigPath, report: Report): boolean {
  const missing = TLS_KEYS.filter((key) => tcp[key] === undefined);
  if (missing.length === TLS_KEYS.length) return false;
  if (missing.length > 0) {
    const set = TLS_KEYS.filter((key) => tcp[key] !== undefined);
    const message = `invalid gRPC config: ${set.join(' and ')} without ${missing.join(' and ')}`;
    report.error('missing-key', [...path, set[0] ?? ''], message, {
      on: 'key',
      hint: 'TLS needs all three files, or none',
    });
  }
  if (tcp.token_file !== undefined) {
    report.error('conflict', [...path, 'token_file'], 'invalid gRPC config: token_file beside TLS', {
      on: 'key',
      hint: 'with TLS the certificate says who calls; leave one of both out',
    });
  }
  return true;
}

function checkSecurity(
  section: Security | undefined,
  uds: Uds | undefined,
  tcp: Tcp | undefined,
  report: Report,
): void {
  const base: ConfigPath = ['global', 'telemetry'];
  const isTls = tcp !== undefined && TLS_KEYS.some((key) => tcp[key] !== undefined);
  const roles = section?.grpc?.roles ?? {};
  if (!isTiered(section)) {
    if (section?.grpc?.roles !== undefined) {
      report.notice('advice', ['security', 'grpc', 'roles'], 'enforcement = "legacy": roles decide nothing');
    }
    if (isTls && section?.grpc === undefined) {
      report.error('missing-key', [...base, 'grpc_tcp'], 'invalid gRPC config: TLS without [security.grpc.roles]', {
        on: 'key',
        hint: 'every certificate of the authority could do everything; give principals roles, or say enforcement = "legacy"',
      });
    }
    return;
  }
  for (const name of Object.keys(roles)) {
    if (name.trim() === '' || RESERVED_PRINCIPALS.includes(name)) {
      const message = `invalid security config: "${name}" cannot be given a role`;
      const hint = name.trim() === '' ? 'write the principal' : 'the daemon uses this name itself';
      report.error('invalid-value', ['security', 'grpc', 'roles', name], message, { on: 'key', hint });
    }
  }
  const isLocalOperator =
    (uds !== undefined || tcp === undefined) && uds?.principal === undefined && isOwnerOnly(uds?.mode);
  if (Object.keys(roles).length === 0 && !isLocalOperator) {
    report.error('missing-key', ['security', 'grpc'], 'invalid security config: nobody has a role', {
      on: 'key',
      hint: '[security.grpc.roles] gives principals observer, automation or operator',
    });
  }
  if (uds !== undefined && !isLocalOperator) checkPrincipal(uds.principal, roles, [...base, 'grpc_uds'], report);
  if (tcp === undefined) return;
  const path = [...base, 'grpc_tcp'];
  if (isTls) {
    if (tcp.principal !== undefined) {
      report.error('conflict', [...path, 'principal'], 'invalid security config: principal beside TLS', {
        on: 'key',
        hint: 'with TLS the certificate says who calls',
      });
    }
    return;
  }
  if (tcp.token_file === undefined) {
    report.error('missing-key', path, 'invalid security config: nobody on this listener can be told from another', {
      on: 'key',
      hint: 'set the three tls_* files, or token_file and principal',
    });
    return;
  }
  checkPrincipal(tcp.principal, roles, path, report);
}

function checkPrincipal(
  principal: string | undefined,
  roles: Readonly<Record<string, unknown>>,
  path: ConfigPath,
  report: Report,
): void {
  if (principal === undefined) {
    report.error('missing-key', path, 'invalid security config: the listener needs a principal', {
      on: 'key',
      hint: 'name who uses it, and give that name a role in [security.grpc.roles]',
    });
  } else if (!Object.hasOwn(roles, principal)) {
    const meant = didYouMean(principal, Object.keys(roles));
    report.error('undefined-reference', [...path, 'principal'], `principal "${principal}" has no role`, {
      hint: meant === undefined ? 'give it one in [security.grpc.roles]' : `did you mean "${meant}"?`,
    });
  }
}

function isLoopback(host: string): boolean {
  return host.startsWith('127.') || host === '::1';
}
