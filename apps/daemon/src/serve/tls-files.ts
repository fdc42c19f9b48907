import { readFileSync } from 'node:fs';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import type { TlsFiles } from '@bgp/config';
import { err, ok, type Result } from '@bgp/wire';
import type { StartError } from '../start-error.ts';

/** What the three files hold, looked at: a key that does not belong to the certificate is a mistake here and not at the first call. */
export function readTlsFiles({ certFile, keyFile, clientCaFile }: TlsFiles): Result<SecureContextOptions, StartError> {
  const cert = readPem('tls_cert_file', certFile, 'CERTIFICATE');
  if (!cert.ok) return cert;
  const key = readPem('tls_key_file', keyFile, 'PRIVATE KEY');
  if (!key.ok) return key;
  const ca = readPem('tls_client_ca_file', clientCaFile, 'CERTIFICATE');
  if (!ca.ok) return ca;
  const options = { cert: cert.value, key: key.value, ca: ca.value };
  try {
    createSecureContext(options);
    return ok(options);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return err({
      what: `${certFile}, ${keyFile}, ${clientCaFile}`,
      message: `they cannot be used together: ${message}`,
    });
  }
}

function readPem(key: string, file: string, kind: string): Result<string, StartError> {
  try {
    const text = readFileSync(file, 'utf8');
    if (text.includes(`${kind}-----`)) return ok(text);
    return err({ what: `${key} ${file}`, message: `there is no PEM block "${kind}" in it` });
  } catch (error) {
    return err({ what: `${key} ${file}`, message: error instanceof Error ? error.message : String(error) });
  }
}
