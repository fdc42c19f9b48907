import type { SocketAddress, TcpCloseReason, TcpHandle, TcpHandlers, TcpPort, TcpTarget } from '@bgp/speaker';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

/** Two ends of one network. `server` already listens at `address`. */
export interface TcpPortWorld {
  readonly client: TcpPort;
  readonly server: TcpPort;
  readonly address: SocketAddress;
  /** A port on the same address where nothing listens. */
  readonly closedPort: number;
  /** Lets the network work until the condition holds; rejects when it never does. */
  until(condition: () => boolean): Promise<void>;
  close(): Promise<void>;
}

/** What one end of a connection saw, in order. */
export class Recorder implements TcpHandlers {
  readonly events: string[] = [];
  readonly octets: number[] = [];
  received = 0;
  local: SocketAddress | undefined;
  remote: SocketAddress | undefined;
  reason: TcpCloseReason | undefined;
  handle: TcpHandle | undefined;
  /** Set to keep no content, for large transfers. */
  countOnly = false;

  onOpen(local: SocketAddress, remote: SocketAddress): void {
    this.local = local;
    this.remote = remote;
    this.events.push('open');
  }
  onData(chunk: Uint8Array): void {
    this.received += chunk.length;
    if (!this.countOnly) this.octets.push(...chunk);
    if (this.events.at(-1) !== 'data') this.events.push('data');
  }
  onDrain(): void {
    this.events.push('drain');
  }
  onClose(reason: TcpCloseReason): void {
    this.reason = reason;
    this.events.push('close');
  }
}

/** Makes `port` accept everything; each connection gets a recorder. */
export function acceptAll(port: TcpPort): Recorder[] {
  const accepted: Recorder[] = [];
  port.accept((local, remote) => {
    const recorder = new Recorder();
    recorder.local = local;
    recorder.remote = remote;
    accepted.push(recorder);
    return {
      handlers: recorder,
      adopt: (handle) => {
        recorder.handle = handle;
      },
    };
  });
  return accepted;
}

export function dial(port: TcpPort, to: SocketAddress, more: Partial<TcpTarget> = {}): Recorder {
  const recorder = new Recorder();
  recorder.handle = port.connect({ ...to, security: {}, ...more }, recorder);
  return recorder;
}

/** What every implementation of the speaker's TcpPort must do. */
export function tcpPortContract(name: string, makeWorld: () => Promise<TcpPortWorld>): void {
  describe(`TcpPort contract: ${name}`, () => {
    let world: TcpPortWorld;
    beforeEach(async () => {
      world = await makeWorld();
    });
    afterEach(() => world.close());

    async function connected(): Promise<[client: Recorder, server: Recorder]> {
      const accepted = acceptAll(world.server);
      const client = dial(world.client, world.address);
      await world.until(() => client.events.includes('open') && accepted[0]?.handle !== undefined);
      return [client, accepted[0]!]; // the line above waited for it
    }

    it('calls no handler before connect has returned', async () => {
      acceptAll(world.server);
      const client = dial(world.client, world.address);
      expect(client.events).toEqual([]);
      await world.until(() => client.events.length > 0);
      expect(client.events).toEqual(['open']);
    });

    it('tells both ends the same two addresses', async () => {
      const [client, server] = await connected();
      expect(client.remote).toEqual(world.address);
      expect(server.local).toEqual(client.remote);
      expect(server.remote).toEqual(client.local);
    });

    it('does not call onOpen for an accepted connection', async () => {
      const [, server] = await connected();
      expect(server.events).not.toContain('open');
    });

    it('carries octets in order, both ways', async () => {
      const [client, server] = await connected();
      client.handle?.write(Uint8Array.of(1, 2, 3));
      client.handle?.write(Uint8Array.of(4));
      server.handle?.write(Uint8Array.of(9, 8));
      await world.until(() => server.received === 4 && client.received === 2);
      expect(server.octets).toEqual([1, 2, 3, 4]);
      expect(client.octets).toEqual([9, 8]);
      await world.until(() => client.handle?.queuedOctets() === 0);
    });

    it('delivers nothing between pause and resume, and loses nothing', async () => {
      const [client, server] = await connected();
      server.handle?.pause();
      client.handle?.write(Uint8Array.of(1));
      server.handle?.write(Uint8Array.of(2));
      await world.until(() => client.received === 1);
      expect(server.received).toBe(0);
      server.handle?.resume();
      await world.until(() => server.received === 1);
    });

    it('end sends what is queued first', async () => {
      const [client, server] = await connected();
      client.handle?.write(new Uint8Array(100_000));
      server.countOnly = true;
      client.handle?.end();
      await world.until(() => server.reason !== undefined && client.reason !== undefined);
      expect(server.received).toBe(100_000);
      expect(server.reason?.code).toBe('closed-by-peer');
      expect(client.reason?.code).toBe('closed-by-us');
    });

    it('after end, input is dropped and the close comes once', async () => {
      const [client, server] = await connected();
      client.handle?.end();
      server.handle?.write(Uint8Array.of(1));
      await world.until(() => client.reason !== undefined);
      client.handle?.destroy();
      client.handle?.end();
      expect(client.events).toEqual(['open', 'close']);
    });

    it('destroy ends both sides, each with one close', async () => {
      const [client, server] = await connected();
      client.handle?.destroy();
      await world.until(() => server.reason !== undefined && client.reason !== undefined);
      expect(client.reason?.code).toBe('closed-by-us');
      expect(server.reason?.code).toBe('reset');
      expect(client.events).toEqual(['open', 'close']);
      expect(server.events).toEqual(['close']);
    });

    it('destroy before the connection is there: close, never open', async () => {
      acceptAll(world.server);
      const client = dial(world.client, world.address);
      client.handle?.destroy();
      await world.until(() => client.reason !== undefined);
      expect(client.events).toEqual(['close']);
      expect(client.reason?.code).toBe('closed-by-us');
    });

    it('a port where nothing listens refuses', async () => {
      const client = dial(world.client, { address: world.address.address, port: world.closedPort });
      await world.until(() => client.reason !== undefined);
      expect(client.events).toEqual(['close']);
      expect(client.reason?.code).toBe('refused');
    });

    it('a connection that nobody wants is closed', async () => {
      world.server.accept(() => undefined);
      const client = dial(world.client, world.address);
      await world.until(() => client.reason !== undefined);
      expect(['reset', 'closed-by-peer']).toContain(client.reason?.code);
    });

    it('write above the high-water mark says false, and onDrain comes when the reader goes on', async () => {
      const [client, server] = await connected();
      server.countOnly = true;
      server.handle?.pause();
      const block = new Uint8Array(65_536);
      let written = 0;
      // A peer that does not read: the kernel takes what fits, the rest queues up to the mark and no further.
      while (client.handle?.write(block) && written < 1_000_000_000) written += block.length;
      written += block.length;
      expect(client.handle?.queuedOctets()).toBeGreaterThan(0);
      expect(client.events).not.toContain('drain');
      server.handle?.resume();
      await world.until(() => client.events.includes('drain') && server.received === written);
      expect(client.events.filter((event) => event === 'drain')).toHaveLength(1);
      expect(client.handle?.queuedOctets()).toBe(0);
    });
  });
}
