import {
  type NamedNeighborSet,
  type NamedPolicy,
  NeighborSetDefinitionSchema,
  type PlanConfigResponse,
  PolicyDefinitionSchema,
} from '@bgp/api-proto';
import { type DescMessage, fromJson, type MessageInitShape, type MessageShape } from '@bufbuild/protobuf';
import type { Call, Command, Option } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { parseWhole } from '../option-values.ts';
import { readFileArgument } from '../read-file.ts';
import { planJson, planText } from '../render/config-change.ts';
import { writeDone, writeItem } from '../render/output.ts';
import { printable } from '../render/palette.ts';
import { Table } from '../render/table.ts';
import { UsageError } from '../usage-error.ts';
import { ROUTE_LIMIT } from './config.ts';

export const FROM_FILE: Option = {
  long: '--from-file',
  value: 'FILE',
  help: 'TOML as below its header in the configuration file, or JSON; - for standard input',
  isRequired: true,
};
const NEIGHBOR: Option = { long: '--neighbor', value: 'ADDR', help: 'of one neighbor; without: the global chain' };
const POLICIES: Option = {
  long: '--policies',
  value: 'A,B',
  help: 'names, in the order in which they run',
  isRequired: true,
};

export const POLICY_COMMANDS: readonly Command[] = [
  {
    forms: ['policy', 'policy list'],
    summary: 'Policies, and who runs them.',
    rpc: 'PolicyService.ListPolicies',
    options: [],
    async run({ clients, out }) {
      const { policies } = await clients.policy.listPolicies({});
      await writeNamed(out, policies, policyJson, 'No policies');
      return EXIT.done;
    },
  },
  {
    forms: ['policy get NAME', 'policy show NAME'],
    summary: 'One policy, as it stands in the configuration file.',
    rpc: 'PolicyService.GetPolicy',
    options: [],
    async run({ argument, clients, out }) {
      const policy = await clients.policy.getPolicy({ name: argument('NAME') });
      await writeItem(
        out,
        () => policyJson(policy),
        () => policy.definition?.toml ?? '',
      );
      return EXIT.done;
    },
  },
  {
    forms: ['policy set NAME'],
    summary: 'Create or replace a policy; it takes effect at once and stays over restarts.',
    rpc: 'PolicyService.SetPolicy',
    options: [FROM_FILE],
    examples: ['tsbgpctl policy try edge --from-file edge.toml', 'tsbgpctl policy set edge --from-file edge.toml'],
    async run({ argument, options, clients, out }) {
      const name = argument('NAME');
      await clients.policy.setPolicy({ name, definition: readDefinition(options.text('from-file') ?? '') });
      await writeDone(out, 'set_policy', name, `Policy ${name} is in force`);
      return EXIT.done;
    },
  },
  {
    forms: ['policy try NAME'],
    summary:
      'What `policy set` would do to the routes that are here: which are accepted, refused or changed, every announcement and withdrawal. Nothing is done.',
    rpc: 'PolicyService.TryPolicy',
    options: [FROM_FILE, ROUTE_LIMIT, { long: '--against-live', help: 'the only way; for those who like to say so' }],
    async run({ argument, options, clients, out }) {
      const [name, file] = [argument('NAME'), options.text('from-file') ?? ''];
      const maxRoutes = options.number('limit', 1_000_000) ?? 0;
      const plan = await clients.policy.tryPolicy({ name, definition: readDefinition(file), maxRoutes });
      await writeItem(
        out,
        () => planJson(plan),
        () => `${planText(plan, out.palette)}\n${howToGoOn(plan, name, file)}\n`,
      );
      return EXIT.done;
    },
  },
  {
    forms: ['policy delete NAME'],
    summary: 'Delete a policy that nobody runs.',
    rpc: 'PolicyService.DeletePolicy',
    options: [],
    async run({ argument, clients, out }) {
      await clients.policy.deletePolicy({ name: argument('NAME') });
      await writeDone(out, 'delete_policy', argument('NAME'), `Policy ${argument('NAME')} is deleted`);
      return EXIT.done;
    },
  },
  {
    forms: ['policy chain show', 'policy chain'],
    summary: 'What runs by default, or what a neighbor runs.',
    rpc: 'PolicyService.GetNeighborPolicyChains',
    options: [NEIGHBOR],
    run: showChains,
  },
  ...(['import', 'export'] as const).flatMap((direction) => [setChain(direction), clearChain(direction)]),
];

export const NEIGHBOR_SET_COMMANDS: readonly Command[] = [
  {
    forms: ['neighbor-set', 'neighbor-set list'],
    summary: 'Sets of neighbors for `match_neighbor_set`, and who uses them.',
    rpc: 'PolicyService.ListNeighborSets',
    options: [],
    async run({ clients, out }) {
      const { neighborSets } = await clients.policy.listNeighborSets({});
      await writeNamed(out, neighborSets, setJson, 'No neighbor sets');
      return EXIT.done;
    },
  },
  {
    forms: ['neighbor-set get NAME', 'neighbor-set show NAME'],
    summary: 'One set of neighbors.',
    rpc: 'PolicyService.GetNeighborSet',
    options: [],
    async run({ argument, clients, out }) {
      const set = setJson(await clients.policy.getNeighborSet({ name: argument('NAME') }));
      await writeItem(
        out,
        () => set,
        () =>
          `${[...set.addresses, ...set.remote_asns.map((as) => `AS ${as}`), ...set.peer_groups.map((group) => `group ${group}`)].join('\n')}\n`,
      );
      return EXIT.done;
    },
  },
  {
    forms: ['neighbor-set set NAME'],
    summary: 'Create or replace a set of neighbors.',
    rpc: 'PolicyService.SetNeighborSet',
    options: [
      { long: '--addresses', value: 'A,B', help: 'neighbors by address' },
      { long: '--asns', value: 'A,B', help: 'neighbors by AS number' },
      { long: '--groups', value: 'A,B', help: 'neighbors by group' },
      { long: '--from-file', value: 'FILE', help: 'JSON with addresses, remote_asns, peer_groups' },
    ],
    async run({ argument, options, clients, out }) {
      const name = argument('NAME');
      const file = options.text('from-file');
      const definition =
        file === undefined
          ? {
              addresses: [...options.list('addresses')],
              remoteAsns: options.list('asns').map((text) => parseWhole(text, '--asns', 1, 0xffff_ffff)),
              peerGroups: [...options.list('groups')],
            }
          : parseJson(NeighborSetDefinitionSchema, readFileArgument(file), file);
      await clients.policy.setNeighborSet({ name, definition });
      await writeDone(out, 'set_neighbor_set', name, `Neighbor set ${name} is in force`);
      return EXIT.done;
    },
  },
  {
    forms: ['neighbor-set delete NAME'],
    summary: 'Delete a set that no policy uses.',
    rpc: 'PolicyService.DeleteNeighborSet',
    options: [],
    async run({ argument, clients, out }) {
      await clients.policy.deleteNeighborSet({ name: argument('NAME') });
      await writeDone(out, 'delete_neighbor_set', argument('NAME'), `Neighbor set ${argument('NAME')} is deleted`);
      return EXIT.done;
    },
  },
];

function howToGoOn({ change }: PlanConfigResponse, name: string, file: string): string {
  if (change === undefined || change.documents.length === 0) return 'This is what the policy says now.';
  if (change.neighbors.length > 0) return `Put it in force with: tsbgpctl policy set ${name} --from-file ${file}`;
  return 'No neighbor runs this policy: a chain has to name it first (tsbgpctl policy chain set-import, set-export).';
}

async function showChains({ options, clients, out }: Call) {
  const address = options.text('neighbor');
  const { importPolicyNames, exportPolicyNames } =
    address === undefined
      ? await clients.policy.getGlobalPolicyChains({})
      : await clients.policy.getNeighborPolicyChains({ address });
  const shown = (names: readonly string[]) => (names.length === 0 ? out.palette.faint('nothing') : names.join(' → '));
  await writeItem(
    out,
    () => ({ ...(address === undefined ? {} : { address }), import: importPolicyNames, export: exportPolicyNames }),
    () => `import: ${shown(importPolicyNames)}\nexport: ${shown(exportPolicyNames)}\n`,
  );
  return EXIT.done;
}

function setChain(direction: 'import' | 'export'): Command {
  return {
    forms: [`policy chain set-${direction}`],
    summary: `Say which policies run on ${direction}.`,
    rpc: `PolicyService.SetNeighbor${direction === 'import' ? 'Import' : 'Export'}Chain`,
    options: [POLICIES, NEIGHBOR],
    async run({ options, clients, out }) {
      const policyNames = [...options.list('policies')];
      if (policyNames.length === 0)
        throw new UsageError('--policies: no name', `policy chain clear-${direction} takes it away`);
      const address = options.text('neighbor');
      const { policy } = clients;
      if (address === undefined) {
        await (direction === 'import'
          ? policy.setGlobalImportChain({ policyNames })
          : policy.setGlobalExportChain({ policyNames }));
      } else if (direction === 'import') await policy.setNeighborImportChain({ address, policyNames });
      else await policy.setNeighborExportChain({ address, policyNames });
      const target = address ?? 'global';
      await writeDone(
        out,
        `set_${direction}_chain`,
        target,
        `${direction} chain of ${target}: ${policyNames.join(' → ')}`,
      );
      return EXIT.done;
    },
  };
}

function clearChain(direction: 'import' | 'export'): Command {
  return {
    forms: [`policy chain clear-${direction}`],
    summary: `Take the ${direction} chain away; what is further out applies then: group, global.`,
    rpc: `PolicyService.ClearNeighbor${direction === 'import' ? 'Import' : 'Export'}Chain`,
    options: [NEIGHBOR],
    async run({ options, clients, out }) {
      const address = options.text('neighbor');
      const { policy } = clients;
      if (address === undefined) {
        await (direction === 'import' ? policy.clearGlobalImportChain({}) : policy.clearGlobalExportChain({}));
      } else if (direction === 'import') await policy.clearNeighborImportChain({ address });
      else await policy.clearNeighborExportChain({ address });
      const target = address ?? 'global';
      await writeDone(
        out,
        `clear_${direction}_chain`,
        target,
        `${target} has no ${direction} chain of its own any more`,
      );
      return EXIT.done;
    },
  };
}

/** TOML, or JSON with the fields of the API. */
function readDefinition(file: string): MessageInitShape<typeof PolicyDefinitionSchema> {
  const text = readFileArgument(file);
  return text.trimStart().startsWith('{') ? parseJson(PolicyDefinitionSchema, text, file) : { toml: text };
}

/** Unknown fields are refused: a condition that nobody reads lets the wrong routes through. */
export function parseJson<S extends DescMessage>(schema: S, text: string, file: string): MessageShape<S> {
  try {
    return fromJson(schema, JSON.parse(text));
  } catch (error) {
    throw new UsageError(`${file}: ${error instanceof Error ? error.message : error}`);
  }
}

function policyJson({ name, definition, usedBy }: NamedPolicy) {
  return { name, default_action: definition?.defaultAction ?? '', toml: definition?.toml ?? '', used_by: usedBy };
}

function setJson({ name, definition, usedBy }: NamedNeighborSet) {
  return {
    name,
    addresses: definition?.addresses ?? [],
    remote_asns: definition?.remoteAsns ?? [],
    peer_groups: definition?.peerGroups ?? [],
    used_by: usedBy,
  };
}

export async function writeNamed<T extends { readonly name: string; readonly usedBy: readonly string[] }>(
  out: Call['out'],
  named: readonly T[],
  json: (one: T) => unknown,
  none: string,
): Promise<void> {
  await writeItem(
    out,
    () => named.map(json),
    () => {
      if (named.length === 0) return `${none}\n`;
      const table = new Table([{ title: 'Name' }, { title: 'Used by' }], out.palette.strong);
      return table.lines(
        named.map(({ name, usedBy }) => [
          printable(name),
          usedBy.length === 0 ? { text: 'nobody', paint: out.palette.faint } : printable(usedBy.join(', ')),
        ]),
      );
    },
  );
}
