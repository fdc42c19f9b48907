import type { Family } from './family.ts';

/** RFC 7606 §2, strongest first. */
export const ERROR_ACTIONS = ['session-reset', 'afi-safi-disable', 'treat-as-withdraw', 'attribute-discard'] as const;
export type ErrorAction = (typeof ERROR_ACTIONS)[number];

/** An error of one attribute's value: which attribute, where that is not plain from the code, and its length as received. */
interface LengthFact {
  readonly length: number;
}

/**
 * Everything a peer can get wrong on the wire. `code` is also the metric label and the API enum. Facts, not sentences;
 * `data` is what a NOTIFICATION must carry, where it cannot be made from the other facts.
 */
export type WireError =
  // message header
  | { readonly code: 'marker-invalid' }
  | { readonly code: 'message-length-invalid'; readonly length: number }
  | { readonly code: 'message-type-invalid'; readonly messageType: number }
  // OPEN and ROUTE-REFRESH
  | { readonly code: 'open-malformed' }
  | { readonly code: 'open-parameter-unsupported'; readonly parameter: number }
  | { readonly code: 'route-refresh-length-invalid'; readonly data: Uint8Array }
  // UPDATE structure
  | { readonly code: 'update-length-invalid'; readonly withdrawnLength: number; readonly attributesLength: number }
  | { readonly code: 'attribute-list-truncated'; readonly offset: number }
  | { readonly code: 'attribute-error-without-nlri' }
  | { readonly code: 'attribute-duplicate'; readonly attribute: number }
  | { readonly code: 'attribute-flags-invalid'; readonly attribute: number; readonly flags: number }
  | { readonly code: 'attribute-missing'; readonly attribute: number }
  | { readonly code: 'attribute-too-large'; readonly attribute: number; readonly length: number }
  | { readonly code: 'attribute-unrecognized-well-known'; readonly attribute: number; readonly data: Uint8Array }
  // NLRI
  | {
      readonly code: 'nlri-length-invalid';
      readonly family: Family;
      readonly offset: number;
      readonly length: number;
      readonly max: number;
    }
  | { readonly code: 'nlri-truncated'; readonly family: Family; readonly offset: number; readonly length: number }
  | { readonly code: 'mp-duplicate'; readonly attribute: 14 | 15 }
  | { readonly code: 'mp-flags-invalid'; readonly attribute: 14 | 15; readonly data: Uint8Array }
  | { readonly code: 'mp-length-invalid'; readonly attribute: 14 | 15; readonly data: Uint8Array }
  | {
      readonly code: 'mp-next-hop-length-invalid';
      readonly family: Family;
      readonly length: number;
      readonly data: Uint8Array;
    }
  | { readonly code: 'family-unsupported'; readonly family: Family }
  // path attributes
  | ({ readonly code: 'origin-length-invalid' } & LengthFact)
  | { readonly code: 'origin-value-invalid'; readonly origin: number }
  | {
      readonly code: 'as-path-malformed';
      readonly reason: 'segment-type' | 'segment-empty' | 'segment-overrun' | 'segment-underrun';
      readonly offset: number;
    }
  | { readonly code: 'as-path-as-zero'; readonly offset: number }
  | { readonly code: 'as-path-confed-from-external' }
  | { readonly code: 'as-path-confed-missing' }
  | ({ readonly code: 'next-hop-length-invalid' } & LengthFact)
  | { readonly code: 'next-hop-value-invalid' }
  | ({ readonly code: 'med-length-invalid' } & LengthFact)
  | ({ readonly code: 'local-pref-length-invalid' } & LengthFact)
  | { readonly code: 'local-pref-from-external' }
  | ({ readonly code: 'atomic-aggregate-length-invalid' } & LengthFact)
  | ({ readonly code: 'aggregator-length-invalid' } & LengthFact)
  | { readonly code: 'aggregator-as-zero' }
  | ({ readonly code: 'communities-length-invalid' } & LengthFact)
  | ({ readonly code: 'originator-id-length-invalid' } & LengthFact)
  | { readonly code: 'originator-id-from-external' }
  | ({ readonly code: 'cluster-list-length-invalid' } & LengthFact)
  | { readonly code: 'cluster-list-from-external' }
  | ({ readonly code: 'extended-communities-length-invalid' } & LengthFact)
  | ({ readonly code: 'ipv6-extended-communities-length-invalid' } & LengthFact)
  | ({ readonly code: 'large-communities-length-invalid' } & LengthFact)
  | {
      readonly code: 'as4-path-malformed';
      readonly reason: 'length' | 'segment-type' | 'segment-empty' | 'segment-overrun' | 'segment-underrun' | 'as-zero';
    }
  | { readonly code: 'as4-path-unexpected' }
  | { readonly code: 'as4-path-confed-segment' }
  | ({ readonly code: 'as4-aggregator-length-invalid' } & LengthFact)
  | { readonly code: 'as4-aggregator-as-zero' }
  | { readonly code: 'as4-aggregator-unexpected' }
  | { readonly code: 'pmsi-tunnel-malformed'; readonly tunnelType: number; readonly length: number }
  | { readonly code: 'aigp-malformed' }
  | { readonly code: 'aigp-from-external' }
  | ({ readonly code: 'otc-length-invalid' } & LengthFact);

export type WireErrorCode = WireError['code'];

export interface ErrorRule {
  readonly action: ErrorAction;
  /** NOTIFICATION code and subcode, when the action is a session reset. */
  readonly notification?: readonly [code: number, subcode: number];
}

const reset = (code: number, subcode: number) => ({ action: 'session-reset', notification: [code, subcode] }) as const;
const DISABLE = { action: 'afi-safi-disable' } as const;
const WITHDRAW = { action: 'treat-as-withdraw' } as const;
const DISCARD = { action: 'attribute-discard' } as const;

// `satisfies` turns "a new code without a rule" into a compile error.
export const ERROR_RULES = {
  'marker-invalid': reset(1, 1),
  'message-length-invalid': reset(1, 2),
  'message-type-invalid': reset(1, 3),

  'open-malformed': reset(2, 0),
  'open-parameter-unsupported': reset(2, 4),
  'route-refresh-length-invalid': reset(7, 1),

  'update-length-invalid': reset(3, 1),
  'attribute-list-truncated': WITHDRAW,
  'attribute-error-without-nlri': reset(3, 1),
  'attribute-duplicate': DISCARD,
  'attribute-flags-invalid': WITHDRAW,
  'attribute-missing': WITHDRAW,
  // The standard has no such limit; see MAX_LIST_OCTETS in attributes/tlv.ts.
  'attribute-too-large': WITHDRAW,
  // RFC 7606 revises only errors of attributes that we recognize; RFC 4271 still rules this one.
  'attribute-unrecognized-well-known': reset(3, 2),

  'nlri-length-invalid': reset(3, 10),
  'nlri-truncated': reset(3, 10),
  'mp-duplicate': reset(3, 1),
  'mp-flags-invalid': reset(3, 9),
  'mp-length-invalid': reset(3, 9),
  'mp-next-hop-length-invalid': reset(3, 9),
  'family-unsupported': DISABLE,

  'origin-length-invalid': WITHDRAW,
  'origin-value-invalid': WITHDRAW,
  'as-path-malformed': WITHDRAW,
  'as-path-as-zero': WITHDRAW,
  'as-path-confed-from-external': WITHDRAW,
  'as-path-confed-missing': WITHDRAW,
  'next-hop-length-invalid': WITHDRAW,
  'next-hop-value-invalid': WITHDRAW,
  'med-length-invalid': WITHDRAW,
  'local-pref-length-invalid': WITHDRAW,
  'local-pref-from-external': DISCARD,
  'atomic-aggregate-length-invalid': DISCARD,
  'aggregator-length-invalid': DISCARD,
  'aggregator-as-zero': DISCARD,
  'communities-length-invalid': WITHDRAW,
  'originator-id-length-invalid': WITHDRAW,
  'originator-id-from-external': DISCARD,
  'cluster-list-length-invalid': WITHDRAW,
  'cluster-list-from-external': DISCARD,
  'extended-communities-length-invalid': WITHDRAW,
  'ipv6-extended-communities-length-invalid': WITHDRAW,
  'large-communities-length-invalid': WITHDRAW,
  'as4-path-malformed': DISCARD,
  'as4-path-unexpected': DISCARD,
  'as4-path-confed-segment': DISCARD,
  'as4-aggregator-length-invalid': DISCARD,
  'as4-aggregator-as-zero': DISCARD,
  'as4-aggregator-unexpected': DISCARD,
  'pmsi-tunnel-malformed': WITHDRAW,
  'aigp-malformed': DISCARD,
  'aigp-from-external': DISCARD,
  'otc-length-invalid': WITHDRAW,
} as const satisfies Record<WireErrorCode, ErrorRule>;

/** RFC 7606 §3 (h): of several errors in one UPDATE, the strongest action applies. */
export function strongestAction(errors: readonly WireError[]): ErrorAction | undefined {
  return ERROR_ACTIONS.find((action) => errors.some((error) => ERROR_RULES[error.code].action === action));
}

/** The same with its offset counted from the message's beginning at `start`. */
export function inMessage<E extends WireError>(error: E, start: number): E {
  return 'offset' in error ? { ...error, offset: error.offset - start } : error;
}

/** Why an encoder refused. Nothing is ever cut to fit. */
export type EncodeError =
  /** `octets` are needed for the smallest message that carries them, `max` are allowed. */
  | { readonly code: 'message-too-large'; readonly octets: number; readonly max: number }
  | { readonly code: 'value-out-of-range'; readonly field: string; readonly value: number | bigint | string }
  | { readonly code: 'field-too-long'; readonly field: string; readonly length: number; readonly max: number }
  | { readonly code: 'address-invalid'; readonly field: string; readonly value: string }
  /** The next hop's length is not one that the family (or this session, RFC 8950) can carry; 0: there is none. */
  | { readonly code: 'next-hop-unsupported'; readonly family: Family; readonly length: number }
  | { readonly code: 'family-unsupported'; readonly family: Family }
  | { readonly code: 'path-id-mismatch'; readonly family: Family };
