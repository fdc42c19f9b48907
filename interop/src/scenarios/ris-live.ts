import assert from 'node:assert/strict';
import { join } from 'node:path';
import { decodeMessage, INITIAL_CONTEXT } from '@bgp/wire';
import { Dut, neighborToml, prefixesOf } from '../dut.ts';
import type { LabNode } from '../lab/lab.ts';
import { jsonLines } from '../lab/log-lines.ts';
import { Frr, frrConfig } from '../peers/frr.ts';
import { established, pair, type Scenario } from '../scenario.ts';

const PEER = '10.0.0.2';
const [FIRST, SECOND, OUTSIDE] = ['192.168.1.0/24', '192.168.2.0/24', '172.16.0.0/16'];
const URL_OF_STREAM = 'ws://127.0.0.1:8092/v1/ws/?client=lab';

const CONFIG = `
[global.telemetry.ris_live]
addr = "127.0.0.1:8092"
host = "rrc-lab"

`;

interface Told {
  readonly type: string;
  readonly data: {
    readonly type?: string;
    readonly host?: string;
    readonly peer?: string;
    readonly peer_asn?: string;
    readonly path?: readonly number[];
    readonly community?: readonly (readonly number[])[];
    readonly announcements?: readonly { readonly next_hop: string; readonly prefixes: readonly string[] }[];
    readonly withdrawals?: readonly string[];
    readonly raw?: string;
    readonly state?: string;
    readonly direction?: string;
    readonly asn?: number;
    readonly notification?: { readonly code: number; readonly subcode: number };
  };
}

/** A client in the namespace, with Node's own WebSocket; each message becomes a line of its log. */
class Client {
  readonly #log: string;

  constructor(node: LabNode, name: string, subscriptions: readonly object[]) {
    const program = `const socket = new WebSocket(process.argv[1]);
      socket.onopen = () => { for (const data of JSON.parse(process.argv[2])) socket.send(JSON.stringify({ type: 'ris_subscribe', data })); };
      socket.onmessage = ({ data }) => console.log(data);
      socket.onclose = ({ code }) => process.exit(code === 1001 ? 0 : 1);`;
    node.spawn(name, [process.execPath, '-e', program, URL_OF_STREAM, JSON.stringify(subscriptions)]);
    this.#log = join(node.folder, 'log', `${name}.log`);
  }

  told(type = 'ris_message'): Told[] {
    return jsonLines<Told>(this.#log).filter((one) => one.type === type);
  }

  /** Announced or withdrawn prefixes, with the path. */
  updates(): string[] {
    return this.told().flatMap(({ data: { announcements = [], withdrawals = [], path = [] } }) => [
      ...announcements.flatMap(({ prefixes }) => prefixes.map((prefix) => `+${prefix} ${path.join(' ')}`)),
      ...withdrawals.map((prefix) => `-${prefix}`),
    ]);
  }
}

export const risLive: Scenario = {
  name: 'ris-live',
  summary: 'what FRR announces and withdraws, on a live stream as RIS Live has it, raw octets included',
  async run({ lab, check }) {
    const { dutNode, peerNode } = await pair(lab);
    const frr = await Frr.start(
      peerNode,
      `route-map TAG permit 10
 set community 65002:7
 set as-path prepend 65002
exit
${frrConfig({
  as: 65002,
  routerId: PEER,
  neighbor: '10.0.0.1',
  neighborAs: 65001,
  networks: [FIRST],
  family: ['neighbor 10.0.0.1 route-map TAG out'],
})}
ip route ${SECOND} Null0
ip route ${OUTSIDE} Null0`,
    );
    const dut = await Dut.start(dutNode, {
      asn: 65001,
      routerId: '10.0.0.1',
      rest: CONFIG + neighborToml(PEER, 65002),
    });
    await established(check, dut, PEER, 90);
    await check.required('its table is here', 30, async () => {
      assert.deepEqual(prefixesOf(await dut.received(PEER)), [FIRST]);
    });
    const acknowledge = { acknowledge: true, includeRaw: true };
    const all = new Client(dutNode, 'client-all', [{ host: 'rrc-lab', socketOptions: acknowledge }]);
    const monitor = new Client(dutNode, 'client-monitor', [
      { prefix: '192.168.0.0/16', moreSpecific: true, type: 'UPDATE', host: null, socketOptions: acknowledge },
      { path: '64999$', type: 'UPDATE' },
    ]);
    await check.required('two clients have subscribed', 30, async () => {
      assert.equal(all.told('ris_subscribe_ok').length, 1);
      assert.equal(monitor.told('ris_subscribe_ok').length, 2);
      assert.equal(await dut.metric('bgp_ris_live_clients'), 2);
    });

    const network = (prefix: string, no = '') =>
      frr.configure('router bgp 65002', 'address-family ipv4 unicast', `${no}network ${prefix}`);
    // One after the other: a message comes whole, also with prefixes that nobody asked for.
    for (const prefix of [OUTSIDE, SECOND]) {
      await network(prefix);
      await check.required(`${prefix} comes with its path`, 30, async () => {
        assert.equal(all.updates().at(-1), `+${prefix} 65002 65002`);
      });
    }
    await check.eventually('a client gets only what it asked for', 30, async () => {
      assert.deepEqual(monitor.updates(), [`+${SECOND} 65002 65002`]);
    });
    await check.that('the message in full, and its raw octets say the same', async () => {
      const { data } = monitor.told()[0] ?? assert.fail('nothing was told');
      assert.deepEqual(
        [data.host, data.peer, data.peer_asn, data.type, data.community],
        ['rrc-lab', PEER, '65002', 'UPDATE', [[65002, 7]]],
      );
      assert.deepEqual(data.announcements, [{ next_hop: PEER, prefixes: [SECOND] }]);
      const octets = Uint8Array.from(data.raw?.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
      const decoded = decodeMessage(octets, { ...INITIAL_CONTEXT, fourOctetAs: true });
      assert.ok(decoded.ok && decoded.value.type === 'UPDATE');
      const { announced, attributes } = decoded.value;
      assert.deepEqual(announced[0]?.nlri, [{ prefix: SECOND }]);
      assert.deepEqual(attributes.asPath, [{ type: 'sequence', asns: [65002, 65002] }]);
      assert.deepEqual(attributes.communities, [65002 * 65536 + 7]);
    });
    await network(SECOND, 'no ');
    await check.eventually('a withdrawal', 30, async () => {
      assert.equal(monitor.updates().at(-1), `-${SECOND}`);
    });

    await frr.vtysh('clear bgp *');
    await check.eventually(
      'the end of the session, with its NOTIFICATION, and the new one, with both OPENs',
      40,
      async () => {
        const story = all.told().flatMap(({ data: { type, state, direction, asn, notification } }) => {
          if (type === 'RIS_PEER_STATE') return [`${state}`];
          if (type === 'OPEN') return [`OPEN ${direction} ${asn}`];
          return type === 'NOTIFICATION' ? [`NOTIFICATION ${direction} ${notification?.code}`] : [];
        });
        assert.deepEqual(story, [
          'NOTIFICATION received 6',
          'down',
          'OPEN sent 65001',
          'OPEN received 65002',
          'connected',
        ]);
      },
    );
    await check.eventually('and its table again', 30, async () => {
      // In one message or in two, in any order.
      assert.ok(monitor.updates().slice(-2).includes(`+${FIRST} 65002 65002`));
    });
    await check.that('nobody was let go', async () => {
      assert.equal(await dut.metric('bgp_ris_live_clients_dropped_total', { reason: 'too_slow' }), 0);
      assert.equal(await dut.metric('bgp_ris_live_clients'), 2);
    });
  },
};
