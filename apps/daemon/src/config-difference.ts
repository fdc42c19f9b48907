import { type DaemonConfig, type DocumentChange, diffDocuments, parseToml } from '@bgp/config';
import { restartSections } from '@bgp/lifecycle';
import { compareConfigs } from '@bgp/speaker';

interface Loaded {
  readonly config: DaemonConfig;
  readonly text: string;
}

/** What a reload of another file would do. The keys are an interface: scripts read them. */
export interface ConfigDifference {
  readonly has_actionable_changes: boolean;
  readonly has_informational_changes: boolean;
  readonly has_any_changes: boolean;
  readonly reload_applied: {
    readonly neighbors: {
      readonly added: readonly { readonly address: string; readonly remote_asn: number }[];
      readonly removed: readonly string[];
      /** `effect`: `live`, or `session-reset`. */
      readonly changed: readonly {
        readonly address: string;
        readonly effect: string;
        readonly keys: readonly string[];
      }[];
    };
    readonly dynamic_neighbors: readonly { readonly prefix: string; readonly effect: string }[];
  };
  /** Sections and keys that a running daemon keeps. */
  readonly restart_required: readonly string[];
  /** Every difference between the files, by path. */
  readonly changes: readonly DocumentChange[];
}

export function configDifference(before: Loaded, after: Loaded): ConfigDifference {
  const { peers, ranges, needRestart } = compareConfigs(before.config.speaker, after.config.speaker);
  const asOf = new Map(after.config.speaker.peers.map((peer) => [peer.name, peer.remoteAs]));
  const of = (effect: string) => peers.filter((peer) => peer.effect === effect);
  const restart = [...needRestart, ...restartSections(before.config, after.config)];
  const changes = diffDocuments(tables(before.text), tables(after.text));
  const isActionable = peers.length + ranges.length + restart.length > 0;
  return {
    has_actionable_changes: isActionable,
    has_informational_changes: changes.length > 0 && !isActionable,
    has_any_changes: changes.length > 0,
    reload_applied: {
      neighbors: {
        added: of('added').map(({ peer }) => ({ address: peer, remote_asn: asOf.get(peer) ?? 0 })),
        removed: of('removed').map(({ peer }) => peer),
        changed: [...of('live'), ...of('session-reset')].map(({ peer, effect, keys }) => ({
          address: peer,
          effect,
          keys,
        })),
      },
      dynamic_neighbors: ranges,
    },
    restart_required: restart,
    changes,
  };
}

export function formatDifference(difference: ConfigDifference, isColored: boolean): string {
  const paint = (code: number) => (text: string) => (isColored ? `\u001b[${code}m${text}\u001b[0m` : text);
  const [strong, good, warn, bad] = [paint(1), paint(32), paint(33), paint(31)];
  const { neighbors, dynamic_neighbors: ranges } = difference.reload_applied;
  const lines: string[] = [];
  const section = (title: string, rows: readonly string[]) => {
    if (rows.length > 0) lines.push(strong(title), ...rows.map((row) => `  ${row}`), '');
  };
  section(
    'Changes',
    difference.changes.map(({ path, before, after }) => `${path}: ${before ?? '–'} → ${after ?? '–'}`),
  );
  section('On reload', [
    ...neighbors.added.map(({ address, remote_asn }) => good(`+ neighbor ${address}, AS ${remote_asn}`)),
    ...neighbors.removed.map((address) => bad(`- neighbor ${address}: its session ends`)),
    ...neighbors.changed.map(({ address, effect, keys }) =>
      effect === 'live'
        ? `~ neighbor ${address}: the session stays up (${keys.join(', ')})`
        : warn(`! neighbor ${address}: the session starts anew (${keys.join(', ')})`),
    ),
    ...ranges.map(({ prefix, effect }) => `~ range ${prefix}: ${effect}`),
  ]);
  section(
    'Only after a restart',
    difference.restart_required.map((name) => warn(name)),
  );
  return lines.length === 0 ? 'No differences\n' : `${lines.join('\n').trimEnd()}\n`;
}

function tables(text: string): Readonly<Record<string, unknown>> {
  const parsed = parseToml(text, '');
  if (!parsed.ok) throw new Error('a configuration that was loaded is not TOML');
  return parsed.value;
}
