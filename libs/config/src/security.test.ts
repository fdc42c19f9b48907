import { describe, expect, it } from 'vitest';
import { loadConfig } from './load.ts';

const GLOBAL = '[global]\nasn = 65001\nrouter_id = "10.0.0.1"\nlisten_port = 179\n';
const UDS = '[global.telemetry.grpc_uds]\n';
const TCP = '[global.telemetry.grpc_tcp]\naddress = "127.0.0.1:50051"\n';
const TLS = 'tls_cert_file = "/c.pem"\ntls_key_file = "/k.pem"\ntls_client_ca_file = "/ca.pem"\n';
const ROLES = '[security.grpc.roles]\nops = "operator"\nwatch = "observer"\n';

function load(text: string) {
  return loadConfig(GLOBAL + text, 'test.toml');
}

describe('who may use the API', () => {
  it('without a security section is what the listeners say', () => {
    const loaded = load(`${UDS}max_tier = "mutating"\nprincipal = "ops"\n${TCP}token_file = "/t"\nmax_tier = "read"`);
    expect(loaded).toMatchObject({ ok: true });
    if (!loaded.ok) return;
    expect(loaded.value.roles).toBeUndefined();
    expect(loaded.value.grpc).toMatchObject({
      uds: { maxTier: 'mutating', principal: 'ops', accessMode: 'read_write' },
      tcp: { maxTier: 'read', tokenFile: '/t' },
    });
  });

  it('with TLS comes from certificates', () => {
    const loaded = load(TCP + TLS + ROLES);
    expect(loaded.ok && loaded.value.grpc.tcp).toEqual({
      host: '127.0.0.1',
      port: 50051,
      accessMode: 'read_write',
      tls: { certFile: '/c.pem', keyFile: '/k.pem', clientCaFile: '/ca.pem' },
    });
    expect(loaded.ok && loaded.value.roles).toEqual({ ops: 'operator', watch: 'observer' });
  });

  it('over a socket of the owner alone is the local operator', () => {
    const loaded = load(ROLES);
    expect(loaded.ok && loaded.value.grpc.uds).toMatchObject({ mode: 0o600, principal: 'local-operator' });
    expect(loaded.ok && loaded.value.roles).toEqual({
      ops: 'operator',
      watch: 'observer',
      'local-operator': 'operator',
    });
  });

  it('needs no advice about addresses when certificates are asked for', () => {
    const open = TCP.replace('127.0.0.1', '0.0.0.0');
    const advice = (text: string) => {
      const loaded = load(text);
      return loaded.ok ? loaded.value.notices.map(({ path }) => path) : loaded.error;
    };
    expect(advice(open + TLS + ROLES)).toEqual([]);
    expect(advice(`${open}token_file = "/t"\n`)).toEqual(['global.telemetry.grpc_tcp.address']);
    expect(advice(`${open}${TLS}[security.grpc]\nenforcement = "legacy"\n${ROLES}`)).toEqual(['security.grpc.roles']);
  });

  it.each([
    [
      'one TLS file',
      `${TCP}tls_cert_file = "/c"\n${ROLES}`,
      'grpc_tcp.tls_cert_file',
      'tls_cert_file without tls_key_file',
    ],
    ['a token beside TLS', `${TCP}token_file = "/t"\n${TLS}${ROLES}`, 'grpc_tcp.token_file', 'token_file beside TLS'],
    ['TLS without roles', TCP + TLS, 'global.telemetry.grpc_tcp', 'TLS without [security.grpc.roles]'],
    ['a principal beside TLS', `${TCP}principal = "ops"\n${TLS}${ROLES}`, 'grpc_tcp.principal', 'principal beside TLS'],
    ['roles and an open TCP listener', TCP + ROLES, 'grpc_tcp', 'nobody on this listener can be told from another'],
    ['roles and a token without principal', `${TCP}token_file = "/t"\n${ROLES}`, 'grpc_tcp', 'needs a principal'],
    ['a principal without role', `${UDS}principal = "opps"\n${ROLES}`, 'grpc_uds.principal', '"opps" has no role'],
    ['a group socket without principal', `${UDS}mode = 0o660\n${ROLES}`, 'grpc_uds', 'needs a principal'],
    [
      'nobody at all',
      `${TCP}token_file = "/t"\nprincipal = "x"\n[security.grpc]\n`,
      'security.grpc',
      'nobody has a role',
    ],
    [
      'a reserved name',
      '[security.grpc.roles]\nlocal-operator = "observer"\n',
      'roles.local-operator',
      'cannot be given a role',
    ],
    ['an empty name', '[security.grpc.roles]\n" " = "observer"\n', 'security.grpc.roles', 'cannot be given a role'],
    ['an unknown role', '[security.grpc.roles]\nops = "admin"\n', 'security.grpc.roles.ops', ''],
  ])('%s is refused', (_what, text, path, message) => {
    const loaded = load(text);
    const mistakes = loaded.ok ? [] : loaded.error.map((one) => `${one.path}: ${one.message}`);
    expect(mistakes.filter((one) => one.includes(path) && one.includes(message))).toHaveLength(1);
  });
});
