import type { Negotiated } from '@bgp/fsm';
import type { GroupOutput, PeerIndex, Rib, UpdateGroup } from '@bgp/rib';
import { type Family, formatFamily, type IpAddress, UpdateBuilder } from '@bgp/wire';
import type { PeerConfig, SpeakerConfig } from './config.ts';
import type { UntimedEvent } from './engine.ts';
import { exportFilter, exportKey } from './export-rules.ts';
import { addressOctets, nextHopSelf } from './next-hop-self.ts';
import type { KeyedPolicy } from './policies.ts';
import type { ClockPort } from './ports.ts';
import { SlowMember } from './slow-member.ts';

/** What a session with routes to send looks like from here. */
export interface OutboundPeer {
  readonly index: PeerIndex;
  readonly config: PeerConfig;
  /** False: the socket is full; `Outbound.drained` follows. */
  write(octets: Uint8Array, updates: number): boolean;
  readonly queuedOctets: number;
}

interface Member {
  readonly peer: OutboundPeer;
  readonly slow: SlowMember;
  readonly families: Map<Family, Shared>;
}

/** An update group and our side of its members. */
interface Shared {
  readonly group: UpdateGroup;
  readonly members: Map<PeerIndex, Member>;
  readonly sink: (out: GroupOutput) => void;
}

/**
 * From update groups to sockets. A member whose socket is full holds its group up for a moment; one that stays full is detached
 * and catches up later with the latest state, so that it costs neither memory nor anybody else's time.
 */
export class Outbound {
  readonly #config: SpeakerConfig;
  readonly #clock: ClockPort;
  readonly #rib: Rib;
  readonly #emit: (event: UntimedEvent) => void;
  readonly #wake: () => void;
  readonly #shared = new Map<UpdateGroup, Shared>();
  readonly #members = new Map<PeerIndex, Member>();
  /** By member and family: the group that the present one replaces, until its dump is complete. */
  readonly #replaced = new Map<string, { readonly member: Member; readonly from: Shared }>();

  constructor(config: SpeakerConfig, clock: ClockPort, rib: Rib, emit: (event: UntimedEvent) => void, wake: () => void) {
    this.#config = config;
    this.#clock = clock;
    this.#rib = rib;
    this.#emit = emit;
    this.#wake = wake;
    rib.onEncodeFailure(({ group, error }) => {
      for (const { peer } of this.#shared.get(group)?.members.values() ?? []) {
        const detail = `a route's attributes do not fit a message: ${error.code}`;
        this.#notAdvertised(peer.config, group.spec.family, 'too-large', detail);
      }
    });
  }

  /** A session came up: it gets each family's table and follows from then on. */
  join(peer: OutboundPeer, negotiated: Negotiated, local: IpAddress, policy: KeyedPolicy): void {
    const slow = new SlowMember(this.#clock, {
      detach: () => this.#detach(member),
      report: (state) =>
        this.#emit({ type: 'slow-peer', peer: peer.config.name, queuedOctets: slow.queuedOctets, state }),
    });
    const member: Member = { peer, slow, families: new Map() };
    this.#members.set(peer.index, member);
    for (const family of negotiated.families) {
      const shared = this.#groupFor(peer.config, family, negotiated, local, policy);
      if (shared === undefined) continue;
      shared.members.set(peer.index, member);
      member.families.set(family, shared);
      shared.group.join(peer.index);
    }
    this.#wake();
  }

  leave(index: PeerIndex): void {
    const member = this.#members.get(index);
    if (member === undefined) return;
    this.#members.delete(index);
    member.slow.stop();
    for (const [key, replaced] of this.#replaced) {
      if (replaced.member !== member) continue;
      this.#replaced.delete(key);
      this.#leaveGroup(replaced.from, index);
    }
    for (const shared of member.families.values()) this.#leaveGroup(shared, index);
  }

  /** Another export policy: the new group's dump announces what it has and withdraws everything else. */
  changePolicy(index: PeerIndex, negotiated: Negotiated, local: IpAddress, policy: KeyedPolicy): void {
    const member = this.#members.get(index);
    if (member === undefined) return;
    for (const [family, from] of member.families) {
      const shared = this.#groupFor(member.peer.config, family, negotiated, local, policy);
      if (shared === undefined || shared === from) continue;
      const key = `${index} ${family}`;
      // A change on the heels of another: what the peer got is what the first group knows, and part of the second's.
      if (this.#replaced.has(key)) this.#leaveGroup(from, index);
      else {
        this.#replaced.set(key, { member, from });
        from.group.detach(index);
        from.members.delete(index);
      }
      shared.members.set(index, member);
      member.families.set(family, shared);
      shared.group.join(index, true);
    }
    this.#wake();
  }

  /** RFC 2918 §4: the whole family again. False: nothing is sent for it. */
  refresh(index: PeerIndex, family: Family): boolean {
    const shared = this.#members.get(index)?.families.get(family);
    if (shared === undefined) return false;
    shared.group.refresh(index);
    this.#wake();
    return true;
  }

  drained(index: PeerIndex): void {
    this.#members.get(index)?.slow.drained();
    this.#wake();
  }

  sentCount(index: PeerIndex, family: Family): number {
    return this.group(index, family)?.sentCount(index) ?? 0;
  }

  group(index: PeerIndex, family: Family): UpdateGroup | undefined {
    return this.#members.get(index)?.families.get(family)?.group;
  }

  /** True: nothing can be sent at the moment. */
  drain(budget: number): boolean {
    let isDone = true;
    for (const shared of this.#shared.values()) {
      if (isHeldUp(shared)) continue;
      if (!shared.group.drain(budget, shared.sink)) isDone = false;
    }
    // Only now: what a drain hands over belongs to everyone who followed when it began.
    for (const member of this.#members.values()) {
      if (member.slow.mustDetach) this.#detach(member);
      else if (member.slow.isCatchingUp && !this.#catchUp(member, budget)) isDone = false;
    }
    return isDone;
  }

  #catchUp(member: Member, budget: number): boolean {
    let isComplete = true;
    for (const { group, sink } of member.families.values()) {
      if (member.slow.isBlocked) return true; // `drained` wakes us
      if (!group.isFollowing(member.peer.index) && !group.resync(member.peer.index, budget, sink)) isComplete = false;
    }
    if (isComplete && !member.slow.mustDetach) member.slow.caughtUp();
    return isComplete;
  }

  #detach(member: Member): void {
    for (const { group } of member.families.values()) group.detach(member.peer.index);
    member.slow.detached();
    this.#wake();
  }

  #groupFor(
    peer: PeerConfig,
    family: Family,
    negotiated: Negotiated,
    local: IpAddress,
    policy: KeyedPolicy,
  ): Shared | undefined {
    const mayExtend = negotiated.extendedNextHop.has(family);
    const self = nextHopSelf(family, local, peer, mayExtend);
    const kind = negotiated.peerKind === 'internal' ? 'internal' : 'external';
    const needsSelf = kind === 'external' ? !peer.routeServerClient : peer.nextHopSelf;
    if (self === undefined && needsSelf) {
      const detail = `no local next hop for ${formatFamily(family)}; set local_ipv6_nexthop or negotiate RFC 8950`;
      this.#notAdvertised(peer, family, 'no-next-hop', detail);
      return undefined;
    }
    const session = {
      kind,
      localAs: this.#config.asn,
      remoteAs: negotiated.remoteAs,
      self: self ?? new Uint8Array(0),
      clusterId: readU32(addressOctets(this.#config.clusterId ?? this.#config.routerId)),
    } as const;
    const group = this.#rib.group({
      family,
      kind,
      filterKey: exportKey(policy, peer, session),
      filter: exportFilter(policy, peer, session),
      egressKey: '', // the filter's edits already hold what the session demands
      egress: () => undefined,
      routeReflectorClient: peer.routeReflectorClient,
      routeServerClient: peer.routeServerClient,
      fourOctetAs: negotiated.fourOctetAs,
      maxMessageOctets: negotiated.maxMessageOctets,
      extendedNextHop: mayExtend,
      addPathSendMax: 0,
    });
    const known = this.#shared.get(group);
    if (known !== undefined) return known;
    const shared: Shared = { group, members: new Map(), sink: (out) => this.#distribute(shared, out) };
    this.#shared.set(group, shared);
    return shared;
  }

  #distribute(shared: Shared, out: GroupOutput): void {
    if (out.only !== -1) {
      const member = shared.members.get(out.only);
      if (member !== undefined) this.#deliver(member, shared, out);
      return;
    }
    for (const [index, member] of shared.members) {
      if (index !== out.except && shared.group.isFollowing(index)) this.#deliver(member, shared, out);
    }
  }

  #deliver(member: Member, { group }: Shared, out: GroupOutput): void {
    const { peer, slow } = member;
    if (out.octets.length > 0 && !peer.write(out.octets, out.messages)) slow.blocked(peer.queuedOctets);
    if (out.ends === undefined) return;
    const { family } = group.spec;
    if (out.ends === 'refresh' && !peer.write(endOfRib(group), 1)) slow.blocked(peer.queuedOctets);
    const key = `${peer.index} ${family}`;
    const replaced = this.#replaced.get(key);
    if (replaced !== undefined) {
      this.#replaced.delete(key);
      this.#leaveGroup(replaced.from, peer.index);
    }
    this.#emit({ type: 'end-of-rib', peer: peer.config.name, family, direction: 'sent' });
  }

  #leaveGroup(shared: Shared, index: PeerIndex): void {
    shared.members.delete(index);
    shared.group.leave(index);
    if (shared.group.members.length === 0) this.#shared.delete(shared.group);
  }

  #notAdvertised(peer: PeerConfig, family: Family, reason: 'no-next-hop' | 'too-large', detail: string): void {
    this.#emit({ type: 'not-advertised', peer: peer.name, family, reason, detail });
  }
}

/** A member whose socket is full, but who may yet catch up without being detached. */
function isHeldUp(shared: Shared): boolean {
  for (const member of shared.members.values()) if (member.slow.isHoldingUp) return true;
  return false;
}

function endOfRib({ spec }: UpdateGroup): Uint8Array {
  const builder = new UpdateBuilder({
    fourOctetAs: spec.fourOctetAs,
    maxMessageOctets: spec.maxMessageOctets,
    extendedNextHop: spec.extendedNextHop,
    addPath: spec.addPathSendMax > 0,
    family: spec.family,
  });
  builder.endOfRib();
  builder.finish();
  return builder.take()[0]?.octets ?? new Uint8Array(0);
}

function readU32(octets: Uint8Array): number {
  return new DataView(octets.buffer, octets.byteOffset, 4).getUint32(0);
}
