import type { ByteWriter } from '../bytes/byte-writer.ts';
import type { EncodeError, WireError } from '../errors.ts';
import type { Family } from '../family.ts';
import type { Nlri } from '../message/types.ts';

/** What the package must know to carry a family. A new family is one file that exports such a row, and one line in `table.ts`. */
export interface NlriCodec {
  readonly family: Family;
  /** Lengths, in octets, that MP_REACH_NLRI's next hop may have for this family without any extension. */
  readonly nextHopLengths: readonly number[];
  /** Lengths that become legal as well when RFC 8950 was negotiated for the family. */
  readonly extendedNextHopLengths: readonly number[];
  /** The whole field, before anything in it is used (RFC 7606 §3 (j)). Never throws, does not allocate when all is well. */
  check(octets: Uint8Array, start: number, end: number, addPath: boolean): WireError | undefined;
  /** Objects for a field that `check` found sound. */
  decode(octets: Uint8Array, start: number, end: number, addPath: boolean): Nlri[];
  /** Appends one NLRI; a path id is written exactly when `addPath` is set. */
  encode(nlri: Nlri, addPath: boolean, out: ByteWriter): EncodeError | undefined;
}
