import { once } from 'node:events';
import { ElementTable, type MrtPeer } from '@bgp/mrt';
import { type Asn, formatIpAddress, parseAsn, parseIpAddress } from '@bgp/wire';
import type { Call, Command } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { OptionValues } from '../option-values.ts';
import { UsageError } from '../usage-error.ts';
import { MrtProblems, readElements } from './mrt-file.ts';
import { ReplaySession, SessionEnded, type SessionOptions } from './replay-session.ts';
import { type Announcer, type Replay, ReplayUpdates, replayOf } from './replay-updates.ts';

const BGP_PORT = 179;

export const MRT_REPLAY: Command = {
  forms: ['mrt replay FILE'],
  summary:
    "Announce one peer's routes of an MRT file to a router, over a BGP session of its own; Ctrl-C takes them back.",
  options: [
    { long: '--to', value: 'HOST', help: 'the router: 192.0.2.1, 192.0.2.1:1179, [2001:db8::1]:179', isRequired: true },
    { long: '--asn', value: 'N', help: 'the AS that we say to be', isRequired: true },
    { long: '--peer', value: 'ADDR', help: 'whose routes of the file; default: who has most' },
    { long: '--router-id', value: 'IP', help: 'default: the local address' },
    { long: '--local-address', value: 'IP', help: 'where the connection comes from' },
    {
      long: '--nexthop',
      value: 'IP[,IP]',
      help: 'one for IPv4, one for IPv6; default: the local address for its own family',
    },
    { long: '--hold-time', value: 'SECONDS', help: 'default 90; 0: no KEEPALIVEs' },
    { long: '--once', help: 'end the session as soon as everything is sent' },
  ],
  examples: ['tsbgpctl mrt replay rib.20140523.0600.bz2 --to 192.0.2.1 --asn 65010 --peer 203.0.113.9'],
  run: replay,
};

async function replay(call: Call): Promise<ExitCode> {
  const { options, out } = call;
  const session = sessionOptions(options);
  const wanted = options.text('peer') === undefined ? undefined : addressOf(options.text('peer') ?? '', '--peer');
  const nextHops = nextHopsOf(options);
  const problems = new MrtProblems();
  const found = await routesOf(call.argument('FILE'), wanted, problems);
  for (const line of problems.lines()) out.writeError(`${line}\n`);
  if (found === undefined)
    throw new UsageError('the file leaves no IPv4 or IPv6 unicast routes', 'see: tsbgpctl mrt show');
  const { peer, routes } = found;
  out.writeError(`${routes.routes} routes of ${peer.address}, AS ${peer.as}\n`);
  try {
    const speaker = await ReplaySession.begin(session);
    return await announce(call, speaker, routes, session, nextHops);
  } catch (error) {
    if (!(error instanceof SessionEnded)) throw error;
    out.writeError(`Error: ${error.message}\n`);
    return EXIT.refused;
  }
}

async function announce(
  { options, out }: Call,
  speaker: ReplaySession,
  routes: Replay,
  { asn }: SessionOptions,
  given: ReadonlyMap<1 | 2, Uint8Array>,
): Promise<ExitCode> {
  const interrupted = once(process, 'SIGINT');
  const peering = await Promise.race([speaker.established(), interrupted]);
  if (Array.isArray(peering)) {
    await speaker.close();
    return EXIT.refused;
  }
  const { localAddress, remoteAs, fourOctetAs, families } = peering;
  const local = parseIpAddress(localAddress);
  const nextHops = new Map(given);
  const family = local.ok ? familyOf(local.value) : 1;
  if (local.ok && !nextHops.has(family)) nextHops.set(family, local.value);
  const announcer: Announcer = { asn, isInternal: asn === remoteAs, fourOctetAs, families, nextHops };
  const updates = new ReplayUpdates(routes, announcer);
  for (const buffer of updates.buffers()) await speaker.send(buffer);
  for (const sentence of updates.leftOut) out.writeError(`${sentence}\n`);
  await out.write(`${updates.routes} routes announced to AS ${remoteAs} in ${updates.messages} messages\n`);
  if (!options.has('once')) {
    out.writeError('Ctrl-C takes them back.\n');
    await Promise.race([interrupted, speaker.ended()]);
  }
  await speaker.close();
  return EXIT.done;
}

/** The table that the file leaves, and whose routes of it to take. */
async function routesOf(file: string, wanted: string | undefined, problems: MrtProblems) {
  const table = new ElementTable();
  for await (const _chunk of readElements(
    file,
    (element) => {
      if (wanted === undefined || element.peer.address === wanted) table.apply(element);
    },
    problems,
  ));
  const counts = new Map<string, { readonly peer: MrtPeer; routes: number }>();
  for (const { routes } of table.rows()) {
    for (const { peer } of routes) {
      const key = `${peer.address} ${peer.as}`;
      const count = counts.get(key);
      if (count === undefined) counts.set(key, { peer, routes: 1 });
      else count.routes++;
    }
  }
  const [most] = [...counts.values()].sort((a, b) => b.routes - a.routes);
  if (most === undefined) return undefined;
  const routes = replayOf(table, most.peer);
  return routes.routes === 0 ? undefined : { peer: most.peer, routes };
}

function sessionOptions(options: OptionValues): SessionOptions {
  const { host, port } = hostPort(options.text('to') ?? '');
  const local = options.text('local-address');
  const holdTime = options.number('hold-time', 65_535) ?? 90;
  if (holdTime === 1 || holdTime === 2) throw new UsageError('--hold-time: 0, or at least 3 (RFC 4271 §4.2)');
  const routerId = options.text('router-id');
  if (routerId === undefined ? (local ?? host).includes(':') : !isIpv4(routerId))
    throw new UsageError('--router-id: an IPv4 address is needed', 'over IPv6 it must be given');
  const localAddress = local === undefined ? undefined : addressOf(local, '--local-address');
  return { host, port, localAddress, asn: asnOf(options.text('asn') ?? ''), routerId, holdTime };
}

function nextHopsOf(options: OptionValues): ReadonlyMap<1 | 2, Uint8Array> {
  const given = new Map<1 | 2, Uint8Array>();
  for (const text of options.list('nexthop')) {
    const parsed = parseIpAddress(text);
    if (!parsed.ok) throw new UsageError(`--nexthop: "${text}" is not an address`);
    given.set(familyOf(parsed.value), parsed.value);
  }
  return given;
}

function hostPort(text: string): { readonly host: string; readonly port: number } {
  const [, bracketed, plain, port] =
    /^(?:\[([^\]]+)\]|([^:]+|[0-9a-fA-F:]*:[0-9a-fA-F:.]*))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  const number = port === undefined ? BGP_PORT : Number(port);
  const isHost = host !== undefined && (!host.includes(':') || parseIpAddress(host).ok);
  if (!isHost || number < 1 || number > 65_535)
    throw new UsageError(`--to: "${text}" is no host and port`, 'write 192.0.2.1:179 or [2001:db8::1]:179');
  return { host, port: number };
}

function asnOf(text: string): Asn {
  const parsed = parseAsn(text);
  if (!parsed.ok || parsed.value === 0) throw new UsageError(`--asn: "${text}" is not an AS number`);
  return parsed.value;
}

function addressOf(text: string, option: string): string {
  const parsed = parseIpAddress(text);
  if (!parsed.ok) throw new UsageError(`${option}: "${text}" is not an address`);
  return formatIpAddress(parsed.value);
}

function isIpv4(text: string): boolean {
  const parsed = parseIpAddress(text);
  return parsed.ok && parsed.value.length === 4;
}

function familyOf(address: Uint8Array): 1 | 2 {
  return address.length === 4 ? 1 : 2;
}
