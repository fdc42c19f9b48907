import type { EncodeError } from '@bgp/wire';
import { AttributeFlag } from './attribute-columns.ts';
import type { AttributePool } from './attribute-pool.ts';
import { exportRefusal } from './export-eligibility.ts';
import { DENIED, ExportMemo, UNKNOWN } from './export-memo.ts';
import type { FamilyTable } from './family-table.ts';
import { grown } from './octets.ts';
import type { OutputBatch } from './output-batch.ts';
import { PEER_KIND, type PeerTable } from './peer-table.ts';
import { MutableRouteCursor } from './route-cursor.ts';
import type { AttrId, ExportRefusal, PeerIndex, PrefixId, UpdateGroupSpec } from './types.ts';
import type { Validity } from './validity.ts';

const SCOPED = AttributeFlag.noExport | AttributeFlag.noExportSubconfed;

/** What a group makes of a path: eligibility, policy, the session's own changes, and whether the result fits a message. */
export class Egress {
  /** Prefixes with a path whose attributes do not fit one UPDATE. */
  unencodable = 0;
  /** Why the last path that was worked out (and not remembered) must not go out. A number is `FilterVerdict.by`. */
  refusal: ExportRefusal | 'too_large' | number | undefined;
  readonly #spec: UpdateGroupSpec;
  readonly #table: FamilyTable;
  readonly #pool: AttributePool;
  readonly #peers: PeerTable;
  readonly #batch: OutputBatch;
  readonly #onFailure: (error: EncodeError, attributes: AttrId) => void;
  readonly #memo: ExportMemo;
  readonly #cursor = new MutableRouteCursor();
  /** By prefix: 1 when it counts in `unencodable`. */
  #isUnencodable = new Uint8Array(64);
  /** Reported already; its prefixes usually come one after another. */
  #lastFailure: AttrId = 0;

  constructor(
    spec: UpdateGroupSpec,
    table: FamilyTable,
    pool: AttributePool,
    peers: PeerTable,
    batch: OutputBatch,
    onFailure: (error: EncodeError, attributes: AttrId) => void,
  ) {
    this.#spec = spec;
    this.#table = table;
    this.#pool = pool;
    this.#peers = peers;
    this.#batch = batch;
    this.#onFailure = onFailure;
    this.#memo = new ExportMemo(pool);
  }

  /** The prefix is worked out anew. */
  begin(prefix: PrefixId): void {
    this.#setUnencodable(prefix, false);
  }

  /** The attributes to send for a path of the prefix; 0: it must not go out. */
  of(prefix: PrefixId, attributes: AttrId, source: PeerIndex, pathId: number, validity: Validity): AttrId {
    const { filter, onlyMember } = this.#spec;
    if (source === onlyMember) return 0;
    const kind = this.#peers.kind[source]!;
    // ORIGINATOR_ID of a reflected route names its sender, so such results cannot be shared between senders.
    const isReflected = this.#spec.kind === 'internal' && kind === PEER_KIND.internal;
    // Whether a rule fits a message depends on the rule.
    const isRule = this.#table.rules !== undefined;
    if (filter.readsPrefix || filter.readsSource || isReflected || isRule || this.#dependsOnClient(attributes)) {
      return this.#evaluate(prefix, attributes, source, pathId, validity);
    }
    const known = this.#memo.find(attributes, kind);
    if (known !== UNKNOWN) return known === DENIED ? 0 : known - 1;
    const result = this.#evaluate(prefix, attributes, source, pathId, validity);
    // What does not fit a message is worked out each time, so that its prefixes are counted.
    if (this.#isUnencodable[prefix] !== 1) this.#memo.add(attributes, kind, result);
    return result;
  }

  /** A scoped route goes to a route server's client from another client, and from nobody else (`exportRefusal`). */
  #dependsOnClient(attributes: AttrId): boolean {
    return this.#spec.routeServerClient && (this.#pool.flags[attributes]! & SCOPED) !== 0;
  }

  dispose(): void {
    this.#memo.dispose();
  }

  #evaluate(prefix: PrefixId, attributes: AttrId, source: PeerIndex, pathId: number, validity: Validity): AttrId {
    const peer = this.#peers.get(source);
    this.refusal = exportRefusal(peer, this.#pool.flags[attributes]!, this.#spec);
    if (this.refusal !== undefined) return 0;
    const cursor = this.#cursor;
    cursor.family = this.#spec.family;
    cursor.source = peer;
    cursor.pathId = pathId;
    cursor.validity = validity;
    this.#table.prefixes.read(prefix, cursor);
    this.#pool.moveTo(cursor.attributes, attributes);
    const verdict = this.#spec.filter.evaluate(cursor);
    if (!verdict.accept) {
      this.refusal = verdict.by;
      return 0;
    }
    let result = verdict.edit === undefined ? attributes : this.#pool.edit(attributes, verdict.edit);
    this.#pool.moveTo(cursor.attributes, result);
    const egress = this.#spec.egress(cursor);
    if (egress !== undefined) result = this.#pool.edit(result, egress);
    const error = this.#batch.tryAttributes(result, prefix);
    if (error === undefined) return result;
    // RFC 4271 §9.2, RFC 8654 §4: what does not fit a message is not advertised, and withdrawn if it was.
    this.#setUnencodable(prefix, true);
    this.refusal = 'too_large';
    if (this.#lastFailure !== result) this.#onFailure(error, result);
    this.#lastFailure = result;
    return 0;
  }

  #setUnencodable(prefix: PrefixId, isUnencodable: boolean): void {
    if (prefix >= this.#isUnencodable.length) {
      if (!isUnencodable) return;
      this.#isUnencodable = grown(this.#isUnencodable, Math.max(prefix + 1, this.#isUnencodable.length * 2));
    }
    if ((this.#isUnencodable[prefix] === 1) === isUnencodable) return;
    this.#isUnencodable[prefix] = isUnencodable ? 1 : 0;
    this.unencodable += isUnencodable ? 1 : -1;
  }
}
