import type { SocketAddress } from '@bgp/speaker';
import { freePort } from '@bgp/testkit/free-port';
import { nodeTcp } from '../tcp.ts';
import type { TcpPortWorld } from '../tcp-port.contract.ts';
import type { NodeTcp, NodeTcpOptions, TransportNotice } from '../types.ts';

/** Lets Node work until the condition holds. Only a hanging test ever reaches the deadline. */
export async function until(condition: () => boolean, deadlineMs = 60_000): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`not reached within ${deadlineMs} ms: ${condition}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

export interface LoopbackWorld extends TcpPortWorld {
  readonly client: NodeTcp;
  readonly server: NodeTcp;
  readonly notices: readonly TransportNotice[];
}

/** Two real ports on one loopback address. */
export async function loopbackWorld(host: string, options: NodeTcpOptions = {}): Promise<LoopbackWorld> {
  const notices: TransportNotice[] = [];
  const onNotice = (notice: TransportNotice): void => {
    notices.push(notice);
  };
  const client = nodeTcp({ ...options, onNotice });
  const server = nodeTcp({ ...options, onNotice });
  const listening = await server.listen([host], 0);
  if (!listening.ok) throw new Error(listening.error.message);
  const address: SocketAddress = listening.value[0]!; // one address was asked for
  return {
    client,
    server,
    address,
    notices,
    closedPort: await freePort(host),
    until,
    async close() {
      await Promise.all([client.close(), server.close()]);
    },
  };
}

/** Whether this machine has IPv6 on loopback. */
export async function hasIpv6(): Promise<boolean> {
  const port = nodeTcp();
  const listening = await port.listen(['::1'], 0);
  await port.close();
  return listening.ok;
}
