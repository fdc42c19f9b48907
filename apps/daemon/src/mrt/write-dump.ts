import type { MrtConfig } from '@bgp/config';
import { createTableDump, formatMrtEncodeError, type TableDumpWriter } from '@bgp/mrt';
import type { Speaker, TableVisitor, TableWalk, WalkedPeer, WalkedPrefix } from '@bgp/speaker';
import { afiOf, err, ok, type Result, safiOf } from '@bgp/wire';
import { DumpFile, dumpFileName } from './dump-file.ts';

/** Octets that are handed to the file in one piece. */
const CHUNK_OCTETS = 1 << 18;

export interface DumpReport {
  readonly path: string;
  readonly routes: number;
  readonly prefixes: number;
  /** Before compression. */
  readonly octets: number;
  /** Routes that MRT has no room for. */
  readonly skipped: number;
}

export type DumpSource = Pick<Speaker, 'walkTable' | 'status'>;

export interface RunningDump {
  readonly done: Promise<Result<DumpReport, string>>;
  /** Ends it early; nothing is left of the file. */
  cancel(reason: string): void;
}

/**
 * Writes what neighbors announced as TABLE_DUMP_V2 (RFC 6396 §4.3, RFC 8050 §4). The walk runs in the speaker's slices and waits for the disk, so
 * neither sessions nor memory suffer from a large table or a slow disk. Never throws, nor does `done` reject.
 */
export function writeDump(source: DumpSource, config: MrtConfig, atMs: number): RunningDump {
  const file = new DumpFile(config.outputDir, dumpFileName(config.filePrefix, atMs, config.compress), config.compress);
  const finished = Promise.withResolvers<Result<Totals, string>>();
  const visitor = new DumpVisitor(source.status().routerId, Math.floor(atMs / 1000), file, finished.resolve);
  const walk = source.walkTable(visitor);
  visitor.walk = walk;
  file.failed.catch((error: unknown) => finished.resolve(err(sentenceOf(file.path, error))));
  const end = async (): Promise<Result<DumpReport, string>> => {
    const totals = await finished.promise;
    walk.cancel();
    try {
      if (totals.ok) {
        await file.commit();
        return ok({ path: file.path, ...totals.value });
      }
      await file.discard();
      return totals;
    } catch (error) {
      await file.discard().catch(() => undefined); // the first failure is the one to tell
      return err(sentenceOf(file.path, error));
    }
  };
  return { done: end(), cancel: (reason) => finished.resolve(err(reason)) };
}

type Totals = Omit<DumpReport, 'path'>;

class DumpVisitor implements TableVisitor {
  walk: TableWalk | undefined;
  readonly #routerId: string;
  readonly #timestamp: number;
  readonly #file: DumpFile;
  readonly #finish: (totals: Result<Totals, string>) => void;
  #writer: TableDumpWriter | undefined;
  #routes = 0;
  #prefixes = 0;
  #octets = 0;
  #skipped = 0;

  constructor(routerId: string, timestamp: number, file: DumpFile, finish: (totals: Result<Totals, string>) => void) {
    this.#routerId = routerId;
    this.#timestamp = timestamp;
    this.#file = file;
    this.#finish = finish;
  }

  begin(peers: readonly WalkedPeer[]): void {
    const created = createTableDump({ timestamp: this.#timestamp, collectorBgpId: this.#routerId, peers });
    if (created.ok) this.#writer = created.value;
    else this.#finish(err(formatMrtEncodeError(created.error)));
  }

  prefix({ family, address, length, routes }: WalkedPrefix): boolean {
    const writer = this.#writer;
    if (writer === undefined) return false; // the failure is told already
    // A record's entries all have path identifiers or none has.
    const addPath = routes.some(({ pathId }) => pathId !== 0);
    writer.begin({ afi: afiOf(family), safi: safiOf(family), address, length }, addPath);
    this.#prefixes++;
    for (const { peer, pathId, receivedAtSeconds, attributes } of routes) {
      if (writer.add(peer, receivedAtSeconds, pathId, attributes) === undefined) this.#routes++;
      else this.#skipped++;
    }
    writer.end();
    if (writer.length < CHUNK_OCTETS || this.#take(writer)) return true;
    this.#file.drained(() => this.walk?.resume());
    return false;
  }

  end(): void {
    if (this.#writer === undefined) return;
    this.#take(this.#writer);
    const [routes, prefixes, octets, skipped] = [this.#routes, this.#prefixes, this.#octets, this.#skipped];
    this.#finish(ok({ routes, prefixes, octets, skipped }));
  }

  #take(writer: TableDumpWriter): boolean {
    const octets = writer.view().slice();
    writer.reset();
    this.#octets += octets.length;
    return this.#file.write(octets);
  }
}

function sentenceOf(path: string, error: unknown): string {
  return `${path} cannot be written: ${error instanceof Error ? error.message : error}`;
}
