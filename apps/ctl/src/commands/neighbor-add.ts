import { readFileSync } from 'node:fs';
import type { Command } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { type OptionValues, parseWhole } from '../option-values.ts';
import { writeDone } from '../render/output.ts';
import { UsageError } from '../usage-error.ts';
import { parseFamilyName } from '../values.ts';

const MAX_PORT = 65_535;
const MAX_HOLD_TIME = 65_535;

export const addNeighbor: Command = {
  forms: ['neighbor ADDR add', 'neighbor add ADDR'],
  summary: 'Add a neighbor and start its session; it is written to the configuration file.',
  rpc: 'NeighborService.AddNeighbor',
  options: [
    { long: '--asn', value: 'ASN', help: "the neighbor's AS number", isRequired: true },
    { long: '--description', value: 'TEXT', help: 'shown in lists' },
    { long: '--families', value: 'A,B', help: 'default: what fits the address' },
    { long: '--hold-time', value: 'SECONDS', help: 'default 90; 0: no KEEPALIVEs' },
    { long: '--max-prefixes', value: 'N', help: 'end the session with Cease/1 beyond this many' },
    {
      long: '--max-prefixes-per-family',
      value: 'FAMILY=N,…',
      help: 'the same for single families: ipv4_unicast=1000,ipv6_unicast=500',
    },
    { long: '--max-prefixes-warning', value: 'PERCENT', help: 'warn from this part of a limit on' },
    { long: '--max-prefixes-action', value: 'ACTION', help: 'reset (default) or warn' },
    { long: '--max-prefixes-restart-time', value: 'SECONDS', help: 'start again after this; 0: only by an operator' },
    { long: '--max-prefixes-out', value: 'N', help: 'announce at most this many prefixes of each family' },
    { long: '--peer-group', value: 'NAME', help: 'a group of the configuration file' },
    { long: '--import-policy', value: 'A,B', help: 'names of policies in the configuration file' },
    { long: '--export-policy', value: 'A,B', help: 'names of policies in the configuration file' },
    { long: '--passive', help: 'wait for the neighbor to connect' },
    { long: '--local-address', value: 'IP', help: 'source address of our connections' },
    { long: '--remote-port', value: 'PORT', help: 'default 179' },
    { long: '--multihop-ttl', value: 'N', help: 'TTL for an external neighbor that is not directly connected' },
    { long: '--ttl-security', help: 'RFC 5082' },
    {
      long: '--md5-password-file',
      value: 'FILE',
      help: 'RFC 2385 key, from a file so that it stays out of process lists',
    },
    { long: '--route-server-client', help: 'RFC 7947' },
    { long: '--per-client-best', help: 'with --route-server-client: the best path for each client (RFC 7947 §2.3.2)' },
    { long: '--route-reflector-client', help: 'RFC 4456' },
    { long: '--add-path-receive', help: 'accept several paths per prefix (RFC 7911)' },
    { long: '--add-path-send', help: 'send several paths per prefix (RFC 7911)' },
    { long: '--add-path-send-max', value: 'N', help: 'with --add-path-send: at most this many' },
    { long: '--add-path-families', value: 'A,B', help: 'with either of them; default: every unicast family' },
    { long: '--role', value: 'ROLE', help: 'RFC 9234: provider, rs, rs-client, customer or peer' },
    { long: '--strict-role', help: 'with --role: no session with a neighbor that does not say its role' },
    { long: '--local-as', value: 'ASN', help: 'the AS that this neighbor knows us by' },
    { long: '--local-as-no-prepend', help: 'with --local-as: leave it out of received paths' },
    { long: '--local-as-replace', help: 'with --local-as: show it alone, without our AS behind it' },
    { long: '--as-override', help: "write our AS over the neighbor's own in what we send" },
    { long: '--allow-own-as', value: 'N', help: 'how often our AS may stand in a received path' },
    { long: '--no-graceful-restart', help: 'no Graceful Restart (RFC 4724) with this neighbor' },
    {
      long: '--gr-restart-time',
      value: 'SECONDS',
      help: 'default 120: how long the neighbor should wait for our restart',
    },
    {
      long: '--gr-stale-routes-time',
      value: 'SECONDS',
      help: 'default 360: how long stale routes of the neighbor stay',
    },
    { long: '--llgr-stale-time', value: 'SECONDS', help: 'long-lived stale routes (RFC 9494); default 0: off' },
    { long: '--no-flowspec-validation', help: 'use FlowSpec rules whoever sent them (RFC 8955 §6 off)' },
    { long: '--next-hop-self', help: 'announce our address as next hop' },
    {
      long: '--without-policy',
      help: 'exchange everything although no policy is set (RFC 8212 off for this neighbor)',
    },
    { long: '--disabled', help: 'do not start the session' },
  ],
  examples: ['tsbgpctl neighbor 10.0.0.2 add --asn 65002 --description "upstream A"'],
  async run({ argument, options, clients, out }) {
    const address = argument('ADDR');
    const holdTime = options.number('hold-time', MAX_HOLD_TIME);
    const { notices } = await clients.neighbor.addNeighbor({
      config: {
        address,
        remoteAsn: options.number('asn', 0xffff_ffff, 1) ?? 0,
        description: options.text('description') ?? '',
        families: options.list('families').map(parseFamilyName),
        holdTime: holdTime ?? 0,
        disableHoldTimer: holdTime === 0,
        maxPrefixes: options.number('max-prefixes') ?? 0,
        peerGroup: options.text('peer-group') ?? '',
        importPolicyChain: [...options.list('import-policy')],
        exportPolicyChain: [...options.list('export-policy')],
        routeServerClient: options.has('route-server-client'),
        addPathReceive: options.has('add-path-receive'),
        addPathSend: options.has('add-path-send'),
        addPathSendMax: options.number('add-path-send-max') ?? 0,
        addPathFamilies: options.list('add-path-families').map(parseFamilyName),
        role: options.text('role') ?? '',
        maxPrefixesPerFamily: perFamily(options),
        maxPrefixesAction: options.text('max-prefixes-action') ?? '',
        ...extras(options),
      },
    });
    await writeDone(out, 'add_neighbor', address, `Neighbor ${address} added`, notices);
    return EXIT.done;
  },
};

/** Fields with presence: absent leaves the decision to the configuration file's defaults. */
function extras(options: OptionValues) {
  const localAddress = options.text('local-address');
  const remotePort = options.number('remote-port', MAX_PORT, 1);
  const multihopTtl = options.number('multihop-ttl', 255, 1);
  const md5File = options.text('md5-password-file');
  return {
    ...(options.has('passive') ? { passive: true } : {}),
    ...(options.has('ttl-security') ? { ttlSecurity: true } : {}),
    ...(options.has('route-reflector-client') ? { routeReflectorClient: true } : {}),
    ...(options.has('next-hop-self') ? { nextHopSelf: true } : {}),
    ...(options.has('disabled') ? { enabled: false } : {}),
    ...(options.has('without-policy') ? { ebgpRequiresPolicy: false } : {}),
    ...(options.has('per-client-best') ? { perClientBest: true } : {}),
    ...(options.has('strict-role') ? { strictRole: true } : {}),
    ...(options.has('as-override') ? { asOverride: true } : {}),
    ...(options.has('no-graceful-restart') ? { gracefulRestart: false } : {}),
    ...(options.has('no-flowspec-validation') ? { flowspecValidation: false } : {}),
    ...localAs(options),
    ...numbers(options),
    ...(localAddress === undefined ? {} : { localAddress }),
    ...(remotePort === undefined ? {} : { remotePort }),
    ...(multihopTtl === undefined ? {} : { multihopTtl }),
    ...(md5File === undefined ? {} : { md5Password: readSecret(md5File) }),
  };
}

/** Whole numbers whose field is absent unless they are given. What they may be, the daemon says. */
const NUMBERS = [
  ['allow-own-as', 'allowOwnAs'],
  ['gr-restart-time', 'grRestartTime'],
  ['gr-stale-routes-time', 'grStaleRoutesTime'],
  ['llgr-stale-time', 'llgrStaleTime'],
  ['max-prefixes-warning', 'maxPrefixesWarning'],
  ['max-prefixes-restart-time', 'maxPrefixesRestartTime'],
  ['max-prefixes-out', 'maxPrefixesOut'],
] as const;

function numbers(options: OptionValues): Partial<Record<(typeof NUMBERS)[number][1], number>> {
  return Object.fromEntries(
    NUMBERS.flatMap(([name, field]) => {
      const value = options.number(name);
      return value === undefined ? [] : [[field, value]];
    }),
  );
}

function localAs(options: OptionValues) {
  const asn = options.number('local-as', 0xffff_ffff, 1);
  if (asn !== undefined) {
    const prependInbound = !options.has('local-as-no-prepend');
    return { localAs: { asn, prependInbound, replaceAs: options.has('local-as-replace') } };
  }
  const lonely = ['local-as-no-prepend', 'local-as-replace'].find((name) => options.has(name));
  if (lonely !== undefined) throw new UsageError(`--${lonely} needs --local-as ASN`);
  return {};
}

/** `ipv4_unicast=1000`. */
function perFamily(options: OptionValues): Record<string, number> {
  return Object.fromEntries(
    options.list('max-prefixes-per-family').map((part) => {
      const [family = '', max, ...more] = part.split('=');
      if (max === undefined || more.length > 0) {
        throw new UsageError(`--max-prefixes-per-family: "${part}" is not FAMILY=N`, 'write ipv4_unicast=1000');
      }
      return [parseFamilyName(family), parseWhole(max, `--max-prefixes-per-family ${family}`, 1, 0xffff_ffff)];
    }),
  );
}

function readSecret(file: string): string {
  try {
    const secret = readFileSync(file, 'utf8').trimEnd();
    if (secret !== '') return secret;
  } catch (error) {
    throw new UsageError(`--md5-password-file: ${error instanceof Error ? error.message : error}`);
  }
  throw new UsageError(`--md5-password-file: ${file} is empty`);
}
