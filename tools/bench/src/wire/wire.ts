import { encodeTable, fullTable } from '@bgp/testkit';
import {
  AttributeReader,
  applyEdit,
  type CodecContext,
  decodeAttributes,
  decodeMessage,
  IPV4_UNICAST,
  IPV6_UNICAST,
  Ipv4NlriCursor,
  Ipv6NlriCursor,
  UpdateView,
} from '@bgp/wire';
import { figuresOf, type Report } from '../figure.ts';
import { eachFrame } from '../frames.ts';
import { throughput } from '../measure.ts';

const CONTEXT: CodecContext = {
  fourOctetAs: true,
  maxMessageOctets: 4096,
  addPath: new Map(),
  extendedNextHop: new Set(),
  peerKind: 'external',
};
const COUNT = 100_000;
const NO_NEXT_HOP = new Uint8Array(0);

export const WIRE_CASES: Readonly<Record<string, (report: Report) => void>> = {
  'ipv4-table': (report) => measureFamily('ipv4-table', IPV4_UNICAST, '192.0.2.1', report),
  'ipv6-table': (report) => measureFamily('ipv6-table', IPV6_UNICAST, '2001:db8::1', report),
};

function measureFamily(name: string, family: number, nextHop: string, report: Report): void {
  const figure = figuresOf('wire', name, report);
  const table = fullTable({ seed: 1, count: COUNT, family });
  const options = { peerAs: 64_500, nextHop };
  const { buffers, messages, octets } = encodeTable(table, options);
  const view = new UpdateView();
  const reader = new AttributeReader();

  figure('prefixes per message', COUNT / messages, 'prefixes');
  figure('octets per prefix', octets / COUNT, 'octets');
  figure(
    'frame and split',
    throughput(messages, () => eachFrame(buffers, (frame) => view.parse(frame, CONTEXT))),
    'messages/s',
  );
  figure(
    'and walk NLRI',
    throughput(COUNT, () => eachFrame(buffers, (frame) => void walk(view, frame))),
    'prefixes/s',
  );

  const blocks: Uint8Array[] = [];
  const carries = family === IPV4_UNICAST ? ('body' as const) : ('mp' as const);
  const mpNextHops: Uint8Array[] = [];
  eachFrame(buffers, (frame) => {
    view.parse(frame, CONTEXT);
    blocks.push(view.attributeOctets().slice());
    const start = view.reachNextHopStart;
    mpNextHops.push(carries === 'mp' ? frame.slice(start, start + view.reachNextHopLength) : NO_NEXT_HOP);
  });
  const readAll = (each: (canonical: Uint8Array) => void) => {
    for (const [index, block] of blocks.entries()) {
      reader.read(block, mpNextHops[index]!, { fourOctetAs: true, peerKind: 'external', carries });
      each(reader.canonical());
    }
  };
  figure(
    'check attributes to canonical octets',
    throughput(blocks.length, () => readAll(() => {})),
    'sets/s',
  );
  const edit = { prepend: [{ as: 64_501, count: 2 }], communities: { add: [0xfde8_0001] } };
  figure(
    'and apply an edit',
    throughput(blocks.length, () => readAll((canonical) => applyEdit(canonical, edit))),
    'sets/s',
  );
  figure(
    'and decode to objects',
    throughput(blocks.length, () => readAll((canonical) => decodeAttributes(canonical))),
    'sets/s',
  );
  const decodeAll = () =>
    eachFrame(buffers, (frame) => {
      const message = decodeMessage(frame, CONTEXT);
      if (!message.ok) throw new Error(message.error.code);
    });
  figure('decode messages to objects', throughput(COUNT, decodeAll, 3), 'prefixes/s');
  figure(
    'encode from objects',
    throughput(COUNT, () => encodeTable(table, options), 3),
    'prefixes/s',
  );
}

const ipv4 = new Ipv4NlriCursor();
const ipv6 = new Ipv6NlriCursor();

function walk(view: UpdateView, frame: Uint8Array): number {
  view.parse(frame, CONTEXT);
  let count = 0;
  ipv4.reset(frame, view.nlriStart, view.nlriEnd, false);
  while (ipv4.next()) count++;
  if (view.reachFamily === 0) return count;
  ipv6.reset(frame, view.reachNlriStart, view.reachNlriEnd, false);
  while (ipv6.next()) count++;
  return count;
}
