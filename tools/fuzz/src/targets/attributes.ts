import { AttributeReader, AttributeView, applyEdit, decodeAttributes, encodeAttributes } from '@bgp/wire';
import { contextOf } from '../context-of.ts';

const reader = new AttributeReader();
const view = new AttributeView();
const CARRIES = ['body', 'mp', 'none'] as const;

/** One attribute block: reading never throws, its canonical form reads the same again, edits and objects keep to it. */
export function fuzz(data: Uint8Array): void {
  const [choice = 0, where = 0] = data;
  const { fourOctetAs, peerKind } = contextOf(choice);
  const carries = CARRIES[where % 3] ?? 'body';
  const nextHop = carries === 'mp' ? new Uint8Array([4, 16, 32][where % 3] ?? 4).fill(1) : new Uint8Array(0);
  reader.read(data.subarray(2), nextHop, { fourOctetAs, peerKind, carries });
  if (reader.action !== undefined && reader.action !== 'attribute-discard') return;
  const canonical = reader.canonical().slice();
  view.reset(canonical);
  void [view.asPathLength, view.neighborAs, view.originAs, view.med, view.localPref, view.originatorId];

  const objects = decodeAttributes(canonical);
  const encoded = encodeAttributes(objects);
  if (!encoded.ok) throw new Error(`decoded attributes cannot be encoded: ${encoded.error.code}`);
  const edited = applyEdit(canonical, { prepend: [{ as: 64500, count: 1 }], localPref: 7, communities: { add: [1] } });
  view.reset(edited);
  if (!view.hasCommunity(1) || view.localPref !== 7 || view.firstAs !== 64500) throw new Error('an edit got lost');
}
