import { formatIpv4Prefix, formatIpv6Prefix, type IpPrefix, parseIpAddress } from '@bgp/wire';

/** Address family number: 1 is IPv4, 2 is IPv6. */
export type Afi = 1 | 2;

/**
 * Validated ROA Payload (RFC 6811 §2). The prefix is in words of 32 bits, most significant first; host bits are clear.
 * IPv4 uses `w0` only, the others are 0.
 */
export interface Vrp {
  readonly afi: Afi;
  readonly w0: number;
  readonly w1: number;
  readonly w2: number;
  readonly w3: number;
  readonly length: number;
  /** `length` to 32 or 128. */
  readonly maxLength: number;
  /** 0 matches no route (RFC 6483 §4). */
  readonly asn: number;
}

/** What changes in a set of VRPs. Additions are made first, so an entry of both lists ends up absent. */
export interface VrpDelta {
  readonly announce: readonly Vrp[];
  readonly withdraw: readonly Vrp[];
}

export function addressBits(afi: Afi): 32 | 128 {
  return afi === 1 ? 32 : 128;
}

/** Equal VRPs have equal keys. */
export function vrpKey({ afi, w0, w1, w2, w3, length, maxLength, asn }: Vrp): string {
  return afi === 1 ? `${w0}/${length}-${maxLength}/${asn}` : `${w0}:${w1}:${w2}:${w3}/${length}-${maxLength}/${asn}`;
}

export function formatVrpPrefix({ afi, w0, w1, w2, w3, length }: Omit<Vrp, 'maxLength' | 'asn'>): IpPrefix {
  return afi === 1 ? formatIpv4Prefix(w0, length) : formatIpv6Prefix(w0, w1, w2, w3, length);
}

export type VrpProblem = 'prefix-invalid' | 'host-bits-set' | 'max-length-invalid' | 'asn-invalid';

/** A VRP from a prefix as text; `maxLength` is the prefix length when absent. Or what is wrong with it. */
export function createVrp(prefix: string, asn: number, maxLength?: number): Vrp | VrpProblem {
  const slash = prefix.lastIndexOf('/');
  const lengthText = prefix.slice(slash + 1);
  const parsed = parseIpAddress(prefix.slice(0, Math.max(0, slash)));
  if (!parsed.ok || !/^(?:0|[1-9]\d{0,2})$/.test(lengthText)) return 'prefix-invalid';
  const octets = parsed.value;
  const length = Number(lengthText);
  const afi: Afi = octets.length === 4 ? 1 : 2;
  const view = new DataView(octets.buffer, octets.byteOffset, octets.length);
  const word = (index: number) => (index * 4 < octets.length ? view.getUint32(index * 4) : 0);
  const vrp = { afi, w0: word(0), w1: word(1), w2: word(2), w3: word(3), length, maxLength: maxLength ?? length, asn };
  // Host bits that are set are a typing error whose meaning we do not guess.
  return checkVrp(vrp) ?? vrp;
}

/** What is wrong with the numbers of a VRP, if anything: RFC 6811 §2, RFC 8210 §5.6. */
export function checkVrp({ afi, w0, w1, w2, w3, length, maxLength, asn }: Vrp): VrpProblem | undefined {
  const bits = addressBits(afi);
  if (!isCount(length, bits)) return 'prefix-invalid';
  if (!isCount(maxLength, bits) || maxLength < length) return 'max-length-invalid';
  if (!isCount(asn, 0xffff_ffff)) return 'asn-invalid';
  const words = [w0, w1, w2, w3];
  for (const [index, word] of words.entries()) {
    if (!isCount(word, 0xffff_ffff)) return 'prefix-invalid';
    const used = Math.max(0, Math.min(32, length - index * 32));
    if (used < 32 && word % 2 ** (32 - used) !== 0) return 'host-bits-set';
  }
  return undefined;
}

function isCount(value: number, max: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= max;
}
