import { readFileSync } from 'node:fs';
import type { Command } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import type { OptionValues } from '../option-values.ts';
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
    { long: '--route-reflector-client', help: 'RFC 4456' },
    { long: '--add-path-receive', help: 'accept several paths per prefix (RFC 7911)' },
    { long: '--add-path-send', help: 'send several paths per prefix (RFC 7911)' },
    { long: '--add-path-send-max', value: 'N', help: 'with --add-path-send: at most this many' },
    { long: '--role', value: 'ROLE', help: 'RFC 9234: provider, rs, rs-client, customer or peer' },
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
    await clients.neighbor.addNeighbor({
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
        role: options.text('role') ?? '',
        ...extras(options),
      },
    });
    await writeDone(out, 'add_neighbor', address, `Neighbor ${address} added`);
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
    ...(localAddress === undefined ? {} : { localAddress }),
    ...(remotePort === undefined ? {} : { remotePort }),
    ...(multihopTtl === undefined ? {} : { multihopTtl }),
    ...(md5File === undefined ? {} : { md5Password: readSecret(md5File) }),
  };
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
