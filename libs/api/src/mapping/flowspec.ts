import {
  type FlowSpecAction as ActionMessage,
  type AddFlowSpecRequest,
  type AddressFamily,
  type FlowSpecComponent as ComponentMessage,
  type FlowSpecActionSchema,
  type FlowSpecComponentSchema,
  FlowSpecRouteEntrySchema,
} from '@bgp/api-proto';
import type { InjectedRule, RouteRow } from '@bgp/speaker';
import { extendedCommunityFromBigint, extendedCommunityToBigint, type Family, ok, type Result } from '@bgp/wire';
import {
  type FlowSpecAction,
  type FlowSpecBitmaskMatch,
  type FlowSpecComponent,
  type FlowSpecNumericMatch,
  type FlowSpecRule,
  formatFlowSpecAction,
  formatFlowSpecRoute,
  IPV4_FLOWSPEC,
  IPV6_FLOWSPEC,
  parseFlowSpecAction,
  parseFlowSpecText,
} from '@bgp/wire/flowspec';
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { type RequestError, requestError } from '../errors.ts';
import { toPeerAddress } from './address.ts';
import { parseAddressFamily, toAddressFamily } from './family.ts';

/** By number (RFC 8955 §4.2.2, RFC 8956 §3); the first entry is none. */
const TYPES = [
  undefined,
  'destination-prefix',
  'source-prefix',
  'ip-protocol',
  'port',
  'destination-port',
  'source-port',
  'icmp-type',
  'icmp-code',
  'tcp-flags',
  'packet-length',
  'dscp',
  'fragment',
  'flow-label',
] as const satisfies readonly (FlowSpecComponent['type'] | undefined)[];
const BITMASKS: readonly string[] = ['tcp-flags', 'fragment'];
const MAX_DSCP = 63;

type RuleRequest = Pick<AddFlowSpecRequest, 'afiSafi' | 'components' | 'rule'>;

export function parseInjectedRule(request: AddFlowSpecRequest): Result<InjectedRule, RequestError> {
  const rule = parseRule(request);
  if (!rule.ok) return rule;
  const actions: FlowSpecAction[] = [];
  for (const message of request.actions) {
    const action = parseAction(message);
    if (!action.ok) return action;
    actions.push(action.value);
  }
  const { communities, extendedCommunities } = request;
  return ok({
    rule: rule.value,
    actions,
    attributes: {
      origin: 0,
      asPath: [],
      ...(communities.length === 0 ? {} : { communities: [...communities] }),
      ...(extendedCommunities.length === 0
        ? {}
        : { extendedCommunities: extendedCommunities.map(extendedCommunityFromBigint) }),
    },
  });
}

export function parseRule({ afiSafi, components, rule: text }: RuleRequest): Result<FlowSpecRule, RequestError> {
  const family = parseFlowSpecFamily(afiSafi);
  if (!family.ok) return family;
  if ((text === '') === (components.length === 0)) {
    return requestError('combination-invalid', 'components', 'give the rule as components or as text, and not as both');
  }
  let lastType = 0;
  const words: string[] = [];
  for (const component of components) {
    if (component.type <= lastType) {
      return requestError('combination-invalid', 'components', 'component types ascend, and each occurs once');
    }
    lastType = component.type;
    const word = componentText(component);
    if (!word.ok) return word;
    words.push(word.value);
  }
  const parsed = parseFlowSpecText(text === '' ? words.join(' ') : text, family.value);
  if (parsed.ok) return parsed;
  const { code, text: fault } = parsed.error;
  return requestError(
    'value-out-of-range',
    text === '' ? 'components' : 'rule',
    `"${fault}": ${code.replaceAll('-', ' ')}`,
  );
}

export function parseFlowSpecFamily(afiSafi: AddressFamily): Result<Family, RequestError> {
  const family = parseAddressFamily(afiSafi, 'afi_safi');
  if (!family.ok) return family;
  if (family.value === IPV4_FLOWSPEC || family.value === IPV6_FLOWSPEC) return ok(family.value);
  return requestError('family-invalid', 'afi_safi', 'a FlowSpec family is needed, IPv4 or IPv6');
}

export function toFlowSpecRoute({ rule, actions = [], attributes, ...row }: RouteRow) {
  if (rule === undefined) return undefined; // a family of prefixes
  return create(FlowSpecRouteEntrySchema, {
    components: rule.components.map(toComponent),
    actions: actions.map(toAction),
    peerAddress: toPeerAddress(row.peer),
    afiSafi: toAddressFamily(row.family),
    asPath: attributes.asPath?.flatMap(({ asns }) => [...asns]) ?? [],
    communities: [...(attributes.communities ?? [])],
    extendedCommunities: attributes.extendedCommunities?.map(extendedCommunityToBigint) ?? [],
    rule: row.prefix,
    text: formatFlowSpecRoute(rule, actions),
    best: row.best,
    rejectedBy: row.rejectedBy ?? '',
    stale: row.stale,
  });
}

/** As `parseFlowSpecText` reads it. */
function componentText({ type, prefix, value, offset }: ComponentMessage): Result<string, RequestError> {
  const name = TYPES[type];
  if (name === undefined) return requestError('value-out-of-range', 'components', `there is no component type ${type}`);
  if (type <= 2) {
    const [address, length] = prefix.split('/');
    return ok(`${name} ${offset === 0 ? prefix : `${address}/${offset}-${length}`}`);
  }
  const term = BITMASKS.includes(name) ? bitmaskTerm : numericTerm;
  return ok(`${name} ${value.replaceAll(/\s/g, '').replaceAll(/[^,&]+/g, term)}`);
}

/** `=80` and `==80` are `80`; the other relations are written alike. */
function numericTerm(term: string): string {
  return term.replace(/^={1,2}(?=\w)/, '');
}

/** `2`, `=0x02`, `!0x02`, `0x12/match`; `/match` wants all bits. */
function bitmaskTerm(term: string): string {
  const match = /^=?(!?)(0x[0-9a-f]+|\d+)(\/match)?$/i.exec(term);
  if (match === null) return term;
  const [, not = '', bits = '', all] = match;
  return `${not}${all === undefined ? '' : '='}0x${Number(bits).toString(16)}`;
}

function toComponent(component: FlowSpecComponent): MessageInitShape<typeof FlowSpecComponentSchema> {
  const type = TYPES.indexOf(component.type);
  if ('prefix' in component) return { type, prefix: component.prefix, offset: component.offset };
  const terms = component.matches.map((match) => {
    const text = 'match' in match ? bitmaskText(match) : numericText(match);
    return `${match.and ? ' & ' : ', '}${text}`;
  });
  return { type, value: terms.join('').replace(/^, | & /, '') };
}

function numericText({ lt, gt, eq, value }: FlowSpecNumericMatch): string {
  if (lt && gt) return eq ? `true:${value}` : `!=${value}`;
  const relation = lt ? (eq ? '<=' : '<') : gt ? (eq ? '>=' : '>') : eq ? '==' : 'false:';
  return `${relation}${value}`;
}

function bitmaskText({ not, match, value }: FlowSpecBitmaskMatch): string {
  return `${not ? '!' : ''}0x${value.toString(16).padStart(4, '0')}${match ? '/match' : ''}`;
}

function parseAction({ action }: ActionMessage): Result<FlowSpecAction, RequestError> {
  switch (action.case) {
    case 'trafficRate':
      return ok({ type: 'traffic-rate-bytes', id: 0, rate: action.value.rate });
    case 'trafficAction':
      return ok({ type: 'traffic-action', sample: action.value.sample, terminal: action.value.terminal });
    case 'trafficMarking':
      if (action.value.dscp > MAX_DSCP) return requestError('value-out-of-range', 'actions', 'DSCP is 0 to 63');
      return ok({ type: 'traffic-marking', dscp: action.value.dscp });
    case 'redirect':
      return actionFromText(`redirect ${action.value.routeTarget}`);
    case 'text':
      return actionFromText(action.value);
    case undefined:
      return requestError('missing', 'actions', 'an action without content');
  }
}

function actionFromText(text: string): Result<FlowSpecAction, RequestError> {
  const parsed = parseFlowSpecAction(text);
  return parsed.ok
    ? parsed
    : requestError('value-out-of-range', 'actions', `"${text}" is no action; try drop, rate 1000 B/s`);
}

function toAction(action: FlowSpecAction): MessageInitShape<typeof FlowSpecActionSchema> {
  switch (action.type) {
    case 'traffic-rate-bytes':
      return { action: { case: 'trafficRate', value: { rate: action.rate } } };
    case 'traffic-action':
      return { action: { case: 'trafficAction', value: { sample: action.sample, terminal: action.terminal } } };
    case 'traffic-marking':
      return { action: { case: 'trafficMarking', value: { dscp: action.dscp } } };
    case 'rt-redirect':
      return { action: { case: 'redirect', value: { routeTarget: `${action.administrator}:${action.assigned}` } } };
    case 'traffic-rate-packets':
    case 'redirect-to-next-hop':
    case 'redirect-to-ip':
      return { action: { case: 'text', value: formatFlowSpecAction(action) } };
  }
}
