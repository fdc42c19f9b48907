import { AttributeView, applyEdit, encodeAttributes, err, ok, parseAsPath, type Result, toFamily } from '@bgp/wire';
import { compileActions } from '../actions.ts';
import { toEdit } from '../change.ts';
import { DiagnosticList } from '../diagnostics.ts';
import { checkPrefix } from '../prefix-check.ts';
import type { AspaState, OriginValidity, PolicyActions, PolicyDiagnostic, RouteView } from '../types.ts';

/** A route as people write it down. What is absent, the route does not have. */
export interface SampleRoute {
  /** Without host bits; its kind says the family (unicast). */
  readonly prefix: string;
  /** `65001 65002 {65003,65004}`; absent: empty. */
  readonly asPath?: string;
  readonly nextHop?: string;
  readonly localPref?: number;
  readonly med?: number;
  /** 0 IGP, 1 EGP, 2 INCOMPLETE; absent: IGP. */
  readonly origin?: number;
  /** All kinds, written as in a statement. */
  readonly communities?: readonly string[];
  readonly originValidity?: OriginValidity;
  readonly aspaState?: AspaState;
}

/** Where a sample has another name for what a statement sets. */
const FIELDS: Readonly<Record<string | number, string>> = { communitiesSet: 'communities' };

/** The cursor that a policy looks at, over octets of its own; or every mistake, with the field it is in. */
export function sampleRouteView(sample: SampleRoute): Result<RouteView, readonly PolicyDiagnostic[]> {
  const diagnostics = new DiagnosticList();
  const prefix = checkPrefix(sample.prefix, ['prefix'], diagnostics);
  const asPath = parseAsPath(sample.asPath ?? '');
  if (!asPath.ok) {
    const hint = 'write 65001 65002 {65003,65004}';
    diagnostics.add('as-path-invalid', ['asPath'], `"${sample.asPath}" is not an AS path`, hint);
  }
  const { nextHop, localPref, med, origin, communities } = sample;
  // What a route has and what a statement sets are written alike, so the same rows read both.
  const has: PolicyActions = {
    ...(nextHop === undefined ? {} : { nextHop }),
    ...(localPref === undefined ? {} : { localPref }),
    ...(med === undefined ? {} : { med }),
    ...(origin === undefined ? {} : { origin }),
    ...(communities === undefined ? {} : { communitiesSet: communities }),
  };
  const change = compileActions(has, [], diagnostics);
  if (typeof change.nextHop === 'string') {
    diagnostics.add('next-hop-invalid', ['nextHop'], `a route has an address as next hop, not "${nextHop}"`);
  }
  if (prefix === undefined || !asPath.ok || diagnostics.all.length > 0) {
    return err(diagnostics.all.map((one) => ({ ...one, path: one.path.map((part) => FIELDS[part] ?? part) })));
  }
  const base = encodeAttributes({ origin: 0, asPath: asPath.value });
  if (!base.ok) {
    diagnostics.add('as-path-invalid', ['asPath'], `the AS path cannot be written in an UPDATE: ${base.error.code}`);
    return err(diagnostics.all);
  }
  const canonical = applyEdit(base.value, toEdit(change) ?? {});
  const { octets, length } = prefix;
  const view = new DataView(octets.buffer, octets.byteOffset, octets.length);
  const word = (index: number) => (octets.length > index * 4 ? view.getUint32(index * 4) : 0);
  return ok({
    family: toFamily(octets.length === 4 ? 1 : 2, 1),
    w0: word(0),
    w1: word(1),
    w2: word(2),
    w3: word(3),
    length,
    attributes: new AttributeView().reset(canonical),
    ...(sample.originValidity === undefined ? {} : { originValidity: sample.originValidity }),
    ...(sample.aspaState === undefined ? {} : { aspaState: sample.aspaState }),
  });
}
