/** RFC 6811 §2, the best first. */
export const ORIGIN_VALIDITIES = ['valid', 'not-found', 'invalid'] as const;
/** draft-ietf-sidrops-aspa-verification §5, the best first. */
export const PATH_VALIDITIES = ['valid', 'unknown', 'invalid'] as const;

export type OriginValidity = (typeof ORIGIN_VALIDITIES)[number];
export type PathValidity = (typeof PATH_VALIDITIES)[number];

/**
 * What RPKI says of a path, in one octet; lower is better, so that the decision compares bits.
 *
 * ```text
 *   7 6 5 4   3 2                  1 0
 *   0 0 0 0   ORIGIN_VALIDITIES    PATH_VALIDITIES
 * ```
 */
export type Validity = number;

/** Nobody knows anything: neither good nor bad. */
export const NOT_VALIDATED: Validity = 0b01_01;

/** The parts of a `Validity`, for comparing. */
export const VALIDITY_MASK = { origin: 0b11_00, path: 0b00_11 } as const;

export function packValidity(origin: OriginValidity, path: PathValidity): Validity {
  return (ORIGIN_VALIDITIES.indexOf(origin) << 2) | PATH_VALIDITIES.indexOf(path);
}

export function originValidityOf(validity: Validity): OriginValidity {
  return ORIGIN_VALIDITIES[validity >>> 2] ?? 'not-found'; // 3 is not used
}

export function pathValidityOf(validity: Validity): PathValidity {
  return PATH_VALIDITIES[validity & VALIDITY_MASK.path] ?? 'unknown'; // 3 is not used
}
