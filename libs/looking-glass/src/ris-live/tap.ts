import type { SpeakerTap, TapHandle, TapMessage, TapSession, TapSessionEnd } from '@bgp/speaker';
import type { RisEvent } from './types.ts';

/** What is watched; `Speaker` has this shape. */
export interface TappedSpeaker {
  tap(tap: SpeakerTap): TapHandle;
}

const MESSAGE_TYPE_AT = 18; // RFC 4271 §4.1
const NOTIFICATION = 3;

/** Watches a speaker's sessions for the stream. Whoever starts it while sessions are up hears nothing of their beginnings. */
export class RisTap implements SpeakerTap {
  readonly tables: SpeakerTap['tables'] = new Set();
  readonly wantsMessages = true;
  readonly #publish: (event: RisEvent) => void;
  #handle: TapHandle | undefined;

  constructor(publish: (event: RisEvent) => void) {
    this.#publish = publish;
  }

  start(speaker: TappedSpeaker): void {
    // `sessionUp` for the sessions that are there comes from within, before there is a handle.
    this.#handle ??= speaker.tap(this);
  }

  stop(): void {
    this.#handle?.close();
    this.#handle = undefined;
  }

  sessionUp(session: TapSession): void {
    if (this.#handle === undefined) return;
    const { sinceMs, sentOpen, receivedOpen } = session;
    this.#message(session, sinceMs, 'sent', sentOpen);
    this.#message(session, sinceMs, 'received', receivedOpen);
    this.#publish({ ...fromPeer(session, sinceMs), event: 'state', state: 'connected' });
  }

  sessionDown(session: TapSession, { atMs, by, notification }: TapSessionEnd): void {
    if (notification !== undefined) this.#message(session, atMs, by === 'local' ? 'sent' : 'received', notification);
    this.#publish({ ...fromPeer(session, atMs), event: 'state', state: 'down' });
  }

  routes(): void {}

  message({ session, octets, atMs }: TapMessage): void {
    // A NOTIFICATION is told of with the end of the session that it brings.
    if (octets[MESSAGE_TYPE_AT] !== NOTIFICATION) this.#message(session, atMs, 'received', octets);
  }

  #message(session: TapSession, atMs: number, direction: 'sent' | 'received', octets: Uint8Array): void {
    this.#publish({ ...fromPeer(session, atMs), event: 'message', direction, octets, ctx: session.codec });
  }
}

function fromPeer({ remote, remoteAs }: TapSession, atMs: number) {
  return { atMs, peer: remote.address, peerAs: remoteAs };
}
