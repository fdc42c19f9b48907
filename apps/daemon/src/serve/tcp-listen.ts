import type { AddressInfo, Server } from 'node:net';
import { err, ok, type Result } from '@bgp/wire';
import type { StartError } from '../start-error.ts';

/** Binds a server to an address; the result is where it really listens. */
export function listenTcp(
  server: Server,
  host: string,
  port: number,
  what: string,
): Promise<Result<AddressInfo, StartError>> {
  return new Promise((resolve) => {
    const place = `${what} ${host.includes(':') ? `[${host}]` : host}:${port}`;
    const onError = (error: NodeJS.ErrnoException) => resolve(err({ what: place, message: explain(error) }));
    server.once('error', onError);
    server.listen({ host, port }, () => {
      server.removeListener('error', onError);
      resolve(ok(server.address() as AddressInfo)); // An AddressInfo for every listener that is not a path.
    });
  });
}

function explain(error: NodeJS.ErrnoException): string {
  const why: Readonly<Record<string, string>> = {
    EADDRINUSE: 'another process uses this port; stop it or choose another one',
    EACCES: 'ports below 1024 need the capability CAP_NET_BIND_SERVICE or root',
    EADDRNOTAVAIL: 'this machine does not have the address',
  };
  return why[error.code ?? ''] ?? error.message;
}
