import { type CodecContext, IPV4_UNICAST, Ipv4NlriCursor, receivesPathIds, UpdateView } from '@bgp/wire';
import { contextOf, frameOf } from '../context-of.ts';

const view = new UpdateView();
const inside = new UpdateView();
const cursor = new Ipv4NlriCursor();

/** The octet face of an UPDATE: sections lie inside the frame, and the NLRI that were checked can be walked. */
export function fuzz(data: Uint8Array): void {
  const [choice = 0] = data;
  const ctx = contextOf(choice);
  const frame = frameOf(2, data.subarray(1, 4000));
  const isSound = view.parse(frame, ctx);
  compareInside(frame, ctx, isSound);
  if (!isSound) return;
  const edges = [
    view.withdrawnStart,
    view.withdrawnEnd,
    view.attributesStart,
    view.attributesEnd,
    view.nlriStart,
    view.nlriEnd,
  ];
  if (edges.some((edge, at) => edge < 0 || edge > frame.length || (at > 0 && edge < (edges[at - 1] ?? 0)))) {
    throw new Error(`sections out of order: ${edges.join(' ')}`);
  }
  view.attributeOctets();
  cursor.reset(frame, view.nlriStart, view.nlriEnd, receivesPathIds(ctx, IPV4_UNICAST));
  while (cursor.next()) {
    if (cursor.length > 32) throw new Error(`a prefix of ${cursor.length} bits`);
  }
  if (cursor.error !== undefined) throw new Error(`parse accepted NLRI that the cursor refuses: ${cursor.error.code}`);
}

/** The same message among others reads as it does alone. */
function compareInside(frame: Uint8Array, ctx: CodecContext, isSound: boolean): void {
  const around = new Uint8Array(frame.length + 14).fill(0xaa);
  around.set(frame, 7);
  if (inside.parse(around, ctx, 7, 7 + frame.length) !== isSound)
    throw new Error('where a message lies changes the verdict');
  const alone = JSON.stringify([view.errors, view.endOfRib, [...view.attributeOctets()], [...view.reachNextHop()]]);
  const among = JSON.stringify([
    inside.errors,
    inside.endOfRib,
    [...inside.attributeOctets()],
    [...inside.reachNextHop()],
  ]);
  if (alone !== among) throw new Error(`where a message lies changes what it says: ${alone} and ${among}`);
  if (isSound && inside.nlriStart - view.nlriStart !== 7) throw new Error('sections are not where they are');
}
