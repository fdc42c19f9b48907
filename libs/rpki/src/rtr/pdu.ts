import { err, ok, type Result } from '@bgp/wire';
import { type Afi, checkVrp, type Vrp } from '../vrp.ts';
import { decodeText, encodeText } from './text.ts';
import { RTR_ERROR, type RtrError, type RtrPdu, type RtrVersion } from './types.ts';

export const RTR_HEADER_OCTETS = 8;

const TYPE = {
  serialNotify: 0,
  serialQuery: 1,
  resetQuery: 2,
  cacheResponse: 3,
  ipv4Prefix: 4,
  ipv6Prefix: 6,
  endOfData: 7,
  cacheReset: 8,
  routerKey: 9,
  errorReport: 10,
  aspa: 11,
} as const;

/**
 * Decodes one PDU, exactly.
 *
 * ```text
 * +-------------+----------+---------------------------------+------------+------
 * | version (1) | type (1) | session, error code, flags (2)  | length (4) | …
 * +-------------+----------+---------------------------------+------------+------
 * ```
 *
 * @param octets one PDU as framed; not retained.
 * @source RFC 8210 §5, RFC 6810 §5; ASPA as 8210bis has it: flags (1), zero (1), length, customer AS, provider ASes
 */
export function decodeRtrPdu(octets: Uint8Array): Result<RtrPdu, RtrError> {
  if (octets.length < RTR_HEADER_OCTETS) return lengthInvalid(octets.length);
  const view = new DataView(octets.buffer, octets.byteOffset, octets.length);
  const version = view.getUint8(0);
  if (!isVersion(version)) {
    return err({
      code: 'version-unsupported',
      errorCode: RTR_ERROR.unsupportedVersion,
      detail: `version ${version} is not spoken here`,
    });
  }
  const field = view.getUint16(2);
  const { length } = octets;
  if (view.getUint32(4) !== length) return lengthInvalid(view.getUint32(4));
  switch (view.getUint8(1)) {
    case TYPE.serialNotify:
    case TYPE.serialQuery: {
      if (length !== 12) return lengthInvalid(length);
      const type = view.getUint8(1) === TYPE.serialNotify ? 'serial-notify' : 'serial-query';
      return ok({ version, type, sessionId: field, serial: view.getUint32(8) });
    }
    case TYPE.resetQuery:
      return length === 8 ? ok({ version, type: 'reset-query' }) : lengthInvalid(length);
    case TYPE.cacheResponse:
      return length === 8 ? ok({ version, type: 'cache-response', sessionId: field }) : lengthInvalid(length);
    case TYPE.cacheReset:
      return length === 8 ? ok({ version, type: 'cache-reset' }) : lengthInvalid(length);
    case TYPE.ipv4Prefix:
      return length === 20 ? decodePrefix(version, 1, view) : lengthInvalid(length);
    case TYPE.ipv6Prefix:
      return length === 32 ? decodePrefix(version, 2, view) : lengthInvalid(length);
    case TYPE.endOfData: {
      // RFC 8210 §5.8: version 0 has no timers.
      if (length !== (version === 0 ? 12 : 24)) return lengthInvalid(length);
      const start = { version, type: 'end-of-data', sessionId: field, serial: view.getUint32(8) } as const;
      if (version === 0) return ok(start);
      const timers = { refresh: view.getUint32(12), retry: view.getUint32(16), expire: view.getUint32(20) };
      return ok({ ...start, timers });
    }
    case TYPE.routerKey:
      if (version === 0) return typeUnsupported(TYPE.routerKey, version);
      if (length < 32) return lengthInvalid(length);
      return ok({
        version,
        type: 'router-key',
        announce: (view.getUint8(2) & 1) === 1,
        subjectKeyIdentifier: octets.slice(8, 28),
        asn: view.getUint32(28),
        subjectPublicKeyInfo: octets.slice(32),
      });
    case TYPE.aspa:
      return version === 2 ? decodeAspa(version, view) : typeUnsupported(TYPE.aspa, version);
    case TYPE.errorReport: {
      if (length < 16) return lengthInvalid(length);
      const pduOctets = view.getUint32(8);
      if (pduOctets > length - 16) return lengthInvalid(length);
      if (view.getUint32(12 + pduOctets) !== length - 16 - pduOctets) return lengthInvalid(length);
      const pdu = octets.slice(12, 12 + pduOctets);
      return ok({
        version,
        type: 'error-report',
        errorCode: field,
        pdu,
        text: decodeText(octets.subarray(16 + pduOctets)),
      });
    }
    default:
      return typeUnsupported(view.getUint8(1), version);
  }
}

function decodePrefix(version: RtrVersion, afi: Afi, view: DataView): Result<RtrPdu, RtrError> {
  const word = (index: number) => (afi === 2 || index === 0 ? view.getUint32(12 + index * 4) : 0);
  const vrp: Vrp = {
    afi,
    w0: word(0),
    w1: word(1),
    w2: word(2),
    w3: word(3),
    length: view.getUint8(9),
    maxLength: view.getUint8(10),
    asn: view.getUint32(afi === 1 ? 16 : 28),
  };
  const problem = checkVrp(vrp);
  // RFC 8210 §5.6: host bits are zero, and the maximum length is no shorter than the prefix.
  if (problem !== undefined) return err({ code: 'prefix-invalid', errorCode: RTR_ERROR.corruptData, detail: problem });
  return ok({ version, type: 'prefix', announce: (view.getUint8(8) & 1) === 1, vrp });
}

function decodeAspa(version: RtrVersion, view: DataView): Result<RtrPdu, RtrError> {
  const length = view.byteLength;
  if (length < 12 || length % 4 !== 0) return lengthInvalid(length);
  const announce = (view.getUint8(2) & 1) === 1;
  const providerAses: number[] = [];
  for (let offset = 12; offset < length; offset += 4) providerAses.push(view.getUint32(offset));
  const ordered = providerAses.every((as, index) => index === 0 || as > providerAses[index - 1]!); // not the first
  if (!ordered || announce !== providerAses.length > 0) {
    const detail = ordered
      ? 'an announcement has providers, a withdrawal has none'
      : 'providers are unique and in ascending order';
    return err({ code: 'aspa-providers-invalid', errorCode: RTR_ERROR.aspaProviderListError, detail });
  }
  return ok({ version, type: 'aspa', announce, customerAs: view.getUint32(8), providerAses });
}

/** Octets of a PDU, of either side. `field-invalid` when a number does not fit its field or the version lacks the PDU. */
export function encodeRtrPdu(pdu: RtrPdu): Result<Uint8Array, RtrError> {
  const { version } = pdu;
  let octets: Uint8Array;
  switch (pdu.type) {
    case 'serial-notify':
    case 'serial-query':
      octets = words(version, pdu.type === 'serial-notify' ? TYPE.serialNotify : TYPE.serialQuery, pdu.sessionId, [
        pdu.serial,
      ]);
      break;
    case 'reset-query':
      octets = words(version, TYPE.resetQuery, 0, []);
      break;
    case 'cache-reset':
      octets = words(version, TYPE.cacheReset, 0, []);
      break;
    case 'cache-response':
      octets = words(version, TYPE.cacheResponse, pdu.sessionId, []);
      break;
    case 'prefix': {
      const { afi, w0, w1, w2, w3, length, maxLength, asn } = pdu.vrp;
      const head = ((pdu.announce ? 1 : 0) << 24) | (length << 16) | (maxLength << 8);
      octets = words(version, afi === 1 ? TYPE.ipv4Prefix : TYPE.ipv6Prefix, 0, [
        head,
        ...(afi === 1 ? [w0] : [w0, w1, w2, w3]),
        asn,
      ]);
      break;
    }
    case 'end-of-data': {
      const { refresh = 3600, retry = 600, expire = 7200 } = pdu.timers ?? {};
      octets = words(version, TYPE.endOfData, pdu.sessionId, [
        pdu.serial,
        ...(version === 0 ? [] : [refresh, retry, expire]),
      ]);
      break;
    }
    case 'aspa':
      octets = words(version, TYPE.aspa, pdu.announce ? 0x100 : 0, [pdu.customerAs, ...pdu.providerAses]);
      break;
    case 'router-key': {
      const key = pdu.subjectPublicKeyInfo;
      octets = withLength(version, TYPE.routerKey, pdu.announce ? 0x100 : 0, 32 + key.length);
      octets.set(pdu.subjectKeyIdentifier.subarray(0, 20), 8);
      new DataView(octets.buffer).setUint32(28, pdu.asn);
      octets.set(key, 32);
      break;
    }
    case 'error-report': {
      const text = encodeText(pdu.text);
      octets = withLength(version, TYPE.errorReport, pdu.errorCode, 16 + pdu.pdu.length + text.length);
      const view = new DataView(octets.buffer);
      view.setUint32(8, pdu.pdu.length);
      octets.set(pdu.pdu, 12);
      view.setUint32(12 + pdu.pdu.length, text.length);
      octets.set(text, 16 + pdu.pdu.length);
      break;
    }
  }
  // A field that does not hold its number would arrive as another one: what decodes differently is refused.
  const back = decodeRtrPdu(octets);
  if (back.ok && sameNumbers(pdu, back.value)) return ok(octets);
  const detail = back.ok ? `a field of ${pdu.type} does not hold its value` : back.error.detail;
  return err({ code: 'field-invalid', errorCode: RTR_ERROR.internalError, detail });
}

function sameNumbers(a: RtrPdu, b: RtrPdu): boolean {
  if (a.type === 'error-report') return b.type === a.type && b.errorCode === a.errorCode;
  if (a.type === 'end-of-data' && a.timers === undefined) {
    return b.type === a.type && b.serial === a.serial && b.sessionId === a.sessionId;
  }
  return equal(a, b);
}

function equal(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
  const keys = Object.keys(a);
  // Both are plain objects or arrays of the same PDU type; a missing key reads as undefined.
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => equal((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]))
  );
}

function words(version: number, type: number, field: number, values: readonly number[]): Uint8Array {
  const octets = withLength(version, type, field, RTR_HEADER_OCTETS + values.length * 4);
  const view = new DataView(octets.buffer);
  for (const [index, value] of values.entries()) view.setUint32(RTR_HEADER_OCTETS + index * 4, value);
  return octets;
}

function withLength(version: number, type: number, field: number, length: number): Uint8Array<ArrayBuffer> {
  const octets = new Uint8Array(length);
  const view = new DataView(octets.buffer);
  view.setUint8(0, version);
  view.setUint8(1, type);
  view.setUint16(2, field);
  view.setUint32(4, length);
  return octets;
}

function isVersion(version: number): version is RtrVersion {
  return version <= 2;
}

function lengthInvalid(length: number) {
  return err<RtrError>({
    code: 'length-invalid',
    errorCode: RTR_ERROR.corruptData,
    detail: `a length of ${length} does not fit the PDU`,
  });
}

function typeUnsupported(type: number, version: number) {
  return err<RtrError>({
    code: 'type-unsupported',
    errorCode: RTR_ERROR.unsupportedPduType,
    detail: `version ${version} has no PDU of type ${type}`,
  });
}
