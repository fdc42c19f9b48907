import { decodeRouteTarget, type ExtendedCommunity, formatIpv4, type LargeCommunity } from '@bgp/wire';

export function communityPair(community: number): [number, number] {
  return [community >>> 16, community & 0xffff];
}

export function largeCommunityTriple(community: LargeCommunity): [number, number, number] {
  return [community.globalAdministrator, community.localData1, community.localData2];
}

/** As BIRD writes them: `rt` and `ro` with administrator and number; anything else `generic` with two 32-bit halves. */
export function extendedCommunityTriple({ octets }: ExtendedCommunity): [string, string, string] {
  const target = decodeRouteTarget(octets);
  if (target !== undefined) {
    const { kind, administrator, isAddress, assigned } = target;
    return [kind.toLowerCase(), isAddress ? formatIpv4(administrator) : String(administrator), String(assigned)];
  }
  const view = new DataView(octets.buffer, octets.byteOffset, octets.length);
  return ['generic', `0x${view.getUint32(0).toString(16)}`, `0x${view.getUint32(4).toString(16)}`];
}
