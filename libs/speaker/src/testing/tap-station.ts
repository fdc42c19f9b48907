import { type BmpMessage, decodeBmp, encodeBmp, type PerPeerHeader, Station } from '@bgp/bmp';
import { encodeMessage, INITIAL_CONTEXT, parseIpv4 } from '@bgp/wire';
import type { Speaker } from '../speaker.ts';
import type {
  SpeakerTap,
  TapHandle,
  TapMessage,
  TapRoutes,
  TapSession,
  TapSessionEnd,
  TapTable,
} from '../taps-types.ts';

const FLAGS = { 'adj-rib-in-pre': 0, 'adj-rib-in-post': 0x40, 'adj-rib-out-post': 0x50, 'loc-rib': 0 } as const;
const ALL: ReadonlySet<TapTable> = new Set<TapTable>([
  'adj-rib-in-pre',
  'adj-rib-in-post',
  'adj-rib-out-post',
  'loc-rib',
]);

/** A station that knows nothing of a speaker but what a tap has told it. */
export class TapStation implements SpeakerTap {
  readonly wantsMessages = true;
  readonly tables: ReadonlySet<TapTable>;
  readonly station = new Station();
  readonly ends: TapSessionEnd[] = [];
  readonly messages: TapMessage[] = [];
  readonly errors: string[] = [];
  isWalked = false;
  readonly #handle: TapHandle;

  /** `patience`: octets that the walk may push before it has to wait for `resume`. */
  constructor(speaker: Speaker, tables: ReadonlySet<TapTable> = ALL, patience = Number.POSITIVE_INFINITY) {
    this.tables = tables;
    this.#apply({ type: 'initiation', information: [] });
    const open = openOf('10.0.0.1');
    if (tables.has('loc-rib')) this.#apply({ ...peerUp(locRib), sentOpen: open, receivedOpen: open });
    this.#handle = speaker.tap(this);
    let left = patience;
    const walk = this.#handle.walk(tables, {
      room: () => left,
      push: (routes) => {
        left -= routes.octets.length;
        this.routes(routes);
      },
      done: () => {
        this.isWalked = true;
      },
    });
    this.resume = () => {
      left = patience;
      walk.resume();
    };
  }

  readonly resume: () => void;

  close(): void {
    this.#handle.close();
  }

  sessionUp(session: TapSession): void {
    const { sentOpen, receivedOpen } = session;
    this.#apply({ ...peerUp(headerOf(session)), sentOpen, receivedOpen });
  }

  sessionDown(session: TapSession, end: TapSessionEnd): void {
    this.ends.push(end);
    this.#apply({ type: 'peer-down', peer: headerOf(session), reason: 4, data: new Uint8Array(0) });
  }

  routes({ table, session, octets, messages, fourOctetAs }: TapRoutes): void {
    const header = session === undefined ? locRib : headerOf(session);
    const flags = FLAGS[table] | (fourOctetAs ? 0 : 0x20);
    let count = 0;
    for (let at = 0; at < octets.length; count++) {
      const end = at + octets[at + 16]! * 256 + octets[at + 17]!;
      this.#apply({ type: 'route-monitoring', peer: { ...header, flags }, update: octets.subarray(at, end) });
      at = end;
    }
    if (count !== messages) this.errors.push(`${count} messages, said to be ${messages}`);
  }

  message(message: TapMessage): void {
    this.messages.push(message);
  }

  #apply(message: BmpMessage): void {
    const octets = encodeBmp(message);
    const decoded = octets.ok ? decodeBmp(octets.value) : octets;
    if (!decoded.ok) {
      this.errors.push(decoded.error.code);
      return;
    }
    const applied = this.station.apply(decoded.value);
    if (!applied.ok) this.errors.push(JSON.stringify(applied.error));
  }
}

function headerOf({ remote, remoteAs }: TapSession): PerPeerHeader {
  const parsed = parseIpv4(remote.address);
  if (!parsed.ok) throw new Error('tests use IPv4');
  const address = new Uint8Array(16);
  new DataView(address.buffer).setUint32(12, parsed.value);
  return { ...locRib, peerType: 0, address, as: remoteAs };
}

const locRib: PerPeerHeader = {
  peerType: 3,
  flags: 0,
  distinguisher: new Uint8Array(8),
  address: new Uint8Array(16),
  as: 65000,
  bgpId: 1,
  seconds: 0,
  microseconds: 0,
};

function peerUp(peer: PerPeerHeader) {
  const type = 'peer-up' as const;
  return { type, peer, localAddress: new Uint8Array(16), localPort: 0, remotePort: 0, information: [] };
}

function openOf(bgpIdentifier: string): Uint8Array {
  const encoded = encodeMessage(
    { type: 'OPEN', version: 4, myAs: 65000, holdTime: 90, bgpIdentifier, capabilities: [] },
    INITIAL_CONTEXT,
  );
  if (!encoded.ok) throw new Error(encoded.error.code);
  return encoded.value;
}
