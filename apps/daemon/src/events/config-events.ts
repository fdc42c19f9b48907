import { formatDiagnostics } from '@bgp/config';
import type { EventBody, PolicyBody } from '@bgp/event-log';
import type { AppliedChange, LifecycleEvent } from '@bgp/lifecycle';

/** What became of a configuration, as events: the change itself, and one for each policy that it changed. */
export function configEvents(event: LifecycleEvent): EventBody[] {
  switch (event.type) {
    case 'config-applied':
      return isChange(event.applied) ? [applied(event.origin, event.applied), ...policyEvents(event.applied)] : [];
    case 'config-refused': {
      const { code, message, diagnostics = [] } = event.error;
      const detail = diagnostics.length === 0 ? message : formatDiagnostics(diagnostics, '', { color: false });
      return [{ type: 'config-refused', origin: event.origin, code, detail: shortened(detail) }];
    }
    case 'config-confirmed':
      return [{ type: 'config-confirmed', revision: event.revision }];
    case 'config-not-kept':
      return [{ type: 'config-not-kept', detail: shortened(`${event.what}: ${event.message}`) }];
  }
}

/** A reload of a file that says the same is no event. */
function isChange({ documents, speaker, needRestart }: AppliedChange): boolean {
  return documents.length + speaker.peers.length + speaker.ranges.length + needRestart.length > 0;
}

function applied(origin: string, { revision, speaker, needRestart, pending }: AppliedChange): EventBody {
  const peersWith = (effect: string) => speaker.peers.filter((one) => one.effect === effect).map(({ peer }) => peer);
  return {
    type: 'config-applied',
    origin,
    revision,
    added: peersWith('added'),
    removed: peersWith('removed'),
    live: peersWith('live'),
    reset: peersWith('session-reset'),
    needRestart: [...needRestart],
    ...(pending === undefined ? {} : { confirmByMs: pending.untilMs }),
  };
}

interface Row {
  /** Of the path of a difference between two files; the group is the target's name. */
  readonly path: RegExp;
  readonly targetType: PolicyBody['targetType'];
}

const NAME = String.raw`(?:"((?:[^"\\]|\\.)+)"|([\w-]+))`;
const CHAIN = '(?:import|export)_policy';
const ROWS: readonly Row[] = [
  { path: new RegExp(`^policy\\.definitions\\.${NAME}`), targetType: 'policy' },
  { path: new RegExp(`^policy\\.neighbor_sets\\.${NAME}`), targetType: 'neighbor-set' },
  { path: new RegExp(`^policy\\.prefix_lists\\.${NAME}`), targetType: 'prefix-list' },
  { path: new RegExp(`^policy\\.as_path_sets\\.${NAME}`), targetType: 'as-path-set' },
  { path: /^policy\.((?:import|export)(?:_chain)?)/, targetType: 'global-chain' },
  { path: new RegExp(`^peer_groups\\.${NAME}\\.${CHAIN}`), targetType: 'group-chain' },
  { path: new RegExp(`^neighbors\\[${NAME}\\]\\.${CHAIN}`), targetType: 'neighbor-chain' },
];

/** One event for each policy, list or chain that is different, and one if only the lists in other files are. */
function policyEvents({ documents, speaker }: AppliedChange): PolicyBody[] {
  const changed = speaker.peers.filter(({ keys }) => keys.includes('importChain') || keys.includes('exportChain'));
  const affectedPeers = changed.length;
  const events = new Map<string, PolicyBody>();
  for (const { path, after } of documents) {
    for (const { path: pattern, targetType } of ROWS) {
      const [whole, ...groups] = pattern.exec(path) ?? [];
      if (whole === undefined) continue;
      const target = groups.find((group) => group !== undefined) ?? '';
      const peer = targetType === 'neighbor-chain' ? { peer: target } : {};
      // Only what is gone as a whole is deleted; a statement less is another policy.
      const operation = after === undefined && whole === path ? 'delete' : 'set';
      const body: PolicyBody = { type: 'policy-changed', operation, targetType, target, ...peer, affectedPeers };
      events.set(`${targetType} ${target}`, body);
    }
  }
  if (events.size === 0 && affectedPeers > 0) {
    events.set('', {
      type: 'policy-changed',
      operation: 'set',
      targetType: 'data',
      target: 'lists in files',
      affectedPeers,
    });
  }
  return [...events.values()];
}

const LONGEST = 2_000;

function shortened(text: string): string {
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST)}… (${text.length} characters)`;
}
