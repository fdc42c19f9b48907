import { describe, expect, it } from 'vitest';
import { MessageFramer } from './framer.ts';

function message(type: number, length: number): Uint8Array {
  const octets = new Uint8Array(Math.max(length, 19));
  octets.fill(0xff, 0, 16);
  octets[16] = length >>> 8;
  octets[17] = length;
  octets[18] = type;
  return octets;
}

function frame(octets: Uint8Array, max: 4096 | 65535 = 4096) {
  const framer = new MessageFramer(max);
  framer.push(octets);
  return framer.next();
}

describe('MessageFramer: what it refuses', () => {
  const badMarker = message(4, 19);
  badMarker[15] = 0xfe;
  it.each([
    // rule                                                       octets              limit   error
    ['marker not all ones (RFC 4271 §6.1)', badMarker, 4096, { code: 'marker-invalid' }],
    ['length below 19 (§6.1)', message(4, 18), 4096, { code: 'message-length-invalid', length: 18 }],
    ['length above 4096 (§6.1)', message(2, 4097), 4096, { code: 'message-length-invalid', length: 4097 }],
    ['OPEN shorter than 29 (§4.2)', message(1, 28), 4096, { code: 'message-length-invalid', length: 28 }],
    ['UPDATE shorter than 23 (§4.3)', message(2, 22), 4096, { code: 'message-length-invalid', length: 22 }],
    ['NOTIFICATION shorter than 21 (§4.5)', message(3, 20), 4096, { code: 'message-length-invalid', length: 20 }],
    ['KEEPALIVE other than 19 (§4.4)', message(4, 20), 4096, { code: 'message-length-invalid', length: 20 }],
    [
      'ROUTE-REFRESH shorter than 23 (RFC 2918 §3)',
      message(5, 22),
      4096,
      { code: 'message-length-invalid', length: 22 },
    ],
    ['extended OPEN (RFC 8654 §4)', message(1, 4097), 65535, { code: 'message-length-invalid', length: 4097 }],
    ['extended KEEPALIVE (RFC 8654 §4)', message(4, 4097), 65535, { code: 'message-length-invalid', length: 4097 }],
    ['type 0 (§6.1)', message(0, 19), 4096, { code: 'message-type-invalid', messageType: 0 }],
    ['type 6 (§6.1)', message(6, 19), 4096, { code: 'message-type-invalid', messageType: 6 }],
  ] as const)('%s', (_rule, octets, limit, error) => {
    expect(frame(octets, limit)).toEqual({ ok: false, error });
  });

  it.each([
    ['OPEN of 29', message(1, 29), 4096],
    ['OPEN of 4096 beside extended messages', message(1, 4096), 65535],
    ['UPDATE of 23', message(2, 23), 4096],
    ['UPDATE of 4096', message(2, 4096), 4096],
    ['extended UPDATE of 65535', message(2, 65535), 65535],
    ['NOTIFICATION of 21', message(3, 21), 4096],
    ['KEEPALIVE', message(4, 19), 4096],
    ['ROUTE-REFRESH of 23', message(5, 23), 4096],
  ] as const)('accepts %s', (_name, octets, limit) => {
    expect(frame(octets, limit)).toEqual({ ok: true, value: octets });
  });

  it('repeats an error for good: the rhythm of the stream is lost', () => {
    const framer = new MessageFramer();
    framer.push(badMarker);
    const first = framer.next();
    framer.push(message(4, 19));
    expect(framer.next()).toBe(first);
  });

  it('finds a header error before the message is complete', () => {
    const framer = new MessageFramer();
    framer.push(message(9, 4000).subarray(0, 19));
    expect(framer.next()).toEqual({ ok: false, error: { code: 'message-type-invalid', messageType: 9 } });
  });

  it('takes a raised limit from the next header on', () => {
    const framer = new MessageFramer();
    framer.push(message(1, 29));
    expect(framer.next().ok).toBe(true);
    framer.setMaxMessageOctets(65535);
    framer.push(message(2, 5000));
    expect(framer.next()).toEqual({ ok: true, value: message(2, 5000) });
  });

  it('keeps joint frames intact until the next push', () => {
    const framer = new MessageFramer();
    const stream = new Uint8Array([...message(2, 23), ...message(5, 23), ...message(3, 21)]);
    for (let at = 0; at < stream.length; at += 10) framer.push(stream.slice(at, at + 10));
    const frames = [framer.next(), framer.next(), framer.next()];
    expect(frames).toEqual([message(2, 23), message(5, 23), message(3, 21)].map((value) => ({ ok: true, value })));
  });

  it('gives a view, not a copy, of a message that lies in one chunk', () => {
    const chunk = message(4, 19);
    const result = frame(chunk);
    expect(result.ok && result.value?.buffer).toBe(chunk.buffer);
  });
});
