import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as api from '@bgp/api-proto';
import { loadConfig } from '@bgp/config';
import { getOption } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const read = (name: string) => readFileSync(join(import.meta.dirname, name), 'utf8');
const envoy: unknown = parse(read('envoy.yaml'));

/** Every value under this key, however deep. */
function all(key: string, within: unknown = envoy): unknown[] {
  if (Array.isArray(within)) return within.flatMap((element) => all(key, element));
  if (typeof within !== 'object' || within === null) return [];
  return Object.entries(within).flatMap(([name, value]) => [...(name === key ? [value] : []), ...all(key, value)]);
}

describe('envoy.yaml', () => {
  const loaded = loadConfig(read('config.toml'), 'config.toml');
  if (!loaded.ok) throw new Error('config.toml is not valid');
  const { global, security } = loaded.value.document;
  const socket = global.telemetry?.grpc_uds;

  it('ends at the socket of config.toml, whose user has a role', () => {
    expect(all('pipe')).toEqual([{ path: socket?.path }]);
    expect(Object.keys(security?.grpc?.roles ?? {})).toEqual([socket?.principal]);
    expect((socket?.mode ?? 0) & 0o007, 'others than Envoy').toBe(0);
    expect(global.telemetry?.grpc_tcp).toBeUndefined();
  });

  it('lets nobody in without a certificate', () => {
    expect(all('require_client_certificate')).toEqual([true]);
    expect(all('trusted_ca')).toHaveLength(1);
    expect(all('tls_minimum_protocol_version')).toEqual(['TLSv1_3']);
  });

  it('sends everything to a cluster that there is, for as long as a watch takes', () => {
    const clusters = all('clusters').flat() as { name: string }[];
    const routes = all('routes').flat() as { route: { cluster: string; timeout: string } }[];
    expect(routes.length).toBeGreaterThan(0);
    for (const { route } of routes) {
      expect(clusters.map(({ name }) => name)).toContain(route.cluster);
      expect(route.timeout).toBe('0s');
    }
    expect(all('cluster_name')).toEqual(['tsbgpd']);
  });

  it('lets a dashboard ask and change nothing', () => {
    const [policies] = all('policies') as { dashboard: unknown; operator: unknown }[];
    const patterns = all('regex', policies?.dashboard) as string[];
    // Envoy's regular expressions match whole paths.
    const isAllowed = (path: string) => patterns.some((pattern) => new RegExp(`^(?:${pattern})$`).test(path));
    const { READ, SENSITIVE_READ } = api.AuthorizationTier;
    const services = Object.values(api)
      .filter((one): one is typeof api.RibService => 'kind' in Object(one) && Object(one).kind === 'service')
      .filter(({ typeName }) => typeName.startsWith('tsbgpd.v1.'));
    expect(services.length).toBeGreaterThan(5);
    for (const service of services) {
      for (const method of service.methods) {
        const tier = getOption(method, api.tier);
        const path = `/${service.typeName}/${method.name}`;
        // A question with a new kind of name is refused until somebody adds it; a change must never slip through.
        if (isAllowed(path)) expect([READ, SENSITIVE_READ], path).toContain(tier);
        if (/\/(Get|List|Watch)/.test(path)) expect(isAllowed(path), path).toBe(true);
      }
    }
    expect(isAllowed('/grpc.health.v1.Health/Check')).toBe(true);
    expect(isAllowed('/tsbgpd.v1.ControlService/GetHealth/../Shutdown')).toBe(false);
  });
});
