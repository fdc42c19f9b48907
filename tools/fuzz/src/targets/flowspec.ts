import {
  canonicalFlowSpec,
  checkFlowSpec,
  compareFlowSpec,
  decodeFlowSpec,
  decodeFlowSpecAction,
  encodeFlowSpec,
  encodeFlowSpecAction,
  FlowSpecDestination,
  FlowSpecNlriCursor,
  formatFlowSpec,
  formatFlowSpecAction,
  IPV4_FLOWSPEC,
  IPV6_FLOWSPEC,
  parseFlowSpecAction,
  parseFlowSpecText,
} from '@bgp/wire/flowspec';

const cursor = new FlowSpecNlriCursor();
const destination = new FlowSpecDestination();
const decoder = new TextDecoder();

/** FlowSpec rules, actions and their text: nothing throws, and what is accepted comes back the same through every form. */
export function fuzz(data: Uint8Array): void {
  const [choice = 0] = data;
  const field = data.subarray(1);
  const family = (choice & 1) === 0 ? IPV4_FLOWSPEC : IPV6_FLOWSPEC;
  if ((choice & 2) !== 0) {
    fuzzText(decoder.decode(field), family);
    return;
  }
  if ((choice & 4) !== 0) {
    fuzzAction(field);
    return;
  }
  let previous: Uint8Array | undefined;
  cursor.reset(field, 0, field.length, (choice & 8) !== 0, family);
  while (cursor.next()) {
    const octets = fuzzRule(field, cursor.start, cursor.end, family);
    if (octets === undefined) continue;
    if (previous !== undefined) {
      const order = compareFlowSpec(previous, octets, family);
      if (Math.sign(order) + Math.sign(compareFlowSpec(octets, previous, family)) !== 0) throw new Error('no order');
      if ((order === 0) !== isEqual(previous, octets)) throw new Error('different rules without an order');
    }
    previous = octets;
  }
}

function fuzzRule(field: Uint8Array, start: number, end: number, family: number): Uint8Array | undefined {
  const error = checkFlowSpec(field, start, end, family);
  const decoded = decodeFlowSpec(field, start, end, family);
  if (decoded.ok !== (error === undefined)) throw new Error('check and decode disagree');
  if (!decoded.ok) return undefined;
  destination.read(field, start, end, family);
  const encoded = encodeFlowSpec(decoded.value);
  if (!encoded.ok) throw new Error(`a decoded rule cannot be encoded: ${encoded.error.code}`);
  if (!isEqual(canonicalFlowSpec(field, start, end, family), encoded.value))
    throw new Error('the key is not what encode makes of the rule');
  const text = formatFlowSpec(decoded.value);
  const parsed = parseFlowSpecText(text, family);
  if (!parsed.ok) throw new Error(`${parsed.error.code}: ${text}`);
  const again = encodeFlowSpec(parsed.value);
  if (!again.ok || !isEqual(again.value, encoded.value)) throw new Error(`another rule after its text: ${text}`);
  return encoded.value;
}

function fuzzText(text: string, family: number): void {
  const parsed = parseFlowSpecText(text, family);
  if (parsed.ok) {
    const encoded = encodeFlowSpec(parsed.value);
    if (!encoded.ok && encoded.error.code !== 'field-too-long') throw new Error(`${encoded.error.code}: ${text}`);
    if (encoded.ok) fuzzRule(encoded.value, 0, encoded.value.length, family);
  }
  const action = parseFlowSpecAction(text);
  if (!action.ok) return;
  const encoded = encodeFlowSpecAction(action.value);
  if (!encoded.ok) throw new Error(`${encoded.error.code}: ${text}`);
  fuzzAction(encoded.value);
}

function fuzzAction(octets: Uint8Array): void {
  const decoded = decodeFlowSpecAction(octets);
  if (!decoded.ok || decoded.value === undefined) return;
  const text = formatFlowSpecAction(decoded.value);
  const parsed = parseFlowSpecAction(text);
  if (!parsed.ok || formatFlowSpecAction(parsed.value) !== text)
    throw new Error(`an action without a way back: ${text}`);
  const encoded = encodeFlowSpecAction(decoded.value);
  const again = encoded.ok ? decodeFlowSpecAction(encoded.value) : encoded;
  if (!again.ok || JSON.stringify(again.value) !== JSON.stringify(decoded.value)) throw new Error(`changed: ${text}`);
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((octet, at) => octet === b[at]);
}
