import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { IPV4_UNICAST } from '@bgp/wire';
import { describe, expect, it } from 'vitest';
import { decodeBmp } from './decode.ts';
import { encodeBmp } from './encode.ts';
import { BmpFramer } from './framer.ts';
import { peerAddress, tableOf } from './per-peer-header.ts';
import { Station } from './station/station.ts';
import type { BmpMessage } from './types.ts';

/** Streams of other people's routers with NetGauze's decodings; origin and terms are in README.md beside them, outside this repository. */
const DATA = fileURLToPath(new URL('../../../../shared/data/bmp/', import.meta.url));

interface Header {
  readonly peer_type: { readonly GlobalInstancePeer?: { readonly post_policy: boolean } };
  readonly address: string;
  readonly peer_as: number;
  /** `null` where both fields are zero: unknown. */
  readonly timestamp: string | null;
}
interface Row {
  readonly hex: string;
  readonly netgauze: { readonly V3?: Readonly<Record<string, { readonly peer_header?: Header }>> };
}

const NAMES: Readonly<Record<BmpMessage['type'], string>> = {
  'route-monitoring': 'RouteMonitoring',
  'statistics-report': 'StatisticsReport',
  'peer-down': 'PeerDownNotification',
  'peer-up': 'PeerUpNotification',
  initiation: 'Initiation',
  termination: 'Termination',
  'route-mirroring': 'RouteMirroring',
  unknown: 'Experimental',
};

function rowsOf(name: string): Row[] {
  const text = gunzipSync(readFileSync(`${DATA}${name}.jsonl.gz`)).toString('utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Row);
}

/** Microseconds since 1970. */
function microsecondsOf(timestamp: string | null): number {
  if (timestamp === null) return 0;
  const fraction = /\.(\d+)Z$/.exec(timestamp)?.[1] ?? '';
  return Math.floor(Date.parse(timestamp) / 1000) * 1e6 + Number(fraction.padEnd(6, '0'));
}

describe.skipIf(!existsSync(DATA))('captured streams', () => {
  it('FRR: cut, read and written again octet for octet; headers as NetGauze reads them', () => {
    const rows = rowsOf('bmp-frr-peer-down');
    const stream = readFileSync(`${DATA}bmp-frr-peer-down.bin`);
    const framer = new BmpFramer();
    const frames: Uint8Array[] = [];
    for (let at = 0; at < stream.length; at += 997) {
      framer.push(stream.subarray(at, at + 997));
      for (let next = framer.next(); next.ok && next.value !== undefined; next = framer.next()) frames.push(next.value);
    }
    expect(frames.map((frame) => Buffer.from(frame).toString('hex'))).toEqual(rows.map((row) => row.hex));
    let compared = 0;
    for (const [index, frame] of frames.entries()) {
      const decoded = decodeBmp(frame);
      expect(decoded, `message ${index}`).toMatchObject({ ok: true });
      if (!decoded.ok) continue;
      expect(encodeBmp(decoded.value)).toEqual({ ok: true, value: new Uint8Array(frame) });
      const theirs = Object.entries(rows[index]?.netgauze.V3 ?? {})[0];
      if (theirs === undefined) continue;
      expect(NAMES[decoded.value.type]).toBe(theirs[0]);
      const header = theirs[1].peer_header;
      if (header === undefined || !('peer' in decoded.value)) continue;
      compared++;
      const { peer } = decoded.value;
      // NetGauze says null where the sixteen octets are zero, whatever the peer type.
      expect(peer.address.some((octet) => octet !== 0) ? peerAddress(peer) : null).toBe(header.address);
      expect(peer.as).toBe(header.peer_as);
      expect(peer.seconds * 1e6 + peer.microseconds).toBe(microsecondsOf(header.timestamp));
      const global = header.peer_type.GlobalInstancePeer;
      if (global !== undefined) expect(tableOf(peer)).toBe(global.post_policy ? 'adj-rib-in-post' : 'adj-rib-in-pre');
    }
    expect(compared).toBeGreaterThan(450);
  });

  it('FRR: a station follows the whole stream, and says what this FRR leaves out', () => {
    const station = new Station();
    const framer = new BmpFramer();
    framer.push(readFileSync(`${DATA}bmp-frr-peer-down.bin`));
    const errors: Record<string, number> = {};
    for (let next = framer.next(); next.ok && next.value !== undefined; next = framer.next()) {
      const decoded = decodeBmp(next.value);
      if (!decoded.ok) throw new Error(decoded.error.code);
      const applied = station.apply(decoded.value);
      if (applied.ok) continue;
      const what = 'error' in applied.error ? applied.error.error : applied.error.code;
      errors[what] = (errors[what] ?? 0) + 1;
    }
    expect(errors).toEqual({
      'attribute-missing': 93, // routes without NEXT_HOP: kept
      'peer-not-up': 90, // a Loc-RIB without Peer Up (RFC 9069 §5.2)
      'next-hop-value-invalid': 2, // 0.0.0.0
      'as-path-malformed': 1,
    });
    const sessions = ['0.0.0.0', '198.51.100.22', '198.51.100.86', '203.0.113.28', '203.0.113.44'];
    expect(station.peers().map(({ id }) => id.address)).toEqual(sessions);
    expect(station.peers().every(({ isUp, id }) => isUp && id.peerType === 0)).toBe(true);
    expect([station.routeCount, station.table('198.51.100.86', 'adj-rib-in-post')?.size(IPV4_UNICAST)]).toEqual([
      93, 46,
    ]);
  });

  it('a stream of version 4 is refused by name', () => {
    const framer = new BmpFramer();
    framer.push(readFileSync(`${DATA}bmp-addpath.bin`));
    expect(framer.next()).toEqual({ ok: false, error: { code: 'version-unsupported', version: 4 } });
  });
});
