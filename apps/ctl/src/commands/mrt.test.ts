import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { ControlService } from '@bgp/api-proto';
import { type ConnectRouter, createRouterTransport } from '@connectrpc/connect';
import { describe, expect, it } from 'vitest';
import { clientsOver } from '../connect.ts';
import { run } from '../run.ts';

const VECTORS = fileURLToPath(new URL('../../../../libs/mrt/vectors/', import.meta.url));
const RIB = `${VECTORS}quagga_rib.mrt`;
const UPDATES = `${VECTORS}quagga_bgp.mrt`;
const folder = mkdtempSync(join(tmpdir(), 'ctl-mrt-'));

const ctl = (...argv: string[]) => ctlWith(() => undefined, ...argv);

async function ctlWith(routes: (router: ConnectRouter) => void, ...argv: string[]) {
  const out: Uint8Array[] = [];
  const err: string[] = [];
  const code = await run(argv, {
    env: {},
    version: '1.2.3',
    isTerminal: false,
    writeOut: async (text) => void out.push(Buffer.from(text as string)),
    pause: async () => false,
    writeError: (text) => void err.push(text),
    connect: async () => clientsOver(createRouterTransport(routes)),
  });
  return { code, out: Buffer.concat(out), text: Buffer.concat(out).toString(), err: err.join('') };
}

function fileOf(name: string, octets: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, octets);
  return path;
}

const lines = (text: string) => text.trimEnd().split('\n');

it('mrt dump prints where the dump is', async () => {
  const routes = (router: ConnectRouter) =>
    void router.service(ControlService, {
      triggerMrtDump: () => ({ filePath: '/d/rib.mrt', routes: 3n, octets: 200n }),
    });
  const dump = (...options: string[]) => ctlWith(routes, 'mrt', 'dump', ...options);
  expect(await dump()).toMatchObject({ code: 0, text: '/d/rib.mrt\n' });
  expect(JSON.parse((await dump('--json')).text)).toEqual({ file_path: '/d/rib.mrt', routes: 3, octets: 200 });
});

describe('mrt show', () => {
  it('has a line for each route and session change, and names on standard error what it could not show', async () => {
    const { code, text, err } = await ctl('mrt', 'show', UPDATES);
    expect(code).toBe(0);
    expect(lines(text)).toHaveLength(39);
    expect(lines(text).slice(0, 6).join('\n')).toMatchInlineSnapshot(`
      "Time                           Peer             AS  Prefix                      PathID  Next Hop             AS Path                                              LP  MED  Origin  Communities
      2017-02-11 08:36:03  state     192.168.0.10  65000  Idle -> Connect
      2017-02-11 08:36:03  state     192.168.0.10  65000  Connect -> OpenSent
      2017-02-11 08:36:03  state     192.168.0.10  65000  OpenSent -> OpenConfirm
      2017-02-11 08:36:03  state     192.168.0.10  65000  OpenConfirm -> Established
      2017-02-11 08:36:03  announce  192.168.0.10  65000  172.17.0.0/24                       192.168.0.10         4200000000 4200000000 4200000000 64512 64512 64512  100   10  igp     65000:100 65000:200 65000:300"
    `);
    expect(err).toBe('Routes of address family 1/128 are not read. (4 times)\n');
  });

  it('--limit, --peer and --prefix choose', async () => {
    expect(lines((await ctl('mrt', 'show', UPDATES, '--limit', '3')).text)).toHaveLength(4);
    const some = await ctl('mrt', 'show', UPDATES, '--peer', 'fd02:0::10', '-p', 'fd01:1::/64', '-o', 'jsonl');
    expect(lines(some.text).map((line) => (JSON.parse(line) as { time: number }).time)).toEqual([
      1486802166, 1486802244,
    ]);
  });

  it('--json is one array of objects', async () => {
    const { text } = await ctl('mrt', 'show', RIB, '--json', '--limit', '1');
    expect(JSON.parse(text)).toEqual([
      {
        time: 1486802400,
        type: 'rib',
        peer_address: '192.168.0.10',
        peer_as: 65000,
        afi_safi: 'ipv4_unicast',
        prefix: '172.17.0.0/24',
        originated_time: 1486802236,
        next_hops: ['192.168.0.10'],
        origin: 'igp',
        as_path: '4200000000 4200000000 4200000000 64512 64512 64512',
        med: 10,
        local_pref: 100,
        communities: ['65000:100', '65000:200', '65000:300'],
      },
    ]);
  });

  it.each([
    ['an address', ['--peer', 'r1'], '--peer: "r1" is not an address'],
    ['a prefix', ['-p', '1.2.3.4'], '--prefix: "1.2.3.4" is not a prefix'],
    ['a number', ['--limit', '0'], '--limit'],
  ])('refuses what is not %s', async (_what, options, message) => {
    const { code, err } = await ctl('mrt', 'show', RIB, ...options);
    expect(code).toBe(2);
    expect(err).toContain(message);
  });

  it('says that a file is not there, or is none', async () => {
    expect(await ctl('mrt', 'show', '/nowhere')).toMatchObject({ code: 2, err: expect.stringContaining('/nowhere') });
    const text = await ctl('mrt', 'show', fileOf('text', Buffer.from('no MRT file at all, but some words')));
    expect(text.code).toBe(4);
    expect(text.err).toContain('this may be no MRT file');
  });
});

describe('packed files are known by their first octets', () => {
  const BZ2 =
    'QlpoOTFBWSZTWWpMHC8AAXz/9f93cFFABQAERQBBQEQAQABAAAABAERAQkBQwBewAVgAYA00NGjEZANABoYYA00NGjEZANABoYIkkCmJG9U9EMGp6QGep6j1J4VaHNnzbBel91rOd1aMXoQmGDTYHRD2EOu4QMGGEqKhnvsnG6r4tFNFmWPs9zS3MQ/gRCOJotWyQm93akk5PBC9SmIaoeTiNIWeoQgCe7M5QxyQ/KFcGRxQoLwiYYUftCCYPkhRWTWXYh3oWe5Cd7ghWIMfVCCni8kKXEdn5PPUjG8t0Uh+mwMa9x83R1bnwQmcOMOMyYDsoweEODOz1aEc3e0Nh/wB9QMunR9kMvh6nz3obAGa80XZRucWCHihFHkhu2dkOlD4QwMnVjycnc/8XckU4UJBqTBwvA==';
  const plain = readFileSync(RIB);

  it.each([
    ['gzip', gzipSync(plain)],
    ['gzip of two members', Buffer.concat([gzipSync(plain.subarray(0, 500)), gzipSync(plain.subarray(500))])],
    ['bzip2', Buffer.from(BZ2, 'base64')],
  ])('%s', async (name, octets) => {
    const expected = await ctl('mrt', 'convert', RIB, '--to', 'bgpdump');
    expect(expected.text).not.toBe('');
    expect(await ctl('mrt', 'convert', fileOf(name, octets), '--to', 'bgpdump')).toEqual(expected);
  });

  it.each([
    ['plain', plain],
    ['gzip', gzipSync(plain)],
    ['bzip2', Buffer.from(BZ2, 'base64')],
  ])('%s, cut off: what is there is shown, and the exit code tells', async (name, octets) => {
    const cut = fileOf(`cut ${name}`, octets.subarray(0, octets.length - 40));
    const { code, err } = await ctl('mrt', 'convert', cut, '--to', 'bgpdump');
    expect(code).toBe(4);
    expect(err).toMatch(/ends within|cannot be read further/);
  });
});

describe('mrt convert', () => {
  it('--to bgpdump gives the lines of bgpdump -m', async () => {
    const { text } = await ctl('mrt', 'convert', `${VECTORS}unusual.mrt`, '--to', 'bgpdump');
    expect(text).toBe(readFileSync(`${VECTORS}unusual.txt`, 'utf8'));
  });

  it('--to jsonl gives what mrt show gives', async () => {
    const { text } = await ctl('mrt', 'convert', UPDATES, '--to', 'jsonl');
    expect(text).toBe((await ctl('mrt', 'show', UPDATES, '-o', 'jsonl')).text);
  });

  it('--to table-dump-v2 gives the table at the end of the updates', async () => {
    const out = join(folder, 'table.mrt');
    expect((await ctl('mrt', 'convert', UPDATES, '--to', 'table-dump-v2', '--out', out)).code).toBe(0);
    const { text } = await ctl('mrt', 'convert', out, '--to', 'bgpdump');
    expect(lines(text).map((line) => line.split('|').slice(3, 6).join(' '))).toEqual([
      '192.168.0.10 65000 172.17.0.0/24',
      '192.168.0.10 65000 172.17.1.0/24',
      '192.168.0.10 65000 172.17.2.0/24',
      '192.168.0.10 65000 fd01:1::/64',
      'fd02::10 65000 fd01:1::/64',
      '192.168.0.10 65000 fd01:1:1::/64',
      'fd02::10 65000 fd01:1:1::/64',
      '192.168.0.10 65000 fd01:1:2::/64',
      'fd02::10 65000 fd01:1:2::/64',
    ]);
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it.skipIf(!existsSync('/usr/bin/bgpdump'))(
    'bgpdump reads that table and agrees (skipped without bgpdump)',
    async () => {
      const out = join(folder, 'again.mrt');
      await ctl('mrt', 'convert', RIB, '--to', 'table-dump-v2', '--out', out);
      const theirs = execFileSync('/usr/bin/bgpdump', ['-q', '-m', out], { encoding: 'utf8' });
      expect((await ctl('mrt', 'convert', out, '--to', 'bgpdump')).text).toBe(theirs);
    },
  );

  it('refuses a form that it does not know, and a place where it cannot write', async () => {
    expect(await ctl('mrt', 'convert', RIB, '--to', 'xml')).toMatchObject({
      code: 2,
      err: expect.stringContaining('bgpdump, jsonl, table-dump-v2'),
    });
    const nowhere = await ctl('mrt', 'convert', RIB, '--to', 'jsonl', '--out', '/nowhere/x');
    expect(nowhere).toMatchObject({ code: 2, err: expect.stringContaining('cannot write /nowhere/x') });
  });
});
