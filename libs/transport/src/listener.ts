import { createServer, isIP, type Server, type Socket } from 'node:net';
import type { SocketAddress, TcpAoKey, TcpSecurity } from '@bgp/speaker';
import { err, ok, type Result } from '@bgp/wire';
import { canonicalAddress, formatEndpoint, isIpv6 } from './address.ts';
import { descriptorOf, type SocketOptions, socketOptions } from './tcp-options.ts';
import type { ListenError } from './types.ts';

/** Below this a listener keeps the system's default TTL (64 on Linux), which is enough for its SYN-ACK. */
const SYSTEM_TTL = 64;

/** One listening socket with the keys of the neighbors that may come in through it. */
export class Listener {
  readonly address: SocketAddress;
  readonly #server: Server;
  readonly #ipv6: boolean;
  #ttl = SYSTEM_TTL;

  private constructor(server: Server, address: SocketAddress) {
    this.#server = server;
    this.address = address;
    this.#ipv6 = isIpv6(address.address);
  }

  static open(
    address: string,
    port: number,
    onSocket: (socket: Socket) => void,
    onError: (error: Error) => void,
  ): Promise<Result<Listener, ListenError>> {
    if (isIP(address) === 0) {
      const message = `"${address}" is not an IP address: listen addresses are literals such as 0.0.0.0 or ::`;
      return Promise.resolve(err({ code: 'address-invalid', address, port, message }));
    }
    return new Promise((resolve) => {
      const server = createServer({ allowHalfOpen: true }, onSocket);
      const refused = (error: NodeJS.ErrnoException): void => resolve(err(listenError(error, address, port)));
      server.once('error', refused);
      // `::` without ipv6Only would take the IPv4 wildcard as well and collide with its own listener.
      server.listen({ host: address, port, ipv6Only: true }, () => {
        server.off('error', refused);
        server.on('error', onError);
        const bound = server.address();
        const boundPort = bound !== null && typeof bound === 'object' ? bound.port : port;
        resolve(ok(new Listener(server, { address: canonicalAddress(address), port: boundPort })));
      });
    });
  }

  /** Whether connections from this address can arrive here. */
  serves(remote: string): boolean {
    return isIpv6(remote) === this.#ipv6;
  }

  /** The kernel then drops every segment of this neighbor that is not signed with the key, from the first SYN on. */
  setMd5Key(remote: string, password: string | undefined): Result<void, string> {
    return this.#withDescriptor((fd, options) => options.setMd5Key(fd, remote, password));
  }

  /** The same with TCP-AO. */
  setAoKey(remote: string, key: TcpAoKey, use: 'listen' | 'forget'): Result<void, string> {
    return this.#withDescriptor((fd, options) => options.setAoKey(fd, remote, key, use));
  }

  /**
   * The SYN-ACK leaves with the listener's TTL, and a neighbor that runs GTSM drops it unless that is 255. So the
   * listener has the highest TTL that any neighbor asks for; each accepted socket gets its own.
   */
  setHighestTtl(securities: Iterable<TcpSecurity>): Result<void, string> {
    let highest = SYSTEM_TTL;
    for (const security of securities) highest = Math.max(highest, security.ttl ?? 0);
    if (highest === this.#ttl) return ok(undefined);
    this.#ttl = highest;
    return this.#withDescriptor((fd, options) =>
      options.setTtl(fd, this.#ipv6, highest === SYSTEM_TTL ? undefined : highest),
    );
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
    });
  }

  #withDescriptor(run: (fd: number, options: SocketOptions) => Result<void, string>): Result<void, string> {
    const options = socketOptions();
    if (!options.ok) return options;
    const fd = descriptorOf(this.#server);
    return fd === undefined ? err('the listening socket is closed') : run(fd, options.value);
  }
}

const LISTEN_ERRORS: Readonly<Record<string, { readonly code: ListenError['code']; readonly what: string }>> = {
  EADDRINUSE: {
    code: 'address-in-use',
    what: 'is in use: another BGP daemon (or a second tsbgpd) listens there. Stop it, or set another `listen_port`',
  },
  EACCES: {
    code: 'permission-denied',
    what: 'is not permitted: ports below 1024 need root or CAP_NET_BIND_SERVICE. Grant it, or set a `listen_port` above 1023',
  },
  EADDRNOTAVAIL: {
    code: 'address-not-available',
    what: 'is not available: no interface has this address. Add it, or correct `listen_addresses`',
  },
  EAFNOSUPPORT: {
    code: 'address-not-available',
    what: 'is not available: this system does not have the address family. Remove it from `listen_addresses`',
  },
};

/** What happened and what to do about it, in one sentence. */
export function listenError(error: NodeJS.ErrnoException, address: string, port: number): ListenError {
  const known = error.code === undefined ? undefined : LISTEN_ERRORS[error.code];
  const what = known?.what ?? `cannot be listened on: ${error.message}`;
  return {
    code: known?.code ?? 'other',
    address,
    port,
    message: `${formatEndpoint(address, port)} ${what} (${error.code ?? 'no code'})`,
  };
}
