import { ApplyConfigRequestSchema, AuthorizationTier, ControlService, Health, NeighborService } from '@bgp/api-proto';
import { create } from '@bufbuild/protobuf';
import { Code, ConnectError, createClient, createRouterTransport, type Transport } from '@connectrpc/connect';
import { describe, expect, it } from 'vitest';
import { auditSummary } from './audit-summary.ts';
import { type AuthorizedCall, createAuthorizer, type ListenerAccess, tierOf } from './authorize.ts';
import { API_SERVICES } from './register-services.ts';

function listener(access: Partial<ListenerAccess>): { transport: Transport; calls: AuthorizedCall[] } {
  const calls: AuthorizedCall[] = [];
  const { interceptor } = createAuthorizer({
    listener: 'test',
    accessMode: 'read_write',
    onCall: (call) => void calls.push(call),
    ...access,
  });
  const transport = createRouterTransport(
    (router) => {
      router.service(ControlService, {
        getHealth: () => ({ healthy: true }),
        shutdown: () => ({}),
        getMetrics() {
          throw new TypeError('a bug');
        },
      });
      router.service(NeighborService, { addNeighbor: () => ({}), deleteNeighbor: () => ({}) });
      router.service(Health, { check: () => ({ status: 1 }) });
    },
    { router: { interceptors: [interceptor] } },
  );
  return { transport, calls };
}

const codeOf = (call: Promise<unknown>) =>
  call.then(
    () => 'ok',
    (error: unknown) => Code[ConnectError.from(error).code],
  );

describe('a token', () => {
  const { transport, calls } = listener({ token: 's3cret', accessMode: 'read_only' });
  const client = createClient(ControlService, transport);
  const withHeader = (authorization: string) => ({ headers: { authorization } });

  it.each([
    ['Bearer s3cret', 'ok'],
    ['bearer s3cret', 'ok'],
    ['Bearer  s3cret ', 'ok'],
    ['Bearer S3cret', 'Unauthenticated'],
    ['Bearer s3cret2', 'Unauthenticated'],
    ['Bearer s3cre', 'Unauthenticated'],
    ['Bearer', 'Unauthenticated'],
    ['Basic s3cret', 'Unauthenticated'],
    ['s3cret', 'Unauthenticated'],
    ['', 'Unauthenticated'],
  ])('%j: %s', async (header, expected) => {
    expect(await codeOf(client.getHealth({}, withHeader(header)))).toBe(expected);
  });

  it('is asked for before anything is said about tiers', async () => {
    expect(await codeOf(client.shutdown({}))).toBe('Unauthenticated');
    expect(calls.at(-1)).toMatchObject({ result: 'authn_failed', tier: 'operator_only' });
    expect(await codeOf(client.shutdown({}, withHeader('Bearer s3cret')))).toBe('PermissionDenied');
  });
});

describe('read-only', () => {
  it('answers questions, refuses changes', async () => {
    const { transport, calls } = listener({ accessMode: 'read_only' });
    const client = createClient(ControlService, transport);
    expect(await codeOf(client.getHealth({}))).toBe('ok');
    expect(await codeOf(client.shutdown({}))).toBe('PermissionDenied');
    expect(await codeOf(createClient(Health, transport).check({}))).toBe('ok');
    expect(calls.map(({ method, tier, result }) => `${method} ${tier} ${result}`)).toEqual([
      '/tsbgpd.v1.ControlService/GetHealth sensitive_read handler_ok',
      '/tsbgpd.v1.ControlService/Shutdown operator_only listener_tier_denied',
      '/grpc.health.v1.Health/Check read handler_ok',
    ]);
  });

  it('is exactly the calls that change nothing', () => {
    const changing = API_SERVICES.flatMap((service) => service.methods)
      .filter((method) => tierOf(method) > AuthorizationTier.SENSITIVE_READ)
      .map((method) => method.name);
    expect(changing).toEqual([
      'SetGlobal',
      'AddNeighbor',
      'DeleteNeighbor',
      'EnableNeighbor',
      'DisableNeighbor',
      'SoftResetIn',
      'SetGracefulShutdown',
      'AddDynamicNeighbor',
      'DeleteDynamicNeighbor',
      'SetPolicy',
      'DeletePolicy',
      'SetNeighborSet',
      'DeleteNeighborSet',
      'SetGlobalImportChain',
      'SetGlobalExportChain',
      'ClearGlobalImportChain',
      'ClearGlobalExportChain',
      'SetNeighborImportChain',
      'SetNeighborExportChain',
      'ClearNeighborImportChain',
      'ClearNeighborExportChain',
      'SetPeerGroup',
      'DeletePeerGroup',
      'SetNeighborPeerGroup',
      'ClearNeighborPeerGroup',
      'AddPath',
      'DeletePath',
      'AddFlowSpec',
      'DeleteFlowSpec',
      'ApplyConfig',
      'ConfirmConfig',
      'RollbackConfig',
      'ReloadConfig',
      'TriggerMrtDump',
      'Shutdown',
    ]);
    expect(API_SERVICES).toHaveLength(11);
  });
});

describe('tiers and roles', () => {
  const roles = { watch: 'observer', robot: 'automation', ops: 'operator' } as const;

  it.each([
    ['watch', 'handler_ok', 'role_tier_denied', 'role_tier_denied'],
    ['robot', 'handler_ok', 'handler_ok', 'role_tier_denied'],
    ['ops', 'handler_ok', 'handler_ok', 'handler_ok'],
    ['nobody', 'principal_unmapped', 'principal_unmapped', 'principal_unmapped'],
    ['toString', 'principal_unmapped', 'principal_unmapped', 'principal_unmapped'],
  ])('%s: a question %s, a change %s, what others see %s', async (principal, question, change, outward) => {
    const { transport, calls } = listener({ roles, principal });
    const control = createClient(ControlService, transport);
    await codeOf(control.getHealth({}));
    await codeOf(createClient(NeighborService, transport).deleteNeighbor({ address: '192.0.2.1' }));
    await codeOf(control.shutdown({}));
    expect(calls.map(({ result }) => result)).toEqual([question, change, outward]);
    expect(calls.map((call) => call.principal)).toEqual([principal, principal, principal]);
  });

  it('an unmapped caller does not even learn what services there are', async () => {
    const { transport } = listener({ roles, principal: 'nobody' });
    const error = await createClient(Health, transport).check({}).catch(ConnectError.from);
    expect(String(error)).toContain('nobody has no role here');
  });

  it('the certificate says who it is, whatever else is claimed', async () => {
    const { transport, calls } = listener({ roles, identifiedBy: 'certificate', principal: 'ops' });
    const control = createClient(ControlService, transport);
    expect(await codeOf(control.shutdown({}))).toBe('PermissionDenied');
    expect(calls.at(-1)).toMatchObject({ authn: 'mtls', principal: 'mtls-unresolved', result: 'principal_unmapped' });
  });

  it.each([
    ['read', 'PermissionDenied', 'PermissionDenied'],
    ['sensitive_read', 'ok', 'PermissionDenied'],
    ['mutating', 'ok', 'ok'],
    ['operator_only', 'ok', 'ok'],
  ] as const)('a listener with max_tier %s: question %s, change %s', async (maxTier, question, change) => {
    const { transport, calls } = listener({ maxTier, roles, principal: 'ops' });
    expect(await codeOf(createClient(ControlService, transport).getHealth({}))).toBe(question);
    expect(await codeOf(createClient(NeighborService, transport).deleteNeighbor({ address: 'x' }))).toBe(change);
    if (maxTier === 'read') expect(calls[0]?.result).toBe('listener_tier_denied');
  });
});

describe('the audit record', () => {
  it('of a change says what was asked, without secrets', async () => {
    const { transport, calls } = listener({});
    const neighbor = createClient(NeighborService, transport);
    await codeOf(neighbor.addNeighbor({ config: { address: '192.0.2.1', remoteAsn: 65002, md5Password: 's3cret' } }));
    expect(calls[0]?.request).toContain('"address":"192.0.2.1"');
    expect(calls[0]?.request).toContain('"md5_password":"<redacted>"');
    expect(JSON.stringify(calls)).not.toContain('s3cret');
    await codeOf(createClient(ControlService, transport).getHealth({}));
    expect(calls[1]).not.toHaveProperty('request');
  });

  it('of a long text gives its size, and has a bound', () => {
    const summary = auditSummary(
      ApplyConfigRequestSchema,
      create(ApplyConfigRequestSchema, { toml: 'x'.repeat(5_000), note: 'n' }),
    );
    expect(summary).toBe('{"toml":"<5000 characters>","note":"n"}');
    const long = auditSummary(ApplyConfigRequestSchema, create(ApplyConfigRequestSchema, { note: 'n'.repeat(5_000) }));
    expect(long).toHaveLength(1_000 + '… (4011 more characters)'.length);
  });
});

it('our own fault is reported with its cause, which the caller does not see', async () => {
  const { transport, calls } = listener({});
  const error = await createClient(ControlService, transport).getMetrics({}).catch(ConnectError.from);
  expect(error).toMatchObject({ code: Code.Internal });
  expect(String(error)).not.toContain('a bug');
  expect(calls.at(-1)).toMatchObject({ result: 'handler_internal', error: expect.any(TypeError) });
});
