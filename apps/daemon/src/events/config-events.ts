import { type ConfigDocument, formatDiagnostics } from '@bgp/config';
import type { EventBody } from '@bgp/event-log';
import type { AppliedChange, LifecycleEvent } from '@bgp/lifecycle';
import { policyEvents } from './policy-events.ts';

/** What became of a configuration, as events: the change itself, and one for each policy that it changed. */
export function configEvents(event: LifecycleEvent, before: ConfigDocument, after: ConfigDocument): EventBody[] {
  switch (event.type) {
    case 'config-applied':
      return isChange(event.applied)
        ? [applied(event.origin, event.applied), ...policyEvents(event.applied, before, after)]
        : [];
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

const LONGEST = 2_000;

function shortened(text: string): string {
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST)}… (${text.length} characters)`;
}
