import type { Capability } from '@bgp/wire';

/** RFC 9234 §4.1, the values of the capability: 0 provider, 1 RS, 2 RS-client, 3 customer, 4 peer; and §4.2, Table 2: the other side of each. */
const COUNTERPART: readonly number[] = [3, 2, 1, 0, 4];

/**
 * Whether the roles that both sides said go together. A side without a role has no say, unless we are strict.
 * @source RFC 9234 §4.2
 */
export function rolesAgree(ours: readonly Capability[], theirs: readonly Capability[], isStrict: boolean): boolean {
  const local = rolesIn(ours)[0];
  if (local === undefined) return true; // nothing advertised: nothing to compare with
  const remote = new Set(rolesIn(theirs));
  if (remote.size === 0) return !isStrict;
  const counterpart = COUNTERPART[local];
  // Several of one value count as one; several values are a mismatch whatever they are.
  return remote.size === 1 && counterpart !== undefined && remote.has(counterpart);
}

function rolesIn(capabilities: readonly Capability[]): number[] {
  return capabilities.filter((capability) => capability.type === 'role').map(({ role }) => role);
}
