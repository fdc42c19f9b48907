import { createRequire } from 'node:module';
import { getSystemErrorMap } from 'node:util';
import { err, ok, type Result } from '@bgp/wire';

/** koffi is optional, so its types may be absent: this is the part that is used. */
export interface Koffi {
  load(path: string | null): {
    func(definition: string): (...values: (number | bigint | string | Uint8Array)[]) => number;
  };
  errno(): number;
  sizeof(type: string): number;
  /** Memory of its own, which stays where it is. */
  alloc(type: string, length: number): unknown;
  address(pointer: unknown): bigint;
  /** The memory itself, not a copy. */
  view(pointer: unknown, octets: number): ArrayBuffer;
  free(pointer: unknown): void;
}

/** The way into libc (ADR 0003). `what` cannot be had without it and begins the refusal. */
export function loadKoffi(what: string): Result<Koffi, string> {
  if (process.platform !== 'linux') return err(`${what} Linux; this is ${process.platform}`);
  try {
    return ok(createRequire(import.meta.url)('koffi') as Koffi); // checked by the first call of each function
  } catch (error) {
    // The world's fault: not installed (--omit=optional), or no prebuilt binary for this platform.
    return err(`${what} the optional package koffi, which did not load (npm install koffi): ${firstLine(error)}`);
  }
}

export function firstLine(error: unknown): string {
  return error instanceof Error ? (error.message.split('\n', 1)[0] ?? '') : String(error);
}

export function describeErrno(errno: number): string {
  const [name, text] = getSystemErrorMap().get(-errno) ?? [`errno ${errno}`, 'unknown error'];
  return `${text} (${name})`;
}
