import type { Socket } from 'node:net';
import type { SocketAddress, TcpAoKey, TcpSecurity } from '@bgp/speaker';
import { err, ok, type Result } from '@bgp/wire';
import { canonicalAddress, withZone } from './address.ts';
import { descriptorOf, needsSocketOptions, socketOptions } from './tcp-options.ts';

/** What the table asks of a listening socket. */
export interface KeyedListener {
  serves(remote: string): boolean;
  setMd5Key(remote: string, password: string | undefined): Result<void, string>;
  setAoKey(remote: string, key: TcpAoKey, use: 'listen' | 'forget'): Result<void, string>;
  setHighestTtl(securities: Iterable<TcpSecurity>): Result<void, string>;
}

interface Entry {
  readonly address: string;
  readonly security: TcpSecurity;
  /** Its keys, or that there are none, are what the kernel knows of the address; others that want the same need do nothing. */
  holdsAddress: boolean;
  /** Why inbound connections of this neighbor must be refused. */
  refusal?: string;
}

/** The kernel has one key for an address, whatever the interface: `struct tcp_md5sig` and `tcp_ao_add` mind only VRFs. */
const SHARED_ADDRESS =
  'a neighbor with the same address on another interface has another key or none, and the kernel tells keys apart by address alone';

/**
 * What each neighbor's inbound connections must have, and whether the listeners enforce it. Fail closed: an entry whose
 * key could not be installed on every listener of its family refuses connections instead of letting unsigned ones in.
 */
export class SecurityTable<L extends KeyedListener> {
  /** By address, with `%interface` where it is link-local. Those of link-local neighbors that ask for nothing are here too. */
  readonly #entries = new Map<string, Entry>();
  readonly #listeners: L[] = [];
  readonly #onRefusal: (address: string, detail: string) => void;

  constructor(onRefusal: (address: string, detail: string) => void) {
    this.#onRefusal = onRefusal;
  }

  set(text: string, security: TcpSecurity | undefined, link?: string): void {
    const address = canonicalAddress(text);
    const key = withZone(address, link);
    const before = this.#entries.get(key);
    if (security !== undefined && (key !== address || needsSocketOptions(security)))
      this.#entries.set(key, { address, security, holdsAddress: false });
    else this.#entries.delete(key);
    const entry = this.#entries.get(key);
    if (before?.holdsAddress === true)
      for (const listener of this.#serving(address)) forgetKeys(listener, before, entry);
    if (entry !== undefined) this.#install(key, entry);
    else for (const listener of this.#serving(address)) this.#updateTtl(listener);
    // Others at the address may be free to have it now.
    for (const [other, its] of this.#entries)
      if (other !== key && its.address === address && !its.holdsAddress) this.#install(other, its);
  }

  addListener(listener: L): void {
    this.#listeners.push(listener);
    for (const [key, entry] of this.#entries) {
      if (!listener.serves(entry.address) || !entry.holdsAddress) continue;
      const installed = this.#installKeys(listener, entry);
      if (!installed.ok) this.#refuse(key, entry, installed.error);
    }
  }

  removeListeners(): L[] {
    return this.#listeners.splice(0);
  }

  /** Applies what belongs to the accepted socket itself. An error: the connection must be dropped. */
  admit(
    { address, interface: link }: Pick<SocketAddress, 'address' | 'interface'>,
    socket: Socket,
  ): Result<void, string> {
    const entry = this.#entries.get(withZone(address, link));
    if (entry === undefined) return ok(undefined);
    if (entry.refusal !== undefined) return err(entry.refusal);
    if (!needsSocketOptions(entry.security)) return ok(undefined);
    const options = socketOptions();
    if (!options.ok) return options;
    const fd = descriptorOf(socket);
    if (fd === undefined) return err('the connection is closed, or Node does not tell its descriptor');
    const signed = entry.security.tcpAo === undefined ? ok(undefined) : options.value.checkAo(fd);
    if (!signed.ok) return signed;
    // The key again, on the socket itself: a handshake may have ended before the listener had it.
    return options.value.secure(fd, address, entry.security);
  }

  #install(key: string, entry: Entry): void {
    const { address, security } = entry;
    const others = [...this.#entries.values()].filter((other) => other !== entry && other.address === address);
    const holder = others.find(({ holdsAddress }) => holdsAddress);
    const before = entry.refusal;
    delete entry.refusal;
    if (holder !== undefined && keysOf(holder.security) !== keysOf(security)) {
      return this.#refuse(key, entry, SHARED_ADDRESS, before);
    }
    entry.holdsAddress = holder === undefined;
    for (const listener of this.#serving(address)) {
      const installed = entry.holdsAddress ? this.#installKeys(listener, entry) : this.#updateTtl(listener);
      if (!installed.ok) return this.#refuse(key, entry, installed.error, before);
    }
  }

  #refuse(key: string, entry: Entry, refusal: string, before = entry.refusal): void {
    entry.refusal = refusal;
    if (before !== refusal) this.#onRefusal(key, refusal);
  }

  #installKeys(listener: L, { address, security: { md5Password, tcpAo } }: Entry): Result<void, string> {
    const ao = tcpAo === undefined ? ok(undefined) : listener.setAoKey(address, tcpAo, 'listen');
    const keyed = !ao.ok || md5Password === undefined ? ao : listener.setMd5Key(address, md5Password);
    return keyed.ok ? this.#updateTtl(listener) : keyed;
  }

  #updateTtl(listener: L): Result<void, string> {
    const entries = [...this.#entries.values()].filter(({ address }) => listener.serves(address));
    return listener.setHighestTtl(entries.map(({ security }) => security));
  }

  #serving(address: string): L[] {
    return this.#listeners.filter((listener) => listener.serves(address));
  }
}

function keysOf({ md5Password, tcpAo }: TcpSecurity): string {
  return JSON.stringify([md5Password, tcpAo]);
}

/** `now`: what comes in its place; a key that stays is not taken away for a moment. */
function forgetKeys(listener: KeyedListener, before: Entry, now: Entry | undefined): void {
  const { md5Password, tcpAo } = before.security;
  if (md5Password !== undefined && md5Password !== now?.security.md5Password)
    listener.setMd5Key(before.address, undefined);
  if (tcpAo !== undefined) listener.setAoKey(before.address, tcpAo, 'forget');
}
