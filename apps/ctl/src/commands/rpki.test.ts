import { type GetRpkiStatusResponseSchema, RpkiService, RpkiSourceKind } from '@bgp/api-proto';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { createRouterTransport } from '@connectrpc/connect';
import { describe, expect, it } from 'vitest';
import { clientsOver } from '../connect.ts';
import { run } from '../run.ts';

const STATUS: MessageInitShape<typeof GetRpkiStatusResponseSchema> = {
  isConfigured: true,
  selection: 'union',
  ipv4Vrps: 4,
  ipv6Vrps: 1,
  aspas: 2,
  slurmAssertions: 1,
  sources: [
    {
      kind: RpkiSourceKind.CACHE,
      name: 'rpki.example.net:323',
      preference: 1,
      vrps: 5,
      aspas: 2,
      hasData: true,
      isUsed: true,
      lastUpdate: 1_700_000_000n,
      state: 'synchronized',
      rtrVersion: 2,
      isEncrypted: true,
      sessionId: 7,
      serial: 0,
    },
    {
      kind: RpkiSourceKind.CACHE,
      name: '192.0.2.1:323',
      preference: 2,
      state: 'waiting',
      rtrVersion: 1,
      lastError: 'connect ECONNREFUSED',
    },
    { kind: RpkiSourceKind.FILE, name: 'v.json', preference: 9, vrps: 3, hasData: true, lastUpdate: 1_700_000_001n },
  ],
};

async function ctl(line: string, status = STATUS) {
  const out: string[] = [];
  const err: string[] = [];
  const transport = createRouterTransport((router) => {
    router.service(RpkiService, {
      getRpkiStatus: () => status,
      validateOrigin: ({ originAsn }) => ({
        state: originAsn === 65001 ? 'valid' : 'invalid',
        covering: [
          { prefix: '192.0.0.0/16', maxLength: 16, asn: 0 },
          { prefix: '192.0.2.0/24', maxLength: 28, asn: 65001 },
        ],
      }),
    });
  });
  const code = await run(line.split(' '), {
    env: {},
    version: '1.2.3',
    isTerminal: false,
    writeOut: async (text) => void out.push(String(text)),
    writeError: (text) => void err.push(text),
    connect: async () => clientsOver(transport),
    pause: async () => false,
  });
  return { code, out: out.join(''), err: err.join('') };
}

describe('rpki', () => {
  it('shows where the data comes from', async () => {
    const { code, out } = await ctl('rpki');
    expect(code).toBe(0);
    expect(out).toBe(`Source                State          RTR     Pref  VRPs  ASPAs  Serial  Updated
rpki.example.net:323  synchronized   v2 TLS     1     5      2       0  2023-11-14T22:13:20Z
192.0.2.1:323         waiting        v1         2     0      0          never                 connect ECONNREFUSED
v.json                read, standby             9     3      0          2023-11-14T22:13:21Z

In use:     4 IPv4 and 1 IPv6 VRPs, 2 ASPAs
Selection:  union
Exceptions: 0 filters, 1 assertions
`);
    const json = JSON.parse((await ctl('rpki status --json')).out);
    expect(json).toMatchObject({
      configured: true,
      ipv4_vrps: 4,
      slurm: { assertions: 1 },
      sources: [
        { kind: 'cache', state: 'synchronized', serial: 0, session_id: 7, encrypted: true, last_update: 1_700_000_000 },
        { last_error: 'connect ECONNREFUSED' },
        { kind: 'file', used: false },
      ],
    });
    expect(json.sources[1]).not.toHaveProperty('serial');
  });

  it('is refused while nobody has data, so that scripts can wait for it', async () => {
    expect(await ctl('rpki', { isConfigured: false })).toMatchObject({
      code: 1,
      out: 'No source of RPKI data is configured\n',
    });
  });

  it('validates an origin, and shows what says so', async () => {
    expect((await ctl('rpki validate 192.0.2.0/24 AS65001')).out).toBe(`192.0.2.0/24 from AS65001: valid

VRP           Max  Origin
192.0.0.0/16   16  nobody (AS 0)
192.0.2.0/24   28  AS65001
`);
    expect(JSON.parse((await ctl('rpki validate 192.0.2.0/24 1 --json')).out)).toMatchObject({
      state: 'invalid',
      covering: [{ asn: 0 }, { max_length: 28 }],
    });
    expect(await ctl('rpki validate 192.0.2.0/24 x')).toMatchObject({ code: 2 });
  });
});
