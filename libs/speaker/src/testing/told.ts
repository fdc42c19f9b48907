import { type CodecContext, decodeMessage, type Family, IPV4_UNICAST, MessageFramer } from '@bgp/wire';

/**
 * What the center has told each member in a part of a transcript: `member +prefix path id` and `member -prefix path id`, sorted. `addPath`: which
 * members get path identifiers.
 */
export function told(
  transcript: readonly { from: string; to: string; octets: Uint8Array }[],
  center: string,
  members: readonly string[],
  addPath: readonly boolean[],
): string[] {
  const said: string[] = [];
  for (const [at, address] of members.entries()) {
    const framer = new MessageFramer();
    const ids: CodecContext['addPath'] = new Map<Family, { receive: boolean; send: boolean }>(
      addPath[at] === true ? [[IPV4_UNICAST, { receive: true, send: false }]] : [],
    );
    const ctx: CodecContext = {
      fourOctetAs: true,
      maxMessageOctets: 65535,
      addPath: ids,
      extendedNextHop: new Set(),
      peerKind: 'external',
    };
    for (const { from, to, octets } of transcript) {
      if (!from.startsWith(`${center}:`) || !to.startsWith(`${address}:`)) continue;
      framer.push(octets);
      for (let frame = framer.next(); frame.ok && frame.value !== undefined; frame = framer.next()) {
        const message = decodeMessage(frame.value, ctx);
        if (!message.ok || message.value.type !== 'UPDATE') continue;
        for (const { nlri } of message.value.announced)
          said.push(...nlri.map((one) => `${address} +${nlriText(one.prefix, one.pathId ?? 0)}`));
        for (const { nlri } of message.value.withdrawn)
          said.push(...nlri.map((one) => `${address} -${nlriText(one.prefix, one.pathId ?? 0)}`));
      }
    }
  }
  return said.sort();
}

export const nlriText = (prefix: string, pathId: number) => (pathId === 0 ? prefix : `${prefix} path ${pathId}`);
