import type { DiscoveryHandlers } from '@bgp/speaker';
import { ALL_NODES, ALL_ROUTERS, type Icmpv6Socket, type Icmpv6System } from './icmpv6-socket.ts';
import { encodeRouterAdvertisement, encodeRouterSolicitation, readDiscoveryMessage } from './messages.ts';

/** RFC 4861 §6.2.1 lets routers speak every 4 s to 30 min; FRR's unnumbered neighbors do every 10 s. Jittered down to 75 %. */
const ADVERTISE_MS = 10_000;
/** RFC 4861 §10, MIN_DELAY_BETWEEN_RAS. */
const MIN_DELAY_BETWEEN_RAS_MS = 3_000;
/** RFC 4861 §10, RTR_SOLICITATION_INTERVAL and MAX_RTR_SOLICITATIONS. */
const SOLICIT_MS = 4_000;
const SOLICITATIONS = 3;
/** A router answers a solicitation within 0.5 s, or 3.5 s when it has just advertised itself (RFC 4861 §6.2.6). */
const ANSWER_MS = 6_000;
const LINK_CHECK_MS = 1_000;
const OPEN_AGAIN_MS = 10_000;
const SEND_AGAIN_MS = 1_000;
/** An interface that has just come up has no address until it knows that nobody else has it; this many failures are no news. */
const FAILED_SENDS_UNTIL_TOLD = 10;
/** Read in one turn; a flood of messages costs no more than this, and the kernel drops the rest. */
const MESSAGES_PER_TURN = 16;

export interface LinkWatchOptions {
  readonly system: Icmpv6System;
  readonly link: string;
  readonly on: DiscoveryHandlers;
  /** 0 ≤ x < 1. */
  readonly random: () => number;
  /** Whether the address is one of this machine. */
  readonly isOwn: (address: string) => boolean;
}

/**
 * Finds the router at the other end of one interface, and lets itself be found, by Router Advertisements (RFC 4861). `turn` is called some times a second; all
 * else follows from the time.
 *
 * ```text
 * no interface ─► down ─► up: advertise now and every 10 s, solicit up to three times until somebody is found
 *       ▲           ▲      │
 *       └───────────┴──────┘ lost, if somebody was found
 * ```
 *
 * RFC 4861 has hosts solicit, not routers: we do because the other end then answers at once instead of within its interval. The first router that is heard is
 * the neighbor. When another one is heard, the first one is asked whether it is still there, and gives its place up when it does not answer.
 */
export class LinkWatch {
  readonly #options: LinkWatchOptions;
  /** Of the interface that the socket is bound to; another one of the same name has another index. */
  #index = 0;
  #socket: Icmpv6Socket | undefined;
  #isUp = false;
  #linkCheckMs = Number.NEGATIVE_INFINITY;
  #openMs = Number.NEGATIVE_INFINITY;
  #advertiseMs = 0;
  #advertisedMs = Number.NEGATIVE_INFINITY;
  #solicitMs = 0;
  #solicitations = 0;
  #failedSends = 0;
  #neighbor: string | undefined;
  /** It follows if the neighbor does not answer. */
  #rival: string | undefined;
  #challengedMs = Number.NEGATIVE_INFINITY;
  #lastTrouble: string | undefined;

  constructor(options: LinkWatchOptions) {
    this.#options = options;
  }

  turn(nowMs: number): void {
    if (nowMs - this.#linkCheckMs >= LINK_CHECK_MS) {
      this.#linkCheckMs = nowMs;
      this.#checkLink(nowMs);
    }
    if (!this.#isUp || this.#socket === undefined) return;
    this.#read(this.#socket, nowMs);
    if (this.#rival !== undefined && nowMs - this.#challengedMs >= ANSWER_MS) this.#adopt(this.#rival, nowMs);
    if (this.#isUp && nowMs >= this.#advertiseMs) this.#advertise(this.#socket, nowMs);
    if (this.#isUp && this.#neighbor === undefined && nowMs >= this.#solicitMs) this.#solicit(this.#socket, nowMs);
  }

  close(): void {
    this.#socket?.close();
    this.#socket = undefined;
    this.#isUp = false;
  }

  #checkLink(nowMs: number): void {
    const { system, link } = this.#options;
    const index = system.indexOf(link);
    if (this.#socket !== undefined && index !== this.#index) {
      this.close();
      this.#lose(index === 0 ? `the interface ${link} is gone` : `the interface ${link} is another one now`);
      this.#openMs = Number.NEGATIVE_INFINITY;
    }
    if (index === 0) return this.#tell(`there is no interface ${link}`);
    if (this.#socket === undefined && nowMs - this.#openMs >= OPEN_AGAIN_MS) this.#open(index, nowMs);
    if (this.#socket === undefined) return; // and it was said why
    const wasUp = this.#isUp;
    this.#isUp = this.#socket.isUp();
    if (!this.#isUp) return this.#lose(`the interface ${link} is down`);
    if (wasUp) return;
    this.#lastTrouble = undefined;
    this.#advertiseMs = nowMs;
    this.#solicitMs = nowMs;
    this.#solicitations = SOLICITATIONS;
    this.#failedSends = 0;
  }

  #open(index: number, nowMs: number): void {
    this.#openMs = nowMs;
    const opened = this.#options.system.open(this.#options.link, index);
    if (!opened.ok) return this.#tell(opened.error);
    this.#socket = opened.value;
    this.#index = index;
    this.#lastTrouble = undefined;
  }

  #read(socket: Icmpv6Socket, nowMs: number): void {
    for (let count = 0; count < MESSAGES_PER_TURN; count++) {
      const received = socket.receive();
      // What ails the interface shows at the next look at it.
      if (!received.ok) return this.#tell(`${this.#options.link} cannot be read from: ${received.error}`);
      if (received.value === undefined) return;
      // Whatever fails the checks is "silently discarded" (RFC 4861 §6.1): anybody on the link can send it as often as he likes.
      const message = readDiscoveryMessage(received.value);
      if (!message.ok) continue;
      if (message.value === 'router-advertisement') this.#heard(socket, received.value.from, nowMs);
      // RFC 4861 §6.2.6: answered by an advertisement to all, not more often than every 3 s.
      else
        this.#advertiseMs = Math.min(this.#advertiseMs, Math.max(nowMs, this.#advertisedMs + MIN_DELAY_BETWEEN_RAS_MS));
    }
  }

  #heard(socket: Icmpv6Socket, address: string, nowMs: number): void {
    const { link, isOwn } = this.#options;
    if (address === this.#neighbor) {
      if (this.#rival === undefined) return;
      this.#rival = undefined;
      return this.#tell(`there is more than one router on ${link}; ${address} stays the neighbor`);
    }
    if (isOwn(address)) return this.#tell(`${link} leads back to this machine`);
    if (this.#neighbor === undefined) return this.#adopt(address, nowMs);
    if (this.#rival !== undefined || nowMs - this.#challengedMs < SOLICIT_MS) return;
    if (!this.#send(socket.send(encodeRouterSolicitation(), ALL_ROUTERS))) return;
    this.#rival = address;
    this.#challengedMs = nowMs;
  }

  #adopt(address: string, nowMs: number): void {
    this.#neighbor = address;
    this.#rival = undefined;
    this.#lastTrouble = undefined;
    // It may not know us yet.
    this.#advertiseMs = Math.min(this.#advertiseMs, Math.max(nowMs, this.#advertisedMs + MIN_DELAY_BETWEEN_RAS_MS));
    this.#options.on.found(address);
  }

  #advertise(socket: Icmpv6Socket, nowMs: number): void {
    const sent = this.#send(socket.send(encodeRouterAdvertisement(), ALL_NODES));
    if (sent) this.#advertisedMs = nowMs;
    this.#advertiseMs = nowMs + (sent ? ADVERTISE_MS * (0.75 + this.#options.random() / 4) : SEND_AGAIN_MS);
  }

  #solicit(socket: Icmpv6Socket, nowMs: number): void {
    if (this.#solicitations === 0) {
      this.#solicitMs = Number.POSITIVE_INFINITY;
      return this.#tell(`no router is heard on ${this.#options.link}: the other end must send Router Advertisements`);
    }
    const sent = this.#send(socket.send(encodeRouterSolicitation(), ALL_ROUTERS));
    if (sent) this.#solicitations--;
    this.#solicitMs = nowMs + (sent ? SOLICIT_MS : SEND_AGAIN_MS);
  }

  #send(sent: ReturnType<Icmpv6Socket['send']>): boolean {
    if (sent.ok) this.#failedSends = 0;
    else if (++this.#failedSends >= FAILED_SENDS_UNTIL_TOLD)
      this.#tell(`${this.#options.link} cannot be sent on: ${sent.error}; it needs an IPv6 link-local address`);
    return sent.ok;
  }

  #lose(detail: string): void {
    if (this.#neighbor === undefined) return this.#tell(detail);
    this.#neighbor = undefined;
    this.#rival = undefined;
    this.#lastTrouble = detail;
    this.#options.on.lost(detail);
  }

  /** The same thing once, not every second. */
  #tell(detail: string): void {
    if (detail === this.#lastTrouble) return;
    this.#lastTrouble = detail;
    this.#options.on.trouble(detail);
  }
}
