import type { Command, Option } from './command.ts';
import { BMP_COMMANDS } from './commands/bmp.ts';
import { COMPLETION_COMMANDS } from './commands/completions.ts';
import { CONFIG_COMMANDS } from './commands/config.ts';
import { DAEMON_COMMANDS } from './commands/daemon.ts';
import { DOCTOR_COMMANDS } from './commands/doctor.ts';
import { DYNAMIC_NEIGHBOR_COMMANDS } from './commands/dynamic-neighbor.ts';
import { EVENT_COMMANDS } from './commands/events.ts';
import { FLOWSPEC_COMMANDS } from './commands/flowspec.ts';
import { MRT_COMMANDS } from './commands/mrt.ts';
import { NEIGHBOR_COMMANDS } from './commands/neighbor.ts';
import { PEER_GROUP_COMMANDS } from './commands/peer-group.ts';
import { NEIGHBOR_SET_COMMANDS, POLICY_COMMANDS } from './commands/policy.ts';
import { POLICY_TEST_COMMANDS } from './commands/policy-test.ts';
import { RIB_COMMANDS } from './commands/rib.ts';
import { RPKI_COMMANDS } from './commands/rpki.ts';
import { TOP_COMMANDS } from './commands/top.ts';
import { WATCH_COMMANDS } from './commands/watch.ts';
import { DEFAULT_ADDRESS } from './connect.ts';

/** Everything tsbgpctl can do, in the order of help. */
export const COMMANDS: readonly Command[] = [
  ...NEIGHBOR_COMMANDS,
  ...DYNAMIC_NEIGHBOR_COMMANDS,
  ...PEER_GROUP_COMMANDS,
  ...POLICY_COMMANDS,
  ...POLICY_TEST_COMMANDS,
  ...NEIGHBOR_SET_COMMANDS,
  ...RIB_COMMANDS,
  ...RPKI_COMMANDS,
  ...BMP_COMMANDS,
  ...FLOWSPEC_COMMANDS,
  ...WATCH_COMMANDS,
  ...EVENT_COMMANDS,
  ...TOP_COMMANDS,
  ...MRT_COMMANDS,
  ...CONFIG_COMMANDS,
  ...DAEMON_COMMANDS,
  ...DOCTOR_COMMANDS,
  ...COMPLETION_COMMANDS,
];

/** Accepted anywhere. */
export const GLOBAL_OPTIONS: readonly Option[] = [
  {
    long: '--addr',
    short: '-s',
    value: 'ADDR',
    help: `unix:///path, http://host:port or https://host:port; env TSBGPD_ADDR; default ${DEFAULT_ADDRESS}`,
  },
  { long: '--tls-ca', value: 'FILE', help: "authority of the daemon's certificate, for https://; env TSBGPD_TLS_CA" },
  { long: '--tls-cert', value: 'FILE', help: 'our certificate, which says who we are; env TSBGPD_TLS_CERT' },
  { long: '--tls-key', value: 'FILE', help: 'its key; env TSBGPD_TLS_KEY' },
  { long: '--token-file', value: 'FILE', help: 'file with the bearer token; env TSBGPD_TOKEN_FILE' },
  { long: '--json', short: '-j', help: 'JSON: an array for lists, an object for one thing' },
  {
    long: '--output',
    short: '-o',
    value: 'FORM',
    choices: ['table', 'json', 'jsonl'],
    help: 'table, json, or jsonl: one object per line',
  },
  { long: '--watch', short: '-w', value: 'SECONDS', help: 'ask again and again, 1 to 3600 s apart, until Ctrl-C' },
  { long: '--no-color', help: 'plain text; also if NO_COLOR is set or the output is not a terminal' },
  { long: '--version', short: '-V', help: 'print the version' },
  { long: '--help', short: '-h', help: 'help, also for one command' },
];
