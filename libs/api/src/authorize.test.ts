import { AuthorizationTier, ControlService, Health } from '@bgp/api-proto';
import { Code, ConnectError, createClient, createRouterTransport, type Transport } from '@connectrpc/connect';
import { describe, expect, it } from 'vitest';
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
      'Shutdown',
    ]);
    expect(API_SERVICES).toHaveLength(8);
  });
});

it('our own fault is reported with its cause, which the caller does not see', async () => {
  const { transport, calls } = listener({});
  const error = await createClient(ControlService, transport).getMetrics({}).catch(ConnectError.from);
  expect(error).toMatchObject({ code: Code.Internal });
  expect(String(error)).not.toContain('a bug');
  expect(calls.at(-1)).toMatchObject({ result: 'handler_internal', error: expect.any(TypeError) });
});
