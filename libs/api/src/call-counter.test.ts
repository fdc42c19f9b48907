import { expect, it } from 'vitest';
import type { AuthorizedCall } from './authorize.ts';
import { CallCounter } from './call-counter.ts';

const call: AuthorizedCall = {
  listener: 'unix',
  accessMode: 'read_write',
  authn: 'none',
  method: '/tsbgpd.v1.ControlService/GetHealth',
  tier: 'sensitive_read',
  result: 'handler_ok',
};

it('counts by tier, result, authentication and access mode, not by method or listener', () => {
  const counter = new CallCounter();
  counter.add(call);
  counter.add({ ...call, method: '/tsbgpd.v1.GlobalService/GetGlobal', listener: 'tcp' });
  counter.add({ ...call, result: 'handler_not_found' });
  const labels = { tier: 'sensitive_read', authn: 'none', access_mode: 'read_write' };
  expect(counter.families()[0]).toMatchObject({
    name: 'bgp_grpc_authz_decisions_total',
    samples: [
      { labels: { ...labels, result: 'handler_ok' }, value: 2 },
      { labels: { ...labels, result: 'handler_not_found' }, value: 1 },
    ],
  });
});
