import { CountPolicyHitsResponseSchema } from '@bgp/api-proto';
import type { PolicyHits } from '@bgp/speaker';
import { create } from '@bufbuild/protobuf';
import { Code } from '@connectrpc/connect';
import type { ApiSpeaker } from '../dependencies.ts';
import { speakerValueOrThrow, withDetail } from '../errors.ts';
import { workTurn } from '../work-turn.ts';

/** A policy that changes while it is counted makes the parts worthless; this often it is begun again. */
const ATTEMPTS = 3;

type Counted = Pick<PolicyHits, 'terms' | 'hits' | 'routes'>;

/** The whole count, in slices: sessions and other callers have their turn in between. */
export async function countHits(
  speaker: Pick<ApiSpeaker, 'countPolicyHits'>,
  name: string,
  direction: 'import' | 'export',
  signal: AbortSignal,
): Promise<Counted> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const counted = await countOnce(speaker, name, direction, signal);
    if (counted !== undefined) return counted;
  }
  throw withDetail(Code.Aborted, 'the policy changed while it was counted; ask again', 'policy-changed', '');
}

/** Undefined: the policy changed on the way. */
async function countOnce(
  speaker: Pick<ApiSpeaker, 'countPolicyHits'>,
  name: string,
  direction: 'import' | 'export',
  signal: AbortSignal,
): Promise<Counted | undefined> {
  const first = speakerValueOrThrow(speaker.countPolicyHits(name, direction));
  const { key, terms, hits } = first;
  let { routes, nextCursor } = first;
  while (nextCursor !== undefined) {
    await workTurn();
    signal.throwIfAborted();
    const part = speakerValueOrThrow(speaker.countPolicyHits(name, direction, nextCursor));
    if (part.key !== key) return undefined;
    for (const [at, count] of part.hits.entries()) hits[at]! += count;
    routes += part.routes;
    nextCursor = part.nextCursor;
  }
  return { terms, hits, routes };
}

export function toHits({ terms, hits, routes }: Counted) {
  return create(CountPolicyHitsResponseSchema, {
    terms: terms.map((name, at) => {
      const slash = name.indexOf('/');
      return { policy: name.slice(0, slash), term: name.slice(slash + 1), count: BigInt(hits[at] ?? 0) };
    }),
    routes: BigInt(routes),
  });
}
