import { formatCursor, parseCursor, SegmentReader } from '@bgp/event-log';

/** A segment of the event log, whole and octet by octet: the same events, the same torn end. The text is also read as a cursor. */
export function fuzz(data: Uint8Array): void {
  const whole = new SegmentReader();
  const atOnce = whole.feed(data);
  const cut = new SegmentReader();
  const inPieces = Array.from(data).flatMap((_octet, at) => cut.feed(data.subarray(at, at + 1)));
  if (JSON.stringify(inPieces) !== JSON.stringify(atOnce)) throw new Error('the events depend on the chunks');
  if (JSON.stringify(cut.tail) !== JSON.stringify(whole.tail)) throw new Error('the end depends on the chunks');
  const cursor = parseCursor(String.fromCharCode(...data.subarray(0, 64)));
  if (cursor.ok && JSON.stringify(parseCursor(formatCursor(cursor.value))) !== JSON.stringify(cursor)) {
    throw new Error('a cursor changed on its way');
  }
}
