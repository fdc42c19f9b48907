/** Canonical text: dotted quad, or RFC 5952 for IPv6. Made by `formatIpAddress`, so equal addresses are equal strings. */
export type IpAddress = string;

/** `address/length` with the host bits clear, canonical as above. */
export type IpPrefix = string;

/** 0–4294967295. */
export type Asn = number;
