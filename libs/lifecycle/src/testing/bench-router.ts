import { loadConfig } from '@bgp/config';
import { Speaker } from '@bgp/speaker';
import { createMemoryNetwork, type MemoryNetwork } from '@bgp/testkit';
import { err, ok, type Result } from '@bgp/wire';
import { undoUnconfirmed } from '../journal.ts';
import { ConfigLifecycle } from '../lifecycle.ts';
import type { ConfigFilePort, LifecycleEvent, StateFilesPort } from '../types.ts';

/** A disk that can be full, and survives the process. */
export class MemoryDisk {
  readonly files = new Map<string, string>();
  isFull = false;
  /** Writes that work before the disk is full; undefined: as `isFull` says. */
  writesLeft: number | undefined;

  copy(): MemoryDisk {
    const disk = new MemoryDisk();
    for (const [name, text] of this.files) disk.files.set(name, text);
    return disk;
  }

  write(name: string, text: string): Result<void, string> {
    if (this.isFull || this.writesLeft === 0) return err('no space left on device');
    if (this.writesLeft !== undefined) this.writesLeft--;
    this.files.set(name, text);
    return ok(undefined);
  }

  get configFile(): ConfigFilePort {
    return {
      path: '/etc/tsbgpd/config.toml',
      read: () => {
        const text = this.files.get('config');
        return text === undefined ? err('no such file') : ok(text);
      },
      write: (text) => this.write('config', text),
      journal: {
        read: () => ok(this.files.get('journal')),
        write: (text) => this.write('journal', text),
        remove: () => {
          this.files.delete('journal');
          return ok(undefined);
        },
      },
    };
  }

  get state(): StateFilesPort {
    return {
      read: (name) => ok(this.files.get(`state/${name}`)),
      write: (name, text) => this.write(`state/${name}`, text),
      remove: (name) => {
        this.files.delete(`state/${name}`);
        return ok(undefined);
      },
    };
  }
}

export interface BenchRouter {
  readonly network: MemoryNetwork;
  readonly speaker: Speaker;
  readonly lifecycle: ConfigLifecycle;
  readonly disk: MemoryDisk;
  readonly events: LifecycleEvent[];
}

/** A daemon without a process: speaker, life cycle, and a disk. */
export function startRouter(disk: MemoryDisk, network = createMemoryNetwork({ seed: 3 })): BenchRouter {
  const undone = undoUnconfirmed(disk.configFile);
  if (!undone.ok) throw new Error(undone.error);
  const text = disk.files.get('config') ?? '';
  const readFile = (name: string) => {
    const found = disk.files.get(name);
    return found === undefined ? err('no such file') : ok(found);
  };
  const load = (from: string) => loadConfig(from, 'config.toml', { readFile });
  const config = load(text);
  if (!config.ok) throw new Error(config.error.map(({ message }) => message).join('\n'));
  const host = network.addHost({ addresses: ['10.0.0.1'] });
  const speaker = new Speaker(config.value.speaker, host.ports);
  speaker.start();
  const events: LifecycleEvent[] = [];
  const lifecycle = new ConfigLifecycle({
    text,
    config: config.value,
    load,
    speaker,
    file: disk.configFile,
    state: disk.state,
    clock: host.ports.clock,
    observe: (event) => events.push(event),
  });
  return { network, speaker, lifecycle, disk, events };
}
