import { decodeRtrPdu, encodeRtrPdu, RtrFramer } from '@bgp/rpki';

/** A stream of RTR PDUs: whatever decodes encodes to something that decodes to the same. */
export function fuzz(data: Uint8Array): void {
  const framer = new RtrFramer();
  framer.push(data);
  for (let frame = framer.next(); frame?.ok; frame = framer.next()) {
    const decoded = decodeRtrPdu(frame.value);
    if (!decoded.ok) continue;
    const encoded = encodeRtrPdu(decoded.value);
    if (!encoded.ok) throw new Error(`a decoded PDU cannot be encoded: ${encoded.error.detail}`);
    if (JSON.stringify(decodeRtrPdu(encoded.value)) !== JSON.stringify(decoded))
      throw new Error('a PDU changed on its way');
  }
}
