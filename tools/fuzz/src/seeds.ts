import { readFileSync } from 'node:fs';
import { type EventRecord, encodeLine } from '@bgp/event-log';
import { encodeMessage, INITIAL_CONTEXT, IPV4_UNICAST, IPV6_UNICAST, type Message } from '@bgp/wire';

const EVENT: EventRecord = {
  epoch: 1_763_712_345_678,
  durable: 1,
  volatile: 0,
  atMs: 1_763_712_345_700,
  type: 'peer-enabled',
  peer: '192.0.2.1',
};

const MESSAGES: readonly Message[] = [
  {
    type: 'OPEN',
    version: 4,
    myAs: 65001,
    holdTime: 90,
    bgpIdentifier: '192.0.2.1',
    capabilities: [
      { type: 'multiprotocol', family: IPV6_UNICAST },
      { type: 'four-octet-as', as: 65001 },
      { type: 'add-path', entries: [{ family: IPV4_UNICAST, sendReceive: 3 }] },
      { type: 'fqdn', hostName: 'rt1', domainName: 'example' },
    ],
  },
  {
    type: 'UPDATE',
    withdrawn: [],
    announced: [{ family: IPV4_UNICAST, nlri: [{ prefix: '198.51.100.0/24' }, { prefix: '203.0.113.0/25' }] }],
    attributes: {
      origin: 0,
      asPath: [{ type: 'sequence', asns: [64500, 64501] }],
      nextHop: '192.0.2.1',
      med: 10,
      communities: [0xffffff01, 65001 * 65536 + 1],
      largeCommunities: [{ globalAdministrator: 1, localData1: 2, localData2: 3 }],
    },
    errors: [],
  },
  {
    type: 'UPDATE',
    withdrawn: [],
    announced: [{ family: IPV6_UNICAST, nlri: [{ prefix: '2001:db8::/32' }], nextHop: ['2001:db8::1'] }],
    attributes: { origin: 0, asPath: [{ type: 'sequence', asns: [64500] }] },
    errors: [],
  },
  {
    type: 'UPDATE',
    withdrawn: [{ family: IPV4_UNICAST, nlri: [{ prefix: '198.51.100.0/24' }] }],
    announced: [],
    attributes: {},
    errors: [],
  },
  { type: 'NOTIFICATION', code: 6, subcode: 2, data: Uint8Array.of(2, 0x68, 0x69) },
  { type: 'ROUTE-REFRESH', family: IPV4_UNICAST, subtype: 0 },
];

/** The first octet says what follows: a field of rules, IPv4 or IPv6, a text, or a community. */
function flowSpecSeeds(): Uint8Array[] {
  const hex = (text: string) => Uint8Array.from(text.split(' '), (pair) => Number.parseInt(pair, 16));
  const text = (choice: number, line: string) => Uint8Array.of(choice, ...new TextEncoder().encode(line));
  return [
    hex('00 0b 01 18 c0 00 02 03 81 06 04 81 19 09 01 20 c0 00 02 01 0c 80 05'),
    hex('01 0f 01 20 00 20 01 0d b8 02 68 41 24 68 ac f1 34 06 0d a1 00 00 07 dd'),
    hex('08 00 00 00 07 0c 0a 02 c8 54 01 2c 12 01 90 d4 01 f4'),
    text(2, 'dst 192.0.2.0/24 proto tcp port >=137&<=139,8080 tcp-flags =syn+ack,!rst'),
    text(3, 'src ::1234:5678:9a00:0/64-104 dscp 46 fragment first-fragment|last-fragment flow-label 7/8'),
    text(2, 'redirect 65000:100'),
    hex('04 80 06 00 00 46 16 00 00'),
    hex('04 00 0d 20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 01 00 64'),
  ];
}

/** Whole files. */
function mrtSeeds(): Uint8Array[] {
  const folder = new URL('../../../libs/mrt/vectors/', import.meta.url);
  return ['unusual.mrt', 'bird_bgp.mrt', 'quagga_rib.mrt'].map((file) => readFileSync(new URL(file, folder)));
}

function updateBodies(): Uint8Array[] {
  return MESSAGES.flatMap((message) => {
    const encoded = encodeMessage(message, { ...INITIAL_CONTEXT, fourOctetAs: true });
    return message.type === 'UPDATE' && encoded.ok ? [encoded.value.subarray(19)] : [];
  });
}

/** Requests, and what clients of the live stream send. */
function publicViewSeeds(): Uint8Array[] {
  const text = (choice: number, line: string) => Uint8Array.of(choice, ...new TextEncoder().encode(line));
  return [
    text(0, '/routes/protocol/bgp_192.0.2.1?limit=100&cursor=0.17'),
    text(0, '/routes/prefix?prefix=2001:db8::%2F32'),
    text(0, '/route/net/192.0.2.0/24/table/master4'),
    text(
      1,
      '{"type":"ris_subscribe","data":{"path":"!^1,[2,3]$","prefix":["192.0.2.0/24"],"socketOptions":{"acknowledge":true}}}',
    ),
    text(1, '{"type":"ping"}\n{"type":"ris_unsubscribe","data":{"peer":"192.0.2.1"}}'),
  ];
}

/** Each record of the file, with the two octets that choose its type and subtype in front. */
function mrtRecordSeeds(): Uint8Array[] {
  const seeds: Uint8Array[] = [];
  for (const file of mrtSeeds()) {
    const view = new DataView(file.buffer, file.byteOffset, file.length);
    for (let at = 0; at + 12 <= file.length; ) {
      const end = at + 12 + view.getUint32(at + 8);
      const type = [12, 13, 16, 17].indexOf(view.getUint16(at + 4));
      const body = file.subarray(at + (type === 3 ? 16 : 12), end);
      if (type >= 0) seeds.push(Uint8Array.of(type, view.getUint16(at + 6), ...body));
      at = end;
    }
  }
  return seeds;
}

const RPKI_FILES = [
  '{"roas":[{"asn":"AS64500","prefix":"10.0.0.0/8","maxLength":9},{"asn":1,"prefix":"2001:db8::/32"}],"aspas":[{"customer":"AS1","providers":["AS2"]}]}',
  '{"slurmVersion":1,"validationOutputFilters":{"prefixFilters":[{"prefix":"10.0.0.0/8","asn":1}],"bgpsecFilters":[]},"locallyAddedAssertions":{"prefixAssertions":[{"asn":1,"prefix":"10.0.0.0/8"}],"bgpsecAssertions":[]}}',
];

/** Bodies of good messages with the octets in front that each target reads as its choices. */
export function seedsFor(target: string): Uint8Array[] {
  if (target === 'flowspec') return flowSpecSeeds();
  if (target === 'mrt') return mrtSeeds();
  if (target === 'mrt-record') return mrtRecordSeeds();
  if (target === 'event-segment')
    return [encodeLine(EVENT), Uint8Array.of(...encodeLine(EVENT), ...encodeLine(EVENT).subarray(0, 40))];
  if (target === 'rpki-files') return RPKI_FILES.map((text) => new TextEncoder().encode(text));
  if (target === 'public-views')
    return [...publicViewSeeds(), ...updateBodies().map((body) => Uint8Array.of(2, ...body))];
  const seeds = MESSAGES.flatMap((message, index) => {
    const encoded = encodeMessage(message, { ...INITIAL_CONTEXT, fourOctetAs: true });
    if (!encoded.ok) throw new Error(`seed ${index}: ${encoded.error.code}`);
    const body = encoded.value.subarray(19);
    const type = encoded.value[18] ?? 0;
    if (target === 'message') return [Uint8Array.of(1, type - 1, ...body)];
    if (target === 'framer') return [Uint8Array.of(0x20, ...encoded.value, ...encoded.value)];
    if (target === 'open') return type === 1 ? [body] : [];
    if (type !== 2) return [];
    if (target === 'update-view') return [Uint8Array.of(1, ...body)];
    // Into each table of the station, then a Peer Down.
    if (target === 'bmp-station') {
      return [0, 1, 2, 3, 4].map((table) => Uint8Array.of(0, 0x30 + table, body.length, ...body, table, 0));
    }
    if (target === 'attributes') {
      const withdrawn = ((body[0] ?? 0) << 8) | (body[1] ?? 0);
      const length = ((body[2 + withdrawn] ?? 0) << 8) | (body[3 + withdrawn] ?? 0);
      return [Uint8Array.of(1, 0, ...body.subarray(4 + withdrawn, 4 + withdrawn + length))];
    }
    return [];
  });
  const toml =
    '[[neighbors]]\naddress = "10.0.0.2"\nremote_asn = 65002\nimport_policy = [{ action = "permit", prefix = "0.0.0.0/0", le = 24 }]\n';
  return target === 'config' ? [new TextEncoder().encode(toml)] : seeds;
}
