import { IPV4_UNICAST, IPV6_UNICAST, parseIpAddress, parseIpPrefix } from '@bgp/wire';
import { describe, expect, it } from 'vitest';
import { AT_MS, eventOf, simpleUpdate, update } from '../testing/ris-events.ts';
import { RisFeed } from './feed.ts';
import type { RisEvent } from './types.ts';

/*
 * What BGPalerter sends and reads. From github.com/nttgin/BGPalerter: src/connectors/connectorRIS.js, its `_subscribeTo…` and `transform`.
 */

/** `data` of its subscriptions: everything, prefixes, origins, and beacons that tell whether the stream lives. */
const SUBSCRIPTIONS: readonly object[] = [
  { moreSpecific: true, type: 'UPDATE', host: null, socketOptions: { includeRaw: false } },
  { moreSpecific: true, type: 'UPDATE', host: null, socketOptions: { includeRaw: false }, prefix: '165.254.225.0/24' },
  {
    moreSpecific: true,
    type: 'UPDATE',
    host: null,
    socketOptions: { includeRaw: false },
    prefix: '2a00:5884:0:0:0:0:0:0/32',
  },
  { moreSpecific: true, type: 'UPDATE', host: null, socketOptions: { includeRaw: false }, path: '2914$' },
  ...['84.205.64.0/24', '2001:7FB:FE00::/48'].map((prefix) => ({
    moreSpecific: false,
    lessSpecific: false,
    prefix,
    type: 'UPDATE',
    socketOptions: { includeRaw: false, acknowledge: false },
  })),
];

const isPrefix = (value: unknown) => typeof value === 'string' && parseIpPrefix(value).ok;
const isAddress = (value: unknown) => typeof value === 'string' && parseIpAddress(value).ok;
const listOf = (value: unknown, each: (one: unknown) => boolean) => Array.isArray(value) && value.every(each);
const isStep = (value: unknown) => Number.isInteger(value) || listOf(value, Number.isInteger);

/** By field of `data`; absent fields count as empty there. */
const READ: Readonly<Record<string, (value: unknown) => boolean>> = {
  peer: isAddress,
  timestamp: (value) => typeof value === 'number' && Math.abs(value * 1000 - AT_MS) < 10, // seconds
  path: (value) => listOf(value, isStep),
  community: (value) => listOf(value, (pair) => listOf(pair, Number.isInteger)),
  aggregator: (value) => typeof value === 'string',
  withdrawals: (value) => listOf(value, isPrefix),
  announcements: (value) =>
    listOf(value, (one) => {
      const { next_hop: nextHop, prefixes } = one as Record<string, unknown>;
      return isAddress(nextHop) && listOf(prefixes, isPrefix); // a pair of next hops would make it skip the prefixes
    }),
};

const EVENTS: readonly RisEvent[] = [
  simpleUpdate(['165.254.225.0/24'], [{ type: 'sequence', asns: [64500, 2914] }]),
  simpleUpdate(['165.254.225.0/24']),
  update({
    announced: [
      { family: IPV6_UNICAST, nextHop: ['2001:db8::1', 'fe80::1'], nlri: [{ prefix: '2001:7fb:fe00::/48' }] },
    ],
    withdrawn: [{ family: IPV4_UNICAST, nlri: [{ prefix: '192.0.2.0/24' }] }],
    attributes: {
      origin: 0,
      asPath: [
        { type: 'sequence', asns: [64500] },
        { type: 'set', asns: [1, 2] },
      ],
      communities: [0xffff_ffff],
      aggregator: { as: 64500, address: '192.0.2.1' },
    },
  }),
  eventOf({ type: 'KEEPALIVE' }),
  { event: 'state', atMs: AT_MS, peer: '2001:db8::1', peerAs: 64500, state: 'connected' },
];

describe('BGPalerter', () => {
  const feed = new RisFeed({ host: 'rrc99', maxSubscriptions: 100 });
  const told: { type: string; data: Record<string, unknown> }[] = [];
  const connection = feed.connect((text) => told.push(JSON.parse(text)));

  it.each(SUBSCRIPTIONS)('subscribes without an error: %j', (data) => {
    connection.receive(JSON.stringify({ type: 'ris_subscribe', data }));
    expect(told).toEqual([]); // ris_error makes it throw
  });

  it.each(EVENTS)('reads what it is told', (event) => {
    connection.receive(JSON.stringify({ type: 'ris_subscribe', data: {} }));
    feed.publish(event);
    const message = told.splice(0)[0];
    expect(message?.type).toBe('ris_message');
    const wrong = Object.entries(message?.data ?? {}).filter(([name, value]) => READ[name]?.(value) === false);
    expect(wrong).toEqual([]);
  });
});
