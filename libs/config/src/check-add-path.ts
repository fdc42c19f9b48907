import { formatFamily, parseFamily } from '@bgp/wire';
import { familiesOf } from './neighbors.ts';
import { heldValue, idle, type SessionFinding, type SessionTables } from './session-finding.ts';

/** What an `add_path` table says without effect (RFC 7911). */
export function checkAddPath(session: SessionTables): SessionFinding[] {
  const table = heldValue(session, 'add_path');
  if (table === undefined) return [];
  const { receive = false, send = false, send_max: sendMax = 0, families = [] } = table;
  if (!receive && !send) {
    const isOff = sendMax === 0 && families.length === 0;
    return isOff ? [] : [idle('add_path', 'add_path has no effect with neither receive nor send')];
  }
  const findings: SessionFinding[] = [];
  if (sendMax > 0 && !send) findings.push(idle('add_path', 'send_max has no effect without send', ['send_max']));
  const ofSession = familiesOf(session.neighbor, session.group).map(formatFamily);
  families.forEach((name, index) => {
    const family = parseFamily(name);
    if (family === undefined || ofSession.includes(formatFamily(family))) return;
    const reason = `add_path for ${name} has no effect: the session is for ${ofSession.join(', ')}`;
    findings.push(idle('add_path', reason, ['families', index]));
  });
  return findings;
}
