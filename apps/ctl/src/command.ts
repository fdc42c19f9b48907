import type { Clients } from './connect.ts';
import type { ExitCode } from './exit-codes.ts';
import type { OptionValues } from './option-values.ts';
import type { Output } from './render/output.ts';
import type { Terminal } from './top/terminal.ts';

/** One row of the command table. Help, matching and the reference page come from it. */
export interface Command {
  /** `neighbor ADDR add`: capitals stand for an argument. The first form is the one that is documented. */
  readonly forms: readonly [string, ...string[]];
  readonly summary: string;
  /** `NeighborService.AddNeighbor`; absent: no daemon is asked. */
  readonly rpc?: string;
  readonly options: readonly Option[];
  /** What an argument of the form may be, where that is a closed set; for completion. */
  readonly choices?: Readonly<Record<string, readonly string[]>>;
  readonly examples?: readonly string[];
  run(call: Call): Promise<ExitCode>;
}

export interface Option {
  readonly long: `--${string}`;
  readonly short?: `-${string}`;
  /** Name of the value in help; absent: a switch. */
  readonly value?: string;
  /** What the value may be, where that is a closed set; for completion. */
  readonly choices?: readonly string[];
  readonly help: string;
  readonly isRequired?: true;
}

export interface Call {
  /** By the name in the form, e.g. `ADDR`. */
  readonly argument: (name: string) => string;
  readonly options: OptionValues;
  readonly clients: Clients;
  readonly out: Output;
  /** Absent: the output is no terminal, or the input is none. */
  readonly openTerminal?: () => Terminal;
}
