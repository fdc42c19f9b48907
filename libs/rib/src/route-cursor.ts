import { AttributeView, type Family } from '@bgp/wire';
import type { PrefixWords } from './prefix-table.ts';
import type { RibPeer, RouteCursor } from './types.ts';
import { NOT_VALIDATED, type OriginValidity, originValidityOf, type PathValidity, pathValidityOf } from './validity.ts';

const NOBODY: RibPeer = {
  name: '',
  kind: 'local',
  as: 0,
  bgpIdentifier: 0,
  address: new Uint8Array(4),
  routeReflectorClient: false,
  routeServerClient: false,
};

/** The one cursor that filters and egress rules look through; refilled for each route. */
export class MutableRouteCursor implements RouteCursor, PrefixWords {
  family: Family = 0;
  w0 = 0;
  w1 = 0;
  w2 = 0;
  w3 = 0;
  length = 0;
  pathId = 0;
  readonly attributes = new AttributeView();
  source: RibPeer = NOBODY;
  validity = NOT_VALIDATED;

  get originValidity(): OriginValidity {
    return originValidityOf(this.validity);
  }

  get aspaState(): PathValidity {
    return pathValidityOf(this.validity);
  }
}
