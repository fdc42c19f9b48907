import { err, ok, parseAsn, type Result } from '@bgp/wire';
import type { Aspa } from './aspa-table.ts';
import { readJsonInPieces } from './json-pieces.ts';
import { runToEnd, type Sliced } from './sliced.ts';
import { createVrp, type Vrp, type VrpProblem, vrpKey } from './vrp.ts';

/** What is wrong in the file. `index` is the place in `roas` or `aspas`. */
export interface VrpJsonError {
  readonly code: 'json-invalid' | 'roas-missing' | 'entry-invalid' | 'aspas-invalid' | 'aspa-invalid' | VrpProblem;
  readonly index?: number;
  readonly detail?: string;
}

/** What a file says; no entry twice. */
export interface VrpFile {
  readonly vrps: readonly Vrp[];
  readonly aspas: readonly Aspa[];
}

/** `parseVrpJsonInSlices`, for small files. */
export function parseVrpJson(text: string): Result<VrpFile, VrpJsonError> {
  return runToEnd(parseVrpJsonInSlices(text));
}

/**
 * Reads the JSON that rpki-client (`-j`) and Routinator (`--format json`, `jsonext`) write. The AS is a number or
 * `AS64500`. Equal entries, which differ by trust anchor only, count once.
 * One bad entry refuses the file: half a table would make routes valid or invalid by accident.
 */
export function* parseVrpJsonInSlices(text: string): Sliced<Result<VrpFile, VrpJsonError>> {
  const vrps = new Map<string, Vrp>();
  const customers = new Map<number, Set<number>>();
  const file = yield* readJsonInPieces<VrpJsonError>(text, ['roas', 'aspas'], (member, entries, first) => {
    for (const [at, entry] of entries.entries()) {
      const problem = member === 'roas' ? takeRoa(vrps, entry) : takeAspa(customers, entry);
      if (problem !== undefined) return { code: problem, index: first + at };
    }
    return undefined;
  });
  if (!file.ok) return file;
  const { roas, aspas = [] } = fieldsOf(file.value);
  if (!Array.isArray(roas)) return err({ code: 'roas-missing' });
  if (!Array.isArray(aspas)) return err({ code: 'aspas-invalid' });
  const list = [...customers].map(([customerAs, providers]) => ({
    customerAs,
    providerAses: [...providers].sort((a, b) => a - b),
  }));
  return ok({ vrps: [...vrps.values()], aspas: list });
}

function takeRoa(vrps: Map<string, Vrp>, entry: unknown): VrpJsonError['code'] | undefined {
  const { prefix, maxLength, asn } = fieldsOf(entry);
  const as = readAs(asn);
  if (as === undefined) return 'asn-invalid';
  if (typeof prefix !== 'string') return 'prefix-invalid';
  if (maxLength !== undefined && typeof maxLength !== 'number') return 'max-length-invalid';
  const vrp = createVrp(prefix, as, maxLength);
  if (typeof vrp === 'string') return vrp;
  vrps.set(vrpKey(vrp), vrp);
  return undefined;
}

function takeAspa(customers: Map<number, Set<number>>, entry: unknown): VrpJsonError['code'] | undefined {
  const fields = fieldsOf(entry);
  const customerAs = readAs(fields.customer_asid ?? fields.customer);
  if (customerAs === undefined || !Array.isArray(fields.providers)) return 'aspa-invalid';
  const providers = customers.get(customerAs) ?? new Set<number>();
  for (const provider of fields.providers) {
    const as = readAs(provider);
    if (as === undefined) return 'aspa-invalid';
    providers.add(as);
  }
  customers.set(customerAs, providers);
  return undefined;
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  // An object of JSON has string keys; anything else has no fields.
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function readAs(value: unknown): number | undefined {
  if (typeof value === 'number')
    return Number.isInteger(value) && value >= 0 && value <= 0xffff_ffff ? value : undefined;
  if (typeof value !== 'string') return undefined;
  const parsed = parseAsn(value.replace(/^AS/i, ''));
  return parsed.ok ? parsed.value : undefined;
}
