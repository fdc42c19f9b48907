import type { RpkiCacheConfig } from '@bgp/config';
import {
  answerQuery,
  createVrp,
  decodeRtrPdu,
  encodeRtrPdu,
  type RtrCacheContents,
  RtrFramer,
  type RtrPdu,
  type Vrp,
} from '@bgp/rpki';
import type { ValidationChange } from '@bgp/speaker';
import { VirtualClock } from '@bgp/testkit';
import { err, IPV4_UNICAST, ok } from '@bgp/wire';
import { describe, expect, it } from 'vitest';
import type { OpenRtr, RtrHandlers } from './ports.ts';
import type { RpkiEvent } from './rpki-event.ts';
import { RpkiService } from './rpki-service.ts';

const vrp = (prefix: string, asn: number) => createVrp(prefix, asn) as Vrp; // valid text
const CACHE: RpkiCacheConfig = {
  name: 'cache:323',
  host: 'cache',
  port: 323,
  preference: 1,
  highestVersion: 2,
  refresh: 3600,
  retry: 600,
  expire: 7200,
};
const CONTENTS: RtrCacheContents = {
  highestVersion: 2,
  sessionId: 7,
  serial: 1,
  timers: { refresh: 30, retry: 5, expire: 600 },
  vrps: [vrp('192.0.2.0/24', 65001)],
  aspas: [],
  changesSince: new Map(),
};

/** A cache in memory; undefined contents: nobody listens. */
class FakeCache {
  contents: RtrCacheContents | undefined = CONTENTS;
  readonly asked: string[] = [];
  isSilent = false;
  #on: RtrHandlers | undefined;
  readonly #clock: VirtualClock;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  readonly open: OpenRtr = (_cache, on) => {
    const framer = new RtrFramer();
    let isOpen = true;
    let isPaused = false;
    let waiting: Uint8Array[] = [];
    const deliver = () => {
      while (isOpen && !isPaused && waiting.length > 0) on.onData(waiting.shift()!);
    };
    const later = (run: () => void) => this.#clock.after(1, () => isOpen && run());
    later(() => {
      if (this.contents === undefined) return on.onClose('connection refused');
      this.#on = on;
      on.onOpen();
    });
    return {
      write: (octets) => {
        framer.push(octets);
        for (let frame = framer.next(); frame?.ok === true; frame = framer.next()) {
          const query = decodeRtrPdu(frame.value);
          if (!query.ok || this.contents === undefined) continue;
          this.asked.push(`${query.value.version} ${query.value.type}`);
          if (this.isSilent) continue;
          const answer = answerQuery(this.contents, query.value).map(octetsOf);
          later(() => {
            waiting.push(...answer);
            deliver();
          });
        }
      },
      pause: () => {
        isPaused = true;
      },
      resume: () => {
        isPaused = false;
        deliver();
      },
      destroy: () => {
        isOpen = false;
        waiting = [];
      },
    };
  };

  send(pdu: RtrPdu): void {
    this.#on?.onData(octetsOf(pdu));
  }

  die(): void {
    this.contents = undefined;
    this.#on?.onClose('the cache closed the connection');
  }
}

function octetsOf(pdu: RtrPdu): Uint8Array {
  const encoded = encodeRtrPdu(pdu);
  if (!encoded.ok) throw new Error(encoded.error.detail);
  return encoded.value;
}

function setup(files: Readonly<Record<string, string>> = {}, more: Partial<RpkiCacheConfig>[] = [{}]) {
  const clock = new VirtualClock();
  const caches = more.map(() => new FakeCache(clock));
  const changes: ValidationChange[] = [];
  const events: RpkiEvent[] = [];
  const texts = new Map(Object.entries(files));
  const service = new RpkiService({
    config: {
      selection: 'preferred-first',
      caches: more.map((change, at) => ({ ...CACHE, name: `cache${at}:323`, ...change })),
      files: texts.has('vrps.json') ? [{ path: 'vrps.json', preference: 9 }] : [],
      ...(texts.has('slurm.json') ? { slurmFile: 'slurm.json' } : {}),
    },
    clock,
    open: (cache, on) => caches[Number(cache.name.slice(5, 6))]!.open(cache, on), // one for each
    readFile: async (name) => {
      const text = texts.get(name);
      return text === undefined ? err('there is no such file') : ok(text);
    },
    changed: (change) => changes.push(change),
    observe: (event) => events.push(event),
  });
  const state = (as: number) => service.validation.originState(IPV4_UNICAST, 0xc000_0200, 0, 0, 0, 24, as);
  return { clock, caches, cache: caches[0]!, changes, events, texts, service, state };
}

describe('a cache', () => {
  it('fills the table, and says what changed', () => {
    const { clock, service, changes, state, events } = setup();
    expect(service.validation.hasVrps).toBe(false);
    service.start();
    clock.runFor(1_000);
    expect([state(65001), state(65002)]).toEqual(['valid', 'invalid']);
    expect(changes).toEqual([{ prefixes: [{ prefix: '192.0.2.0/24', maxLength: 32 }], customers: [] }]);
    expect(service.status()).toMatchObject({
      ipv4Vrps: 1,
      sources: [{ state: 'synchronized', rtrVersion: 2, sessionId: 7, serial: 1, vrps: 1, isUsed: true }],
    });
    expect(events).toContainEqual({ type: 'cache', cache: 'cache0:323', rtrVersion: 2, note: { code: 'connected' } });
  });

  it('is asked again after a notify, and only what changed comes', () => {
    const { clock, service, cache, state } = setup();
    service.start();
    clock.runFor(1_000);
    const one: Vrp = vrp('192.0.2.0/24', 65001);
    cache.contents = {
      ...CONTENTS,
      serial: 2,
      changesSince: new Map([
        [
          1,
          [
            { version: 2, type: 'prefix', announce: true, vrp: vrp('192.0.2.0/24', 65002) },
            { version: 2, type: 'prefix', announce: false, vrp: one },
          ],
        ],
      ]),
    };
    cache.send({ version: 2, type: 'serial-notify', sessionId: 7, serial: 2 });
    clock.runFor(1_000);
    expect([state(65001), state(65002)]).toEqual(['invalid', 'valid']);
    expect(cache.asked).toEqual(['2 reset-query', '2 serial-query']);
  });

  it('may be away until its data expires (RFC 8210 §6)', () => {
    const { clock, service, cache, state, events } = setup();
    service.start();
    clock.runFor(1_000);
    cache.die();
    clock.runFor(590_000);
    expect(state(65001)).toBe('valid');
    expect(service.status().sources[0]).toMatchObject({ state: 'waiting', lastError: 'connection refused' });
    clock.runFor(20_000);
    expect(state(65001)).toBe('not-found');
    cache.contents = CONTENTS;
    clock.runFor(10_000);
    expect(state(65001)).toBe('valid');
    expect(
      events.some(({ type, ...rest }) => type === 'cache' && 'note' in rest && rest.note.code === 'connection-lost'),
    ).toBe(true);
  });

  it('that speaks only version 1 is spoken to in that', () => {
    const { clock, service, cache, state, events } = setup();
    cache.contents = { ...CONTENTS, highestVersion: 1 };
    service.start();
    clock.runFor(1_000);
    expect(state(65001)).toBe('valid');
    expect(cache.asked).toEqual(['2 reset-query', '1 reset-query']);
    expect(events).toContainEqual(
      expect.objectContaining({ rtrVersion: 1, note: { code: 'version-lowered', version: 1 } }),
    );
  });

  it('is up while it is connected and has given data, also while it is asked again', () => {
    const { clock, service, cache } = setup();
    const isUp = () => service.reading().sources[0]?.isUp;
    cache.isSilent = true;
    service.start();
    clock.runFor(1_000);
    expect(isUp()).toBe(false);
    const error = { errorCode: 2, pdu: new Uint8Array(0), text: 'nothing here yet' };
    cache.send({ version: 2, type: 'error-report', ...error });
    expect(service.status().sources[0]).toMatchObject({ state: 'synchronized', hasData: false });
    expect(isUp()).toBe(false);
    cache.isSilent = false;
    clock.runFor(601_000); // our own retry interval, as long as it has not named one
    expect(isUp()).toBe(true);
    cache.isSilent = true;
    cache.send({ version: 2, type: 'serial-notify', sessionId: 7, serial: 2 });
    expect(service.status().sources[0]).toMatchObject({ state: 'querying' });
    expect(isUp()).toBe(true);
    cache.die();
    expect(isUp()).toBe(false);
  });

  it('that contradicts itself is told so, and asked for everything', () => {
    const { clock, service, cache, state } = setup();
    service.start();
    clock.runFor(1_000);
    const unknown: Vrp = vrp('198.51.100.0/24', 1);
    cache.contents = {
      ...CONTENTS,
      serial: 2,
      changesSince: new Map([[1, [{ version: 2, type: 'prefix', announce: false, vrp: unknown }]]]),
    };
    cache.send({ version: 2, type: 'serial-notify', sessionId: 7, serial: 2 });
    clock.runFor(20_000);
    expect(cache.asked).toEqual(['2 reset-query', '2 serial-query', '2 error-report', '2 reset-query']);
    expect(state(65001)).toBe('valid');
    expect(service.status().sources[0]).toMatchObject({ state: 'synchronized', serial: 2 });
  });

  it('with a lower preference value counts alone while it has data', () => {
    const { clock, service, caches, state } = setup({}, [{ preference: 2 }, { preference: 1 }]);
    caches[1]!.contents = { ...CONTENTS, vrps: [vrp('192.0.2.0/24', 65002)] };
    service.start();
    clock.runFor(1_000);
    expect([state(65001), state(65002)]).toEqual(['invalid', 'valid']);
    caches[1]!.die();
    clock.runFor(700_000);
    expect([state(65001), state(65002)]).toEqual(['valid', 'invalid']);
  });

  it('is left alone after the end', () => {
    const { clock, service, cache } = setup();
    service.start();
    clock.runFor(1_000);
    service.stop();
    clock.runFor(100_000);
    expect(cache.asked).toEqual(['2 reset-query']);
  });
});

/** Files are read in promises, and worked in by the clock, by turns. */
async function settleOf(clock: VirtualClock): Promise<void> {
  for (let turn = 0; turn < 5; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
    clock.runFor(1_000);
  }
}

describe('files', () => {
  const json = (asn: number) => JSON.stringify({ roas: [{ prefix: '192.0.2.0/24', maxLength: 24, asn }] });

  it('count like a cache, are read again when asked, and a bad one changes nothing', async () => {
    const { clock, service, texts, state, events } = setup({ 'vrps.json': json(65003) }, []);
    const settle = () => settleOf(clock);
    service.start();
    await settle();
    expect(state(65003)).toBe('valid');
    texts.set('vrps.json', json(65004));
    service.reloadFiles();
    await settle();
    expect([state(65003), state(65004)]).toEqual(['invalid', 'valid']);
    texts.set('vrps.json', '{"roas":[{}]}');
    service.reloadFiles();
    await settle();
    expect(state(65004)).toBe('valid');
    expect(service.status().sources[0]).toMatchObject({ kind: 'file', vrps: 1, lastError: 'asn-invalid, entry 0' });
    expect(events.at(-1)).toEqual({ type: 'file-refused', file: 'vrps.json', error: 'asn-invalid, entry 0' });
  });

  it('with local exceptions go on top of everything', async () => {
    const slurm = {
      slurmVersion: 1,
      validationOutputFilters: { prefixFilters: [{ asn: 65003 }], bgpsecFilters: [{ asn: 1 }] },
      locallyAddedAssertions: { prefixAssertions: [{ prefix: '192.0.2.0/24', asn: 65009 }], bgpsecAssertions: [] },
    };
    const { clock, service, state, events } = setup(
      { 'vrps.json': json(65003), 'slurm.json': JSON.stringify(slurm) },
      [],
    );
    service.start();
    await settleOf(clock);
    expect([state(65003), state(65009)]).toEqual(['invalid', 'valid']);
    expect(service.status()).toMatchObject({ slurm: { filters: 1, assertions: 1 } });
    expect(events).toContainEqual({ type: 'router-keys-ignored', file: 'slurm.json', count: 1 });
    expect(service.validateOrigin('192.0.2.128/25', 65009)).toEqual({
      state: 'invalid',
      covering: [{ prefix: '192.0.2.0/24', maxLength: 24, asn: 65009 }],
    });
    expect(service.validateOrigin('192.0.2.1', 1)).toBeUndefined();
  });
});
