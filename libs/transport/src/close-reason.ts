import type { TcpCloseReason } from '@bgp/speaker';

interface Cause {
  readonly code: TcpCloseReason['code'];
  /** Said in place of the system's terse text. */
  readonly detail: string;
}

/** One row per system error that a TCP connection meets in practice. */
const CAUSES: Readonly<Record<string, Cause>> = {
  ECONNREFUSED: { code: 'refused', detail: 'connection refused: nothing listens there, or it does not want us' },
  EHOSTUNREACH: { code: 'unreachable', detail: 'no route to the host, or the host does not answer on its link' },
  ENETUNREACH: { code: 'unreachable', detail: 'network unreachable: the system has no route to the neighbor' },
  EHOSTDOWN: { code: 'unreachable', detail: 'host is down' },
  ENETDOWN: { code: 'unreachable', detail: 'the network interface is down' },
  ETIMEDOUT: { code: 'timeout', detail: 'the neighbor stopped answering' },
  ECONNRESET: { code: 'reset', detail: 'connection reset by the neighbor' },
  EPIPE: { code: 'reset', detail: 'the neighbor closed the connection while we were sending' },
  EADDRNOTAVAIL: { code: 'other', detail: 'the configured local address does not exist on this system' },
  EADDRINUSE: { code: 'other', detail: 'the configured local address and port are in use' },
  EINVAL: { code: 'unreachable', detail: 'the interface of the link-local address does not exist' },
  ENODEV: { code: 'unreachable', detail: 'the interface of the link-local address does not exist' },
  EACCES: { code: 'other', detail: 'permission denied: a local port below 1024 needs root or CAP_NET_BIND_SERVICE' },
  EPERM: { code: 'other', detail: 'the system does not permit this connection, e.g. a packet filter' },
};

/** Turns what a socket reported into the port's closed set. Unknown errors keep the system's text. */
export function closeReasonFor(error: NodeJS.ErrnoException): TcpCloseReason {
  const cause = error.code === undefined ? undefined : CAUSES[error.code];
  if (cause === undefined) return { code: 'other', detail: error.message };
  return { code: cause.code, detail: `${cause.detail} (${error.code})` };
}
