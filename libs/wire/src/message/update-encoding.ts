import { ATTRIBUTE, OPTIONAL_NON_TRANSITIVE } from '../attributes/codes.ts';
import { beginTlv, endTlv } from '../attributes/tlv.ts';
import type { ByteWriter } from '../bytes/byte-writer.ts';
import type { CodecContext } from '../context.ts';
import type { EncodeError } from '../errors.ts';
import { afiOf, IPV4_UNICAST, safiOf } from '../family.ts';
import { parseIpAddress } from '../net/ip-address.ts';
import { nlriCodec } from '../nlri/table.ts';
import { HEADER_OCTETS, MESSAGE_TYPE } from './framer.ts';
import { writeOutgoingAttributes } from './outgoing-attributes.ts';
import type { NlriGroup, Update } from './types.ts';

/** Writes the message; on an error what has been written is of no use. */
export function writeUpdate(
  update: Update,
  canonical: Uint8Array,
  ctx: CodecContext,
  out: ByteWriter,
): EncodeError | undefined {
  const unreach = splitGroups(update.withdrawn, (group) => group.family === IPV4_UNICAST);
  const reach = splitGroups(update.announced, (group) => group.family === IPV4_UNICAST && group.nextHop === undefined);
  const surplus = unreach.mp[1] ?? reach.mp[1];
  if (surplus !== undefined) return { code: 'family-unsupported', family: surplus.family };
  const { nextHop, linkLocalNextHop } = update.attributes;
  // An IPv6 next hop belongs into an MP_REACH_NLRI group.
  if (nextHop?.includes(':') === true)
    return { code: 'next-hop-unsupported', family: IPV4_UNICAST, length: linkLocalNextHop === undefined ? 16 : 32 };

  for (let i = 0; i < 16; i++) out.u8(0xff);
  out.u16(0);
  out.u8(MESSAGE_TYPE.UPDATE);
  out.u16(0);
  const error = writeBody(unreach.body, ctx, out);
  if (error !== undefined) return error;
  const withdrawnLength = out.length - HEADER_OCTETS - 2;
  const attributesAt = out.length;
  out.u16(0);
  const endOfRibFamily =
    update.endOfRib === undefined || update.endOfRib === IPV4_UNICAST ? undefined : update.endOfRib;
  const mpUnreach = unreach.mp[0] ?? (endOfRibFamily === undefined ? undefined : { family: endOfRibFamily, nlri: [] });
  const mpError = writeReach(reach.mp[0], ctx, out) ?? writeUnreach(mpUnreach, ctx, out);
  if (mpError !== undefined) return mpError;
  writeOutgoingAttributes(canonical, ctx.fourOctetAs, true, out);
  const attributesLength = out.length - attributesAt - 2;
  const nlriError = writeBody(reach.body, ctx, out);
  if (nlriError !== undefined) return nlriError;
  if (out.length > ctx.maxMessageOctets)
    return { code: 'message-too-large', octets: out.length, max: ctx.maxMessageOctets };
  out.patchU16(16, out.length);
  out.patchU16(HEADER_OCTETS, withdrawnLength);
  out.patchU16(attributesAt, attributesLength);
  return undefined;
}

function splitGroups(
  groups: readonly NlriGroup[],
  inBody: (group: NlriGroup) => boolean,
): { readonly body: readonly NlriGroup[]; readonly mp: readonly NlriGroup[] } {
  return { body: groups.filter(inBody), mp: groups.filter((group) => !inBody(group)) };
}

function writeBody(groups: readonly NlriGroup[], ctx: CodecContext, out: ByteWriter): EncodeError | undefined {
  for (const group of groups) {
    const error = writeNlri(group, ctx, out);
    if (error !== undefined) return error;
  }
  return undefined;
}

function writeNlri(group: NlriGroup, ctx: CodecContext, out: ByteWriter): EncodeError | undefined {
  const codec = nlriCodec(group.family);
  if (codec === undefined) return { code: 'family-unsupported', family: group.family };
  const addPath = ctx.addPath.get(group.family)?.send === true;
  for (const nlri of group.nlri) {
    const error = codec.encode(nlri, addPath, out);
    if (error !== undefined) return error;
  }
  return undefined;
}

function writeReach(group: NlriGroup | undefined, ctx: CodecContext, out: ByteWriter): EncodeError | undefined {
  if (group === undefined) return undefined;
  const { family } = group;
  const codec = nlriCodec(family);
  if (codec === undefined) return { code: 'family-unsupported', family };
  const nextHop: number[] = [];
  for (const text of group.nextHop ?? []) {
    const address = parseIpAddress(text);
    if (!address.ok) return { code: 'address-invalid', field: 'nextHop', value: text };
    nextHop.push(...address.value);
  }
  const isAllowed =
    codec.nextHopLengths.includes(nextHop.length) ||
    (codec.extendedNextHopLengths.includes(nextHop.length) && ctx.extendedNextHop.has(family));
  if (!isAllowed) return { code: 'next-hop-unsupported', family, length: nextHop.length };
  const tlv = beginTlv(out, OPTIONAL_NON_TRANSITIVE, ATTRIBUTE.MP_REACH_NLRI);
  out.u16(afiOf(family));
  out.u8(safiOf(family));
  out.u8(nextHop.length);
  for (const octet of nextHop) out.u8(octet);
  out.u8(0); // RFC 4760 §3: reserved
  return writeNlri(group, ctx, out) ?? closeMp(out, tlv, ctx);
}

function writeUnreach(group: NlriGroup | undefined, ctx: CodecContext, out: ByteWriter): EncodeError | undefined {
  if (group === undefined) return undefined;
  const tlv = beginTlv(out, OPTIONAL_NON_TRANSITIVE, ATTRIBUTE.MP_UNREACH_NLRI);
  out.u16(afiOf(group.family));
  out.u8(safiOf(group.family));
  return (group.nlri.length === 0 ? undefined : writeNlri(group, ctx, out)) ?? closeMp(out, tlv, ctx);
}

function closeMp(out: ByteWriter, tlv: number, ctx: CodecContext): EncodeError | undefined {
  if (out.length > ctx.maxMessageOctets)
    return { code: 'message-too-large', octets: out.length, max: ctx.maxMessageOctets };
  endTlv(out, tlv);
  return undefined;
}
