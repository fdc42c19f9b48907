import { AttributeReader } from '../attributes/attribute-reader.ts';
import type { AttributeContext } from '../attributes/codec.ts';
import { decodeAttributes, encodeAttributes } from '../attributes/object-codec.ts';
import type { PathAttributes } from '../attributes/types.ts';
import { ByteWriter } from '../bytes/byte-writer.ts';
import type { CodecContext } from '../context.ts';
import { type EncodeError, ERROR_RULES, type WireError } from '../errors.ts';
import { type Family, IPV4_UNICAST } from '../family.ts';
import { formatIpAddress } from '../net/ip-address.ts';
import type { IpAddress } from '../net/types.ts';
import { nlriCodec } from '../nlri/table.ts';
import { err, ok, type Result } from '../result.ts';
import type { NlriGroup, Update } from './types.ts';
import { writeUpdate } from './update-encoding.ts';
import { receivesPathIds, UpdateView } from './update-view.ts';

const EMPTY = new Uint8Array(0);

/** Reused by every call; what leaves `decodeUpdate` is copied out of it. */
const reader = new AttributeReader();

/**
 * One UPDATE as objects, read by the same `UpdateView` and `AttributeReader` that the RIB uses.
 *
 * Routes that RFC 7606 treats as withdrawn are in `withdrawn`, and `announced` and `attributes` are then empty; `errors` says why.
 * Groups of a family that we cannot read are left out, with a `family-unsupported` error.
 *
 * @param frame a whole message with header; nothing of it is retained.
 * @returns the error that asks for a session reset, when there is one.
 */
export function decodeUpdate(frame: Uint8Array, ctx: CodecContext): Result<Update, WireError> {
  const view = new UpdateView();
  if (!view.parse(frame, ctx)) return err(firstReset(view.errors));
  const withdrawn: NlriGroup[] = [];
  addGroup(withdrawn, view, ctx, IPV4_UNICAST, view.withdrawnStart, view.withdrawnEnd);
  addGroup(withdrawn, view, ctx, view.unreachFamily, view.unreachStart, view.unreachEnd);

  const { carries } = view;
  const block = view.attributeOctets();
  const reachNextHop = splitNextHop(view.reachNextHop());
  const announced: NlriGroup[] = [];
  addGroup(announced, view, ctx, IPV4_UNICAST, view.nlriStart, view.nlriEnd);
  addGroup(announced, view, ctx, view.reachFamily, view.reachNlriStart, view.reachNlriEnd, reachNextHop);

  const errors = [...view.errors];
  let attributes: PathAttributes = {};
  let isWithdrawn = false;
  if (block.length > 0 || carries !== 'none') {
    // With NLRI in both places the block must suit either: MP_REACH_NLRI first, so that the body's reading stays.
    if (carries === 'body' && view.reachNlriEnd > view.reachNlriStart) {
      reader.read(block, view.reachNextHop(), attributeContext(ctx, 'mp'));
      if (reader.action === 'session-reset') return err(firstReset(reader.errors));
      isWithdrawn = reader.action === 'treat-as-withdraw';
      if (isWithdrawn) errors.push(...reader.errors);
    }
    if (!isWithdrawn) {
      reader.read(block, carries === 'mp' ? view.reachNextHop() : EMPTY, attributeContext(ctx, carries));
      if (reader.action === 'session-reset') return err(firstReset(reader.errors));
      isWithdrawn = reader.action === 'treat-as-withdraw';
      errors.push(...reader.errors);
    }
    if (!isWithdrawn) {
      const { linkLocalNextHop: _linkLocal, nextHop, ...rest } = decodeAttributes(reader.canonical());
      // The next hop of MP_REACH_NLRI is in its group; `nextHop` is the NEXT_HOP attribute.
      attributes = carries === 'mp' || nextHop === undefined ? rest : { ...rest, nextHop };
    }
  }
  if (isWithdrawn) {
    for (const { family, nlri } of announced) withdrawn.push({ family, nlri });
    announced.length = 0;
  }
  const update = { type: 'UPDATE', withdrawn, announced, attributes, errors } as const;
  return ok(view.endOfRib === 0 ? update : { ...update, endOfRib: view.endOfRib });
}

function attributeContext(ctx: CodecContext, carries: AttributeContext['carries']): AttributeContext {
  return { fourOctetAs: ctx.fourOctetAs, peerKind: ctx.peerKind, carries };
}

/** `parse` and `read` report a session reset only together with such an error. */
function firstReset(errors: readonly WireError[]): WireError {
  const error = errors.find(({ code }) => ERROR_RULES[code].action === 'session-reset');
  if (error === undefined) throw new Error('session reset without its error');
  return error;
}

function addGroup(
  groups: NlriGroup[],
  view: UpdateView,
  ctx: CodecContext,
  family: Family | 0,
  start: number,
  end: number,
  nextHop?: readonly IpAddress[],
): void {
  const codec = family === 0 || start === end ? undefined : nlriCodec(family);
  if (codec === undefined) return;
  const nlri = codec.decode(view.frame, start, end, receivesPathIds(ctx, codec.family));
  groups.push(nextHop === undefined ? { family, nlri } : { family, nlri, nextHop });
}

function splitNextHop(octets: Uint8Array): IpAddress[] {
  if (octets.length === 4 || octets.length === 16) return [formatIpAddress(octets)];
  return octets.length === 32 ? [formatIpAddress(octets, 0, 16), formatIpAddress(octets, 16, 16)] : [];
}

/**
 * Octets of one UPDATE. Groups without `nextHop` that are IPv4 unicast go into the message body, every other group into
 * MP_REACH_NLRI or MP_UNREACH_NLRI, of which a message has room for one each; MP attributes come first (RFC 7606 §5.1).
 * Refuses what does not fit: use `UpdateBuilder` to spread many routes over messages.
 */
export function encodeUpdate(update: Update, ctx: CodecContext): Result<Uint8Array, EncodeError> {
  const attributes = encodeAttributes(update.attributes);
  if (!attributes.ok) return attributes;
  const out = new ByteWriter(512);
  const error = writeUpdate(update, attributes.value, ctx, out);
  return error === undefined ? ok(out.toOctets()) : err(error);
}
