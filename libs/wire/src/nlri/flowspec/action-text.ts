import { formatIpAddress, parseIpAddress } from '../../net/ip-address.ts';
import type { IpAddress } from '../../net/types.ts';
import { err, ok, type Result } from '../../result.ts';
import { encodeFlowSpecAction, type FlowSpecAction } from './action.ts';
import { formatFlowSpec } from './format-flowspec.ts';
import type { FlowSpecRule } from './types.ts';

/** Why a text is not an action. `text` is what was given. */
export interface FlowSpecActionTextError {
  readonly code: 'flowspec-action-invalid';
  readonly text: string;
}

/**
 * An action as people read it; `parseFlowSpecAction` gives the same action back, but for the informational id of a rate.
 *
 * ```text
 * drop                        rate 1000 B/s          rate 1000 pkt/s
 * sample                      continue               sample continue     stop (neither bit)
 * redirect 65000:100          redirect 65000L:100 (four-octet form)      redirect 192.0.2.1:100
 * redirect [2001:db8::1]:100  mark 46                redirect-to 192.0.2.1
 * copy-to 2001:db8::1         redirect-to next-hop   copy-to next-hop
 * ```
 */
export function formatFlowSpecAction(action: FlowSpecAction): string {
  switch (action.type) {
    case 'traffic-rate-bytes':
      return action.rate === 0 ? 'drop' : `rate ${formatRate(action.rate)} B/s`;
    case 'traffic-rate-packets':
      return `rate ${formatRate(action.rate)} pkt/s`;
    case 'traffic-action': {
      const { sample, terminal } = action;
      if (!sample && !terminal) return 'stop';
      return [sample ? ['sample'] : [], terminal ? ['continue'] : []].flat().join(' ');
    }
    case 'rt-redirect':
      return `redirect ${formatAdministrator(action)}:${action.assigned}`;
    case 'traffic-marking':
      return `mark ${action.dscp}`;
    case 'redirect-to-next-hop':
      return `${action.copy ? 'copy-to' : 'redirect-to'} next-hop`;
    case 'redirect-to-ip':
      return `${action.copy ? 'copy-to' : 'redirect-to'} ${action.address}`;
  }
}

/**
 * Rule and actions in one line: `dst 192.0.2.0/24 proto tcp port 80 → drop`. Without actions packets are accepted (RFC 8955 §7).
 */
export function formatFlowSpecRoute(rule: FlowSpecRule, actions: readonly FlowSpecAction[]): string {
  return `${formatFlowSpec(rule)} → ${actions.length === 0 ? 'accept' : actions.map(formatFlowSpecAction).join(', ')}`;
}

function formatRate(rate: number): string {
  return rate === Number.POSITIVE_INFINITY ? 'unlimited' : String(rate);
}

function formatAdministrator(action: Extract<FlowSpecAction, { readonly type: 'rt-redirect' }>): string {
  if (action.form === 'ipv6') return `[${action.administrator}]`;
  // An AS that needs four octets says so itself.
  return action.form === 'as4' && action.administrator <= 0xffff
    ? `${action.administrator}L`
    : `${action.administrator}`;
}

/** The inverse of `formatFlowSpecAction`; the informational id of a rate is 0. An action that no octets can hold is invalid. */
export function parseFlowSpecAction(text: string): Result<FlowSpecAction, FlowSpecActionTextError> {
  const action = SIMPLE.get(text) ?? parseRate(text) ?? parseMark(text) ?? parseRedirect(text) ?? parseRedirectTo(text);
  return action !== undefined && encodeFlowSpecAction(action).ok
    ? ok(action)
    : err({ code: 'flowspec-action-invalid', text });
}

const SIMPLE: ReadonlyMap<string, FlowSpecAction> = new Map<string, FlowSpecAction>([
  ['drop', { type: 'traffic-rate-bytes', id: 0, rate: 0 }],
  ['stop', { type: 'traffic-action', sample: false, terminal: false }],
  ['sample', { type: 'traffic-action', sample: true, terminal: false }],
  ['continue', { type: 'traffic-action', sample: false, terminal: true }],
  ['sample continue', { type: 'traffic-action', sample: true, terminal: true }],
  ['redirect-to next-hop', { type: 'redirect-to-next-hop', copy: false }],
  ['copy-to next-hop', { type: 'redirect-to-next-hop', copy: true }],
]);

function parseRate(text: string): FlowSpecAction | undefined {
  const match = /^rate (unlimited|\d+(?:\.\d+)?(?:e[+-]?\d+)?) (B\/s|pkt\/s)$/.exec(text);
  if (match === null) return undefined;
  return {
    type: match[2] === 'B/s' ? 'traffic-rate-bytes' : 'traffic-rate-packets',
    id: 0,
    rate: match[1] === 'unlimited' ? Number.POSITIVE_INFINITY : Number(match[1]),
  };
}

function parseMark(text: string): FlowSpecAction | undefined {
  const dscp = /^mark (\d{1,2})$/.exec(text)?.[1];
  return dscp === undefined ? undefined : { type: 'traffic-marking', dscp: Number(dscp) };
}

function parseRedirect(text: string): FlowSpecAction | undefined {
  const byAs = /^redirect (\d{1,10})(L?):(\d{1,10})$/.exec(text);
  if (byAs !== null) {
    const administrator = Number(byAs[1]);
    const form = byAs[2] === 'L' || administrator > 0xffff ? 'as4' : 'as2';
    return { type: 'rt-redirect', form, administrator, assigned: Number(byAs[3]) };
  }
  const byAddress = /^redirect (?:\[([^\]]+)\]|([\d.]+)):(\d{1,5})$/.exec(text);
  const administrator = canonicalAddress(byAddress?.[1] ?? byAddress?.[2] ?? '');
  if (byAddress === null || administrator === undefined) return undefined;
  const form = byAddress[1] === undefined ? 'ipv4' : 'ipv6';
  return { type: 'rt-redirect', form, administrator, assigned: Number(byAddress[3]) };
}

function parseRedirectTo(text: string): FlowSpecAction | undefined {
  const match = /^(redirect|copy)-to (\S+)$/.exec(text);
  const address = canonicalAddress(match?.[2] ?? '');
  return address === undefined ? undefined : { type: 'redirect-to-ip', address, copy: match?.[1] === 'copy' };
}

function canonicalAddress(text: string): IpAddress | undefined {
  const parsed = parseIpAddress(text);
  return parsed.ok ? formatIpAddress(parsed.value) : undefined;
}
