import { encodeMessage, INITIAL_CONTEXT, IPV4_UNICAST, IPV6_UNICAST, type Message } from '@bgp/wire';

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

/** Bodies of good messages with the octets in front that each target reads as its choices. */
export function seedsFor(target: string): Uint8Array[] {
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
