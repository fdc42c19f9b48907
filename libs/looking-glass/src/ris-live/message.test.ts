import { decodeMessage, IPV4_UNICAST, IPV6_UNICAST } from '@bgp/wire';
import { describe, expect, it } from 'vitest';
import { AT_MS, CONTEXT, eventOf, simpleUpdate, update } from '../testing/ris-events.ts';
import { RisMessage } from './message.ts';
import type { RisEvent } from './types.ts';

const HOST = 'rrc99';

function dataOf(event: RisEvent, includeRaw = false): Record<string, unknown> {
  const message = RisMessage.of(event, HOST, 'id-1');
  if (message === undefined) throw new Error('no message');
  const parsed = JSON.parse(message.text(includeRaw)) as { type: string; data: Record<string, unknown> };
  expect(parsed.type).toBe('ris_message');
  return parsed.data;
}

const COMMON = { id: 'id-1', host: HOST };

describe('data of a ris_message', () => {
  it('what every one has: seconds with two places, the AS as text', () => {
    expect(dataOf(simpleUpdate(['198.51.100.0/24']))).toMatchObject({
      timestamp: Math.round(AT_MS / 10) / 100,
      peer: '192.0.2.1',
      peer_asn: '64500',
      id: 'id-1',
      host: 'rrc99',
      type: 'UPDATE',
    });
  });

  it('an announcement, with all that RIS Live shows of attributes', () => {
    const data = dataOf(
      update({
        announced: [{ family: IPV4_UNICAST, nlri: [{ prefix: '198.51.100.0/24' }, { prefix: '203.0.113.0/25' }] }],
        attributes: {
          origin: 2,
          asPath: [
            { type: 'sequence', asns: [64500, 4_200_000_000] },
            { type: 'set', asns: [64503, 64502] },
          ],
          nextHop: '192.0.2.9',
          med: 0,
          aggregator: { as: 64502, address: '198.51.100.1' },
          communities: [0xfffe_0001, 64500 * 65536 + 7],
        },
      }),
    );
    expect(data).toMatchObject({
      path: [64500, 4_200_000_000, [64502, 64503]],
      community: [
        [65534, 1],
        [64500, 7],
      ],
      origin: 'incomplete',
      med: 0,
      aggregator: '64502:198.51.100.1',
      announcements: [{ next_hop: '192.0.2.9', prefixes: ['198.51.100.0/24', '203.0.113.0/25'] }],
    });
    expect(data).not.toHaveProperty('withdrawals');
    expect(data).not.toHaveProperty('raw');
  });

  it('a withdrawal', () => {
    const data = dataOf(simpleUpdate(['198.51.100.0/24']));
    expect(data.withdrawals).toEqual(['198.51.100.0/24']);
    expect(Object.keys(data)).toEqual(['timestamp', 'peer', 'peer_asn', 'id', 'host', 'type', 'withdrawals']);
  });

  it('announcements by next hop; of two IPv6 next hops the global one', () => {
    const data = dataOf(
      update({
        announced: [
          { family: IPV4_UNICAST, nlri: [{ prefix: '198.51.100.0/24' }] },
          { family: IPV6_UNICAST, nextHop: ['2001:db8::9', 'fe80::9'], nlri: [{ prefix: '2001:db8:1::/48' }] },
        ],
        withdrawn: [{ family: IPV6_UNICAST, nlri: [{ prefix: '2001:db8:2::/48' }] }],
        attributes: { origin: 0, asPath: [{ type: 'sequence', asns: [64500] }], nextHop: '192.0.2.9' },
      }),
    );
    expect(data.announcements).toHaveLength(2);
    expect(data.announcements).toEqual(
      expect.arrayContaining([
        { next_hop: '192.0.2.9', prefixes: ['198.51.100.0/24'] },
        { next_hop: '2001:db8::9', prefixes: ['2001:db8:1::/48'] },
      ]),
    );
    expect(data.withdrawals).toEqual(['2001:db8:2::/48']);
  });

  it('raw is the message in hexadecimal digits, and says the same', () => {
    const event = simpleUpdate(['198.51.100.0/24'], [{ type: 'sequence', asns: [64500, 64501] }]);
    const { raw } = dataOf(event, true) as { raw: string };
    expect(raw).toMatch(/^F{32}[0-9A-F]+$/);
    const octets = Uint8Array.from(raw.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
    expect(octets).toEqual(event.octets);
    expect(decodeMessage(octets, CONTEXT)).toMatchObject({
      ok: true,
      value: {
        announced: [{ nlri: [{ prefix: '198.51.100.0/24' }] }],
        attributes: { asPath: [{ asns: [64500, 64501] }] },
      },
    });
  });

  it('RFC 7606: what counts as withdrawn is a withdrawal', () => {
    const { octets, ...rest } = simpleUpdate(['198.51.100.0/24'], [{ type: 'sequence', asns: [64500] }]);
    const broken = octets.slice();
    const origin = broken.findIndex((octet, at) => at > 20 && octet === 1 && broken[at - 1] === 0x40);
    broken[origin + 2] = 9; // an ORIGIN that there is none of (§7.1)
    expect(dataOf({ ...rest, octets: broken })).toMatchObject({ withdrawals: ['198.51.100.0/24'] });
  });

  it('an OPEN, as RIS Live writes capabilities', () => {
    const open = eventOf(
      {
        type: 'OPEN',
        version: 4,
        myAs: 23456,
        holdTime: 180,
        bgpIdentifier: '192.0.3.1',
        capabilities: [
          { type: 'multiprotocol', family: IPV4_UNICAST },
          { type: 'multiprotocol', family: IPV6_UNICAST },
          { type: 'four-octet-as', as: 65536 },
          { type: 'graceful-restart', restartState: false, notification: true, restartTime: 120, families: [] },
          { type: 'unknown', code: 200, value: Uint8Array.of(1, 0xff) },
        ],
      },
      'sent',
    );
    expect(dataOf(open)).toMatchObject({
      type: 'OPEN',
      direction: 'sent',
      version: 4,
      asn: 65536,
      hold_time: 180,
      router_id: '192.0.3.1',
      capabilities: {
        '1': { name: 'multiprotocol', families: ['ipv4/unicast', 'ipv6/unicast'] },
        '65': { name: 'asn4', asn4: 65536 },
        '64': { time: 120, notification: true },
        '200': { name: 'unknown', raw: '01FF' },
      },
    });
  });

  it('a NOTIFICATION', () => {
    const notification = eventOf({ type: 'NOTIFICATION', code: 6, subcode: 7, data: Uint8Array.of(6, 5) });
    expect(dataOf(notification)).toMatchObject({
      type: 'NOTIFICATION',
      notification: { code: 6, subcode: 7, data: '0605' },
    });
  });

  it('a session that comes and goes', () => {
    const state = { event: 'state', atMs: AT_MS, peer: '2001:db8::1', peerAs: 4_200_000_000, state: 'down' } as const;
    expect(dataOf(state, true)).toEqual({
      ...COMMON,
      timestamp: Math.round(AT_MS / 10) / 100,
      peer: '2001:db8::1',
      peer_asn: '4200000000',
      type: 'RIS_PEER_STATE',
      state: 'down',
    });
  });

  it('of an UPDATE that nothing can be read of, the octets', () => {
    const whole = simpleUpdate(['198.51.100.0/24']);
    const octets = whole.octets.slice();
    octets[20] = 200; // more withdrawn routes than there is message (RFC 7606 §3 (b))
    const data = dataOf({ ...whole, octets }, true);
    expect(Object.keys(data)).toEqual(['timestamp', 'peer', 'peer_asn', 'id', 'host', 'type', 'raw']);
  });

  it('no form: ROUTE-REFRESH, and what is no message', () => {
    const refresh = eventOf({ type: 'ROUTE-REFRESH', family: IPV4_UNICAST, subtype: 0 });
    expect(RisMessage.of(refresh, HOST, '')).toBeUndefined();
    for (const octets of [new Uint8Array(0), new Uint8Array(19).fill(0xff)]) {
      expect(RisMessage.of({ ...refresh, octets }, HOST, '')).toBeUndefined();
    }
  });
});
