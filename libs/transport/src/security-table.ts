import type { Socket } from 'node:net';
import type { TcpAoKey, TcpSecurity } from '@bgp/speaker';
import { err, ok, type Result } from '@bgp/wire';
import { canonicalAddress } from './address.ts';
import { descriptorOf, needsSocketOptions, socketOptions } from './tcp-options.ts';

/** What the table asks of a listening socket. */
export interface KeyedListener {
  serves(remote: string): boolean;
  setMd5Key(remote: string, password: string | undefined): Result<void, string>;
  setAoKey(remote: string, key: TcpAoKey, use: 'listen' | 'forget'): Result<void, string>;
  setHighestTtl(securities: Iterable<TcpSecurity>): Result<void, string>;
}

interface Entry {
  readonly security: TcpSecurity;
  /** Why inbound connections of this neighbor must be refused. */
  refusal?: string;
}

/**
 * What each neighbor's inbound connections must have, and whether the listeners enforce it. Fail closed: an entry whose
 * key could not be installed on every listener of its family refuses connections instead of letting unsigned ones in.
 */
export class SecurityTable<L extends KeyedListener> {
  readonly #entries = new Map<string, Entry>();
  readonly #listeners: L[] = [];
  readonly #onRefusal: (address: string, detail: string) => void;

  constructor(onRefusal: (address: string, detail: string) => void) {
    this.#onRefusal = onRefusal;
  }

  set(address: string, security: TcpSecurity | undefined): void {
    const key = canonicalAddress(address);
    const before = this.#entries.get(key);
    if (security !== undefined && needsSocketOptions(security)) this.#entries.set(key, { security });
    else this.#entries.delete(key);
    const entry = this.#entries.get(key);
    if (before !== undefined && before.security.md5Password !== entry?.security.md5Password) {
      for (const listener of this.#serving(key)) listener.setMd5Key(key, undefined);
    }
    const oldAo = before?.security.tcpAo;
    if (oldAo !== undefined) for (const listener of this.#serving(key)) listener.setAoKey(key, oldAo, 'forget');
    for (const listener of this.#serving(key)) {
      if (entry !== undefined) this.#install(listener, key, entry);
      else this.#updateTtl(listener);
    }
  }

  addListener(listener: L): void {
    this.#listeners.push(listener);
    for (const [address, entry] of this.#entries) {
      if (listener.serves(address)) this.#install(listener, address, entry);
    }
  }

  removeListeners(): L[] {
    return this.#listeners.splice(0);
  }

  /** Applies what belongs to the accepted socket itself. An error: the connection must be dropped. */
  admit(address: string, socket: Socket): Result<void, string> {
    const entry = this.#entries.get(address);
    if (entry === undefined) return ok(undefined);
    if (entry.refusal !== undefined) return err(entry.refusal);
    const options = socketOptions();
    if (!options.ok) return options;
    const fd = descriptorOf(socket);
    if (fd === undefined) return err('the connection is closed, or Node does not tell its descriptor');
    const signed = entry.security.tcpAo === undefined ? ok(undefined) : options.value.checkAo(fd);
    if (!signed.ok) return signed;
    // The key again, on the socket itself: a handshake may have ended before the listener had it.
    return options.value.secure(fd, address, entry.security);
  }

  #install(listener: L, address: string, entry: Entry): void {
    const { md5Password: password, tcpAo } = entry.security;
    const ao = tcpAo === undefined ? ok(undefined) : listener.setAoKey(address, tcpAo, 'listen');
    const keyed = !ao.ok || password === undefined ? ao : listener.setMd5Key(address, password);
    const installed = keyed.ok ? this.#updateTtl(listener) : keyed;
    if (installed.ok) return;
    entry.refusal = installed.error;
    this.#onRefusal(address, installed.error);
  }

  #updateTtl(listener: L): Result<void, string> {
    const securities = [...this.#entries].filter(([address]) => listener.serves(address));
    return listener.setHighestTtl(securities.map(([, entry]) => entry.security));
  }

  #serving(address: string): L[] {
    return this.#listeners.filter((listener) => listener.serves(address));
  }
}
