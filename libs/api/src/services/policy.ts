import { NeighborSetDefinitionSchema, type PolicyService } from '@bgp/api-proto';
import { formatPath } from '@bgp/config';
import { type Document, neighborsOf, tableAt, usersOf, withNeighborChanged, withValue } from '@bgp/lifecycle';
import { err } from '@bgp/wire';
import { create } from '@bufbuild/protobuf';
import { Code, type ServiceImpl } from '@connectrpc/connect';
import type { ApiDependencies } from '../dependencies.ts';
import { changeOrThrow, requestError, valueOrThrow, withDetail } from '../errors.ts';
import { parsePeerName } from '../mapping/address.ts';
import { toPlan } from '../mapping/config-change.ts';
import { toDefinitionTable, toPolicyDefinition } from '../mapping/policy-definition.ts';
import { DEFAULT_PLANNED_ROUTES } from './config.ts';
import { deleteUnused, namedOrThrow, requireName, tablesBelow } from './named-tables.ts';
import { countHits, toHits } from './policy-hits.ts';

const DEFINITIONS = ['policy', 'definitions'] as const;
const SETS = ['policy', 'neighbor_sets'] as const;

export function policyService({
  lifecycle,
  speaker,
  testPolicies,
}: ApiDependencies): ServiceImpl<typeof PolicyService> {
  const change = (edit: (document: Document) => Document, note: string) => ({
    revision: BigInt(changeOrThrow(lifecycle.change(edit, note)).revision),
  });
  const definitionOf = (name: string, table: Document) => ({
    name,
    definition: toPolicyDefinition(table),
    usedBy: usersOf(lifecycle.document, 'policy', name),
  });
  const setOf = (name: string, table: Document) => ({
    name,
    definition: create(NeighborSetDefinitionSchema, {
      addresses: listOf<string>(table.addresses),
      remoteAsns: listOf<number>(table.remote_asns),
      peerGroups: listOf<string>(table.peer_groups),
    }),
    usedBy: usersOf(lifecycle.document, 'neighbor-set', name),
  });
  const setGlobalChain = (direction: 'import' | 'export', names: readonly string[] | undefined) =>
    change(
      (document) => withValue(document, ['policy', `${direction}_chain`], chain(names)),
      `global ${direction} chain`,
    );
  const setNeighborChain = (address: string, direction: 'import' | 'export', names: readonly string[] | undefined) => {
    const name = valueOrThrow(parsePeerName(address, 'address'));
    if (!neighborsOf(lifecycle.document).some((neighbor) => neighbor.name === name)) {
      const where =
        speaker.peer(name) === undefined
          ? `there is no neighbor ${name}`
          : `${name} came from a range; change its group`;
      throw withDetail(Code.NotFound, where, 'peer-not-found', 'address');
    }
    return change(
      (document) =>
        withNeighborChanged(document, name, (table) => withValue(table, [`${direction}_policy_chain`], chain(names))),
      `${direction} chain of ${name}`,
    );
  };
  return {
    listPolicies() {
      return {
        policies: tablesBelow(lifecycle.document, DEFINITIONS).map(([name, table]) => definitionOf(name, table)),
      };
    },
    getPolicy({ name }) {
      return definitionOf(name, namedOrThrow(lifecycle.document, DEFINITIONS, name, 'policy'));
    },
    setPolicy({ name, definition }) {
      requireName(name);
      const table = valueOrThrow(toDefinitionTable(definition));
      return change((document) => withValue(document, [...DEFINITIONS, name], table), `policy ${name}`);
    },
    deletePolicy({ name }) {
      return deleteUnused(lifecycle, DEFINITIONS, name, 'policy');
    },
    async tryPolicy({ name, definition, maxRoutes }) {
      requireName(name);
      const table = valueOrThrow(toDefinitionTable(definition));
      const edit = (document: Document) => withValue(document, [...DEFINITIONS, name], table);
      return toPlan(changeOrThrow(await lifecycle.planChange(edit, maxRoutes || DEFAULT_PLANNED_ROUTES)));
    },
    testPolicies({ toml }) {
      const text = toml === '' ? undefined : changeOrThrow(lifecycle.withSecrets(toml));
      const report = testPolicies(text);
      const message = 'the file has mistakes besides its tests';
      const { tests, coverage } = changeOrThrow(
        report.ok ? report : err({ code: 'invalid', message, diagnostics: report.error }),
      );
      return {
        tests: tests.map(({ name, subject, path, failures }) => ({
          name,
          subject,
          path: formatPath(path),
          failures: [...failures],
        })),
        coverage: coverage.map(({ policy, terms }) => ({
          policy,
          terms: terms.map(({ name: term, tests: count }) => ({ policy, term, count: BigInt(count) })),
        })),
      };
    },
    async countPolicyHits({ address, direction }, { signal }) {
      const name = valueOrThrow(parsePeerName(address, 'address'));
      if (direction !== 'import' && direction !== 'export') {
        return valueOrThrow(requestError('combination-invalid', 'direction', 'write import or export'));
      }
      return toHits(await countHits(speaker, name, direction, signal));
    },
    listNeighborSets() {
      return { neighborSets: tablesBelow(lifecycle.document, SETS).map(([name, table]) => setOf(name, table)) };
    },
    getNeighborSet({ name }) {
      return setOf(name, namedOrThrow(lifecycle.document, SETS, name, 'neighbor-set'));
    },
    setNeighborSet({ name, definition }) {
      requireName(name);
      if (definition === undefined) return valueOrThrow(requestError('missing', 'definition', 'the set is needed'));
      const { addresses, remoteAsns, peerGroups } = definition;
      const table = {
        ...(addresses.length === 0 ? {} : { addresses: [...addresses] }),
        ...(remoteAsns.length === 0 ? {} : { remote_asns: [...remoteAsns] }),
        ...(peerGroups.length === 0 ? {} : { peer_groups: [...peerGroups] }),
      };
      return change((document) => withValue(document, [...SETS, name], table), `neighbor set ${name}`);
    },
    deleteNeighborSet({ name }) {
      return deleteUnused(lifecycle, SETS, name, 'neighbor-set');
    },
    getGlobalPolicyChains() {
      const policy = tableAt(lifecycle.document, 'policy');
      return {
        importPolicyNames: listOf<string>(policy?.import_chain),
        exportPolicyNames: listOf<string>(policy?.export_chain),
      };
    },
    setGlobalImportChain: ({ policyNames }) => setGlobalChain('import', requireNames(policyNames)),
    setGlobalExportChain: ({ policyNames }) => setGlobalChain('export', requireNames(policyNames)),
    clearGlobalImportChain: () => setGlobalChain('import', undefined),
    clearGlobalExportChain: () => setGlobalChain('export', undefined),
    getNeighborPolicyChains({ address }) {
      const name = valueOrThrow(parsePeerName(address, 'address'));
      const status = speaker.peer(name);
      if (status === undefined) {
        throw withDetail(Code.NotFound, `there is no neighbor ${name}`, 'peer-not-found', 'address');
      }
      const { importChain = [], exportChain = [] } = status.config;
      return {
        address: name,
        importPolicyNames: importChain.map((policy) => policy.name),
        exportPolicyNames: exportChain.map((policy) => policy.name),
      };
    },
    setNeighborImportChain: ({ address, policyNames }) =>
      setNeighborChain(address, 'import', requireNames(policyNames)),
    setNeighborExportChain: ({ address, policyNames }) =>
      setNeighborChain(address, 'export', requireNames(policyNames)),
    clearNeighborImportChain: ({ address }) => setNeighborChain(address, 'import', undefined),
    clearNeighborExportChain: ({ address }) => setNeighborChain(address, 'export', undefined),
  };
}

function chain(names: readonly string[] | undefined): readonly string[] | undefined {
  return names === undefined ? undefined : [...names];
}

/** An empty chain would mean "not set", which is what Clear… is for. */
function requireNames(names: readonly string[]): readonly string[] {
  if (names.length > 0) return names;
  return valueOrThrow(
    requestError('missing', 'policy_names', 'a chain needs a policy; to take the chain away, clear it'),
  );
}

function listOf<T>(value: unknown): T[] {
  return Array.isArray(value) ? value : [];
}
