import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { Dut } from '../dut.ts';
import type { Scenario } from '../scenario.ts';

const certificates = resolve(import.meta.dirname, '../../../apps/daemon/src/testing/certificates');

const configOf = (folder: string) => `
[mrt]
output_dir = "${folder}"

[global.telemetry.grpc_uds]

[global.telemetry.grpc_tcp]
address = "127.0.0.1:50051"
tls_cert_file = "${certificates}/server.pem"
tls_key_file = "${certificates}/server.key"
tls_client_ca_file = "${certificates}/ca.pem"

[security.grpc.roles]
"tsbgpd://observer" = "observer"
"rustbgpd://automation" = "automation"
"operator@b.example" = "operator"
`;

export const m44: Scenario = {
  name: 'M44',
  summary: 'mutual TLS: certificates say who calls, roles say what they may',
  async run({ lab, check }) {
    const node = await lab.node('dut');
    const dut = await Dut.start(node, { asn: 65001, routerId: '10.0.0.1', rest: configOf(node.folder) });
    const as = (name: string, ...args: readonly string[]) => {
      const tls = ['--tls-ca', 'ca.pem', '--tls-cert', `${name}.pem`, '--tls-key', `${name}.key`];
      const files = tls.map((word) => (word.startsWith('--') ? word : `${certificates}/${word}`));
      return dut.ctlInside('-s', 'https://127.0.0.1:50051', ...files, ...args);
    };
    const allowed = (name: string, ...args: readonly string[]) =>
      check.that(`${name} may: ${args.join(' ')}`, async () => {
        const { code, stderr } = await as(name, ...args);
        assert.equal(code, 0, stderr);
      });
    const denied = (name: string, why: RegExp, ...args: readonly string[]) =>
      check.that(`${name} may not: ${args.join(' ')}`, async () => {
        const { code, stderr } = await as(name, ...args);
        assert.notEqual(code, 0);
        assert.match(stderr, why);
      });

    const add = ['neighbor', 'add', '10.0.0.9', '--asn', '65009'];
    await allowed('observer', 'rib', 'received');
    await denied('observer', /is observer, AddNeighbor needs automation/, ...add);
    await allowed('automation', ...add);
    await denied('automation', /is automation, TriggerMrtDump needs operator/, 'mrt', 'dump');
    await allowed('operator', 'mrt', 'dump');
    await denied('intruder', /intruder has no role here/, 'rib', 'received');
    await denied('nameless', /mtls-unresolved has no role here/, 'neighbor');
    await denied('stranger', /does not take our certificate/, 'neighbor');

    await check.that('the local operator needs no certificate', async () => {
      assert.match(await dut.ctl('neighbor'), /10\.0\.0\.9/);
    });
    for (const result of ['role_tier_denied', 'principal_unmapped', 'handler_ok']) {
      await check.that(`bgp_grpc_authz_decisions_total counts ${result}`, async () => {
        assert.ok(((await dut.metric('bgp_grpc_authz_decisions_total', { result, authn: 'mtls' })) ?? 0) >= 1);
      });
    }
  },
};
