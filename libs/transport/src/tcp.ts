import { Socket } from 'node:net';
import type { AcceptedConnection, SocketAddress, TcpHandle, TcpHandlers, TcpTarget } from '@bgp/speaker';
import { ok, type Result } from '@bgp/wire';
import { socketAddress, withZone } from './address.ts';
import { Connection, type ConnectionLimits } from './connection.ts';
import { Listener } from './listener.ts';
import { ReadTurns } from './read-turns.ts';
import { SecurityTable } from './security-table.ts';
import { needsSocketOptions, socketOptions } from './tcp-options.ts';
import type { ListenError, NodeTcp, NodeTcpOptions } from './types.ts';

type Decide = (local: SocketAddress, remote: SocketAddress) => AcceptedConnection | undefined;

/** The TCP port on Node's sockets. Nothing listens before `listen`. */
export function nodeTcp(options: NodeTcpOptions = {}): NodeTcp {
  const limits: ConnectionLimits = {
    highWaterOctets: options.highWaterOctets ?? 1_048_576,
    lowWaterOctets: options.lowWaterOctets ?? 262_144,
    connectTimeoutMs: options.connectTimeoutMs ?? 30_000,
    endTimeoutMs: options.endTimeoutMs ?? 5_000,
  };
  const notice = options.onNotice ?? (() => {});
  const security = new SecurityTable<Listener>((address, detail) =>
    notice({ type: 'security-unavailable', address, detail }),
  );
  const turns = new ReadTurns();
  const sockets = new Set<Socket>();
  let decide: Decide | undefined;

  function track(socket: Socket): void {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  }

  function accepted(socket: Socket): void {
    const local = socketAddress(socket.localAddress, socket.localPort);
    const remote = socketAddress(socket.remoteAddress, socket.remotePort);
    const admitted = remote === undefined ? undefined : security.admit(remote, socket);
    if (admitted?.ok === false && remote !== undefined) {
      const address = withZone(remote.address, remote.interface);
      notice({ type: 'security-unavailable', address, detail: admitted.error });
    }
    const accepts = admitted?.ok === true && local !== undefined && remote !== undefined;
    const connection = accepts ? decide?.(local, remote) : undefined;
    if (connection === undefined) {
      // Nobody is told about this connection, so nobody needs its errors either.
      socket.on('error', () => socket.destroy());
      socket.resetAndDestroy();
      return;
    }
    track(socket);
    connection.adopt(new Connection(socket, 'open', connection.handlers, limits, turns));
  }

  async function listen(addresses: readonly string[], port: number): Promise<Result<SocketAddress[], ListenError>> {
    const opened: Listener[] = [];
    for (const address of addresses) {
      const listener = await Listener.open(address, port, accepted, (error) =>
        notice({ type: 'listener-error', address, port, detail: error.message }),
      );
      if (listener.ok) {
        opened.push(listener.value);
        security.addListener(listener.value);
      } else if (address === '::' && listener.error.code === 'address-not-available') {
        notice({ type: 'listener-skipped', address, port, detail: 'this system has no IPv6' });
      } else {
        await Promise.all(opened.map((earlier) => earlier.close()));
        security.removeListeners();
        return listener;
      }
    }
    return ok(opened.map((listener) => listener.address));
  }

  return {
    connect(to, on) {
      return dial(to, on, limits, turns, track);
    },
    accept(next) {
      decide = next;
    },
    secure(address, wanted, link) {
      security.set(address, wanted, link);
    },
    listen,
    async close() {
      const closing = security.removeListeners().map((listener) => listener.close());
      for (const socket of sockets) socket.destroy();
      await Promise.all(closing);
    },
  };
}

function dial(
  to: TcpTarget,
  on: TcpHandlers,
  limits: ConnectionLimits,
  turns: ReadTurns,
  track: (socket: Socket) => void,
): TcpHandle {
  const made = socketFor(to);
  const socket = made.ok ? made.value : new Socket();
  track(socket);
  const connection = new Connection(socket, 'connecting', on, limits, turns);
  if (!made.ok) {
    connection.fail({ code: 'option-refused', detail: made.error });
    return connection;
  }
  try {
    socket.connect({
      host: withZone(to.address, to.interface),
      port: to.port,
      ...(to.localAddress === undefined ? {} : { localAddress: withZone(to.localAddress, to.interface) }),
      ...(to.localPort === undefined ? {} : { localPort: to.localPort }),
    });
  } catch (error) {
    // Node throws for an argument that cannot be an address or port; for the caller it is one more failed attempt.
    connection.fail({ code: 'other', detail: error instanceof Error ? error.message : String(error) });
  }
  return connection;
}

/** Options such as an MD5 key must be there before the first SYN, so the socket is made by hand where one is asked for. */
function socketFor(to: TcpTarget): Result<Socket, string> {
  if (!needsSocketOptions(to.security)) return ok(new Socket({ allowHalfOpen: true }));
  const options = socketOptions();
  if (!options.ok) return options;
  const fd = options.value.open(to.address, to.security);
  return fd.ok ? ok(new Socket({ fd: fd.value, allowHalfOpen: true, readable: true, writable: true })) : fd;
}
