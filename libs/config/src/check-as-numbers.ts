import { conflict, heldValue, type SessionFinding, type SessionTables } from './session-finding.ts';

/** AS numbers that cannot be what they are said to be, since they are somebody else's already. */
export function checkAsNumbers(session: SessionTables): SessionFinding[] {
  const { neighbor, global } = session;
  const localAs = heldValue(session, 'local_as')?.asn;
  const findings: SessionFinding[] = [];
  const invalidLocalAs = (message: string, hint: string) =>
    findings.push(conflict('local_as', `invalid local_as: ${message}`, hint));
  if (localAs === neighbor.remote_asn) {
    // RFC 4271 §1.1: with one AS on both sides the neighbor would take the session for an internal one.
    invalidLocalAs("it is the neighbor's AS", 'we and an external neighbor need different ones');
  }
  if (global === undefined) return findings;
  const { asn, confederation_id: confederationId } = global;
  if (localAs === asn) invalidLocalAs('it is our AS already', 'leave local_as out');
  if (confederationId === undefined || confederationId === asn) return findings;
  if (localAs === confederationId) {
    invalidLocalAs("it is our confederation's AS, by which external neighbors know us anyway", 'leave local_as out');
  }
  // RFC 5065 §4: members know each other by their member AS; the confederation's own is for the outside.
  if (neighbor.remote_asn === confederationId) {
    const message = `invalid remote_asn: ${confederationId} is our own confederation`;
    findings.push(conflict('remote_asn', message, 'a neighbor in the confederation has the number of its member AS'));
  }
  return findings;
}
