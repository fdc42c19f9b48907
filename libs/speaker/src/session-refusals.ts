/** `FilterVerdict.by` of what a session's own rules refuse; a policy has fewer terms than that. */
export const REFUSED_BY = {
  otcRouteLeak: 0xfff0,
  noPeer: 0xfff1,
  flowSpecInfeasible: 0xfff2,
  linkLocalNextHop: 0xfff3,
} as const;

/** As listings say it. */
export const REFUSAL_NAMES: ReadonlyMap<number, string> = new Map([
  [REFUSED_BY.otcRouteLeak, 'otc_route_leak'],
  [REFUSED_BY.noPeer, 'no_peer'],
  [REFUSED_BY.flowSpecInfeasible, 'flowspec_not_feasible'],
  [REFUSED_BY.linkLocalNextHop, 'link_local_next_hop'],
]);
