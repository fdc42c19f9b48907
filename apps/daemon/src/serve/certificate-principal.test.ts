import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { principalOf } from './certificate-principal.ts';

const read = (name: string) =>
  new X509Certificate(readFileSync(new URL(`../testing/certificates/${name}.pem`, import.meta.url)));

it.each([
  ['observer', 'tsbgpd://observer', 'the first URI of our scheme, not another one'],
  ['automation', 'rustbgpd://automation', "the seed's scheme, before a mail address"],
  ['operator', 'operator@b.example', 'a mail address, before the common name'],
  ['server', 'tsbgpd', 'the common name, when no alternative name counts'],
  ['intruder', 'intruder', 'a URI that holds other names in its text is one name, of no scheme of ours'],
  ['nameless', undefined, 'nobody'],
])('%s.pem: %s (%s)', (name, principal, _why) => {
  expect(principalOf(read(name))).toBe(principal);
});
