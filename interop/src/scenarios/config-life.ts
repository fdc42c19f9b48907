import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Dut } from '../dut.ts';
import { Capture } from '../lab/capture.ts';
import type { LabNode } from '../lab/lab.ts';
import { Frr, frrConfig } from '../peers/frr.ts';
import { established, type Scenario } from '../scenario.ts';

const [SOURCE, LISTENER, US] = ['10.0.0.2', '10.0.1.2', '10.0.1.1'];
const NETWORKS = [1, 2, 3, 4].map((third) => `192.168.${third}.0/24`).concat('10.10.0.0/16', '10.20.0.0/16');

/** What the listener may have, by prefix, with its MED. */
type View = Readonly<Record<string, number>>;
const OLD: View = { '192.168.1.0/24': 50, '192.168.2.0/24': 50, '192.168.3.0/24': 50, '192.168.4.0/24': 50 };
/** One goes, one changes, one comes, two stay as they are. */
const NEW: View = { '10.10.0.0/16': 50, '192.168.2.0/24': 70, '192.168.3.0/24': 50, '192.168.4.0/24': 50 };
const OTHER: View = { '10.20.0.0/16': 50 };

/** What the change of one view to another has to say to the listener: each once. */
function changes(from: View, to: View): Heard {
  return {
    withdrawn: Object.keys(from).filter((prefix) => to[prefix] === undefined),
    announced: Object.keys(to).filter((prefix) => from[prefix] !== to[prefix]),
  };
}

interface Heard {
  readonly withdrawn: readonly string[];
  readonly announced: readonly string[];
}

const sorted = ({ withdrawn, announced }: Heard) => ({
  withdrawn: [...withdrawn].sort(),
  announced: [...announced].sort(),
});

const statement = (prefix: string, med: number) =>
  `[[policy.definitions.out.statements]]\naction = "permit"\nprefix = "${prefix}"\nset_med = ${med}\n`;

/** A whole file. `middle` stands between two parts that would change something by themselves. */
function config(node: LabNode, view: View, middle = ''): string {
  return `[global]
asn = 65001
router_id = "10.0.0.1"
listen_port = 179
runtime_state_dir = "${node.folder}"

[[neighbors]]
address = "${SOURCE}"
remote_asn = 65002
description = "sees ${Object.keys(view).length}"
ebgp_requires_policy = false

${middle}

[[neighbors]]
address = "${LISTENER}"
remote_asn = 65003
ebgp_requires_policy = false
export_policy_chain = ["out"]

[policy.definitions.out]
default_action = "deny"

${Object.entries(view)
  .map(([prefix, med]) => statement(prefix, med))
  .join('\n')}`;
}

interface PlanJson {
  readonly based_on: number;
  readonly routes: readonly {
    readonly address: string;
    readonly before?: { readonly prefix: string };
    readonly after?: { readonly prefix: string; readonly med?: number };
  }[];
}

export const configLife: Scenario = {
  name: 'config-life',
  summary: 'plan, apply, confirm, roll back: FRR hears what the plan said, once, and the session never flaps',
  async run({ lab, check }) {
    const [dutNode, sourceNode, listenerNode] = [
      await lab.node('dut'),
      await lab.node('source'),
      await lab.node('listener'),
    ];
    await lab.link(dutNode, ['10.0.0.1/24'], sourceNode, [`${SOURCE}/24`]);
    await lab.link(dutNode, [`${US}/24`], listenerNode, [`${LISTENER}/24`]);
    const [, frr] = await Promise.all([
      Frr.start(
        sourceNode,
        frrConfig({ as: 65002, routerId: SOURCE, neighbor: '10.0.0.1', neighborAs: 65001, networks: NETWORKS }),
      ),
      Frr.start(listenerNode, frrConfig({ as: 65003, routerId: LISTENER, neighbor: US, neighborAs: 65001 })),
    ]);
    const dut = await Dut.startWithFile(dutNode, config(dutNode, OLD));
    await established(check, dut, SOURCE, 60);
    await established(check, dut, LISTENER, 60);

    const atFrr = async (): Promise<View> => {
      interface Table {
        readonly routes: Readonly<Record<string, readonly { readonly metric?: number }[]>>;
      }
      const { routes } = await frr.json<Table>('show bgp ipv4 unicast');
      return Object.fromEntries(Object.entries(routes).map(([prefix, [route]]) => [prefix, route?.metric ?? -1]));
    };
    const has = async (view: View) => assert.deepEqual(await atFrr(), view);
    await check.required('FRR has what the first configuration lets through', 30, () => has(OLD));
    const before = await frr.neighbor(US);
    const steady = async () => {
      const now = await frr.neighbor(US);
      assert.equal(now.connectionsDropped, before.connectionsDropped);
      const [since, first] = [now.bgpTimerUpEstablishedEpoch ?? 0, before.bgpTimerUpEstablishedEpoch ?? 0];
      assert.ok(Math.abs(since - first) <= 2, 'FRR works the time out anew in whole seconds');
    };

    await check.required('the End-of-RIB is out: nothing more is said by itself', 30, async () => {
      const { gracefulRestartInfo } = await frr.neighbor(US);
      assert.equal(gracefulRestartInfo?.endOfRibRecv?.ipv4Unicast, true);
    });
    const capture = await Capture.start(listenerNode, 'eth1');
    let read = 0;
    /** What was on the wire since the end of the last `becomes`. */
    const heard = (): Heard => {
      const updates = capture.updates(US).slice(read);
      return sorted({
        withdrawn: updates.flatMap(({ withdrawn }) => withdrawn),
        announced: updates.flatMap(({ announced }) => announced),
      });
    };
    const NOTHING: Heard = { withdrawn: [], announced: [] };
    /** FRR comes to have the new view, and on the wire was the difference, nothing twice and nothing else. */
    const becomes = async (name: string, seconds: number, from: View, to: View) => {
      await check.eventually(name, seconds, () => has(to));
      const once = () => assert.deepEqual(heard(), sorted(changes(from, to)));
      await check.eventually('  on the wire were the differences', 10, once); // tcpdump may be later than FRR
      await check.throughout('  each once', 0.5, once);
      read = capture.updates(US).length;
    };
    const file = (name: string, text: string): string => {
      const path = join(dutNode.folder, name);
      writeFileSync(path, text);
      return path;
    };
    const oldFile = file('old.toml', config(dutNode, OLD));
    const newFile = file('new.toml', config(dutNode, NEW));
    const otherFile = file('other.toml', config(dutNode, OTHER));

    const plan = JSON.parse(await dut.ctl('config', 'plan', newFile, '--json')) as PlanJson;
    const planned = plan.routes.filter(({ address }) => address === LISTENER);
    await check.that('the plan names one withdrawal and two announcements, with their MEDs', () => {
      const withdrawn = planned.filter(({ after }) => after === undefined).map(({ before }) => before?.prefix ?? '');
      const announced = planned.flatMap(({ after }) => (after === undefined ? [] : [after]));
      assert.deepEqual(
        sorted({ withdrawn, announced: announced.map(({ prefix }) => prefix) }),
        sorted(changes(OLD, NEW)),
      );
      for (const { prefix, med } of announced) assert.equal(med, NEW[prefix], prefix);
      assert.equal(planned.length, plan.routes.length, 'nothing to anybody else');
    });
    await check.throughout('planning does nothing', 1, async () => {
      await has(OLD);
      assert.deepEqual(heard(), NOTHING);
    });
    await dut.ctl('config', 'apply', newFile, '--based-on', String(plan.based_on));
    await becomes('applied, FRR has exactly that', 30, OLD, NEW);
    await dut.ctl('config', 'rollback');
    await becomes('rolled back, it has what it had', 30, NEW, OLD);

    await dut.ctl('config', 'apply', newFile, '--confirm-within', '15s');
    await becomes('applied for a quarter of a minute, FRR has the new routes', 10, OLD, NEW);
    await check.that('meanwhile another change is refused, and why', async () => {
      await assert.rejects(dut.ctl('config', 'apply', otherFile), /waits for its confirmation/);
    });
    await becomes('without a confirmation the old ones come back by themselves', 30, NEW, OLD);
    await check.that('and the file is the old one', async () => {
      assert.equal(await dut.ctl('config', 'show'), config(dutNode, OLD));
    });

    await dut.ctl('config', 'apply', newFile, '--confirm-within', '10s');
    await dut.ctl('config', 'confirm');
    await becomes('applied and confirmed, FRR has the new routes', 30, OLD, NEW);
    await check.throughout('and keeps them past the time', 11, () => has(NEW));
    await dut.ctl('config', 'apply', oldFile, '--confirm-within', '300s');
    await becomes('applied and waiting', 30, NEW, OLD);
    await dut.ctl('config', 'abort');
    await becomes('taken back by hand', 30, OLD, NEW);

    const revision = (JSON.parse(await dut.ctl('config', 'plan', newFile, '--json')) as PlanJson).based_on;
    const both = await Promise.allSettled(
      [oldFile, otherFile].map((path) => dut.ctl('config', 'apply', path, '--based-on', String(revision))),
    );
    const winner = both[0]?.status === 'fulfilled' ? OLD : OTHER;
    await check.that('of two changes at the same time one wins, the other is told that it came too late', () => {
      assert.deepEqual(both.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
      const lost = both.find((result) => result.status === 'rejected');
      assert.match(String(lost?.reason), /ended with 1: .*revision/is);
    });
    await becomes("FRR has the winner's", 30, NEW, winner);
    await dut.ctl('config', 'apply', newFile);
    await becomes('and then the next', 30, winner, NEW);

    const broken = config(dutNode, OTHER, '[[neighbors]]\naddress = "10.0.2.2"\nremote_asn = 65004\nhold_tiem = 9');
    dut.reload(broken);
    await check.throughout('a file with one mistake in the middle changes nothing', 2, async () => {
      await has(NEW);
      assert.equal((await dut.neighbors()).length, 2);
      assert.deepEqual(heard(), NOTHING);
    });
    await check.that('asked to, the daemon says where', async () => {
      const line = broken.split('\n').indexOf('hold_tiem = 9') + 1;
      await assert.rejects(dut.ctl('config', 'reload'), new RegExp(`line ${line}: .*hold_tiem`));
    });
    await check.that('and does not write over the file that somebody has edited', async () => {
      await assert.rejects(dut.ctl('config', 'apply', oldFile), /ended with 1: .*reload it first/s);
    });
    dut.reload(config(dutNode, OTHER));
    await becomes('without the mistake it is taken', 30, NEW, OTHER);
    await check.that('in all this the session has never flapped, says FRR', steady);
    await check.that('nor do we say so', async () => {
      for (const peer of [SOURCE, LISTENER]) assert.equal((await dut.neighbor(peer)).flapCount ?? '0', '0');
    });
    capture.stop();

    await dut.ctl('config', 'apply', newFile, '--confirm-within', '300s');
    await check.eventually('once more applied and waiting', 30, () => has(NEW));
    await dut.end('SIGKILL');
    await dut.launch();
    await check.eventually('a daemon that was killed meanwhile starts with the old configuration', 60, () =>
      has(OTHER),
    );
    await check.that('which is in the file too', async () => {
      assert.equal(await dut.ctl('config', 'show'), config(dutNode, OTHER));
    });
  },
};
