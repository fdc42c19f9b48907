import type { PeerConfig } from './config.ts';
import type { Ports, SocketAddress, TcpHandle, TcpHandlers, TcpSecurity } from './ports.ts';

/** What a neighbor does when it is found. */
export interface AddressOwner {
  /** `before`: it was somewhere else. */
  found(address: string, before: string | undefined): void;
  lost(detail: string): void;
  trouble(detail: string): void;
}

/** Where a neighbor is: as configured, or where it is found on its interface. Connections are secured for that address. */
export class NeighborAddress {
  readonly #ports: Pick<Ports, 'tcp' | 'discovery'>;
  readonly #configured: string | undefined;
  readonly #link: string | undefined;
  readonly #owner: AddressOwner;
  #found: string | undefined;
  #security: TcpSecurity | undefined;
  #endWatch: (() => void) | undefined;

  /** Neither address nor interface of a neighbor ever changes: both are its name. */
  constructor(ports: Pick<Ports, 'tcp' | 'discovery'>, { address, interface: link }: PeerConfig, owner: AddressOwner) {
    this.#ports = ports;
    this.#configured = address;
    this.#link = link;
    this.#owner = owner;
  }

  get current(): string | undefined {
    return this.#configured ?? this.#found;
  }

  /** Two neighbors on two links may both be fe80::1 (RFC 4007 §6). */
  isAt(remote: SocketAddress): boolean {
    return this.current === remote.address && this.#link === remote.interface;
  }

  /** Looks for the neighbor, where that is needed. */
  watch(): void {
    if (this.#configured !== undefined || this.#link === undefined) return;
    const { discovery } = this.#ports;
    if (discovery === undefined) return this.#owner.trouble('this program cannot look for neighbors: give an address');
    this.#endWatch = discovery.watch(this.#link, {
      found: (address) => this.#foundAt(address),
      lost: (detail) => this.#lost(detail),
      trouble: (detail) => this.#owner.trouble(detail),
    });
  }

  /** Where it was found last stays known. */
  endWatch(): void {
    this.#endWatch?.();
    this.#endWatch = undefined;
  }

  /** What connections with the neighbor must have; undefined: nothing any more. */
  secure(security: TcpSecurity | undefined): void {
    this.#security = security;
    if (this.current !== undefined) this.#ports.tcp.secure(this.current, security, this.#link);
  }

  /** A connection to it, from where `config` says. */
  dial(config: PeerConfig, security: TcpSecurity, handlers: TcpHandlers): TcpHandle {
    const { remotePort: port, localAddress, localPort } = config;
    const address = this.current;
    if (address === undefined) throw new Error(`${config.name} is dialed before it is found`); // its session has not started
    return this.#ports.tcp.connect(
      {
        address,
        port,
        ...(localAddress === undefined ? {} : { localAddress }),
        ...(localPort === undefined ? {} : { localPort }),
        ...(this.#link === undefined ? {} : { interface: this.#link }),
        security,
      },
      handlers,
    );
  }

  #foundAt(address: string): void {
    const before = this.#found;
    if (address === before) return;
    if (before !== undefined) this.#ports.tcp.secure(before, undefined, this.#link);
    this.#found = address;
    // Before anybody can connect: an address is not let in without its key.
    if (this.#security !== undefined) this.#ports.tcp.secure(address, this.#security, this.#link);
    this.#owner.found(address, before);
  }

  #lost(detail: string): void {
    if (this.#found === undefined) return;
    this.#ports.tcp.secure(this.#found, undefined, this.#link);
    this.#found = undefined;
    this.#owner.lost(detail);
  }
}
