import { fc, test } from '@fast-check/vitest';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseQuestion } from './birdwatcher/request.ts';
import { announce, get, HYGIENE, type Lab, startLab, TAGGED } from './testing/lab.ts';

interface Document {
  readonly routes: readonly object[];
  readonly pagination: { readonly shown: number; readonly complete: boolean; readonly next_cursor?: string };
}

const TARGETS = [
  '/routes/protocol/bgp_10.0.0.2',
  '/routes/filtered/bgp_10.0.0.2',
  '/routes/table/master',
  '/routes/table/master4/filtered',
  '/routes/export/bgp_10.0.0.3',
  '/routes/noexport/bgp_10.0.0.4',
];

describe('pages', () => {
  let lab: Lab;
  beforeAll(() => {
    lab = startLab([{ importChain: HYGIENE }, {}, { exportChain: HYGIENE }]);
    const prefixes = Array.from({ length: 600 }, (_, at) => `20.${at >> 8}.${at & 255}.0/24`);
    announce(
      lab,
      0,
      prefixes.filter((_, at) => at % 3 !== 0),
    );
    announce(
      lab,
      0,
      prefixes.filter((_, at) => at % 3 === 0),
      TAGGED,
    );
    announce(lab, 1, prefixes.slice(100, 160), TAGGED);
  });

  const page = (target: string, cursor: string | undefined, limit: number, maxRoutes: number): Document => {
    const { status, body } = get(
      lab.context,
      `${target}?limit=${limit}${cursor === undefined ? '' : `&cursor=${cursor}`}`,
      maxRoutes,
    );
    expect(status).toBe(200);
    return body as Document;
  };

  test.prop([fc.constantFrom(...TARGETS), fc.array(fc.integer({ min: 5, max: 400 }), { minLength: 1, maxLength: 5 })], {
    numRuns: 25,
  })('one after the other are the whole, in order', (target, limits) => {
    const whole = page(target, undefined, 1_000_000, 1_000_000);
    expect(whole.pagination).toEqual({ shown: whole.routes.length, complete: true });
    const pages: object[] = [];
    let cursor: string | undefined;
    for (let at = 0; ; at++) {
      const limit = limits[at % limits.length] ?? 1;
      const part = page(target, cursor, limit, 1_000_000);
      expect(part.routes.length).toBeLessThanOrEqual(limit);
      pages.push(...part.routes);
      cursor = part.pagination.next_cursor;
      expect(part.pagination.complete).toBe(cursor === undefined);
      if (cursor === undefined) break;
    }
    expect(pages).toEqual(whole.routes);
    expect(pages.length).toBeGreaterThan(0);
  });

  it('an answer that the cap cuts says so', () => {
    const { body } = get(lab.context, '/routes/table/master', 100);
    expect((body as Document).pagination).toEqual({ shown: 100, complete: false, next_cursor: expect.any(String) });
  });

  it('a neighbor that goes away in the middle leaves the document unfinished, and nothing else', () => {
    const { network, router } = lab;
    const context = { ...lab.context, source: { ...bound(router), listRoutes: removing(router) } };
    expect(get(context, '/routes/protocol/bgp_10.0.0.2')).toMatchObject({ status: 503, body: { code: 'interrupted' } });
    network.runFor(1_000);
  });
});

function bound(router: Lab['router']): Lab['context']['source'] {
  return {
    status: () => router.status(),
    peers: () => router.peers(),
    listRoutes: (query) => router.listRoutes(query),
    countBest: (from) => router.countBest(from),
    explainExport: (name, family, prefix) => router.explainExport(name, family, prefix),
  };
}

/** Takes the neighbor away after the first page. */
function removing(router: Lab['router']): Lab['context']['source']['listRoutes'] {
  let calls = 0;
  return (query) => {
    if (++calls === 2) router.removePeer('10.0.0.2');
    return router.listRoutes(query);
  };
}

describe('hostile input', () => {
  const noise = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc
      .array(
        fc.constantFrom(
          'routes',
          'route',
          'net',
          'table',
          'master',
          'peer',
          'protocol',
          '%',
          '%2f',
          '?',
          '&',
          '=',
          '..',
          '0',
          '/',
          '::',
          'limit',
          'cursor',
        ),
        { maxLength: 12 },
      )
      .map((parts) => `/${parts.join('/')}`),
  );

  test.prop([noise])('a target is a question or an error with one sentence; nothing throws', (target) => {
    const question = parseQuestion(target, 1000);
    if (!question.ok) expect(question.error.message).toMatch(/^[^\p{Cc}\p{Zl}\p{Zp}]+\.$/u);
  });
});
