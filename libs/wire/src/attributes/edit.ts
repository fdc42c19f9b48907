import type { Asn } from '../net/types.ts';

/**
 * A change of path attributes as data: what a policy term, a session's export rules or an operator asks for. Policy makes
 * edits, the RIB applies them to canonical attribute octets (`applyEdit`) and memoises the result per (set, edit).
 * Fields are applied in the order they are listed here; an absent field changes nothing.
 */
export interface AttributeEdit {
  readonly origin?: number;
  /** `null` removes the attribute. */
  readonly localPref?: number | null;
  readonly med?: number | null;
  /** Added to the MED after `med`, held within 0–4294967295. An absent MED counts as 0. */
  readonly medDelta?: number;
  /** Replaces the whole AS_PATH; applied before `removePrivateAs` and `prepend`. */
  readonly asPath?: readonly Asn[];
  /** `remove`: only if every AS is private; `all`; `replace` puts `replaceWith` in each one's place. */
  readonly removePrivateAs?: { readonly mode: 'remove' | 'all' | 'replace'; readonly replaceWith: Asn };
  /** RFC 5065 §4.1 (c) 1: drops AS_CONFED_SEQUENCE and AS_CONFED_SET. */
  readonly removeConfederation?: true;
  /** Each `as` of the path becomes `by`, after `removePrivateAs`; what this edit prepends stays. */
  readonly replaceAs?: { readonly as: Asn; readonly by: Asn };
  /** The leftmost AS this many times more, if the path begins with a sequence; to the right of what `prepend` adds. */
  readonly repeatFirstAs?: number;
  /** Prepended to the left, in order: the last entry ends up leftmost. */
  readonly prepend?: readonly { readonly as: Asn; readonly count: number }[];
  /** RFC 5065 §4.1 (b): prepended last of all, as an AS_CONFED_SEQUENCE. */
  readonly prependConfederation?: Asn;
  /** Drops the extended communities, IPv6 ones too, that stay within an AS; what this edit adds stays (RFC 4360 §6, RFC 5701 §2). */
  readonly removeNonTransitive?: true;
  readonly communities?: ListEdit<number>;
  /** Eight octets each, as bigint for equality. */
  readonly extendedCommunities?: ListEdit<bigint>;
  /** `a:b:c` text for equality. */
  readonly largeCommunities?: ListEdit<string>;
  /** Attribute codes to drop (for example 5, 9, 10 towards an external peer). */
  readonly remove?: readonly number[];
  /** Drops unknown non-transitive attributes and sets Partial on unknown transitive ones (RFC 4271 §5). */
  readonly forwardUnknown?: boolean;
  /** Sets ORIGINATOR_ID when absent (RFC 4456 §8); unsigned 32-bit. */
  readonly originatorIdIfAbsent?: number;
  /** Prepends to CLUSTER_LIST; unsigned 32-bit. */
  readonly prependClusterId?: number;
  /** 4 or 16 octets; or 32: IPv6 global + link-local. */
  readonly nextHop?: Uint8Array;
  /** RFC 9234: added when absent. */
  readonly otcIfAbsent?: Asn;
}

export interface ListEdit<T> {
  /** Replaces the list first; an empty array removes the attribute. */
  readonly set?: readonly T[];
  readonly remove?: readonly T[];
  /** What these describe goes, too; what `add` names comes back. */
  readonly removeMatching?: readonly UnitPattern[];
  readonly add?: readonly T[];
}

/** Describes values of a list by their octets on the wire. */
export interface UnitPattern {
  /** How people write it, `65000:*`. */
  readonly text: string;
  /** A value is meant in any of these forms: each field of it lies within its bounds. */
  readonly forms: readonly (readonly UnitField[])[];
}

export interface UnitField {
  /** Octets from the start of the value, and how many: 1 to 4. */
  readonly start: number;
  readonly length: number;
  /** Unsigned; both are meant. */
  readonly least: number;
  readonly most: number;
}
