import type { PolicyDiagnostic, PolicyMatch, PolicySource, PolicyStatement } from './types.ts';

/** Above this many statements only those are found whose conditions are literally those of an earlier one. */
const MAX_COMPARED = 300;

/**
 * Statements that no route can reach, because an earlier one decides every route that they match. They do no harm, so they are advice
 * and no mistake; often they stand in the wrong order. Only what is certain is said.
 *
 * @param source has compiled.
 * @returns with the place of the later statement; the message names the earlier one.
 */
export function findShadowed(source: PolicySource): PolicyDiagnostic[] {
  const found: PolicyDiagnostic[] = [];
  const deciding: { readonly statement: PolicyStatement; readonly index: number }[] = [];
  const byText = new Map<string, number>();
  const isSmall = source.statements.length <= MAX_COMPARED;
  for (const [index, statement] of source.statements.entries()) {
    const text = JSON.stringify(statement.match);
    const earlier = isSmall
      ? deciding.find((one) => covers(one.statement.match, statement.match))?.index
      : byText.get(text);
    if (earlier !== undefined) {
      const name = source.statements[earlier]?.name ?? `statement-${earlier + 1}`;
      const message = `never reached: "${name}" before it decides every route that matches here`;
      found.push({ code: 'never-reached', path: ['statements', index], message, hint: 'move it up, or remove it' });
    } else if (statement.action !== 'next') {
      deciding.push({ statement, index });
      if (!byText.has(text)) byText.set(text, index);
    }
  }
  return found;
}

/** Whether every route that meets `narrow` meets `wide`. False also where it is not certain. */
function covers(wide: PolicyMatch, narrow: PolicyMatch): boolean {
  const keys = (Object.keys(wide) as (keyof PolicyMatch)[]).filter((key) => wide[key] !== undefined);
  return keys.every((key) => narrow[key] !== undefined && isWithin(key, narrow, wide));
}

function isWithin(key: keyof PolicyMatch, narrow: PolicyMatch, wide: PolicyMatch): boolean {
  switch (key) {
    case 'families':
    case 'communities':
    case 'originAs':
    case 'neighborAs':
    case 'neighbors':
    case 'prefixes': {
      const inner: readonly unknown[] = narrow[key] ?? [];
      const outer = new Set((wide[key] as readonly unknown[]).map((one) => JSON.stringify(one)));
      return inner.every((one) => outer.has(JSON.stringify(one)));
    }
    case 'asPathLength':
    case 'localPref':
    case 'med': {
      const [inner, outer] = [narrow[key], wide[key]];
      const isAbove = (inner?.ge ?? 0) >= (outer?.ge ?? 0);
      return isAbove && (inner?.le ?? Number.POSITIVE_INFINITY) <= (outer?.le ?? Number.POSITIVE_INFINITY);
    }
    default:
      return JSON.stringify(narrow[key]) === JSON.stringify(wide[key]);
  }
}
