import { isIPv4 } from 'node:net';
import { endianness } from 'node:os';
import type { TcpAoKey } from '@bgp/speaker';

/*
 * What setsockopt takes for TCP-AO on Linux: include/uapi/linux/tcp.h, 6.7 and later, the same on every architecture but for the
 * order of octets and of bits in a bit field.
 */

const AF_INET = 2;
const AF_INET6 = 10;
const KEY_OCTETS_MAX = 80;
/** RFC 5926 §3.2: 96 bits of the MAC are sent. */
const MAC_OCTETS = 12;
/** struct tcp_ao_info_opt. */
export const AO_INFO_OCTETS = 48;

/**
 * struct tcp_ao_add.
 *
 * ```text
 * 0    sockaddr_storage (128)
 * 128  algorithm, text (64)
 * 192  interface i32, bits u32: set_current, set_rnext
 * 200  reserved u16, prefix length u8, SendID u8, RecvID u8, MAC length u8, flags u8, key length u8
 * 208  key (80)
 * ```
 * @param isInUse signs from the first SYN on; for a socket that connects.
 */
export function aoRecord(remote: string, { key, sendId, recvId, algorithm }: TcpAoKey, isInUse: boolean): Uint8Array {
  const octets = new Uint8Array(208 + KEY_OCTETS_MAX);
  const view = new DataView(octets.buffer);
  writeAddress(view, remote);
  octets.set(new TextEncoder().encode(algorithm), 128);
  const isLittle = endianness() === 'LE';
  const bits = isLittle ? 0b11 : 0b11 << 30;
  view.setUint32(196, isInUse ? bits : 0, isLittle);
  octets[202] = isIPv4(remote) ? 32 : 128;
  octets[203] = sendId;
  octets[204] = recvId;
  octets[205] = MAC_OCTETS;
  const secret = new TextEncoder().encode(key);
  octets[207] = secret.length;
  octets.set(secret.subarray(0, KEY_OCTETS_MAX), 208);
  return octets;
}

/**
 * struct tcp_ao_del.
 *
 * ```text
 * 0    sockaddr_storage (128)
 * 128  interface i32, bits u32
 * 136  reserved u16, prefix length u8, SendID u8, RecvID u8, current u8, rnext u8, flags u8
 * ```
 */
export function aoDeletion(remote: string, { sendId, recvId }: TcpAoKey): Uint8Array {
  const octets = new Uint8Array(144);
  writeAddress(new DataView(octets.buffer), remote);
  octets[138] = isIPv4(remote) ? 32 : 128;
  octets[139] = sendId;
  octets[140] = recvId;
  return octets;
}

/** struct sockaddr_in or sockaddr_in6: family u16, port u16, then v4: address 4 · v6: flow 4, address 16, scope 4. */
export function writeAddress(view: DataView<ArrayBuffer>, remote: string): void {
  const octets = new Uint8Array(view.buffer);
  const isLittle = endianness() === 'LE';
  if (isIPv4(remote)) {
    view.setUint16(0, AF_INET, isLittle);
    octets.set(remote.split('.').map(Number), 4);
  } else {
    view.setUint16(0, AF_INET6, isLittle);
    octets.set(ipv6Octets(remote), 8);
  }
}

/** The 16 octets of an IPv6 literal that Node has accepted as one. */
function ipv6Octets(text: string): Uint8Array {
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(text);
  const hex = dotted
    ? `${dotted[1]}${((Number(dotted[2]) << 8) | Number(dotted[3])).toString(16)}:${((Number(dotted[4]) << 8) | Number(dotted[5])).toString(16)}`
    : text;
  const [head = '', tail] = hex.split('::', 2);
  const words = (part: string): number[] =>
    part === '' ? [] : part.split(':').map((word) => Number.parseInt(word, 16));
  const left = words(head);
  const right = tail === undefined ? [] : words(tail);
  const octets = new Uint8Array(16);
  const view = new DataView(octets.buffer);
  left.forEach((word, index) => {
    view.setUint16(index * 2, word);
  });
  right.forEach((word, index) => {
    view.setUint16(16 - (right.length - index) * 2, word);
  });
  return octets;
}
