import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type CodecContext, INITIAL_CONTEXT } from '../context.ts';
import { IPV4_UNICAST } from '../family.ts';
import { decodeMessage } from './decode-message.ts';
import { encodeMessage } from './encode-message.ts';
import type { Message } from './types.ts';

/**
 * Whole sessions between other people's routers, captured from TCP. Origin, terms and the counts (by tshark) are in README.md beside
 * the files, which are not part of this repository.
 */
const DATA = fileURLToPath(new URL('../../../../../shared/data/bgp/', import.meta.url));

interface Row {
  readonly src: string;
  readonly dst: string;
  readonly hex: string;
}

/** Each side's OPEN says whether it speaks four-octet AS numbers; without an OPEN in the capture, what the file is named for. */
function decodeAll(file: string, fourOctetAsWithoutOpen: boolean): Message[] {
  const rows = readFileSync(`${DATA}${file}.jsonl`, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Row);
  const speaksFour = new Map<string, boolean>();
  return rows.map(({ src, dst, hex }) => {
    const frame = Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
    const [a, b] = [`${src}>${dst}`, `${dst}>${src}`];
    const fourOctetAs =
      speaksFour.has(a) && speaksFour.has(b)
        ? speaksFour.get(a) === true && speaksFour.get(b) === true
        : fourOctetAsWithoutOpen;
    const ctx: CodecContext = { ...INITIAL_CONTEXT, fourOctetAs, peerKind: 'internal' };
    const decoded = decodeMessage(frame, ctx);
    if (!decoded.ok) throw new Error(`${file}: ${decoded.error.code} in ${hex}`);
    const message = decoded.value;
    if (message.type === 'OPEN')
      speaksFour.set(
        a,
        message.capabilities.some(({ type }) => type === 'four-octet-as'),
      );
    if (message.type !== 'UPDATE') expect(encodeMessage(message, ctx).ok).toBe(true);
    else expect(message.errors.filter(({ code }) => code !== 'family-unsupported')).toEqual([]);
    return message;
  });
}

const count = (messages: readonly Message[], type: Message['type']) =>
  messages.filter((message) => message.type === type).length;
const prefixes = (messages: readonly Message[], which: 'announced' | 'withdrawn', inBody: boolean) =>
  messages
    .flatMap((message) => (message.type === 'UPDATE' ? message[which] : []))
    .filter(({ family, nextHop }) => (family === IPV4_UNICAST && nextHop === undefined) === inBody)
    .reduce((sum, { nlri }) => sum + nlri.length, 0);

describe.skipIf(!existsSync(DATA))('captured sessions (skipped without ../shared/data)', () => {
  it.each([
    // file                    four  OPEN UPDATE NOTIF KEEPALIVE REFRESH  NLRI withdrawn MP_REACH
    ['bgp-multiple-sessions', true, 20, 100, 0, 171, 0, 68, 0, 60],
    ['bgp-soft-reset', false, 0, 12, 0, 8, 1, 26, 0, 0],
    ['bgp-4-octet-as', true, 2, 9, 0, 5, 0, 7, 0, 0],
    ['bgp-4byte-asn-tcpdump', true, 8, 10, 1, 16, 0, 35, 15, 0],
    ['bgp-fragmented', true, 0, 1, 0, 0, 0, 512, 0, 0],
  ])('%s', (file, four, opens, updates, notifications, keepalives, refreshes, nlri, withdrawn, reach) => {
    const messages = decodeAll(file, four);
    expect(count(messages, 'OPEN')).toBe(opens);
    expect(count(messages, 'UPDATE')).toBe(updates);
    expect(count(messages, 'NOTIFICATION')).toBe(notifications);
    expect(count(messages, 'KEEPALIVE')).toBe(keepalives);
    expect(count(messages, 'ROUTE-REFRESH')).toBe(refreshes);
    expect(prefixes(messages, 'announced', true)).toBe(nlri);
    expect(prefixes(messages, 'withdrawn', true)).toBe(withdrawn);
    expect(prefixes(messages, 'announced', false)).toBe(reach);
  });
});
