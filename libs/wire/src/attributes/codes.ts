/** Path attribute type codes that the package knows. @source IANA "BGP Path Attributes" */
export const ATTRIBUTE = {
  ORIGIN: 1,
  AS_PATH: 2,
  NEXT_HOP: 3,
  MULTI_EXIT_DISC: 4,
  LOCAL_PREF: 5,
  ATOMIC_AGGREGATE: 6,
  AGGREGATOR: 7,
  COMMUNITIES: 8,
  ORIGINATOR_ID: 9,
  CLUSTER_LIST: 10,
  MP_REACH_NLRI: 14,
  MP_UNREACH_NLRI: 15,
  EXTENDED_COMMUNITIES: 16,
  AS4_PATH: 17,
  AS4_AGGREGATOR: 18,
  PMSI_TUNNEL: 22,
  IPV6_EXTENDED_COMMUNITIES: 25,
  AIGP: 26,
  LARGE_COMMUNITIES: 32,
  OTC: 35,
} as const;

/** Bits of the attribute flags octet, RFC 4271 §4.3. */
export const FLAG = { OPTIONAL: 0x80, TRANSITIVE: 0x40, PARTIAL: 0x20, EXTENDED_LENGTH: 0x10 } as const;

export const WELL_KNOWN = FLAG.TRANSITIVE;
export const OPTIONAL_TRANSITIVE = FLAG.OPTIONAL | FLAG.TRANSITIVE;
export const OPTIONAL_NON_TRANSITIVE = FLAG.OPTIONAL;

/** RFC 6793 §9: stands for an AS number that two octets cannot hold. */
export const AS_TRANS = 23456;
