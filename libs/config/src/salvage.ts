import type * as z from 'zod';
import { type GlobalSection, globalSection } from './schema/global.ts';
import { type NeighborTable, neighbor, type PeerGroupTable, peerGroup } from './schema/neighbor.ts';
import { type PolicySection, policySection } from './schema/policy.ts';

/** The parts of a document that follow the schema, for the checks between parts. */
export interface ValidParts {
  readonly global?: GlobalSection;
  /** By position; undefined: this one is wrong, which has been said. */
  readonly neighbors: readonly (NeighborTable | undefined)[];
  /** A wrong group is there and empty, so that nobody is told that it does not exist. */
  readonly peer_groups: Readonly<Record<string, PeerGroupTable>>;
  readonly policy: PolicySection;
}

/**
 * One mistake in one table must not hide the mistakes between others: whatever follows the schema by itself is kept,
 * so that one run tells everything.
 */
export function validParts(document: Readonly<Record<string, unknown>>): ValidParts {
  const global = globalSection.safeParse(document.global);
  const neighbors = Array.isArray(document.neighbors) ? document.neighbors : [];
  const policy = table(document.policy);
  const shape = policySection.shape;
  return {
    ...(global.success ? { global: global.data } : {}),
    neighbors: neighbors.map((one) => neighbor.safeParse(one).data),
    peer_groups: named(peerGroup, document.peer_groups),
    policy: {
      import: shape.import.safeParse(policy.import).data,
      export: shape.export.safeParse(policy.export).data,
      import_chain: shape.import_chain.safeParse(policy.import_chain).data,
      export_chain: shape.export_chain.safeParse(policy.export_chain).data,
      definitions: named(shape.definitions.unwrap().valueType, policy.definitions),
      prefix_lists: named(shape.prefix_lists.unwrap().valueType, policy.prefix_lists),
      neighbor_sets: named(shape.neighbor_sets.unwrap().valueType, policy.neighbor_sets),
    },
  };
}

function named<T extends object>(schema: z.ZodType<T>, value: unknown): Record<string, T | Record<string, never>> {
  return Object.fromEntries(
    Object.entries(table(value)).map(([name, one]) => [name, schema.safeParse(one).data ?? {}]),
  );
}

function table(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}
