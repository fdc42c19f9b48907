import { message as anyMessage, asn } from '@bgp/testkit';
import { encodeMessage, INITIAL_CONTEXT } from '@bgp/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BgpMessage, StateChange } from './bgp4mp.ts';
import { decodeMrtBody } from './decode-body.ts';
import { type Bgp4mpMessage, encodeBgp4mpMessage, encodeStateChange } from './encode-bgp4mp.ts';
import { framesOf } from './testing/read-all.ts';

const SESSION = { timestamp: 9, peerAs: 65001, localAs: 65002, peerAddress: '192.0.2.1', localAddress: '192.0.2.2' };
const MESSAGE: Bgp4mpMessage = { ...SESSION, message: Uint8Array.of(1, 2, 3), fourOctetAs: true };

function decode(octets: Uint8Array) {
  const [frame] = framesOf([octets]);
  if (frame?.ok !== true) throw new Error('no record');
  const body = decodeMrtBody(frame.value);
  if (!body.ok) throw new Error(body.error.code);
  return { record: frame.value, body: body.value };
}

describe('encodeBgp4mpMessage', () => {
  it.each([
    // four octets  ADD-PATH  local   subtype
    [false, false, false, 1],
    [true, false, false, 4],
    [false, false, true, 6],
    [true, false, true, 7],
    [false, true, false, 8],
    [true, true, false, 9],
    [false, true, true, 10],
    [true, true, true, 11],
  ])('four-octet AS %s, path identifiers %s, sent by us %s: subtype %i', (fourOctetAs, addPath, isLocal, subtype) => {
    const encoded = encodeBgp4mpMessage({ ...MESSAGE, fourOctetAs, addPath, isLocal });
    if (!encoded.ok) throw new Error(encoded.error.code);
    const { record, body } = decode(encoded.value);
    expect([record.type, record.subtype]).toEqual([16, subtype]);
    if (!(body instanceof BgpMessage)) throw new Error(body.kind);
    expect([body.asOctets === 4, body.addPath, body.isLocal]).toEqual([fourOctetAs, addPath, isLocal]);
  });

  it('round trip of every message, over IPv4 and IPv6, with and without microseconds', () => {
    const addresses = fc.constantFrom(['192.0.2.1', '192.0.2.2'], ['2001:db8::1', 'fe80::2']);
    fc.assert(
      fc.property(
        anyMessage(),
        addresses,
        asn(),
        fc.option(fc.nat(999_999), { nil: undefined }),
        fc.nat(0xffff),
        (value, [peerAddress = '', localAddress = ''], peerAs, microseconds, interfaceIndex) => {
          const frame = encodeMessage(value, { ...INITIAL_CONTEXT, fourOctetAs: true, peerKind: 'internal' });
          fc.pre(frame.ok);
          if (!frame.ok) return;
          const encoded = encodeBgp4mpMessage({
            ...MESSAGE,
            message: frame.value,
            peerAddress,
            localAddress,
            peerAs,
            interfaceIndex,
            ...(microseconds === undefined ? {} : { microseconds }),
          });
          if (!encoded.ok) throw new Error(encoded.error.code);
          const { record, body } = decode(encoded.value);
          expect(record).toMatchObject({ timestamp: 9, type: microseconds === undefined ? 16 : 17 });
          expect(record.microseconds).toBe(microseconds);
          expect(body).toMatchObject({ peerAs, localAs: 65002, interfaceIndex, peerAddress, localAddress });
          expect(body instanceof BgpMessage && [...body.message]).toEqual([...frame.value]);
        },
      ),
    );
  });

  it.each([
    ['addresses of two families', { localAddress: '::1' }, 'address-invalid'],
    ['a peer without an address', { peerAddress: '' }, 'address-invalid'],
    ['an AS number that two octets cannot hold', { fourOctetAs: false, peerAs: 65_536 }, 'value-out-of-range'],
    ['a time after 2106', { timestamp: 2 ** 32 }, 'value-out-of-range'],
    ['a million microseconds', { microseconds: 1_000_000 }, 'value-out-of-range'],
    ['an interface index of 17 bits', { interfaceIndex: 65_536 }, 'value-out-of-range'],
  ])('refuses %s', (_what, change, code) => {
    expect(encodeBgp4mpMessage({ ...MESSAGE, ...change })).toMatchObject({ ok: false, error: { code } });
  });
});

describe('encodeStateChange', () => {
  it('is a BGP4MP_STATE_CHANGE_AS4 (RFC 6396 §4.4.5)', () => {
    const encoded = encodeStateChange({ ...SESSION, peerAs: 70_000, oldState: 6, newState: 1 });
    if (!encoded.ok) throw new Error(encoded.error.code);
    const { record, body } = decode(encoded.value);
    expect([record.type, record.subtype]).toEqual([16, 5]);
    expect(body).toBeInstanceOf(StateChange);
    expect(body).toMatchObject({ peerAs: 70_000, peerAddress: '192.0.2.1', oldState: 6, newState: 1 });
  });

  it('refuses a state that its field cannot hold', () => {
    expect(encodeStateChange({ ...SESSION, oldState: 65_536, newState: 1 })).toMatchObject({ ok: false });
  });
});
