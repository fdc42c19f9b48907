import type { Capability } from '@bgp/wire';

/** The first capability of a type; RFC 5492 §4 lets a receiver take one of several equal ones. */
export function capabilityOf<T extends Capability['type']>(
  capabilities: readonly Capability[],
  type: T,
): Extract<Capability, { readonly type: T }> | undefined {
  return capabilities.find(
    (capability): capability is Extract<Capability, { readonly type: T }> => capability.type === type,
  );
}
