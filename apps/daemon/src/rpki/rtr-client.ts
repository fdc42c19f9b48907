import type { RpkiCacheConfig } from '@bgp/config';
import {
  createRtrSession,
  decodeRtrPdu,
  encodeRtrPdu,
  type RtrAction,
  type RtrEvent,
  RtrFramer,
  type RtrNote,
  type RtrRecord,
  type RtrSession,
  type RtrTimer,
  stepRtr,
  type UpdateFault,
} from '@bgp/rpki';
import type { ClockPort } from '@bgp/speaker';
import type { OpenRtr, RtrHandle } from './ports.ts';

/** What a client tells whoever keeps the data. */
export interface RtrClientOwner {
  /** `done` runs when the tables have it, or with what is wrong with it. */
  update(reset: boolean, records: readonly RtrRecord[], done: (fault: UpdateFault | undefined) => void): void;
  discard(): void;
  /** Something that a person may want to know. */
  noted(
    note: RtrNote | { readonly code: 'connected' } | { readonly code: 'connection-lost'; readonly detail: string },
  ): void;
}

export interface RtrClientStatus {
  readonly state: RtrSession['state'];
  readonly version: number;
  readonly sessionId?: number;
  readonly serial?: number;
  /** Wall time of the last End of Data whose data counts. */
  readonly lastUpdateMs?: number;
  /** The last reason for a lost connection, or what the cache reported; one sentence. */
  readonly lastError?: string;
  readonly timers: RtrSession['timers'];
}

/** The rim around `stepRtr`: one cache's connection and timers. */
export class RtrClient {
  readonly #cache: RpkiCacheConfig;
  readonly #open: OpenRtr;
  readonly #clock: ClockPort;
  readonly #owner: RtrClientOwner;
  readonly #timers = new Map<RtrTimer, () => void>();
  #session: RtrSession;
  #handle: RtrHandle | undefined;
  #framer = new RtrFramer();
  /** Data is on its way into the tables: nothing is read meanwhile, so that one answer waits at most. */
  #isUpdating = false;
  #lastUpdateMs: number | undefined;
  #lastError: string | undefined;

  constructor(cache: RpkiCacheConfig, open: OpenRtr, clock: ClockPort, owner: RtrClientOwner) {
    this.#cache = cache;
    this.#open = open;
    this.#clock = clock;
    this.#owner = owner;
    const { highestVersion, refresh, retry, expire } = cache;
    this.#session = createRtrSession({ highestVersion, timers: { refresh, retry, expire } });
  }

  start(): void {
    this.#dispatch({ type: 'start' });
  }

  stop(): void {
    this.#dispatch({ type: 'stop' });
  }

  status(): RtrClientStatus {
    const { state, version, held, timers } = this.#session;
    return {
      state,
      version,
      ...(held === undefined ? {} : { sessionId: held.sessionId, serial: held.serial }),
      ...(this.#lastUpdateMs === undefined ? {} : { lastUpdateMs: this.#lastUpdateMs }),
      ...(this.#lastError === undefined ? {} : { lastError: this.#lastError }),
      timers,
    };
  }

  #dispatch(event: RtrEvent): void {
    const { session, actions } = stepRtr(this.#session, event);
    this.#session = session;
    for (const action of actions) this.#act(action);
  }

  #act(action: RtrAction): void {
    switch (action.type) {
      case 'connect':
        return this.#connect();
      case 'close':
        this.#handle?.destroy();
        this.#handle = undefined;
        return;
      case 'send': {
        const encoded = encodeRtrPdu(action.pdu);
        if (!encoded.ok) throw new Error(`rtr: ${action.pdu.type} cannot be encoded: ${encoded.error.code}`);
        this.#handle?.write(encoded.value);
        return;
      }
      case 'start-timer':
        this.#cancel(action.timer);
        this.#timers.set(
          action.timer,
          this.#clock.after(action.seconds * 1000, () => {
            this.#timers.delete(action.timer);
            this.#dispatch({ type: 'timer-expired', timer: action.timer });
          }),
        );
        return;
      case 'stop-timer':
        return this.#cancel(action.timer);
      case 'update':
        return this.#update(action.reset, action.records);
      case 'discard':
        return this.#owner.discard();
      case 'note':
        if (action.note.code === 'error-received') this.#lastError = `the cache says: ${action.note.text}`;
        if (action.note.code === 'error-sent') this.#lastError = action.note.text;
        return this.#owner.noted(action.note);
    }
  }

  #cancel(timer: RtrTimer): void {
    this.#timers.get(timer)?.();
    this.#timers.delete(timer);
  }

  #connect(): void {
    this.#framer = new RtrFramer();
    const handle = this.#open(this.#cache, {
      onOpen: () => {
        this.#owner.noted({ code: 'connected' });
        this.#dispatch({ type: 'connected' });
      },
      onData: (chunk) => {
        this.#framer.push(chunk);
        this.#read(handle);
      },
      onClose: (detail) => {
        this.#handle = undefined;
        this.#lastError = detail;
        this.#owner.noted({ code: 'connection-lost', detail });
        this.#dispatch({ type: 'disconnected' });
      },
    });
    this.#handle = handle;
    if (this.#isUpdating) handle.pause();
  }

  /** What came, as long as this is the connection and its data has a place to go. */
  #read(handle: RtrHandle): void {
    while (this.#handle === handle && !this.#isUpdating) {
      const frame = this.#framer.next();
      if (frame === undefined) return;
      const pdu = frame.ok ? decodeRtrPdu(frame.value) : frame;
      const octets = frame.ok ? frame.value : new Uint8Array(0);
      this.#dispatch(pdu.ok ? { type: 'received', pdu: pdu.value } : { type: 'malformed', error: pdu.error, octets });
    }
  }

  #update(reset: boolean, records: readonly RtrRecord[]): void {
    this.#isUpdating = true;
    this.#handle?.pause();
    this.#owner.update(reset, records, (fault) => {
      this.#isUpdating = false;
      if (fault === undefined) {
        this.#lastUpdateMs = this.#clock.wallMs();
        this.#dispatch({ type: 'update-taken' });
      } else {
        const detail = `${fault.code}${fault.index < 0 ? '' : `, record ${fault.index}`}`;
        const record = records[fault.index];
        const about = record === undefined ? {} : { record };
        this.#dispatch({ type: 'update-refused', errorCode: fault.errorCode, detail, ...about });
      }
      const handle = this.#handle;
      if (handle === undefined) return;
      this.#read(handle);
      if (!this.#isUpdating) handle.resume();
    });
  }
}
