import type { Job, PeerIndex, RouteCursor, RouteFilter } from '@bgp/rib';
import { parseIpAddress } from '@bgp/wire';
import type { PeerConfig } from './config.ts';
import { importFilter } from './import-filter.ts';
import type { ReadonlyPeerSettings } from './peer-settings.ts';
import type { KeyedPolicy } from './policies.ts';
import type { Shared } from './shared.ts';

/** What is let in of the routes of one neighbor. */
export class PeerImport {
  readonly #shared: Pick<Shared, 'rib' | 'flowSpec'>;
  readonly #index: PeerIndex;
  readonly #settings: ReadonlyPeerSettings;
  readonly #localAddress: () => string | undefined;

  /** `localAddress`: of the session, which `next_hop = self` means. */
  constructor(
    shared: Pick<Shared, 'rib' | 'flowSpec'>,
    index: PeerIndex,
    settings: ReadonlyPeerSettings,
    localAddress: () => string | undefined,
  ) {
    this.#shared = shared;
    this.#index = index;
    this.#settings = settings;
    this.#localAddress = localAddress;
  }

  /** From now on by the present settings; the job judges the kept routes again. */
  renew(): Job {
    const { config, importPolicy } = this.#settings;
    return this.#shared.rib.setImportFilter(this.#index, this.filterWith(config, importPolicy));
  }

  /** As it would be with another configuration and the session as it is. */
  filterWith(config: PeerConfig, policy: KeyedPolicy): RouteFilter {
    const local = this.#localAddress();
    const parsed = local === undefined ? undefined : parseIpAddress(local);
    const self = parsed?.ok === true ? parsed.value : undefined;
    const { flowSpec } = this.#shared;
    const isFeasible = config.flowSpecValidation
      ? (route: RouteCursor) => flowSpec.isFeasible(route, this.#index)
      : undefined;
    return importFilter(policy, config, self, this.#settings.isLeaving, isFeasible);
  }
}
