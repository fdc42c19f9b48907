import type { Family } from '../../family.ts';
import type { IpPrefix } from '../../net/types.ts';

export type FlowSpecPrefixType = 'destination-prefix' | 'source-prefix';

export type FlowSpecNumericType =
  | 'ip-protocol'
  | 'port'
  | 'destination-port'
  | 'source-port'
  | 'icmp-type'
  | 'icmp-code'
  | 'packet-length'
  | 'dscp'
  | 'flow-label';

export type FlowSpecBitmaskType = 'tcp-flags' | 'fragment';

export type FlowSpecType = FlowSpecPrefixType | FlowSpecNumericType | FlowSpecBitmaskType;

/** RFC 8955 §4.2.2.1–2, RFC 8956 §3.1–2. */
export interface FlowSpecPrefix {
  readonly type: FlowSpecPrefixType;
  /** Canonical text: the bits past the length, and those before `offset`, are zero. */
  readonly prefix: IpPrefix;
  /** How many of the first address bits do not count: 0 for IPv4, less than the length for IPv6. */
  readonly offset: number;
}

/** Width of a value on the wire, in octets. */
export type FlowSpecValueOctets = 1 | 2 | 4 | 8;

/** What both operators have (RFC 8955 §4.2.1). */
interface FlowSpecOperator {
  /** ANDed with the pair before it, which binds tighter than OR. Always false in the first pair of a list. */
  readonly and: boolean;
  /** Present when the value came, or is to be sent, in another width than `encodeFlowSpec` would choose. */
  readonly valueOctets?: FlowSpecValueOctets;
}

/** RFC 8955 §4.2.1.1: none of the three relations is `false`, all of them `true`, `lt` with `gt` "not equal". */
export interface FlowSpecNumericMatch extends FlowSpecOperator {
  readonly lt: boolean;
  readonly gt: boolean;
  readonly eq: boolean;
  /** A number up to 2^53−1, a bigint from there to 2^64−1. */
  readonly value: number | bigint;
}

/** RFC 8955 §4.2.1.2. */
export interface FlowSpecBitmaskMatch extends FlowSpecOperator {
  readonly not: boolean;
  /** All bits of `value` must be set; otherwise any of them. */
  readonly match: boolean;
  readonly value: number;
}

export interface FlowSpecNumeric {
  readonly type: FlowSpecNumericType;
  /** At least one. */
  readonly matches: readonly FlowSpecNumericMatch[];
}

export interface FlowSpecBitmask {
  readonly type: FlowSpecBitmaskType;
  /** At least one. */
  readonly matches: readonly FlowSpecBitmaskMatch[];
}

export type FlowSpecComponent = FlowSpecPrefix | FlowSpecNumeric | FlowSpecBitmask;

/** A packet matches when it matches every component (RFC 8955 §4.2). Components ascend by their code; each is there at most once. */
export interface FlowSpecRule {
  readonly family: Family;
  /** At least one. */
  readonly components: readonly FlowSpecComponent[];
}

/**
 * Why the octets of one rule are malformed (RFC 8955 §4.2 and §10). `offset` is the component's first octet in the frame;
 * `component` its code.
 */
export type FlowSpecError =
  | { readonly code: 'flowspec-empty'; readonly offset: number }
  /** More than 4095 octets, which no NLRI can carry: a mistake of a user, not of a peer. */
  | { readonly code: 'flowspec-too-long'; readonly offset: number; readonly length: number }
  | { readonly code: 'flowspec-component-unknown'; readonly offset: number; readonly component: number }
  /** A code not greater than the one before. */
  | { readonly code: 'flowspec-component-order'; readonly offset: number; readonly component: number }
  /** The rule ends before the component does; for operator lists also: no operator has the end-of-list bit. */
  | { readonly code: 'flowspec-truncated'; readonly offset: number; readonly component: number }
  | {
      readonly code: 'flowspec-prefix-length-invalid';
      readonly offset: number;
      readonly component: number;
      readonly length: number;
      readonly prefixOffset: number;
    }
  | {
      readonly code: 'flowspec-value-length-invalid';
      readonly offset: number;
      readonly component: number;
      readonly length: number;
      readonly max: number;
    };
