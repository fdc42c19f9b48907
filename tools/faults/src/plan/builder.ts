import { defaultPeerConfig, type PeerConfig, type SpeakerConfig } from '@bgp/speaker';
import type { SeededRandom } from '@bgp/testkit';
import { type Family, IPV4_UNICAST, IPV6_UNICAST } from '@bgp/wire';
import { asSeenBy, kindOf } from './kind.ts';
import type { LinkPlan, NetworkPlan, NodePlan } from './types.ts';

interface DrawnLink {
  readonly isExternal: boolean;
  readonly families: readonly Family[];
}

/** What both ends of a session have in common, whatever its kind. */
export interface SessionOption {
  readonly name: string;
  /** Of 100 links, how many have it. */
  readonly percent: number;
  /** Options that make no sense beside it: they are left out. */
  readonly excludes?: readonly string[];
  /** The two ends' settings. */
  draw(random: SeededRandom, link: DrawnLink): readonly [Partial<PeerConfig>, Partial<PeerConfig>];
}

/** What most speakers are not. */
interface Special {
  readonly injects?: boolean;
  readonly sharesPaths?: boolean;
  readonly confederation?: SpeakerConfig['confederation'];
}

const BOTH: readonly Family[] = [IPV4_UNICAST, IPV6_UNICAST];

/** A network under construction. */
export class PlanBuilder {
  readonly random: SeededRandom;
  readonly nodes: NodePlan[] = [];
  readonly links: LinkPlan[] = [];
  readonly #options: readonly SessionOption[];
  #nextAs = 0;

  constructor(random: SeededRandom, options: readonly SessionOption[]) {
    this.random = random;
    this.#options = options;
  }

  /** Now and then one of four octets. */
  newAs(): number {
    const at = this.#nextAs++;
    return this.random.next() < 0.3 ? 4_200_000_000 + at : 64_512 + at;
  }

  addNode(role: string, asn: number, isAlone: boolean, special: Special = {}): NodePlan {
    const { injects = true, sharesPaths = false, confederation } = special;
    const id = this.nodes.length;
    const ipv4 = `192.0.2.${id + 1}`;
    const med = isAlone && this.random.next() < 0.5 ? 'per-neighbor-as' : 'always-compare';
    const node: NodePlan = {
      id,
      role,
      ipv4,
      ipv6: `2001:db8:ffff::${(id + 1).toString(16)}`,
      speaker: {
        asn,
        routerId: `198.51.100.${this.random.between(0, 1) * 100 + id + 1}`,
        ebgpRequiresPolicy: false,
        med,
        ...(confederation === undefined ? {} : { confederation }),
      },
      injects,
      sharesPaths,
    };
    this.nodes.push(node);
    return node;
  }

  isLinked(a: NodePlan, b: NodePlan): boolean {
    return this.links.some(({ ends }) => ends.some((end, at) => end.node === a.id && ends[1 - at]!.node === b.id));
  }

  /** `ofA`: how `a` sees `b`. Two speakers have one session. */
  link(
    a: NodePlan,
    b: NodePlan,
    ofA: Partial<PeerConfig> = {},
    ofB: Partial<PeerConfig> = {},
    isDynamicAtA = false,
  ): void {
    if (a === b || this.isLinked(a, b)) return;
    const { random } = this;
    const isExternal = kindOf(a.speaker, { remoteAs: asSeenBy(b.speaker, a.speaker) }) === 'external';
    const isIpv6 = random.next() < 0.3;
    // RFC 4760: what is not common to both is not exchanged. IPv6-only and IPv4-only sessions, mostly both.
    const families = random.pick([BOTH, BOTH, BOTH, isIpv6 ? [IPV6_UNICAST] : [IPV4_UNICAST]]);
    const chosen = this.#options.filter(({ percent }) => random.between(1, 100) <= percent);
    const excluded = chosen.flatMap(({ excludes = [] }) => excludes);
    const drawn = chosen
      .filter(({ name }) => !excluded.includes(name))
      .map((option) => option.draw(random, { isExternal, families }));
    const end = (self: NodePlan, other: NodePlan, own: Partial<PeerConfig>, side: 0 | 1) => ({
      node: self.id,
      isDynamic: isDynamicAtA && self === a,
      peer: {
        ...defaultPeerConfig(isIpv6 ? other.ipv6 : other.ipv4, asSeenBy(other.speaker, self.speaker)),
        families,
        ...(isIpv6 ? {} : { localIpv6NextHop: self.ipv6 }),
        ...Object.assign({}, ...drawn.map((both) => both[side])),
        ...own,
      },
    });
    this.links.push({ id: this.links.length, ends: [end(a, b, ofA, 0), end(b, a, ofB, 1)] });
  }

  plan(): NetworkPlan {
    return { nodes: this.nodes, links: this.links };
  }
}
