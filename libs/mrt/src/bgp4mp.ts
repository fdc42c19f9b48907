import { err, formatIpAddress, type IpAddress, ok, type Result } from '@bgp/wire';
import { BGP4MP_SUBTYPE as S } from './codes.ts';
import type { MrtError } from './errors.ts';
import type { Fields } from './fields.ts';

/** What a subtype says about its record. */
interface Layout {
  readonly isState: boolean;
  readonly asOctets: 2 | 4;
  /** RFC 6396 §4.4.4–§4.4.6: the message was sent by the collector's side. */
  readonly isLocal: boolean;
  /** RFC 8050 §3. */
  readonly addPath: boolean;
}

const layout = (asOctets: 2 | 4, isLocal: boolean, addPath: boolean): Layout => ({
  isState: false,
  asOctets,
  isLocal,
  addPath,
});
const LAYOUTS: ReadonlyMap<number, Layout> = new Map([
  [S.STATE_CHANGE, { isState: true, asOctets: 2, isLocal: false, addPath: false }],
  [S.STATE_CHANGE_AS4, { isState: true, asOctets: 4, isLocal: false, addPath: false }],
  [S.MESSAGE, layout(2, false, false)],
  [S.MESSAGE_AS4, layout(4, false, false)],
  [S.MESSAGE_LOCAL, layout(2, true, false)],
  [S.MESSAGE_AS4_LOCAL, layout(4, true, false)],
  [S.MESSAGE_ADDPATH, layout(2, false, true)],
  [S.MESSAGE_AS4_ADDPATH, layout(4, false, true)],
  [S.MESSAGE_LOCAL_ADDPATH, layout(2, true, true)],
  [S.MESSAGE_AS4_LOCAL_ADDPATH, layout(4, true, true)],
]);

/** Both ends of the session; the addresses become text only when they are asked for. */
class Session {
  readonly peerAs: number;
  readonly localAs: number;
  readonly interfaceIndex: number;
  readonly afi: 1 | 2;
  readonly octets: Uint8Array;
  /** Of the peer's address in `octets`; the local one follows. */
  readonly addressStart: number;

  constructor(peerAs: number, localAs: number, interfaceIndex: number, afi: 1 | 2, octets: Uint8Array, start: number) {
    this.peerAs = peerAs;
    this.localAs = localAs;
    this.interfaceIndex = interfaceIndex;
    this.afi = afi;
    this.octets = octets;
    this.addressStart = start;
  }

  get addressWidth(): 4 | 16 {
    return this.afi === 1 ? 4 : 16;
  }

  get peerAddress(): IpAddress {
    return formatIpAddress(this.octets, this.addressStart, this.addressWidth);
  }

  get localAddress(): IpAddress {
    return formatIpAddress(this.octets, this.addressStart + this.addressWidth, this.addressWidth);
  }
}

export class StateChange extends Session {
  readonly kind = 'state-change';
  /** 1 Idle … 6 Established (RFC 6396 §4.4.1); other values are kept. */
  oldState = 0;
  newState = 0;
}

export class BgpMessage extends Session {
  readonly kind = 'message';
  asOctets: 2 | 4 = 4;
  addPath = false;
  isLocal = false;
  /** In `octets`, whole, with its header; up to the end of the record. */
  messageStart = 0;

  /** Aliases the record. */
  get message(): Uint8Array {
    return this.octets.subarray(this.messageStart);
  }
}

/**
 * ```text
 * | peer AS (2, 4) | local AS (2, 4) | interface (2) | AFI (2) | peer address | local address | BGP message, or old state (2), new state (2) |
 * ```
 * @returns `undefined` for a subtype that is not known.
 * @source RFC 6396 §4.4, RFC 8050 §3
 */
export function decodeBgp4mp(subtype: number, fields: Fields): Result<StateChange | BgpMessage, MrtError> | undefined {
  const form = LAYOUTS.get(subtype);
  if (form === undefined) return undefined;
  const peerAs = form.asOctets === 4 ? fields.u32() : fields.u16();
  const localAs = form.asOctets === 4 ? fields.u32() : fields.u16();
  const interfaceIndex = fields.u16();
  const afi = fields.u16();
  if (!fields.overrun && afi !== 1 && afi !== 2) return err({ code: 'address-family-unsupported', afi, safi: 1 });
  const addressStart = fields.skip(afi === 1 ? 8 : 32);
  const session = [peerAs, localAs, interfaceIndex, afi === 1 ? 1 : 2, fields.octets, addressStart] as const;
  if (form.isState) {
    const change = new StateChange(...session);
    change.oldState = fields.u16();
    change.newState = fields.u16();
    return ok(change);
  }
  const message = new BgpMessage(...session);
  message.asOctets = form.asOctets;
  message.addPath = form.addPath;
  message.isLocal = form.isLocal;
  message.messageStart = fields.position;
  return ok(message);
}
