import { formatFamily, parseFamily } from '@bgp/wire';
import { familiesOf } from './neighbors.ts';
import { heldValue, idle, type SessionFinding, type SessionTables } from './session-finding.ts';

const NEED_LIMIT = ['max_prefixes_warning', 'max_prefixes_action', 'max_prefixes_restart_time'] as const;

/** What is said about limits of received prefixes without effect (RFC 4486). */
export function checkPrefixLimits(session: SessionTables): SessionFinding[] {
  const perFamily = Object.keys(heldValue(session, 'max_prefixes_per_family') ?? {});
  const ofSession = familiesOf(session.neighbor, session.group).map(formatFamily);
  const findings: SessionFinding[] = [];
  for (const name of perFamily) {
    const family = parseFamily(name);
    if (family === undefined || ofSession.includes(formatFamily(family))) continue;
    const reason = `the limit for ${name} has no effect: the session is for ${ofSession.join(', ')}`;
    findings.push(idle('max_prefixes_per_family', reason, [name]));
  }
  if (heldValue(session, 'max_prefixes') === undefined && perFamily.length === 0) {
    for (const key of NEED_LIMIT) {
      if (heldValue(session, key) === undefined) continue;
      findings.push(idle(key, `${key} has no effect without max_prefixes or max_prefixes_per_family`));
    }
  } else if (heldValue(session, 'max_prefixes_action') === 'warn') {
    if (heldValue(session, 'max_prefixes_restart_time') !== undefined) {
      const reason = 'max_prefixes_restart_time has no effect with max_prefixes_action = "warn": the session stays';
      findings.push(idle('max_prefixes_restart_time', reason));
    }
  }
  return findings;
}
