import { describe, expect, it } from 'vitest';
import type { Capability } from '../capability/types.ts';
import { type CodecContext, INITIAL_CONTEXT } from '../context.ts';
import { ERROR_RULES, type WireError } from '../errors.ts';
import { IPV4_UNICAST, IPV6_UNICAST } from '../family.ts';
import { formatNotification, notificationName } from '../iana/notification-names.ts';
import { decodeMessage } from './decode-message.ts';
import { encodeMessage } from './encode-message.ts';
import { notificationFor } from './notification.ts';
import {
  decodeShutdownCommunication,
  encodeShutdownCommunication,
  shutdownTextFits,
} from './shutdown-communication.ts';
import type { Message, Open } from './types.ts';

const MARKER = 'ff'.repeat(16);
const octets = (hex: string) =>
  Uint8Array.from(hex.replaceAll(' ', '').match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
const hex = (value: Uint8Array) => [...value].map((octet) => octet.toString(16).padStart(2, '0')).join('');
/** A whole message around a body, with the right length. */
const frame = (type: number, body: string) => {
  const content = octets(body);
  const length = (content.length + 19).toString(16).padStart(4, '0');
  return octets(`${MARKER}${length}${type.toString(16).padStart(2, '0')}${hex(content)}`);
};
const decode = (type: number, body: string, ctx: CodecContext = INITIAL_CONTEXT) =>
  decodeMessage(frame(type, body), ctx);
/** Version 4, AS 65001, hold time 90, identifier 10.0.0.1, then the optional parameters. */
const open = (parameters: string) => decode(1, `04 fde9 005a 0a000001 ${parameters}`);
const capabilitiesOf = (parameters: string): readonly Capability[] => {
  const decoded = open(parameters);
  if (!decoded.ok || decoded.value.type !== 'OPEN') throw new Error('no OPEN');
  return decoded.value.capabilities;
};

describe('OPEN, octets written down from the standards', () => {
  it('fixed part (RFC 4271 §4.2)', () => {
    expect(open('00')).toEqual({
      ok: true,
      value: { type: 'OPEN', version: 4, myAs: 65001, holdTime: 90, bgpIdentifier: '10.0.0.1', capabilities: [] },
    });
  });

  it.each<[string, string, readonly Capability[]]>([
    [
      'multiprotocol IPv6 unicast (RFC 4760 §8)',
      '08 02 06 0104 0002 00 01',
      [{ type: 'multiprotocol', family: IPV6_UNICAST }],
    ],
    [
      'its reserved octet is ignored (RFC 4760 §8)',
      '08 02 06 0104 0002 ff 01',
      [{ type: 'multiprotocol', family: IPV6_UNICAST }],
    ],
    ['route refresh (RFC 2918 §2)', '04 02 02 0200', [{ type: 'route-refresh' }]],
    [
      'extended next hop, SAFI in two octets (RFC 8950 §4)',
      '0a 02 08 0506 0001 0001 0002',
      [{ type: 'extended-next-hop', entries: [{ family: IPV4_UNICAST, nextHopAfi: 2 }] }],
    ],
    ['extended message (RFC 8654 §3)', '04 02 02 0600', [{ type: 'extended-message' }]],
    ['role customer (RFC 9234 §4.1)', '05 02 03 0901 03', [{ type: 'role', role: 3 }]],
    [
      'graceful restart: R and N bits, 12 bits of time, F bit (RFC 4724 §3, RFC 8538 §2)',
      '0a 02 08 4006 c078 0001 01 80',
      [
        {
          type: 'graceful-restart',
          restartState: true,
          notification: true,
          restartTime: 120,
          families: [{ family: IPV4_UNICAST, forwardingState: true }],
        },
      ],
    ],
    ['four-octet AS (RFC 6793 §3)', '08 02 06 4104 00010000', [{ type: 'four-octet-as', as: 65536 }]],
    [
      'ADD-PATH both ways (RFC 7911 §4)',
      '08 02 06 4504 0001 01 03',
      [{ type: 'add-path', entries: [{ family: IPV4_UNICAST, sendReceive: 3 }] }],
    ],
    ['enhanced route refresh (RFC 7313 §3.1)', '04 02 02 4600', [{ type: 'enhanced-route-refresh' }]],
    [
      'long-lived graceful restart, 24 bits of time (RFC 9494 §3)',
      '0b 02 09 4707 0002 01 80 015180',
      [
        {
          type: 'long-lived-graceful-restart',
          families: [{ family: IPV6_UNICAST, forwardingState: true, staleTime: 86400 }],
        },
      ],
    ],
    [
      'host and domain name',
      '0b 02 09 4907 03 72 74 31 02 61 62',
      [{ type: 'fqdn', hostName: 'rt1', domainName: 'ab' }],
    ],
    ['software version', '08 02 06 4b04 03 46 52 52', [{ type: 'software-version', version: 'FRR' }]],
    [
      'one that has no row is kept octet for octet',
      '06 02 04 ee02 aabb',
      [{ type: 'unknown', code: 0xee, value: Uint8Array.of(0xaa, 0xbb) }],
    ],
    [
      'an impossible length is kept as unknown',
      '07 02 05 4103 010203',
      [{ type: 'unknown', code: 65, value: Uint8Array.of(1, 2, 3) }],
    ],
    [
      'several capabilities in one parameter (RFC 5492 §4)',
      '06 02 04 0200 4600',
      [{ type: 'route-refresh' }, { type: 'enhanced-route-refresh' }],
    ],
    [
      'several parameters (RFC 5492 §4)',
      '08 02 02 0200 02 02 4600',
      [{ type: 'route-refresh' }, { type: 'enhanced-route-refresh' }],
    ],
    [
      'extended parameters: type 255, lengths in two octets (RFC 9072 §2)',
      'ff ff 0005 02 0002 0200',
      [{ type: 'route-refresh' }],
    ],
    [
      'their old length field may be anything but 0 (RFC 9072 §2)',
      '01 ff 0005 02 0002 0200',
      [{ type: 'route-refresh' }],
    ],
  ])('%s', (_rule, parameters, expected) => {
    expect(capabilitiesOf(parameters)).toEqual(expected);
  });

  it.each<[string, string, WireError]>([
    ['parameters longer than the message (RFC 4271 §6.2)', '09 02 06 0104 0002 00 01', { code: 'open-malformed' }],
    ['something behind the parameters', '00 00', { code: 'open-malformed' }],
    ['a parameter that runs past the field', '03 02 05 02', { code: 'open-malformed' }],
    ['a capability that runs past its parameter (RFC 5492 §4)', '05 02 03 0202 00', { code: 'open-malformed' }],
    ['half a capability', '03 02 01 02', { code: 'open-malformed' }],
    ['extended length beyond the message', 'ff ff 0009 02 0002 0200', { code: 'open-malformed' }],
    [
      'a parameter that we do not know (RFC 4271 §6.2)',
      '02 01 00',
      { code: 'open-parameter-unsupported', parameter: 1 },
    ],
  ])('refuses %s', (_rule, parameters, error) => {
    expect(open(parameters)).toEqual({ ok: false, error });
  });

  it('more than 255 octets of capabilities use the extended form and survive (RFC 9072 §2)', () => {
    const value = new Uint8Array(200).fill(7);
    const capabilities: Capability[] = [
      { type: 'unknown', code: 200, value },
      { type: 'unknown', code: 201, value },
    ];
    const message: Open = {
      type: 'OPEN',
      version: 4,
      myAs: 23456,
      holdTime: 0,
      bgpIdentifier: '192.0.2.1',
      capabilities,
    };
    const encoded = encodeMessage(message, INITIAL_CONTEXT);
    if (!encoded.ok) throw new Error(encoded.error.code);
    expect([...encoded.value.slice(28, 30)]).toEqual([255, 255]);
    expect(decodeMessage(encoded.value, INITIAL_CONTEXT)).toEqual({ ok: true, value: message });
  });

  const base: Open = { type: 'OPEN', version: 4, myAs: 1, holdTime: 90, bgpIdentifier: '192.0.2.1', capabilities: [] };
  it.each<[string, Open, string]>([
    ['an AS number over 16 bits', { ...base, myAs: 65536 }, 'value-out-of-range'],
    ['a fraction', { ...base, holdTime: 1.5 }, 'value-out-of-range'],
    ['an identifier that is no address', { ...base, bgpIdentifier: 'x' }, 'address-invalid'],
    [
      'a restart time over 12 bits',
      withCapability({
        type: 'graceful-restart',
        restartState: false,
        notification: false,
        restartTime: 4096,
        families: [],
      }),
      'value-out-of-range',
    ],
    [
      'a capability over 255 octets',
      withCapability({ type: 'unknown', code: 9, value: new Uint8Array(256) }),
      'field-too-long',
    ],
    [
      'a host name over 255 octets',
      withCapability({ type: 'fqdn', hostName: 'x'.repeat(256), domainName: '' }),
      'field-too-long',
    ],
    [
      'more than 4096 octets, on any session (RFC 8654 §4)',
      {
        ...base,
        capabilities: Array.from(
          { length: 17 },
          (): Capability => ({ type: 'unknown', code: 9, value: new Uint8Array(250) }),
        ),
      },
      'message-too-large',
    ],
  ])('does not encode %s', (_rule, message, code) => {
    const encoded = encodeMessage(message, { ...INITIAL_CONTEXT, maxMessageOctets: 65535 });
    expect(encoded.ok ? 'encoded' : encoded.error.code).toBe(code);
  });

  function withCapability(capability: Capability): Open {
    return { type: 'OPEN', version: 4, myAs: 1, holdTime: 90, bgpIdentifier: '192.0.2.1', capabilities: [capability] };
  }
});

describe('the other session messages', () => {
  it.each<[string, number, string, Message]>([
    ['KEEPALIVE (RFC 4271 §4.4)', 4, '', { type: 'KEEPALIVE' }],
    [
      'NOTIFICATION, unknown codes kept (RFC 4271 §4.5)',
      3,
      'c8 09 0102',
      { type: 'NOTIFICATION', code: 200, subcode: 9, data: Uint8Array.of(1, 2) },
    ],
    ['ROUTE-REFRESH (RFC 2918 §3)', 5, '0002 00 01', { type: 'ROUTE-REFRESH', family: IPV6_UNICAST, subtype: 0 }],
    ['BoRR (RFC 7313 §3.2)', 5, '0001 01 01', { type: 'ROUTE-REFRESH', family: IPV4_UNICAST, subtype: 1 }],
    [
      'a subtype that we do not know is kept',
      5,
      '0001 09 01',
      { type: 'ROUTE-REFRESH', family: IPV4_UNICAST, subtype: 9 },
    ],
    [
      'an ORF behind a request is kept (RFC 5291 §4)',
      5,
      '0001 00 01 aabb',
      { type: 'ROUTE-REFRESH', family: IPV4_UNICAST, subtype: 0, trailing: Uint8Array.of(0xaa, 0xbb) },
    ],
  ])('%s', (_rule, type, body, message) => {
    expect(decode(type, body)).toEqual({ ok: true, value: message });
    expect(encodeMessage(message, INITIAL_CONTEXT)).toEqual({ ok: true, value: frame(type, body) });
  });

  it('something behind an EoRR is an error that carries the message (RFC 7313 §5)', () => {
    const decoded = decode(5, '0001 02 01 00');
    expect(decoded).toMatchObject({ ok: false, error: { code: 'route-refresh-length-invalid' } });
    if (decoded.ok) return;
    expect(notificationFor(decoded.error)).toEqual({
      type: 'NOTIFICATION',
      code: 7,
      subcode: 1,
      data: frame(5, '0001 02 01 00'),
    });
  });

  it.each([
    ['a frame shorter than a header', octets('ffff'), 'message-length-invalid'],
    ['a marker that is not all ones (RFC 4271 §6.1)', octets(`00${'ff'.repeat(15)}001304`), 'marker-invalid'],
    ['a length that is not the frame’s', octets(`${MARKER}001404`), 'message-length-invalid'],
    ['a KEEPALIVE with a body (RFC 4271 §6.1)', frame(4, '00'), 'message-length-invalid'],
    ['an unknown type (RFC 4271 §6.1)', frame(9, ''), 'message-type-invalid'],
  ])('refuses %s', (_rule, octetsOfFrame, code) => {
    const decoded = decodeMessage(octetsOfFrame, INITIAL_CONTEXT);
    expect(decoded.ok ? 'decoded' : decoded.error.code).toBe(code);
  });
});

describe('notificationFor', () => {
  it.each<[string, WireError, number, number, number[]]>([
    ['a bad length names it (RFC 4271 §6.1)', { code: 'message-length-invalid', length: 0x1234 }, 1, 2, [0x12, 0x34]],
    ['a bad type names it (RFC 4271 §6.1)', { code: 'message-type-invalid', messageType: 9 }, 1, 3, [9]],
    [
      'an unknown well-known attribute is quoted (RFC 4271 §6.3)',
      { code: 'attribute-unrecognized-well-known', attribute: 9, data: Uint8Array.of(0x40, 9, 0) },
      3,
      2,
      [0x40, 9, 0],
    ],
    [
      'data that fits no message is left out whole',
      { code: 'mp-flags-invalid', attribute: 14, data: new Uint8Array(5000) },
      3,
      9,
      [],
    ],
    ['an escalated lesser error has no subcode', { code: 'next-hop-value-invalid' }, 3, 0, []],
  ])('%s', (_rule, error, code, subcode, data) => {
    expect(notificationFor(error)).toEqual({ type: 'NOTIFICATION', code, subcode, data: Uint8Array.from(data) });
  });

  it('every rule that resets the session has a NOTIFICATION', () => {
    for (const [code, rule] of Object.entries(ERROR_RULES)) {
      expect('notification' in rule, code).toBe(rule.action === 'session-reset');
    }
  });
});

describe('shutdown communication (RFC 9003)', () => {
  it('one octet of length, then UTF-8 (§2)', () => {
    expect(encodeShutdownCommunication('bye é')).toEqual(octets('06 62796520c3a9'));
    expect(decodeShutdownCommunication(octets('06 62796520c3a9 ffff'))).toBe('bye é');
  });

  it('text over 255 octets is cut between characters', () => {
    const text = 'é'.repeat(200);
    expect(shutdownTextFits(text)).toBe(false);
    const data = encodeShutdownCommunication(text);
    expect(data[0]).toBe(254);
    expect(decodeShutdownCommunication(data)).toBe('é'.repeat(127));
  });

  it.each([
    ['no data', '', undefined],
    ['length 0', '00', undefined],
    ['a length past the data', '05 6162', undefined],
    ['octets that are not UTF-8', '02 61ff', 'a\ufffd'],
  ])('%s', (_rule, data, expected) => {
    expect(decodeShutdownCommunication(octets(data))).toBe(expected);
  });

  it('is shown in quotes, control characters escaped (§4)', () => {
    const data = encodeShutdownCommunication('line\nbreak');
    expect(formatNotification({ type: 'NOTIFICATION', code: 6, subcode: 2, data })).toBe(
      'Cease/Administrative Shutdown (6/2) "line\\nbreak"',
    );
    expect(notificationName(4, 0)).toBe('Hold Timer Expired');
    expect(notificationName(6, 99)).toBe('Cease/99');
    expect(notificationName(99, 1)).toBe('99/1');
  });
});
