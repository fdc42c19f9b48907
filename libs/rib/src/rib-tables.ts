import type { Family } from '@bgp/wire';
import { AttributePool } from './attribute-pool.ts';
import type { DecisionInput } from './decision.ts';
import { FamilyTable } from './family-table.ts';
import { PeerTable } from './peer-table.ts';
import type { RibOptions } from './types.ts';
import { VALIDITY_MASK } from './validity.ts';

/** What every part of the RIB works on: the attribute sets, the peers, and a table for each family. */
export class RibTables {
  readonly pool: AttributePool;
  readonly peers = new PeerTable();
  readonly all: readonly FamilyTable[];
  /** There is a FlowSpec family among them. */
  readonly hasRules: boolean;
  readonly #byFamily: ReadonlyMap<Family, FamilyTable>;
  readonly #inputs: ReadonlyMap<Family, DecisionInput>;

  constructor(options: RibOptions) {
    this.pool = new AttributePool(options);
    this.#byFamily = new Map(options.families.map((family) => [family, new FamilyTable(family, this.pool)]));
    this.all = [...this.#byFamily.values()];
    this.hasRules = this.all.some(({ rules }) => rules !== undefined);
    const { origin, path } = options.validityInDecision ?? { origin: true, path: true };
    const input = {
      pool: this.pool,
      peers: this.peers,
      alwaysCompareMed: options.med === 'always-compare',
      validityMask: (origin ? VALIDITY_MASK.origin : 0) | (path ? VALIDITY_MASK.path : 0),
    };
    this.#inputs = new Map(this.all.map(({ family, paths }) => [family, { ...input, paths }]));
  }

  get(family: Family): FamilyTable | undefined {
    return this.#byFamily.get(family);
  }

  /** For families that the caller has asked this RIB to hold. */
  of(family: Family): FamilyTable {
    const table = this.#byFamily.get(family);
    if (table === undefined) throw new Error(`rib: no table for family ${family}`);
    return table;
  }

  /** Those of the families, or all when left out. */
  select(families: readonly Family[] | undefined): readonly FamilyTable[] {
    return families === undefined ? this.all : this.all.filter(({ family }) => families.includes(family));
  }

  /** What the decision needs to know about the paths of a table. */
  decisionInput({ family }: FamilyTable): DecisionInput {
    return this.#inputs.get(family)!; // made together with the table
  }
}
