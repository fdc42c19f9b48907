import type { ConfigDocument } from '@bgp/config';
import type { PolicyBody } from '@bgp/event-log';
import type { AppliedChange } from '@bgp/lifecycle';

type Target = Pick<PolicyBody, 'targetType' | 'target' | 'operation'>;

const TABLES = {
  definitions: 'policy',
  neighbor_sets: 'neighbor-set',
  prefix_lists: 'prefix-list',
} as const satisfies Partial<Record<keyof NonNullable<ConfigDocument['policy']>, PolicyBody['targetType']>>;
type Table = keyof typeof TABLES;
const CHAINS = ['import', 'export', 'import_chain', 'export_chain'] as const;

const NAME = String.raw`(?:"((?:[^"\\]|\\.)+)"|([\w-]+))`;
const NAMED = new RegExp(`^policy\\.(${Object.keys(TABLES).join('|')})(?:\\.${NAME})?`);
const CHAIN = /^policy\.(import|export|import_chain|export_chain)\b/;
const USED = [
  { path: new RegExp(`^peer_groups\\.${NAME}\\.(?:import|export)_policy`), targetType: 'group-chain' },
  { path: new RegExp(`^neighbors\\[${NAME}\\]\\.(?:import|export)_policy`), targetType: 'neighbor-chain' },
] as const;
/** Tests beside policies judge a file; they change no route. */
const TESTS = new RegExp(`^policy\\.(?:tests|definitions\\.${NAME}\\.tests)`);

/**
 * One event for each policy, list and chain that is different between two files; else one for each neighbor whose policy is another one
 * all the same; and one for all of them when only the lists beside the file changed.
 */
export function policyEvents(
  { documents, speaker }: AppliedChange,
  before: ConfigDocument,
  after: ConfigDocument,
): PolicyBody[] {
  const changed = speaker.peers.filter(({ keys }) => keys.includes('importChain') || keys.includes('exportChain'));
  const targets = new Map<string, Target>();
  for (const { path, after: now } of documents) {
    for (const target of targetsOf(path, now === undefined, before, after)) {
      targets.set(`${target.targetType} ${target.target}`, target);
    }
  }
  if (targets.size === 0 && changed.length > 0) {
    const isFileOnly = documents.length === 0;
    const data: Target = { operation: 'set', targetType: 'data', target: 'lists in files' };
    if (isFileOnly) targets.set('', data);
    else
      for (const { peer } of changed)
        targets.set(peer, { operation: 'set', targetType: 'neighbor-chain', target: peer });
  }
  return [...targets.values()].map((target) => ({
    type: 'policy-changed',
    ...target,
    ...(target.targetType === 'neighbor-chain' ? { peer: target.target } : {}),
    affectedPeers: changed.length,
  }));
}

function targetsOf(path: string, isGone: boolean, before: ConfigDocument, after: ConfigDocument): Target[] {
  if (TESTS.test(path)) return [];
  // The first policy of a file, or the last: the whole table is the difference.
  if (path === 'policy')
    return [
      ...(Object.keys(TABLES) as Table[]).flatMap((table) => allOf(table, isGone, before, after)),
      ...chainsOf(isGone ? before : after, isGone),
    ];
  const [whole, table, quoted, bare] = NAMED.exec(path) ?? [];
  if (whole !== undefined) {
    const name = quoted ?? bare;
    if (name === undefined) return allOf(table as Table, isGone, before, after);
    return [
      { operation: isGone && whole === path ? 'delete' : 'set', targetType: TABLES[table as Table], target: name },
    ];
  }
  const [chain, which] = CHAIN.exec(path) ?? [];
  if (which !== undefined) {
    return [{ operation: isGone && chain === path ? 'delete' : 'set', targetType: 'global-chain', target: which }];
  }
  for (const { path: pattern, targetType } of USED) {
    const [used, quotedName, bareName] = pattern.exec(path) ?? [];
    if (used !== undefined) return [{ operation: 'set', targetType, target: quotedName ?? bareName ?? '' }];
  }
  return [];
}

function allOf(table: Table, isGone: boolean, before: ConfigDocument, after: ConfigDocument): Target[] {
  const named = (isGone ? before : after).policy?.[table] ?? {};
  const operation = isGone ? 'delete' : 'set';
  return Object.keys(named).map((target) => ({ operation, targetType: TABLES[table], target }));
}

function chainsOf({ policy = {} }: ConfigDocument, isGone: boolean): Target[] {
  const operation = isGone ? 'delete' : 'set';
  return CHAINS.filter((chain) => policy[chain] !== undefined).map((target) => ({
    operation,
    targetType: 'global-chain',
    target,
  }));
}
