import { type BmpError, BmpFramer, decodeBmp, Station, type StationError } from '@bgp/bmp';
import type { AcceptedConnection, TcpHandle } from '@bgp/speaker';

/** A collector for tests: the last connection's `Station`, and what was wrong with its stream. */
export class TestCollector {
  station = new Station();
  readonly errors: (BmpError | StationError)[] = [];
  /** Of each connection: the types of its messages, in order. */
  readonly streams: string[][] = [];
  connections = 0;
  #handle: TcpHandle | undefined;
  #isPaused = false;

  accept(): AcceptedConnection {
    this.connections++;
    const station = new Station();
    const framer = new BmpFramer();
    const stream: string[] = [];
    this.station = station;
    this.streams.push(stream);
    return {
      handlers: {
        onOpen: () => {},
        onData: (chunk) => {
          // Chunks belong to the sender; the framer keeps views.
          framer.push(chunk.slice());
          for (;;) {
            const next = framer.next();
            if (!next.ok) this.errors.push(next.error);
            if (!next.ok || next.value === undefined) return;
            const decoded = decodeBmp(next.value);
            if (!decoded.ok) {
              this.errors.push(decoded.error);
              continue;
            }
            stream.push(decoded.value.type);
            const applied = station.apply(decoded.value);
            if (!applied.ok) this.errors.push(applied.error);
          }
        },
        onDrain: () => {},
        onClose: () => {},
      },
      adopt: (handle) => {
        this.#handle = handle;
        if (this.#isPaused) handle.pause();
      },
    };
  }

  pause(): void {
    this.#isPaused = true;
    this.#handle?.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#handle?.resume();
  }
}
