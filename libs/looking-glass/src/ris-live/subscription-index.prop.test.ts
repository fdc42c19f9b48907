import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { simpleUpdate } from '../testing/ris-events.ts';
import { RisMessage } from './message.ts';
import { matches, parseSubscriptions, type Subscription } from './subscription.ts';
import { SubscriptionIndex } from './subscription-index.ts';

/** Few prefixes and ASes, so that they meet. */
const prefix = fc
  .record({ bits: fc.integer({ min: 0, max: 255 }), length: fc.integer({ min: 0, max: 12 }) })
  .map(({ bits, length }) => `10.${bits & 0xf0}.0.0/${length}`);
const asn = fc.integer({ min: 64500, max: 64503 });
const asPath = fc
  .array(fc.oneof(asn, fc.uniqueArray(asn, { minLength: 1 })), { minLength: 1, maxLength: 4 })
  .map((steps) =>
    steps.map((step) =>
      typeof step === 'number' ? ({ type: 'sequence', asns: [step] } as const) : ({ type: 'set', asns: step } as const),
    ),
  );
const message = fc
  .record({ prefixes: fc.array(prefix, { minLength: 1, maxLength: 5 }), path: fc.option(asPath, { nil: undefined }) })
  .map(({ prefixes, path }) => {
    const made = RisMessage.of(simpleUpdate([...new Set(prefixes)], path), 'rrc99', '');
    if (made === undefined) throw new Error('no message');
    return made;
  });
const data = fc.record(
  {
    prefix,
    moreSpecific: fc.boolean(),
    lessSpecific: fc.boolean(),
    path: fc
      .record({
        steps: fc.array(asn, { minLength: 1, maxLength: 2 }),
        end: fc.constantFrom('', '$'),
        not: fc.constantFrom('', '!'),
      })
      .map(({ steps, end, not }) => `${not}${steps.join(',')}${end}`),
    require: fc.constantFrom('announcements', 'withdrawals'),
    type: fc.constantFrom('UPDATE', 'OPEN'),
  },
  { requiredKeys: [] },
);
const step = fc.record({ data, isRemoved: fc.boolean() });

function subscriptionOf(value: object): Subscription {
  const parsed = parseSubscriptions(value);
  if (!parsed.ok || parsed.value[0] === undefined) throw new Error('not a subscription');
  return parsed.value[0];
}

describe('the index', () => {
  test.prop([fc.array(step, { maxLength: 12 }), fc.array(message, { minLength: 1, maxLength: 6 })], { numRuns: 400 })(
    'finds what trying them one by one finds, whatever has come and gone',
    (steps, messages) => {
      const index = new SubscriptionIndex();
      const plain = new Map<string, Subscription>();
      for (const { data: value, isRemoved } of steps) {
        const subscription = subscriptionOf(value);
        if (isRemoved) expect(index.remove(subscription)).toBe(plain.delete(subscription.key));
        else {
          index.add(subscription);
          plain.set(subscription.key, subscription);
        }
        expect(index.size).toBe(plain.size);
      }
      for (const one of messages) {
        expect(index.wants(one)).toBe([...plain.values()].some((subscription) => matches(subscription, one)));
      }
    },
  );
});
