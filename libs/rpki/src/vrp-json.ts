import { err, ok, parseAsn, type Result } from '@bgp/wire';
import type { Aspa } from './aspa-table.ts';
import { createVrp, type Vrp, type VrpProblem, vrpKey } from './vrp.ts';

/** What is wrong in the file. `index` is the place in `roas` or `aspas`. */
export interface VrpJsonError {
  readonly code: 'json-invalid' | 'roas-missing' | 'entry-invalid' | 'aspas-invalid' | 'aspa-invalid' | VrpProblem;
  readonly index?: number;
  readonly detail?: string;
}

/**
 * Reads the JSON that rpki-client (`-j`) and Routinator (`--format json`, `jsonext`) write. The AS is a number or
 * `AS64500`. Equal entries, which differ by trust anchor only, count once.
 * One bad entry refuses the file: half a table would make routes valid or invalid by accident.
 */
export function parseVrpJson(
  text: string,
): Result<{ readonly vrps: readonly Vrp[]; readonly aspas: readonly Aspa[] }, VrpJsonError> {
  let file: unknown;
  try {
    file = JSON.parse(text);
  } catch (error) {
    return err({ code: 'json-invalid', detail: (error as Error).message }); // JSON.parse throws SyntaxError only
  }
  const { roas, aspas = [] } = fieldsOf(file);
  if (!Array.isArray(roas)) return err({ code: 'roas-missing' });
  if (!Array.isArray(aspas)) return err({ code: 'aspas-invalid' });
  const vrps = new Map<string, Vrp>();
  for (const [index, entry] of roas.entries()) {
    const { prefix, maxLength, asn } = fieldsOf(entry);
    const as = readAs(asn);
    if (as === undefined) return err({ code: 'asn-invalid', index });
    if (typeof prefix !== 'string') return err({ code: 'prefix-invalid', index });
    if (maxLength !== undefined && typeof maxLength !== 'number') return err({ code: 'max-length-invalid', index });
    const vrp = createVrp(prefix, as, maxLength);
    if (typeof vrp === 'string') return err({ code: vrp, index });
    vrps.set(vrpKey(vrp), vrp);
  }
  const customers = new Map<number, Set<number>>();
  for (const [index, entry] of aspas.entries()) {
    const fields = fieldsOf(entry);
    const customerAs = readAs(fields.customer_asid ?? fields.customer);
    if (customerAs === undefined || !Array.isArray(fields.providers)) return err({ code: 'aspa-invalid', index });
    const providers = customers.get(customerAs) ?? new Set<number>();
    for (const provider of fields.providers) {
      const as = readAs(provider);
      if (as === undefined) return err({ code: 'aspa-invalid', index });
      providers.add(as);
    }
    customers.set(customerAs, providers);
  }
  const list = [...customers].map(([customerAs, providers]) => ({
    customerAs,
    providerAses: [...providers].sort((a, b) => a - b),
  }));
  return ok({ vrps: [...vrps.values()], aspas: list });
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
