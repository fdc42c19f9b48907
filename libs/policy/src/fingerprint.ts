import type { PolicySource } from './types.ts';

const known = new WeakMap<PolicySource, string>();

/**
 * A short name for what a source says: equal sources have equal names. Worked out once per object, so that lists of a hundred thousand
 * prefixes need not be compared again and again. 106 bits: two sources that differ do not meet by chance.
 */
export function sourceFingerprint(source: PolicySource): string {
  let name = known.get(source);
  if (name === undefined) {
    const text = JSON.stringify(source);
    name = `${hash(text, 0).toString(36)}-${hash(text, 0x5bd1e995).toString(36)}`;
    known.set(source, name);
  }
  return name;
}

/** Two lanes of 32 bits, mixed by multiplication, as 53 bits. */
function hash(text: string, seed: number): number {
  let a = 0xdead_beef ^ seed;
  let b = 0x41c6_ce57 ^ seed;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    a = Math.imul(a ^ unit, 0x9e37_79b1);
    b = Math.imul(b ^ unit, 0x5f35_6495);
  }
  a = Math.imul(a ^ (a >>> 16), 0x85eb_ca6b) ^ Math.imul(b ^ (b >>> 13), 0xc2b2_ae35);
  b = Math.imul(b ^ (b >>> 16), 0x85eb_ca6b) ^ Math.imul(a ^ (a >>> 13), 0xc2b2_ae35);
  return 0x1_0000_0000 * (b & 0x1f_ffff) + (a >>> 0);
}
