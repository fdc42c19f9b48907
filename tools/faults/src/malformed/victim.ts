import { defaultPeerConfig, Speaker, type TcpHandle } from '@bgp/speaker';
import { createMemoryNetwork, type MemoryNetwork } from '@bgp/testkit';
import { encodeMessage, INITIAL_CONTEXT, IPV4_UNICAST, type Message, type PathAttributes } from '@bgp/wire';
import type { Draft, RawAttribute } from './rules.ts';

const OUR_AS = 65_001;
export const NEIGHBOR_AS = 65_002;
const HEADER_OCTETS = 19;

/** A speaker with one neighbor that sends whatever it is told, and an innocent one whose session must not feel any of it. */
export class Victim {
  readonly #network: MemoryNetwork;
  readonly #speaker: Speaker;
  #handle: TcpHandle | undefined;
  isClosed = false;

  constructor(seed: number, neighbor: 'external' | 'internal') {
    this.#network = createMemoryNetwork({ seed });
    const host = this.#network.addHost({ addresses: ['10.0.0.1'], listenPort: 179 });
    const asn = neighbor === 'external' ? NEIGHBOR_AS : OUR_AS;
    const peers = [{ ...defaultPeerConfig('10.0.0.2', asn), passive: true, enforceFirstAs: false }];
    const config = {
      asn: OUR_AS,
      routerId: '10.0.0.1',
      ebgpRequiresPolicy: false,
      med: 'always-compare',
      peers,
    } as const;
    this.#speaker = new Speaker(config, host.ports);
    this.#speaker.start();
    const other = this.#network.addHost({ addresses: ['10.0.0.2'] });
    this.#handle = other.ports.tcp.connect(
      { address: '10.0.0.1', port: 179, security: {} },
      {
        onOpen: () => {},
        onData: () => {},
        onDrain: () => {},
        onClose: () => {
          this.isClosed = true;
        },
      },
    );
    this.#network.runFor(100);
    this.#send({
      type: 'OPEN',
      version: 4,
      myAs: asn,
      holdTime: 0,
      bgpIdentifier: '10.0.0.2',
      capabilities: [
        { type: 'multiprotocol', family: IPV4_UNICAST },
        { type: 'four-octet-as', as: asn },
      ],
    });
    this.#send({ type: 'KEEPALIVE' });
    this.#network.runFor(100);
    const state = this.#speaker.peer('10.0.0.2')?.state;
    if (state !== 'Established') throw new Error(`the session is ${state}`);
  }

  update(draft: Draft): void {
    this.#handle?.write(writeUpdate(draft));
    this.#network.runFor(100);
  }

  /** What is known of a prefix; undefined: nothing. */
  route(prefix: string): PathAttributes | undefined {
    const query = { table: 'received', peer: '10.0.0.2', family: IPV4_UNICAST, prefix, limit: 1 } as const;
    const page = this.#speaker.listRoutes(query);
    return page.ok ? page.value.routes[0]?.attributes : undefined;
  }

  #send(message: Message): void {
    const encoded = encodeMessage(message, INITIAL_CONTEXT);
    if (!encoded.ok) throw new Error(encoded.error.code);
    this.#handle?.write(encoded.value);
  }
}

function writeUpdate({ attributes, nlri, withdrawn, attributesLength, withdrawnLength }: Draft): Uint8Array {
  const block = attributes.flatMap(writeAttribute);
  const body = [
    ...u16(withdrawnLength ?? withdrawn.length),
    ...withdrawn,
    ...u16(attributesLength ?? block.length),
    ...block,
    ...nlri,
  ];
  return Uint8Array.from([...new Array(16).fill(0xff), ...u16(HEADER_OCTETS + body.length), 2, ...body]);
}

function writeAttribute({ flags, code, value, length = value.length }: RawAttribute): number[] {
  return [flags, code, length, ...value];
}

function u16(value: number): [number, number] {
  return [value >>> 8, value & 0xff];
}
