/** Counted by whoever answers calls (`@bgp/api`); its row stands here so that the page of metrics has it. */
export const CALLS_METRIC = {
  name: 'bgp_grpc_authz_decisions_total',
  type: 'counter',
  help: 'API calls by tier, outcome, what callers of the listener show, and whether it is read-only.',
} as const;
