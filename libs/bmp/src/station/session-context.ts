import {
  type Capability,
  type CodecContext,
  decodeMessage,
  err,
  type Family,
  INITIAL_CONTEXT,
  IPV4_MULTICAST,
  IPV4_UNICAST,
  type Open,
  ok,
  type Result,
} from '@bgp/wire';

const RECEIVE = 1;
const SEND = 2;

/** How the UPDATEs about one peer are to be read: what the two OPENs of its Peer Up settled. */
export interface SessionContext {
  /** ADD-PATH families of what the router receives, and of what it sends (RFC 7911 §4). */
  readonly received: ReadonlySet<Family>;
  readonly sent: ReadonlySet<Family>;
  readonly sentOpen: Open;
  readonly receivedOpen: Open;
  /** Those that were asked for: thousands of messages follow one Peer Up. */
  readonly contexts: Map<string, CodecContext>;
}

/** RFC 7854 §4.10: the OPENs are there so that a station can read what follows. `loc-rib`: both are the same, made up (RFC 9069 §5.2). */
export function sessionContext(
  sent: Uint8Array,
  received: Uint8Array,
  isLocRib: boolean,
): Result<SessionContext, { readonly which: 'sent' | 'received'; readonly code: string }> {
  const ours = readOpen(sent);
  if (!ours.ok) return err({ which: 'sent', code: ours.error });
  const theirs = readOpen(received);
  if (!theirs.ok) return err({ which: 'received', code: theirs.error });
  const [mine, yours] = [addPath(ours.value.capabilities), addPath(theirs.value.capabilities)];
  const both = new Set([...mine.keys(), ...yours.keys()]);
  // RFC 9069 §5.2: for a Loc-RIB the presence of the capability is enough, whatever its direction.
  const agreed = (a: typeof mine, b: typeof mine) =>
    new Set([...both].filter((family) => isLocRib || (has(a, family, RECEIVE) && has(b, family, SEND))));
  return ok({
    received: agreed(mine, yours),
    sent: agreed(yours, mine),
    sentOpen: ours.value,
    receivedOpen: theirs.value,
    contexts: new Map(),
  });
}

/**
 * The codec context of one Route Monitoring message. The kind of the peer is left at `internal`, for which nothing is refused or discarded:
 * the router has judged by its configuration, which a station does not know.
 */
export function updateContext(session: SessionContext, isAdjRibOut: boolean, isTwoOctetAs: boolean): CodecContext {
  const key = `${isAdjRibOut} ${isTwoOctetAs}`;
  const known = session.contexts.get(key);
  if (known !== undefined) return known;
  const families = isAdjRibOut ? session.sent : session.received;
  const context: CodecContext = {
    ...INITIAL_CONTEXT,
    fourOctetAs: !isTwoOctetAs,
    maxMessageOctets: 65535,
    addPath: new Map([...families].map((family) => [family, { receive: true, send: true }])),
    extendedNextHop: new Set([IPV4_UNICAST, IPV4_MULTICAST]),
    peerKind: 'internal',
  };
  session.contexts.set(key, context);
  return context;
}

function readOpen(frame: Uint8Array): Result<Open, string> {
  const decoded = decodeMessage(frame, INITIAL_CONTEXT);
  if (!decoded.ok) return err(decoded.error.code);
  return decoded.value.type === 'OPEN' ? ok(decoded.value) : err('not an OPEN');
}

/** Values that RFC 7911 §4 does not define are to be ignored. */
function addPath(capabilities: readonly Capability[]): ReadonlyMap<Family, number> {
  const families = new Map<Family, number>();
  for (const capability of capabilities) {
    if (capability.type !== 'add-path') continue;
    for (const { family, sendReceive } of capability.entries) {
      if (sendReceive >= RECEIVE && sendReceive <= (RECEIVE | SEND)) families.set(family, sendReceive);
    }
  }
  return families;
}

function has(families: ReadonlyMap<Family, number>, family: Family, bit: number): boolean {
  return ((families.get(family) ?? 0) & bit) !== 0;
}
