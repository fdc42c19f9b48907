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
  readonly source: string;
}

// `satisfies` turns "a new code without a rule" into a compile error.
export const ERROR_RULES = {
  'marker-invalid': { action: 'session-reset', notification: [1, 1], source: 'RFC 4271 §6.1' },
  'message-length-invalid': { action: 'session-reset', notification: [1, 2], source: 'RFC 4271 §6.1, RFC 8654 §4' },
  'message-type-invalid': { action: 'session-reset', notification: [1, 3], source: 'RFC 4271 §6.1' },

  'open-malformed': { action: 'session-reset', notification: [2, 0], source: 'RFC 4271 §6.2' },
  'open-parameter-unsupported': { action: 'session-reset', notification: [2, 4], source: 'RFC 4271 §6.2' },
  'route-refresh-length-invalid': { action: 'session-reset', notification: [7, 1], source: 'RFC 7313 §5' },

  'update-length-invalid': { action: 'session-reset', notification: [3, 1], source: 'RFC 7606 §3 (b)' },
  'attribute-list-truncated': { action: 'treat-as-withdraw', source: 'RFC 7606 §4' },
  'attribute-error-without-nlri': { action: 'session-reset', notification: [3, 1], source: 'RFC 7606 §5.2' },
  'attribute-duplicate': { action: 'attribute-discard', source: 'RFC 7606 §3 (g)' },
  'attribute-flags-invalid': { action: 'treat-as-withdraw', source: 'RFC 7606 §3 (c)' },
  'attribute-missing': { action: 'treat-as-withdraw', source: 'RFC 7606 §3 (d)' },
  // The standard has no such limit; see MAX_LIST_OCTETS in attributes/tlv.ts.
  'attribute-too-large': { action: 'treat-as-withdraw', source: 'ours, by RFC 7606 §7' },
  // RFC 7606 revises only errors of attributes that we recognize; RFC 4271 still rules this one.
  'attribute-unrecognized-well-known': { action: 'session-reset', notification: [3, 2], source: 'RFC 4271 §6.3' },

  'nlri-length-invalid': { action: 'session-reset', notification: [3, 10], source: 'RFC 4271 §6.3, RFC 7606 §5.3' },
  'nlri-truncated': { action: 'session-reset', notification: [3, 10], source: 'RFC 4271 §6.3, RFC 7606 §5.3' },
  'mp-duplicate': { action: 'session-reset', notification: [3, 1], source: 'RFC 7606 §3 (g)' },
  'mp-flags-invalid': { action: 'session-reset', notification: [3, 9], source: 'RFC 7606 §5.3, RFC 4760 §7' },
  'mp-length-invalid': { action: 'session-reset', notification: [3, 9], source: 'RFC 7606 §5.3, RFC 4760 §7' },
  'mp-next-hop-length-invalid': { action: 'session-reset', notification: [3, 9], source: 'RFC 7606 §7.11' },
  'family-unsupported': { action: 'afi-safi-disable', source: 'RFC 4760 §7' },

  'origin-length-invalid': { action: 'treat-as-withdraw', source: 'RFC 7606 §7.1' },
  'origin-value-invalid': { action: 'treat-as-withdraw', source: 'RFC 7606 §7.1' },
  'as-path-malformed': { action: 'treat-as-withdraw', source: 'RFC 7606 §7.2' },
  'as-path-as-zero': { action: 'treat-as-withdraw', source: 'RFC 7607 §2' },
  'as-path-confed-from-external': { action: 'treat-as-withdraw', source: 'RFC 5065 §5, RFC 7606 §3 (e)' },
  'as-path-confed-missing': { action: 'treat-as-withdraw', source: 'RFC 5065 §5, RFC 7606 §3 (e)' },
  'next-hop-length-invalid': { action: 'treat-as-withdraw', source: 'RFC 7606 §7.3' },
  'next-hop-value-invalid': { action: 'treat-as-withdraw', source: 'RFC 4271 §6.3, RFC 7606 §3 (e)' },
  'med-length-invalid': { action: 'treat-as-withdraw', source: 'RFC 7606 §7.4' },
  'local-pref-length-invalid': { action: 'treat-as-withdraw', source: 'RFC 7606 §7.5' },
  'local-pref-from-external': { action: 'attribute-discard', source: 'RFC 7606 §7.5' },
  'atomic-aggregate-length-invalid': { action: 'attribute-discard', source: 'RFC 7606 §7.6' },
  'aggregator-length-invalid': { action: 'attribute-discard', source: 'RFC 7606 §7.7' },
  'aggregator-as-zero': { action: 'attribute-discard', source: 'RFC 7607 §2, RFC 7606 §7.7' },
  'communities-length-invalid': { action: 'treat-as-withdraw', source: 'RFC 7606 §7.8' },
  'originator-id-length-invalid': { action: 'treat-as-withdraw', source: 'RFC 7606 §7.9' },
  'originator-id-from-external': { action: 'attribute-discard', source: 'RFC 7606 §7.9' },
  'cluster-list-length-invalid': { action: 'treat-as-withdraw', source: 'RFC 7606 §7.10' },
  'cluster-list-from-external': { action: 'attribute-discard', source: 'RFC 7606 §7.10' },
  'extended-communities-length-invalid': { action: 'treat-as-withdraw', source: 'RFC 7606 §7.14' },
  'ipv6-extended-communities-length-invalid': { action: 'treat-as-withdraw', source: 'RFC 7606 §7.15' },
  'large-communities-length-invalid': { action: 'treat-as-withdraw', source: 'RFC 8092 §6' },
  'as4-path-malformed': { action: 'attribute-discard', source: 'RFC 6793 §6, RFC 7607 §2' },
  'as4-path-unexpected': { action: 'attribute-discard', source: 'RFC 6793 §4.1' },
  'as4-path-confed-segment': { action: 'attribute-discard', source: 'RFC 6793 §6' },
  'as4-aggregator-length-invalid': { action: 'attribute-discard', source: 'RFC 6793 §6' },
  'as4-aggregator-as-zero': { action: 'attribute-discard', source: 'RFC 7607 §2' },
  'as4-aggregator-unexpected': { action: 'attribute-discard', source: 'RFC 6793 §4.1' },
  'pmsi-tunnel-malformed': { action: 'treat-as-withdraw', source: 'RFC 6514 §5' },
  'aigp-malformed': { action: 'attribute-discard', source: 'RFC 7311 §3.2' },
  'aigp-from-external': { action: 'attribute-discard', source: 'RFC 7311 §3.3' },
  'otc-length-invalid': { action: 'treat-as-withdraw', source: 'RFC 9234 §5' },
} as const satisfies Record<WireErrorCode, ErrorRule>;

/** RFC 7606 §3 (h): of several errors in one UPDATE, the strongest action applies. */
export function strongestAction(errors: readonly WireError[]): ErrorAction | undefined {
  return ERROR_ACTIONS.find((action) => errors.some((error) => ERROR_RULES[error.code].action === action));
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
