import { AddressFamily, type FlowSpecRouteEntry } from '@bgp/api-proto';
import type { Call, Command, Option } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { writeDone, writeItem } from '../render/output.ts';
import { UsageError } from '../usage-error.ts';
import { formatFamily, parseFamily } from '../values.ts';

const WHICH: Option = {
  long: '--family',
  short: '-a',
  value: 'FAMILY',
  choices: ['ipv4_flowspec', 'ipv6_flowspec'],
  help: 'ipv4_flowspec or ipv6_flowspec',
};
const RULE: Option = {
  long: '--match',
  value: 'RULE',
  help: 'such as "dst 192.0.2.0/24 proto tcp port 80", or "dest=192.0.2.0/24 proto==6 port==80"',
  isRequired: true,
};

export const FLOWSPEC_COMMANDS: readonly Command[] = [
  {
    forms: ['flowspec', 'flowspec list'],
    summary: 'FlowSpec rules in use, in the order in which packets meet them (RFC 8955).',
    rpc: 'RibService.ListFlowSpecRoutes',
    options: [WHICH, { long: '--received', help: 'what every neighbor sent, with the reason why a rule is not used' }],
    run: list,
  },
  {
    forms: ['flowspec add'],
    summary: 'Add a rule of our own; lasts until the daemon restarts.',
    rpc: 'InjectionService.AddFlowSpec',
    options: [
      { ...WHICH, isRequired: true },
      RULE,
      {
        long: '--action',
        value: 'A,B',
        help: 'drop, rate 1000 B/s, redirect 65000:100, mark 46, sample, …',
        isRequired: true,
      },
    ],
    examples: ['tsbgpctl flowspec add -a ipv4_flowspec --match "dst 192.0.2.0/24 proto udp port 53" --action drop'],
    async run({ options, clients, out }) {
      const rule = ruleText(options.text('match') ?? '');
      const actions = options
        .list('action')
        .map((text) => ({ action: { case: 'text' as const, value: actionText(text) } }));
      await clients.injection.addFlowSpec({ afiSafi: familyOf(options.text('family')), rule, actions });
      await writeDone(out, 'add_flowspec', rule, `Rule added: ${rule}`);
      return EXIT.done;
    },
  },
  {
    forms: ['flowspec delete'],
    summary: 'Delete a rule of our own.',
    rpc: 'InjectionService.DeleteFlowSpec',
    options: [{ ...WHICH, isRequired: true }, RULE],
    async run({ options, clients, out }) {
      const rule = ruleText(options.text('match') ?? '');
      await clients.injection.deleteFlowSpec({ afiSafi: familyOf(options.text('family')), rule });
      await writeDone(out, 'delete_flowspec', rule, `Rule deleted: ${rule}`);
      return EXIT.done;
    },
  },
];

async function list({ options, clients, out }: Call) {
  const { routes } = await clients.rib.listFlowSpecRoutes({
    afiSafi: options.text('family') === undefined ? AddressFamily.UNSPECIFIED : familyOf(options.text('family')),
    received: options.has('received'),
  });
  await writeItem(
    out,
    () => routes.map(ruleJson),
    () => {
      const lines = routes.map((route) => {
        const remarks = [
          ...(route.rejectedBy === '' ? [] : [out.palette.warn(`not used: ${route.rejectedBy}`)]),
          ...(route.stale ? [out.palette.faint('stale')] : []),
        ];
        const from = out.palette.faint(`from ${route.peerAddress} (${formatFamily(route.afiSafi)})`);
        return `${[route.text, from, ...remarks].join('  ')}\n`;
      });
      return lines.length === 0 ? 'No FlowSpec rules\n' : lines.join('');
    },
  );
  return EXIT.done;
}

function ruleJson(route: FlowSpecRouteEntry) {
  const [rule = '', actions = ''] = route.text.split(' → ');
  return {
    rule,
    actions: actions.split(', '),
    peer_address: route.peerAddress,
    afi_safi: formatFamily(route.afiSafi),
    as_path: route.asPath,
    communities: route.communities,
    best: route.best,
    ...(route.rejectedBy === '' ? {} : { rejected_by: route.rejectedBy }),
    ...(route.stale ? { stale: true } : {}),
  };
}

function familyOf(text: string | undefined): AddressFamily {
  const family = parseFamily(text);
  if (family === AddressFamily.IPV4_FLOWSPEC || family === AddressFamily.IPV6_FLOWSPEC) return family;
  throw new UsageError(`--family: "${text ?? ''}" is no FlowSpec family`, 'ipv4_flowspec or ipv6_flowspec');
}

/** The words of the seed's client beside those of this one: `dest=` is `dst`, `port==80` is `port 80`. */
const SEED_WORDS: Readonly<Record<string, string>> = {
  dest: 'dst',
  protocol: 'proto',
  'pkt-len': 'packet-length',
};

function ruleText(text: string): string {
  const words = text.trim().split(/\s+/);
  // The seed's tokens hold the operator: `port==80`. Ours are pairs of words, of which the first has none.
  if (words.every((word) => SEED_TOKEN.test(word))) return words.map(fromSeed).join(' ');
  return words.join(' ');
}

const SEED_TOKEN = /^([a-z-]+)([=<>!].*)$/;

function fromSeed(token: string): string {
  const [, word = '', value = ''] = SEED_TOKEN.exec(token) ?? [];
  // After the name's own `=`, equality needs no sign.
  return `${SEED_WORDS[word] ?? word} ${value.replace(/^=/, '').replaceAll(/(^|[,&])={1,2}(?=\w)/g, '$1')}`;
}

function actionText(text: string): string {
  return text
    .replace(/^rate=(\S+)$/, 'rate $1 B/s')
    .replace(/^redirect=/, 'redirect ')
    .replace(/^mark-dscp=/, 'mark ');
}
