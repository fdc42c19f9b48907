import type { ApiOriginAnswer, ApiRpki, ApiRpkiSource, ApiRpkiStatus } from '@bgp/api';
import type { RpkiConfig } from '@bgp/config';
import {
  type Aspa,
  createVrp,
  formatVrpPrefix,
  parseSlurm,
  parseVrpJsonInSlices,
  type RpkiChange,
  RpkiData,
  type RtrRecord,
  type Sliced,
  type Vrp,
} from '@bgp/rpki';
import type { ClockPort, ValidationChange, ValidationPort } from '@bgp/speaker';
import type { RpkiReading } from '@bgp/telemetry';
import type { Result } from '@bgp/wire';
import type { OpenRtr } from './ports.ts';
import type { RpkiEvent } from './rpki-event.ts';
import { RtrClient } from './rtr-client.ts';
import { toValidationChange, validationPort } from './validation-port.ts';
import { WorkQueue } from './work-queue.ts';

export interface RpkiOptions {
  readonly config: RpkiConfig;
  readonly clock: ClockPort;
  readonly open: OpenRtr;
  /** Errors are one sentence. */
  readonly readFile: (name: string) => Promise<Result<string, string>>;
  /** The data is another one. */
  readonly changed: (change: ValidationChange) => void;
  readonly observe: (event: RpkiEvent) => void;
}

/** A refresh is no outage. */
const CONNECTED: ReadonlySet<string> = new Set(['querying', 'receiving', 'synchronized']);

interface FileState {
  readonly path: string;
  readonly preference: number;
  lastUpdateMs?: number;
  lastError?: string;
}

/** Where RPKI data comes from, and what it says: caches, files and local exceptions together. */
export class RpkiService implements ApiRpki {
  readonly validation: ValidationPort;
  readonly #options: RpkiOptions;
  readonly #data: RpkiData;
  readonly #queue: WorkQueue;
  readonly #clients = new Map<string, RtrClient>();
  readonly #files: FileState[];
  #slurm: { readonly filters: number; readonly assertions: number } | undefined;
  #slurmError: string | undefined;
  #loading: Promise<void> = Promise.resolve();

  constructor(options: RpkiOptions) {
    const { config, clock, open } = options;
    this.#options = options;
    this.#queue = new WorkQueue(clock);
    this.#files = config.files.map((file) => ({ ...file }));
    const sources = [
      ...config.caches,
      ...config.files.map(({ path, preference }) => ({ name: fileSource(path), preference })),
    ];
    this.#data = new RpkiData(sources, config.selection);
    this.validation = validationPort(this.#data);
    for (const cache of config.caches) {
      const { name } = cache;
      const client: RtrClient = new RtrClient(cache, open, clock, {
        update: (reset, records, done) => this.#update(name, reset, records, done),
        discard: () => this.#discard(name),
        noted: (note) => options.observe({ type: 'cache', cache: name, rtrVersion: client.status().version, note }),
      });
      this.#clients.set(name, client);
    }
  }

  start(): void {
    this.reloadFiles();
    for (const client of this.#clients.values()) client.start();
  }

  /** Closes connections. The data stays as it is: sessions are told good-bye by it. */
  stop(): void {
    this.#queue.clear();
    for (const client of this.#clients.values()) client.stop();
    this.#queue.clear();
  }

  /** Reads the files again. One that cannot be used leaves what it said before in force. */
  reloadFiles(): void {
    // One after the other, so that what was read last is what counts.
    this.#loading = this.#loading.then(async () => {
      for (const file of this.#files) await this.#loadFile(file);
      const { slurmFile } = this.#options.config;
      if (slurmFile !== undefined) await this.#loadSlurm(slurmFile);
    });
  }

  status(): ApiRpkiStatus {
    const { config } = this.#options;
    const caches = config.caches.map(({ name, preference, tls }): ApiRpkiSource => {
      const { sessionId, serial, lastUpdateMs, lastError, ...client } = this.#clients.get(name)!.status(); // one for each
      return {
        kind: 'cache',
        name,
        preference,
        ...this.#data.counts(name),
        state: client.state,
        rtrVersion: client.version,
        isEncrypted: tls !== undefined,
        timers: client.timers,
        ...(sessionId === undefined ? {} : { sessionId }),
        ...(serial === undefined ? {} : { serial }),
        ...(lastUpdateMs === undefined ? {} : { lastUpdateMs }),
        ...(lastError === undefined ? {} : { lastError }),
      };
    });
    const files = this.#files.map(({ path, ...rest }): ApiRpkiSource => {
      return { kind: 'file', name: path, ...rest, ...this.#data.counts(fileSource(path)) };
    });
    const { vrps, aspas } = this.#data;
    return {
      sources: [...caches, ...files],
      selection: config.selection,
      ipv4Vrps: vrps.size(1),
      ipv6Vrps: vrps.size(2),
      aspas: aspas.size,
      ...(this.#slurm === undefined ? {} : { slurm: this.#slurm }),
      ...(this.#slurmError === undefined ? {} : { slurmError: this.#slurmError }),
    };
  }

  /** For metrics. */
  reading(): RpkiReading {
    const { ipv4Vrps, ipv6Vrps, aspas, sources } = this.status();
    return {
      ipv4Vrps,
      ipv6Vrps,
      aspas,
      sources: sources.map((source) => {
        const { name, hasData, lastError, lastUpdateMs } = source;
        const isWell = source.kind === 'cache' ? CONNECTED.has(source.state) : lastError === undefined;
        const isUp = isWell && hasData;
        return { name, isUp, ...(lastUpdateMs === undefined ? {} : { lastUpdateMs }) };
      }),
    };
  }

  /** What a prefix with an origin is, and the VRPs that say so; undefined: that is no prefix. */
  validateOrigin(prefix: string, originAs: number): ApiOriginAnswer | undefined {
    const asked = createVrp(prefix, 0);
    if (typeof asked === 'string') return undefined;
    const { vrps } = this.#data;
    const { afi, w0, w1, w2, w3, length } = asked;
    return {
      state: afi === 1 ? vrps.validateIpv4(w0, length, originAs) : vrps.validateIpv6(w0, w1, w2, w3, length, originAs),
      covering: vrps
        .covering(asked)
        .map((vrp) => ({ prefix: formatVrpPrefix(vrp), maxLength: vrp.maxLength, asn: vrp.asn })),
    };
  }

  #update(
    source: string,
    reset: boolean,
    records: readonly RtrRecord[],
    done: Parameters<ConstructorParameters<typeof RtrClient>[3]['update']>[2],
  ): void {
    this.#queue.add(
      () => this.#data.update(source, reset, records),
      (result) => {
        if (result.ok) this.#changed(source, result.value);
        done(result.ok ? undefined : result.error);
      },
    );
  }

  #discard(source: string): void {
    this.#queue.add(
      () => this.#data.discard(source),
      (change) => this.#changed(source, change),
    );
  }

  #changed(source: string, change: RpkiChange): void {
    const { vrps, aspas } = this.#data;
    const counts = { ipv4: vrps.size(1), ipv6: vrps.size(2), aspas: aspas.size };
    this.#options.observe({ type: 'data', source, ...counts });
    const { ranges, customers } = change;
    if (ranges.length === 0 && customers.length === 0) return; // `all` is not empty either
    this.#options.changed(toValidationChange(change));
  }

  async #loadFile(file: FileState): Promise<void> {
    const text = await this.#options.readFile(file.path);
    if (!text.ok) return this.#fileFailed(file, text.error);
    const parsed = await this.#inPieces(() => parseVrpJsonInSlices(text.value));
    if (!parsed.ok) {
      const { code, index, detail } = parsed.error;
      return this.#fileFailed(
        file,
        [code, index === undefined ? '' : `entry ${index}`, detail ?? ''].filter((part) => part !== '').join(', '),
      );
    }
    this.#update(fileSource(file.path), true, toRecords(parsed.value), () => {
      file.lastUpdateMs = this.#options.clock.wallMs();
      delete file.lastError;
    });
  }

  #inPieces<T>(begin: () => Sliced<T>): Promise<T> {
    return new Promise((done) => this.#queue.add(begin, done));
  }

  #fileFailed(file: FileState, error: string): void {
    file.lastError = error;
    this.#options.observe({ type: 'file-refused', file: file.path, error });
  }

  async #loadSlurm(path: string): Promise<void> {
    const text = await this.#options.readFile(path);
    const parsed = text.ok ? parseSlurm(text.value) : text;
    if (!parsed.ok) {
      const { error } = parsed;
      this.#slurmError =
        typeof error === 'string'
          ? error
          : [error.code, error.path, error.detail ?? ''].filter((part) => part !== '').join(', ');
      this.#options.observe({ type: 'file-refused', file: path, error: this.#slurmError });
      return;
    }
    const { prefixFilters, prefixAssertions, bgpsecIgnored } = parsed.value;
    if (bgpsecIgnored > 0) this.#options.observe({ type: 'router-keys-ignored', file: path, count: bgpsecIgnored });
    this.#queue.add(
      () => this.#data.setExceptions(parsed.value),
      (change) => {
        this.#slurm = { filters: prefixFilters.length, assertions: prefixAssertions.length };
        this.#slurmError = undefined;
        this.#changed(path, change);
      },
    );
  }
}

/** A file may be called like a cache. */
function fileSource(path: string): string {
  return `file:${path}`;
}

function toRecords({ vrps, aspas }: { readonly vrps: readonly Vrp[]; readonly aspas: readonly Aspa[] }): RtrRecord[] {
  return [
    ...vrps.map((vrp): RtrRecord => ({ version: 2, type: 'prefix', announce: true, vrp })),
    ...aspas.map((aspa): RtrRecord => ({ version: 2, type: 'aspa', announce: true, ...aspa })),
  ];
}
