import { RisClient } from './client.ts';
import { RisMessage } from './message.ts';
import type { RisEvent } from './types.ts';

export interface RisFeedOptions {
  /** The name of this collector, such as `rrc00`. */
  readonly host: string;
  /** Of one client. */
  readonly maxSubscriptions: number;
  /** The first subscription has come, or the last has gone. */
  readonly onWanted?: (isWanted: boolean) => void;
}

/** All clients of the stream. While nobody has subscribed, `isWanted` is false and events need not be made. */
export class RisFeed {
  readonly #options: RisFeedOptions;
  readonly #clients = new Map<RisClient, (text: string) => void>();
  #subscriptions = 0;
  #sequence = 0;

  constructor(options: RisFeedOptions) {
    this.#options = options;
  }

  get isWanted(): boolean {
    return this.#subscriptions > 0;
  }

  /** `send` gets each text for the client, replies and messages in order. */
  connect(send: (text: string) => void): RisConnection {
    const client = new RisClient(this.#options);
    this.#clients.set(client, send);
    return {
      receive: (text) => {
        const before = client.subscriptions;
        const replies = client.receive(text);
        this.#count(client.subscriptions - before);
        for (const reply of replies) send(reply);
      },
      close: () => {
        if (this.#clients.delete(client)) this.#count(-client.subscriptions);
      },
    };
  }

  publish(event: RisEvent): void {
    if (!this.isWanted) return;
    const message = RisMessage.of(event, this.#options.host, this.#id(event));
    if (message === undefined) return;
    for (const [client, send] of this.#clients) {
      const text = client.textOf(message);
      if (text !== undefined) send(text);
    }
  }

  #count(change: number): void {
    const wasWanted = this.isWanted;
    this.#subscriptions += change;
    if (wasWanted !== this.isWanted) this.#options.onWanted?.(this.isWanted);
  }

  /** `192.0.2.1-019541923d76000a`: the time in milliseconds, and a number that goes round. */
  #id({ peer, atMs }: RisEvent): string {
    this.#sequence = (this.#sequence + 1) & 0xffff;
    const time = Math.floor(atMs).toString(16).padStart(12, '0');
    return `${peer}-${time}${this.#sequence.toString(16).padStart(4, '0')}`;
  }
}

export interface RisConnection {
  /** A text of the client. */
  receive(text: string): void;
  close(): void;
}
