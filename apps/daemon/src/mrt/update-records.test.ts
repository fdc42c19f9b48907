import { decodeMrtBody, MrtFramer } from '@bgp/mrt';
import type { TapSession } from '@bgp/speaker';
import { encodeMessage, INITIAL_CONTEXT, IPV4_UNICAST } from '@bgp/wire';
import { expect, it } from 'vitest';
import { SessionRecords } from './update-records.ts';

const UPDATE = Uint8Array.of(...new Array<number>(16).fill(0xff), 0, 23, 2, 0, 0, 0, 0);

function sessionOf(more: Partial<TapSession> = {}): TapSession {
  const open = encodeMessage(
    {
      type: 'OPEN',
      version: 4,
      myAs: 23456,
      holdTime: 90,
      bgpIdentifier: '10.0.0.1',
      capabilities: [{ type: 'four-octet-as', as: 4_200_000_001 }],
    },
    INITIAL_CONTEXT,
  );
  if (!open.ok) throw new Error(open.error.code);
  return {
    peer: '10.0.0.2',
    local: { address: '10.0.0.1', port: 179 },
    remote: { address: '10.0.0.2', port: 4000 },
    remoteAs: 65002,
    remoteRouterId: '10.0.0.2',
    families: [IPV4_UNICAST],
    fourOctetAs: true,
    codec: INITIAL_CONTEXT,
    sentOpen: open.value,
    receivedOpen: open.value,
    sinceMs: 0,
    ...more,
  };
}

function read(record: ReturnType<SessionRecords['update']>) {
  if (!record.ok) throw new Error(record.error);
  const framer = new MrtFramer();
  framer.push(record.value);
  const framed = framer.next();
  if (!framed.ok || framed.value === undefined) throw new Error('no record');
  const { timestamp, microseconds, type, subtype } = framed.value;
  const body = decodeMrtBody(framed.value);
  if (!body.ok || (body.value.kind !== 'message' && body.value.kind !== 'state-change')) throw new Error('not ours');
  const { peerAddress, localAddress } = body.value; // which are getters
  return { timestamp, microseconds, type, subtype, ...body.value, peerAddress, localAddress };
}

it('names both ends, and the time to the millisecond', () => {
  const records = new SessionRecords(sessionOf());
  expect(read(records.update({ octets: UPDATE, atMs: 1_763_700_000_123.9 }))).toMatchObject({
    timestamp: 1_763_700_000,
    microseconds: 123_000,
    subtype: 4,
    peerAs: 65002,
    localAs: 4_200_000_001,
  });
  expect(read(records.stateChange(true, 0))).toMatchObject({ subtype: 5, oldState: 5, newState: 6 });
  expect(read(records.stateChange(false, 0))).toMatchObject({ subtype: 5, oldState: 6, newState: 1 });
});

it('a session with AS numbers of two octets has records of them (RFC 6793 §4.2.2)', () => {
  const records = new SessionRecords(sessionOf({ fourOctetAs: false }));
  expect(read(records.update({ octets: UPDATE, atMs: 0 }))).toMatchObject({
    subtype: 1,
    peerAs: 65002,
    localAs: 23456,
  });
  // The state has room for what we are.
  expect(read(records.stateChange(true, 0))).toMatchObject({ subtype: 5, localAs: 4_200_000_001 });
});

it('a link-local address is written without its link', () => {
  const ends = { local: { address: 'fe80::1%eth0', port: 179 }, remote: { address: 'fe80::2%eth0', port: 4000 } };
  const { peerAddress, localAddress } = read(new SessionRecords(sessionOf(ends)).update({ octets: UPDATE, atMs: 0 }));
  expect([peerAddress, localAddress]).toEqual(['fe80::2', 'fe80::1']);
});

it('whether there are path identifiers follows from the routes in a message (RFC 8050 §3)', () => {
  const addPath = new Map([[IPV4_UNICAST, { receive: true, send: false }]]);
  const records = new SessionRecords(sessionOf({ codec: { ...INITIAL_CONTEXT, addPath } }));
  const withdrawal = Uint8Array.of(...UPDATE.subarray(0, 16), 0, 29, 2, 0, 6, 0, 0, 0, 1, 8, 10, 0, 0);
  expect(read(records.update({ octets: withdrawal, atMs: 0 }))).toMatchObject({ subtype: 9 });
  expect(read(records.update({ octets: UPDATE, atMs: 0 }))).toMatchObject({ subtype: 4 });
});
