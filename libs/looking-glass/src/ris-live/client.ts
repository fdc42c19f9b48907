import { err, ok, type Result } from '@bgp/wire';
import type { RisMessage } from './message.ts';
import { parseSocketOptions, parseSubscriptions, type SocketOptions, type Subscription } from './subscription.ts';
import { SubscriptionIndex } from './subscription-index.ts';

/** Subscriptions that every message is held against. */
const OTHERS_MAX = 256;

export interface RisClientOptions {
  /** The name of this collector. */
  readonly host: string;
  readonly maxSubscriptions: number;
}

/** One client of the stream, without its connection: what it sends, what it is answered, which messages it gets. */
export class RisClient {
  readonly #options: RisClientOptions;
  readonly #subscriptions = new SubscriptionIndex();
  #socketOptions: SocketOptions = { includeRaw: false, acknowledge: false };

  constructor(options: RisClientOptions) {
    this.#options = options;
  }

  get subscriptions(): number {
    return this.#subscriptions.size;
  }

  /** What the client is to be told for one of its messages. */
  receive(text: string): readonly string[] {
    const command = parseCommand(text);
    if (!command.ok) return [errorText(command.error)];
    const { type, data } = command.value;
    switch (type) {
      case 'ris_subscribe':
        return this.#subscribe(data);
      case 'ris_unsubscribe':
        return this.#unsubscribe(data);
      case 'request_rrc_list':
        return [JSON.stringify({ type: 'ris_rrc_list', data: [this.#options.host] })];
      case 'ping':
        return [JSON.stringify({ type: 'pong', data: null })];
      default:
        return [errorText('Unknown command type', type)];
    }
  }

  /** What goes to the client of a message; undefined: nothing. */
  textOf(message: RisMessage): string | undefined {
    return this.#subscriptions.wants(message) ? message.text(this.#socketOptions.includeRaw) : undefined;
  }

  #subscribe(data: unknown): readonly string[] {
    const parsed = parseSubscriptions(data);
    const options = parseSocketOptions(data);
    if (!parsed.ok) return [errorText(parsed.error, 'ris_subscribe')];
    if (!options.ok) return [errorText(options.error, 'ris_subscribe')];
    const refusal = this.#refusal(parsed.value);
    if (refusal !== undefined) return [errorText(refusal, 'ris_subscribe')];
    for (const subscription of parsed.value) this.#subscriptions.add(subscription);
    this.#socketOptions = options.value ?? this.#socketOptions;
    if (!this.#socketOptions.acknowledge) return [];
    const socketOptions = this.#socketOptions;
    return parsed.value.map(({ shown }) =>
      JSON.stringify({ type: 'ris_subscribe_ok', data: { subscription: shown, socketOptions } }),
    );
  }

  /** All of a command, or nothing of it. */
  #refusal(wanted: readonly Subscription[]): string | undefined {
    const added = wanted.filter((one) => !this.#subscriptions.has(one));
    const { maxSubscriptions } = this.#options;
    if (this.#subscriptions.size + added.length > maxSubscriptions) {
      return `A connection has at most ${maxSubscriptions} subscriptions.`;
    }
    const others = added.filter((one) => !this.#subscriptions.isIndexed(one)).length;
    if (this.#subscriptions.othersSize + others > OTHERS_MAX) {
      return `At most ${OTHERS_MAX} subscriptions of a connection have neither a prefix without lessSpecific nor a path to be found by.`;
    }
    return undefined;
  }

  #unsubscribe(data: unknown): readonly string[] {
    const parsed = parseSubscriptions(data);
    if (!parsed.ok) return [errorText(parsed.error, 'ris_unsubscribe')];
    const unknown = parsed.value.filter((subscription) => !this.#subscriptions.remove(subscription));
    if (unknown.length === 0) return [];
    return [errorText('There is no such subscription.', 'ris_unsubscribe')];
  }
}

/** What a client is told last, before it is let go. */
export function errorText(message: string, commandType?: string): string {
  return JSON.stringify({
    type: 'ris_error',
    data: { message, ...(commandType === undefined ? {} : { command_type: commandType.slice(0, 64) }) },
  });
}

function parseCommand(text: string): Result<{ readonly type: string; readonly data: unknown }, string> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return err('The message is not JSON.'); // the only thing that JSON.parse throws for
  }
  const { type, data } = (parsed ?? {}) as { type?: unknown; data?: unknown };
  return typeof type === 'string' ? ok({ type, data }) : err('The message has no type.');
}
