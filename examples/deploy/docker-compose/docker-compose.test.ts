import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { loadConfig } from '@bgp/config';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const folder = import.meta.dirname;
const read = (name: string) => readFileSync(join(folder, name), 'utf8');

interface Service {
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly volumes: readonly string[];
  readonly ports?: readonly string[];
  readonly networks: { readonly peering: { readonly ipv4_address: string; readonly ipv6_address: string } };
  readonly healthcheck?: { readonly test: readonly string[] };
}

interface Compose {
  readonly services: { readonly tsbgpd: Service; readonly frr: Service };
  readonly volumes: Readonly<Record<string, unknown>>;
}

const compose = parse(read('compose.yaml')) as Compose;
const { tsbgpd, frr } = compose.services;
const dockerfile = read('Dockerfile');

describe('compose.yaml', () => {
  it('gives both sides the addresses that they expect of each other', () => {
    const config = loadConfig(read('config.toml'), 'config.toml');
    if (!config.ok) throw new Error('config.toml is not valid');
    const { ipv4_address: v4, ipv6_address: v6 } = frr.networks.peering;
    expect(config.value.speaker.peers.map(({ address }) => address)).toEqual([v4, v6]);
    expect(config.value.speaker.routerId).toBe(tsbgpd.networks.peering.ipv4_address);
    const neighbors = [...read('frr.conf').matchAll(/neighbor (\S+) remote-as (\d+)/g)].map(([, ...rest]) => rest);
    const { ipv4_address: us4, ipv6_address: us6 } = tsbgpd.networks.peering;
    expect(neighbors).toEqual([us4, us6].map((address) => [address, String(config.value.speaker.asn)]));
  });

  it('mounts files that are there, to where the image looks for them', () => {
    for (const volume of [...tsbgpd.volumes, ...frr.volumes]) {
      const [source = ''] = volume.split(':');
      if (source.startsWith('.')) expect(existsSync(join(folder, source)), source).toBe(true);
      else expect(Object.keys(compose.volumes)).toContain(source);
    }
    expect(tsbgpd.volumes).toContain(`./config.toml:${/^CMD \["(.*)"\]$/m.exec(dockerfile)?.[1]}:ro`);
    expect(tsbgpd.volumes).toContain(`state:${/^VOLUME (.*)$/m.exec(dockerfile)?.[1]}`);
  });

  it('publishes metrics on the host alone, on the port that the daemon listens on', () => {
    const port = /^prometheus_addr = "0\.0\.0\.0:(\d+)"$/m.exec(read('config.toml'))?.[1];
    expect(tsbgpd.ports).toEqual([`127.0.0.1:${port}:${port}`]);
    expect(dockerfile).toContain(`EXPOSE 179 ${port}\n`);
  });
});

describe('Dockerfile', () => {
  const root = resolve(folder, tsbgpd.build?.context ?? '');

  it('is where compose.yaml says', () => {
    expect(join(root, tsbgpd.build?.dockerfile ?? '')).toBe(join(folder, 'Dockerfile'));
  });

  it("runs on the repository's Node", () => {
    const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      devDependencies: { node: string };
    };
    const images = [...dockerfile.matchAll(/^FROM node:(\d+)-slim/gm)].map((match) => match[1]);
    expect(new Set(images)).toEqual(new Set([devDependencies.node.split('.')[0]]));
  });

  it('copies every workspace for npm, and links programs that there are', () => {
    const { workspaces } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { workspaces: string[] };
    const copied = [...dockerfile.matchAll(/^COPY --from=build \/src\/(\w+) \.\//gm)].map((match) => match[1]);
    expect(copied).toEqual(expect.arrayContaining(workspaces.map((pattern) => pattern.split('/')[0])));
    const linked = [...dockerfile.matchAll(/ln -s \/opt\/tsbgp\/(\S+) \/usr\/local\/bin\/(\S+)/g)];
    expect(linked.map(([, , name]) => name)).toEqual(['tsbgpd', 'tsbgpctl']);
    for (const [, path = ''] of linked) expect(existsSync(join(root, path)), path).toBe(true);
    expect(dockerfile).toContain('ENTRYPOINT ["tsbgpd"]');
    expect(tsbgpd.healthcheck?.test).toEqual(['CMD', 'tsbgpctl', 'health']);
  });
});
