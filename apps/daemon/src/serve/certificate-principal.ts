import type { X509Certificate } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Http2ServerRequest } from 'node:http2';
import { TLSSocket } from 'node:tls';

/** What Node writes: `DNS:a, URI:tsbgpd://ops, email:x@y`; values with a comma or worse in them stand in JSON's quotes. */
const NAME = /(?:^|, )([A-Za-z ]+):("(?:[^"\\]|\\.)*"|[^,]*)/g;
const OWN_SCHEME = /^(tsbgpd|rustbgpd):/;

/**
 * Who a client certificate says its holder is: the first URI of our scheme among the alternative names, then the first mail address, then
 * the common name. Undefined: it names nobody in a way that counts.
 */
export function principalOf(certificate: X509Certificate): string | undefined {
  const names = [...(certificate.subjectAltName ?? '').matchAll(NAME)].map(([, kind = '', value = '']) => ({
    kind,
    value: value.startsWith('"') ? String(JSON.parse(value)) : value,
  }));
  const uri = names.find(({ kind, value }) => kind === 'URI' && OWN_SCHEME.test(value));
  const mail = names.find(({ kind }) => kind === 'email');
  const commonName: unknown = certificate.toLegacyObject().subject.CN; // an array when there are several
  const name = uri?.value ?? mail?.value ?? (typeof commonName === 'string' ? commonName : undefined);
  return name === undefined || name.trim() === '' ? undefined : name;
}

/** Of the connection that a request came over. */
export function callerOf(request: IncomingMessage | Http2ServerRequest): string | undefined {
  const socket = 'stream' in request ? request.stream.session?.socket : request.socket;
  // An HTTP/2 session shows its socket through a proxy, which `instanceof` sees through.
  if (!(socket instanceof TLSSocket)) return undefined;
  const certificate = socket.getPeerX509Certificate();
  return certificate === undefined ? undefined : principalOf(certificate);
}
