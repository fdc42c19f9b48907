/** What removed a path, in the order of the steps. API names. */
export const DECISION_STEP_IDS = [
  'stale_preference',
  'rpki_preference',
  'aspa_preference',
  'higher_local_pref',
  'shorter_as_path',
  'lower_origin',
  'lower_med',
  'ebgp_over_ibgp',
  'lower_interior_cost',
  'lower_originator_id',
  'shorter_cluster_list',
  'lower_peer_address',
  'lower_path_id',
] as const;

export type DecisionStepId = (typeof DECISION_STEP_IDS)[number];
