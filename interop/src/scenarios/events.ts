import assert from 'node:assert/strict';
import { join } from 'node:path';
import { Dut, neighborToml, prefixesOf } from '../dut.ts';
import { jsonLines } from '../lab/log-lines.ts';
import { pause } from '../lab/shell.ts';
import { Frr, frrConfig } from '../peers/frr.ts';
import { established, type Scenario } from '../scenario.ts';
import { M1_NETWORKS } from './m1.ts';

const PEER = '10.0.0.2';

interface EventJson {
  readonly event_type: string;
  readonly cursor?: string;
  readonly summary: string;
  readonly peer_address?: string;
  readonly prefix?: string;
  readonly notification?: { readonly code?: number };
  readonly session?: { readonly new_state?: string };
  readonly policy?: { readonly target?: string };
  readonly process?: { readonly previous_end?: string };
  readonly is_snapshot?: boolean;
}

/** These types in this order, with others in between. */
function inOrder(events: readonly EventJson[], types: readonly string[]): void {
  let at = 0;
  for (const { event_type } of events) if (event_type === types[at]) at++;
  assert.equal(at, types.length, `after ${types.slice(0, at).join(', ')} there is no ${types[at]}`);
}

export const events: Scenario = {
  name: 'events',
  summary:
    'the event stream: session flap, policy change, prefix limit, in order; on from a cursor after kill -9 (FRR)',
  async run({ lab, check }) {
    const [dutNode, frrNode] = [await lab.node('dut'), await lab.node('frr')];
    await lab.link(dutNode, ['10.0.0.1/24'], frrNode, [`${PEER}/24`]);
    const frr = await Frr.start(
      frrNode,
      frrConfig({ as: 65002, routerId: PEER, neighbor: '10.0.0.1', neighborAs: 65001, networks: M1_NETWORKS }),
    );
    const rest = neighborToml(PEER, 65002, [
      'connect_retry_time = 1',
      'max_prefixes_per_family = { ipv4_unicast = 4 }',
      'max_prefixes_restart_time = 0',
    ]);
    const dut = await Dut.start(dutNode, { asn: 65001, routerId: '10.0.0.1', rest });
    const read = (name: string) => jsonLines<EventJson>(join(dutNode.folder, 'log', `${name}.log`));
    dut.ctlRunning('live', 'events', '--json', '--snapshot', '--category', 'route,session,policy,config,limit,process');
    await check.required('a stream with a snapshot begins', 30, () => {
      const seen = read('live');
      assert.ok(seen.some(({ event_type }) => event_type === 'end_of_snapshot'));
      assert.equal(seen[0]?.is_snapshot, true);
    });
    await established(check, dut, PEER, 90);
    await check.required('FRR sends its routes, and each is an event', 30, async () => {
      assert.deepEqual(prefixesOf(await dut.best()), M1_NETWORKS);
      const added = read('live').filter(({ event_type }) => event_type === 'route_added');
      assert.deepEqual([...new Set(added.map(({ prefix }) => prefix))].sort(), M1_NETWORKS);
    });

    await frr.vtysh('clear bgp 10.0.0.1');
    await check.required('a session that FRR clears is lost and comes back', 60, () => {
      inOrder(read('live'), [
        'notification_received',
        'session_lost',
        'route_withdrawn',
        'session_established',
        'route_added',
      ]);
    });
    await check.required('with all its routes', 30, async () =>
      assert.deepEqual(prefixesOf(await dut.best()), M1_NETWORKS),
    );
    await check.that('NOTIFICATION 6 was received, and each state is told', () => {
      const seen = read('live');
      assert.equal(seen.find(({ event_type }) => event_type === 'notification_received')?.notification?.code, 6);
      const states = seen.flatMap(({ session }) => session?.new_state ?? []);
      for (const state of ['OpenSent', 'OpenConfirm', 'Established', 'Idle']) assert.ok(states.includes(state), state);
    });

    await dut.rpc('PolicyService/SetPolicy', {
      name: 'from-frr',
      definition: { statements: [{ action: 'deny', prefix: '10.10.0.0/16' }], defaultAction: 'permit' },
    });
    await dut.rpc('PolicyService/SetNeighborImportChain', { address: PEER, policyNames: ['from-frr'] });
    await check.eventually('a policy that is set and used: two changes, and the route that goes', 30, () => {
      const seen = read('live');
      inOrder(seen, ['config_applied', 'policy_changed', 'config_applied', 'policy_changed', 'route_withdrawn']);
      const changes = seen.flatMap(({ policy }) => policy?.target ?? []);
      assert.deepEqual(changes, ['from-frr', PEER]);
      const [gone] = seen.filter(({ event_type }) => event_type === 'route_withdrawn').slice(-1);
      assert.equal(gone?.prefix, '10.10.0.0/16');
    });

    const more = ['198.51.100.0/24', '203.0.113.0/24'];
    await frr.configure(
      ...more.map((prefix) => `ip route ${prefix} Null0`),
      'router bgp 65002',
      'address-family ipv4 unicast',
      ...more.map((prefix) => `network ${prefix}`),
    );
    await check.required('more prefixes than the limit: the limit, Cease/1, the session, in this order', 30, () => {
      inOrder(read('live'), ['policy_changed', 'prefix_limit_exceeded', 'notification_sent', 'session_lost']);
      const [cease] = read('live')
        .filter(({ event_type }) => event_type === 'notification_sent')
        .slice(-1);
      // FRR helps with restarts, so the reason comes in a Hard Reset (RFC 8538 §3).
      assert.match(cease?.summary ?? '', /Hard Reset for 6\/1 /);
    });
    const durable = (seen: readonly EventJson[]) =>
      seen.filter(
        ({ event_type, is_snapshot }) =>
          !event_type.startsWith('route_') && event_type !== 'end_of_snapshot' && is_snapshot !== true,
      );
    // What FRR does now would be told as well: it stands still, so that what was told is all that there is.
    await frr.freeze(true);
    await check.required('then it is quiet', 30, async () => {
      const told = durable(read('live')).length;
      await pause(1_000);
      assert.equal(durable(read('live')).length, told);
    });
    const before = durable(read('live'));
    const last = before.at(-1)?.cursor ?? '';
    await check.that('nothing was lost, and no cursor came twice', () => {
      assert.ok(read('live').every(({ event_type }) => event_type !== 'stream_lagged'));
      assert.equal(new Set(before.map(({ cursor }) => cursor)).size, before.length);
    });

    await dut.end('SIGKILL');
    await frr.freeze(false);
    await dut.launch();
    dut.ctlRunning('resumed', 'events', '--json', '--since', last);
    await check.required('after kill -9 the stream goes on behind the last cursor', 30, () => {
      const seen = durable(read('resumed'));
      const [first] = seen;
      assert.equal(first?.event_type, 'process_started');
      assert.equal(first?.process?.previous_end, 'killed');
      assert.ok(seen.every(({ cursor }) => before.every((one) => one.cursor !== cursor)));
    });
    await check.eventually('and tells what happens now', 60, () => {
      inOrder(read('resumed'), ['process_started', 'session_state_changed']);
    });
    await check.that('the history has all that the first stream told, and what came after', async () => {
      const all = JSON.parse(await dut.ctl('events', '--history', '--limit', '0', '--json')) as EventJson[];
      const cursors = all.map(({ cursor }) => cursor);
      const from = cursors.indexOf(before[0]?.cursor);
      assert.deepEqual(
        cursors.slice(from, from + before.length),
        before.map(({ cursor }) => cursor),
      );
      assert.equal(all[from + before.length]?.event_type, 'process_started');
    });
    await check.that('by filter: one neighbor, limits only', async () => {
      const limits = JSON.parse(
        await dut.ctl('events', '--history', '--category', 'limit', '--address', PEER, '--json'),
      ) as EventJson[];
      assert.ok(limits.some(({ event_type }) => event_type === 'prefix_limit_exceeded'));
      assert.ok(limits.every(({ peer_address }) => peer_address === PEER));
    });
    await check.that('writing works, and nothing is missing on disk', async () => {
      assert.equal(await dut.metric('bgp_event_log_failing'), 0);
      assert.equal(await dut.metric('bgp_event_log_lost_total'), 0);
    });
  },
};
