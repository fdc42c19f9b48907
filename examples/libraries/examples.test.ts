import { expect, it } from 'vitest';

it('decode-update prints the route that its octets say', async () => {
  const { decoded } = await import('./decode-update.ts');
  expect(decoded).toMatchObject({
    ok: true,
    value: {
      type: 'UPDATE',
      announced: [{ nlri: [{ prefix: '192.0.2.0/24' }] }],
      attributes: { origin: 0, asPath: [{ type: 'sequence', asns: [64500, 64501] }], nextHop: '198.51.100.1' },
      errors: [],
    },
  });
});

it('simulate-two-speakers: the route arrives with the neighbor as next hop', async () => {
  const { learned } = await import('./simulate-two-speakers.ts');
  expect(learned).toEqual(['198.51.100.0/24 via 192.0.2.1']);
});
