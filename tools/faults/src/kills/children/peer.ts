import { defaultPeerConfig, Speaker } from '@bgp/speaker';
import { nodeClock, nodeTcp } from '@bgp/transport';
import { IPV4_UNICAST } from '@bgp/wire';
import { answerWith, planOf } from './answering.ts';

/** A neighbor of the daemon: a speaker of ours in a process of its own. */
export interface PeerPlan {
  readonly address: string;
  readonly asn: number;
  readonly daemonPort: number;
  readonly routes: readonly string[];
}
export type PeerQuestion = { readonly add: string } | { readonly remove: string } | { readonly what: 'best' };

const plan = planOf<PeerPlan>();
const neighbor = {
  ...defaultPeerConfig('127.0.0.1', 65_000),
  localAddress: plan.address,
  remotePort: plan.daemonPort,
  connectRetryTime: 1,
};
const speaker = new Speaker(
  { asn: plan.asn, routerId: plan.address, ebgpRequiresPolicy: false, med: 'per-neighbor-as', peers: [neighbor] },
  { clock: nodeClock(), tcp: nodeTcp({}), random: Math.random, observe: () => {} },
);
const add = (prefix: string) =>
  speaker.inject({
    family: IPV4_UNICAST,
    prefix,
    nextHop: [plan.address],
    attributes: { origin: 0, asPath: [] },
    pathId: 0,
  });
for (const prefix of plan.routes) add(prefix);
speaker.start();

answerWith<PeerQuestion>((question) => {
  if ('add' in question) add(question.add);
  else if ('remove' in question) speaker.withdrawInjected(IPV4_UNICAST, question.remove, 0);
  else return bestPrefixes();
  return true;
});

function bestPrefixes(): string[] {
  const prefixes: string[] = [];
  for (let cursor: string | undefined; ; ) {
    const query = { table: 'best', family: IPV4_UNICAST, limit: 10_000 } as const;
    const page = speaker.listRoutes(cursor === undefined ? query : { ...query, cursor });
    if (!page.ok) throw new Error(page.error.message);
    prefixes.push(...page.value.routes.map(({ prefix }) => prefix));
    cursor = page.value.nextCursor;
    if (cursor === undefined) return prefixes.sort();
  }
}
