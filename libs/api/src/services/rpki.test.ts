import { ErrorDetailSchema, RpkiService, RpkiSourceKind } from '@bgp/api-proto';
import { Code, ConnectError, createClient, createRouterTransport } from '@connectrpc/connect';
import { describe, expect, it } from 'vitest';
import type { ApiDependencies } from '../dependencies.ts';
import type { ApiRpki } from '../rpki-source.ts';
import { rpkiService } from './rpki.ts';

const SOME: ApiRpki = {
  status: () => ({
    selection: 'preferred-first',
    ipv4Vrps: 3,
    ipv6Vrps: 2,
    aspas: 1,
    sources: [
      {
        kind: 'cache',
        name: 'cache:323',
        preference: 1,
        vrps: 5,
        aspas: 1,
        hasData: true,
        isUsed: true,
        lastUpdateMs: 1_700_000_000_999,
        state: 'synchronized',
        rtrVersion: 2,
        isEncrypted: true,
        sessionId: 0,
        serial: 0,
        timers: { refresh: 30, retry: 5, expire: 600 },
      },
      {
        kind: 'file',
        name: 'v.json',
        preference: 9,
        vrps: 0,
        aspas: 0,
        hasData: false,
        isUsed: false,
        lastError: 'no',
      },
    ],
    slurm: { filters: 4, assertions: 6 },
  }),
  validateOrigin: (prefix, originAs) =>
    prefix === '192.0.2.0/24'
      ? { state: 'not-found', covering: [{ prefix: '192.0.0.0/16', maxLength: 24, asn: originAs }] }
      : undefined,
};

function clientOf(rpki: ApiRpki | undefined) {
  const dependencies = { ...(rpki === undefined ? {} : { rpki }) } as ApiDependencies; // this service looks at nothing else
  return createClient(
    RpkiService,
    createRouterTransport((router) => router.service(RpkiService, rpkiService(dependencies))),
  );
}

async function failure(call: Promise<unknown>): Promise<string> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => ConnectError.from(reason),
  );
  return error === undefined ? 'no failure' : `${Code[error.code]} ${error.findDetails(ErrorDetailSchema)[0]?.code}`;
}

describe('RpkiService', () => {
  it('shows caches and files; serial and session 0 are told from none', async () => {
    expect(await clientOf(SOME).getRpkiStatus({})).toMatchObject({
      isConfigured: true,
      selection: 'preferred_first',
      ipv4Vrps: 3,
      ipv6Vrps: 2,
      aspas: 1,
      slurmFilters: 4,
      slurmAssertions: 6,
      slurmError: '',
      sources: [
        {
          kind: RpkiSourceKind.CACHE,
          state: 'synchronized',
          rtrVersion: 2,
          isEncrypted: true,
          sessionId: 0,
          serial: 0,
          lastUpdate: 1_700_000_000n,
          refreshInterval: 30,
          retryInterval: 5,
          expireInterval: 600,
        },
        { kind: RpkiSourceKind.FILE, lastUpdate: 0n, lastError: 'no', state: '' },
      ],
    });
    const [, file] = (await clientOf(SOME).getRpkiStatus({})).sources;
    expect(file?.serial).toBeUndefined();
  });

  it('validates an origin', async () => {
    expect(await clientOf(SOME).validateOrigin({ prefix: '192.0.2.0/24', originAsn: 7 })).toMatchObject({
      state: 'not_found',
      covering: [{ prefix: '192.0.0.0/16', maxLength: 24, asn: 7 }],
    });
    expect(await failure(clientOf(SOME).validateOrigin({ prefix: 'x', originAsn: 7 }))).toBe(
      'InvalidArgument prefix-invalid',
    );
  });

  it('says that there is nothing to ask', async () => {
    expect(await clientOf(undefined).getRpkiStatus({})).toMatchObject({ isConfigured: false, sources: [] });
    expect(await failure(clientOf(undefined).validateOrigin({ prefix: '192.0.2.0/24' }))).toBe(
      'FailedPrecondition rpki-not-configured',
    );
  });
});
