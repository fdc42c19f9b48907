import type { BenchCase } from '../../message/update.bench.ts';
import { canonicalizeFlowSpec } from './canonical-flowspec.ts';
import { checkFlowSpec } from './check-flowspec.ts';
import { compareFlowSpec } from './compare-flowspec.ts';
import { decodeFlowSpec } from './decode-flowspec.ts';
import { FlowSpecDestination } from './destination-prefix.ts';
import { encodeFlowSpec } from './encode-flowspec.ts';
import { IPV4_FLOWSPEC } from './family.ts';
import { flowSpecNlriOctets, writeFlowSpecNlri } from './flowspec-nlri.ts';
import { FlowSpecNlriCursor } from './flowspec-nlri-cursor.ts';
import { parseFlowSpecText } from './parse-flowspec.ts';

/** As many rules as a large mitigation service has: a host, a protocol, a port range and a length each. */
const RULES = 10_000;

const rules = Array.from({ length: RULES }, (_, at) => {
  const i = (at * 7919) % RULES; // in no order: 7919 is a prime
  const address = `198.51.${(i >>> 8) & 0xff}.${i & 0xff}/32`;
  const rule = parseFlowSpecText(`dst ${address} proto udp src-port 53,123,>=1900&<=1901 length >${i}`, IPV4_FLOWSPEC);
  const encoded = rule.ok ? encodeFlowSpec(rule.value) : undefined;
  if (encoded?.ok !== true) throw new Error(`rule ${i}`);
  return encoded.value;
});

const field = new Uint8Array(rules.reduce((sum, { length }) => sum + flowSpecNlriOctets(length, false), 0));
rules.reduce((at, rule) => writeFlowSpecNlri(rule, 0, rule.length, undefined, field, at), 0);

const cursor = new FlowSpecNlriCursor();
const destination = new FlowSpecDestination();

function receive(): number {
  let sum = 0;
  cursor.reset(field, 0, field.length, false, IPV4_FLOWSPEC);
  while (cursor.next()) {
    if (checkFlowSpec(field, cursor.start, cursor.end, IPV4_FLOWSPEC) !== undefined) throw new Error('a sound rule');
    canonicalizeFlowSpec(field, cursor.start, cursor.end, IPV4_FLOWSPEC);
    if (destination.read(field, cursor.start, cursor.end, IPV4_FLOWSPEC)) sum += destination.w0;
  }
  return sum;
}

export const cases: readonly BenchCase[] = [
  { name: 'receive FlowSpec: walk, check, key, destination', unit: 'rule', unitsPerRun: RULES, run: receive },
  {
    name: 'decode FlowSpec to objects',
    unit: 'rule',
    unitsPerRun: RULES,
    run: () => rules.reduce((sum, rule) => sum + (decodeFlowSpec(rule, 0, rule.length, IPV4_FLOWSPEC).ok ? 1 : 0), 0),
  },
  {
    name: 'sort FlowSpec rules',
    unit: 'rule',
    unitsPerRun: RULES,
    run: () => rules.toSorted((a, b) => compareFlowSpec(b, a, IPV4_FLOWSPEC)).length,
  },
];
