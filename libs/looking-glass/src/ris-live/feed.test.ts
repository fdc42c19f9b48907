import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { simpleUpdate } from '../testing/ris-events.ts';
import { RisFeed } from './feed.ts';

interface Told {
  readonly type: string;
  readonly data: Record<string, unknown> & { readonly message?: string };
}

function client(feed: RisFeed) {
  const told: Told[] = [];
  const connection = feed.connect((text) => told.push(JSON.parse(text) as Told));
  const say = (type: string, data?: unknown) => connection.receive(JSON.stringify({ type, data }));
  return { told, say, connection, types: () => told.map(({ type }) => type) };
}

const newFeed = (maxSubscriptions = 10) => new RisFeed({ host: 'rrc99', maxSubscriptions });
const ANNOUNCE = simpleUpdate(['198.51.100.0/24'], [{ type: 'sequence', asns: [64500] }]);

describe('a client', () => {
  it('gets a message once, however many of its subscriptions match', () => {
    const feed = newFeed();
    const { told, say } = client(feed);
    say('ris_subscribe', { prefix: '198.51.100.0/24' });
    say('ris_subscribe', { path: 64500 });
    say('ris_subscribe', {});
    feed.publish(ANNOUNCE);
    expect(told).toHaveLength(1);
  });

  it('gets nothing without a subscription, and nothing after the last has gone', () => {
    const feed = newFeed();
    const { told, say } = client(feed);
    feed.publish(ANNOUNCE);
    say('ris_subscribe', { path: '64500$', type: 'UPDATE' });
    say('ris_unsubscribe', { type: 'UPDATE', path: '64500$' });
    feed.publish(ANNOUNCE);
    expect(told).toEqual([]);
  });

  it('gets acknowledgments when it wants them, one for each prefix', () => {
    const { told, say } = client(newFeed());
    say('ris_subscribe', { prefix: ['10.0.0.0/8', '::/0'], host: null, socketOptions: { acknowledge: true } });
    expect(told).toEqual(
      ['10.0.0.0/8', '::/0'].map((prefix) => ({
        type: 'ris_subscribe_ok',
        data: {
          subscription: { moreSpecific: true, lessSpecific: false, prefix },
          socketOptions: { includeRaw: false, acknowledge: true },
        },
      })),
    );
  });

  it('socketOptions of a later subscription hold for all', () => {
    const feed = newFeed();
    const { told, say } = client(feed);
    say('ris_subscribe', { prefix: '198.51.100.0/24' });
    say('ris_subscribe', { prefix: '192.0.2.0/24', socketOptions: { includeRaw: true } });
    feed.publish(ANNOUNCE);
    expect(told[0]?.data.raw).toMatch(/^F{32}/);
  });

  it.each([
    ['ping', undefined, 'pong', null],
    ['request_rrc_list', undefined, 'ris_rrc_list', ['rrc99']],
  ])('%s', (type, data, answerType, answer) => {
    const { told, say } = client(newFeed());
    say(type, data);
    expect(told).toEqual([{ type: answerType, data: answer }]);
  });

  it.each([
    ['no JSON', '{'],
    ['no object', '7'],
    ['null', 'null'],
    ['no type', '{"data":{}}'],
    ['another command', '{"type":"ris_firehose"}'],
    ['a wrong filter', '{"type":"ris_subscribe","data":{"path":"*"}}'],
    ['wrong options', '{"type":"ris_subscribe","data":{"socketOptions":{"includeRaw":1}}}'],
    ['unknown options', '{"type":"ris_subscribe","data":{"socketOptions":{"compress":true}}}'],
    ['no such subscription', '{"type":"ris_unsubscribe","data":{"path":1}}'],
  ])('%s: ris_error', (_rule, text) => {
    const { told, connection } = client(newFeed());
    connection.receive(text);
    expect(told).toEqual([{ type: 'ris_error', data: expect.objectContaining({ message: expect.any(String) }) }]);
  });

  it('has so many subscriptions and no more; a command takes effect as a whole or not at all', () => {
    const feed = newFeed(3);
    const { say, types } = client(feed);
    say('ris_subscribe', { prefix: ['10.0.0.0/8', '11.0.0.0/8'] });
    say('ris_subscribe', { prefix: ['198.51.100.0/24', '12.0.0.0/8'] });
    feed.publish(ANNOUNCE);
    expect(types()).toEqual(['ris_error']);
    say('ris_subscribe', { prefix: ['10.0.0.0/8', '198.51.100.0/24'] }); // one of them is there already
    feed.publish(ANNOUNCE);
    expect(types()).toEqual(['ris_error', 'ris_message']);
  });

  it('has few of those that every message would be held against', () => {
    const { say, types } = client(newFeed(10_000));
    for (let at = 0; at < 300; at++) say('ris_subscribe', { peer: `10.0.${at >> 8}.${at & 255}` });
    expect(types()).toEqual(Array(44).fill('ris_error'));
  });
});

it('nothing is wanted while nobody has a subscription, and whoever makes events hears of it', () => {
  const wanted: boolean[] = [];
  const feed = new RisFeed({ host: 'rrc99', maxSubscriptions: 10, onWanted: (isWanted) => wanted.push(isWanted) });
  const [one, other] = [client(feed), client(feed)];
  expect(feed.isWanted).toBe(false);
  one.say('ris_subscribe', { prefix: ['10.0.0.0/8', '::/0'] });
  other.say('ris_subscribe', {});
  one.connection.close();
  one.connection.close();
  expect(feed.isWanted).toBe(true);
  other.say('ris_unsubscribe', {});
  expect(feed.isWanted).toBe(false);
  expect(wanted).toEqual([true, false]);
});

it('ids differ', () => {
  const feed = newFeed();
  const { told, say } = client(feed);
  say('ris_subscribe', {});
  for (let at = 0; at < 5; at++) feed.publish(ANNOUNCE);
  expect(new Set(told.map(({ data }) => data.id)).size).toBe(5);
  expect(told[0]?.data.id).toMatch(/^192\.0\.2\.1-[0-9a-f]{16}$/);
});

test.prop([fc.oneof(fc.string({ unit: 'binary' }), fc.json())])(
  'whatever a client sends is answered and nothing throws',
  (text) => {
    const { told, connection } = client(newFeed());
    connection.receive(text);
    connection.receive(`{"type":"ris_subscribe","data":${JSON.stringify(text)}}`);
    expect(told.length).toBeGreaterThan(0);
  },
);

test.prop([fc.jsonValue()])('so is whatever it subscribes to', (value) => {
  const feed = newFeed();
  const { connection } = client(feed);
  connection.receive(JSON.stringify({ type: 'ris_subscribe', data: value }));
  connection.receive(JSON.stringify({ type: 'ris_subscribe', data: { path: value } }));
  connection.receive(JSON.stringify({ type: 'ris_subscribe', data: { prefix: value, socketOptions: value } }));
  feed.publish(ANNOUNCE);
});
