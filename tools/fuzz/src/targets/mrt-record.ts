import { ElementReader, ElementTable, LineWriter, type MrtElement, type MrtRecord, TextWriter } from '@bgp/mrt';

const TYPES = [12, 13, 16, 17];
/** Two peers for the entries of tables to name. */
const PEERS: MrtRecord = {
  timestamp: 1,
  type: 13,
  subtype: 1,
  body: Uint8Array.of(
    1,
    1,
    1,
    1,
    0,
    0,
    0,
    2,
    2,
    2,
    2,
    2,
    2,
    10,
    0,
    0,
    1,
    0,
    0,
    253,
    233,
    0,
    3,
    3,
    3,
    3,
    10,
    0,
    0,
    2,
    253,
    234,
  ),
};

/** One record, whose type and subtype the first two octets choose: what is read can be written, and is read again. */
export function fuzz(data: Uint8Array): void {
  const type = TYPES[(data[0] ?? 0) & 3] ?? 13;
  const record = { timestamp: 1, type, subtype: (data[1] ?? 0) % 13, body: data.subarray(2) };
  const reader = new ElementReader();
  reader.read(PEERS, () => undefined);
  const lines = new LineWriter(new TextWriter(256));
  const table = new ElementTable();
  reader.read(type === 17 ? { ...record, microseconds: 7 } : record, (element) => {
    if (element.isPrefix && element.prefixLength > (element.afi === 1 ? 32 : 128)) {
      throw new Error('a prefix longer than its address');
    }
    lines.write(element);
    element.decodeAttributes();
    table.apply(element);
  });
  const before = routesOf(table);
  const written = table.write(1 << 16, (octets) => {
    const again = new ElementTable();
    const rereader = new ElementReader();
    for (let at = 0; at < octets.length; ) {
      const length = new DataView(octets.buffer, octets.byteOffset + at + 8).getUint32(0);
      const view = {
        timestamp: 1,
        type: 13,
        subtype: octets[at + 7] ?? 0,
        body: octets.subarray(at + 12, at + 12 + length),
      };
      const [problem] = rereader.read(view, (element: MrtElement) => again.apply(element));
      if (problem !== undefined) throw new Error(`written and not readable: ${problem.code}`);
      at += 12 + length;
    }
    if (routesOf(again) !== before) throw new Error('written differently');
  });
  // A canonical block that no entry holds is refused, and nothing else is.
  if (!written.ok && written.error.code !== 'too-long') throw new Error(`not writable: ${written.error.code}`);
}

function routesOf(table: ElementTable): string {
  return [...table.rows()]
    .map(({ afi, safi, address, length, routes }) => {
      const of = routes.map(({ peer, pathId, attributes }) => `${peer.address} ${pathId} ${attributes.join()}`);
      return `${afi} ${safi} ${address.join('.')}/${length} ${of.join(' ')}`;
    })
    .join('\n');
}
