import { networkInterfaces } from 'node:os';
import type { DiscoveryPort } from '@bgp/speaker';
import { canonicalAddress } from '../address.ts';
import { icmpv6System } from './icmpv6-socket.ts';
import { LinkWatch } from './link-watch.ts';

/** A turn looks at every interface, so that one timer serves hundreds. */
const TURN_MS = 200;

/** The discovery port on raw ICMPv6 sockets. Nothing is opened, and no timer runs, before the first `watch`. */
export function nodeDiscovery(): DiscoveryPort & { close(): void } {
  const watches = new Set<LinkWatch>();
  let timer: NodeJS.Timeout | undefined;

  function turn(): void {
    const nowMs = performance.now();
    for (const watch of [...watches]) watch.turn(nowMs);
  }

  function end(watch: LinkWatch): void {
    watch.close();
    watches.delete(watch);
    if (watches.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  }

  return {
    watch(link, on) {
      const system = icmpv6System();
      if (!system.ok) {
        const refusal = setImmediate(() => on.trouble(system.error));
        return () => clearImmediate(refusal);
      }
      const watch = new LinkWatch({ system: system.value, link, on, random: Math.random, isOwn });
      watches.add(watch);
      timer ??= setInterval(turn, TURN_MS);
      return () => end(watch);
    },
    close() {
      for (const watch of [...watches]) end(watch);
    },
  };
}

function isOwn(address: string): boolean {
  return Object.values(networkInterfaces()).some((list) =>
    list?.some((own) => canonicalAddress(own.address) === address),
  );
}
