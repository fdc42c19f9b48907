/** As people write it: `fe80::1%eth0` (RFC 4007 §11). Only link-local addresses have an interface here. */
export function scopedAddress(at: { readonly address: string; readonly interface?: string | undefined }): string {
  return at.interface === undefined ? at.address : `${at.address}%${at.interface}`;
}

/** fe80::/10, RFC 4291 §2.5.6: the octets of an IPv6 address, or what begins with one. */
export function isLinkLocalAddress(octets: Uint8Array, start = 0): boolean {
  return octets[start] === 0xfe && ((octets[start + 1] ?? 0) & 0xc0) === 0x80;
}
