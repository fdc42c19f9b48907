import type { SeededRandom } from '@bgp/testkit';
import type { PathAttributes } from '@bgp/wire';

/** One attribute as octets. */
export interface RawAttribute {
  readonly flags: number;
  readonly code: number;
  readonly value: readonly number[];
  /** Written instead of the value's own length. */
  readonly length?: number;
}

/** An UPDATE that announces one prefix, before it is written down. */
export interface Draft {
  readonly attributes: readonly RawAttribute[];
  /** The octets of the NLRI field. */
  readonly nlri: readonly number[];
  readonly withdrawn: readonly number[];
  /** Written instead of the lengths that are right. */
  readonly attributesLength?: number;
  readonly withdrawnLength?: number;
}

export type Outcome = 'session-reset' | 'treat-as-withdraw' | 'attribute-discard';

/** What RFC 7606 says of one kind of mistake, and how to make it. */
export interface Rule {
  readonly section: string;
  readonly mistake: string;
  readonly neighbor: 'external' | 'internal';
  readonly expect: Outcome;
  /** With `attribute-discard`: what must be missing afterwards. */
  readonly gone?: keyof PathAttributes;
  make(random: SeededRandom, sound: Draft): Draft;
}

const WELL_KNOWN = 0x40;
const OPTIONAL = 0x80;
const TRANSITIVE = 0xc0;

const octets = (random: SeededRandom, count: number) => Array.from({ length: count }, () => random.between(0, 255));
/** Any length but these, up to 40. */
const lengthNot = (random: SeededRandom, isRight: (length: number) => boolean, least = 0) => {
  for (;;) {
    const length = random.between(least, 40);
    if (!isRight(length)) return length;
  }
};
/** The attribute in place of its namesake, or at a random place. */
function withAttribute(random: SeededRandom, draft: Draft, attribute: RawAttribute): Draft {
  const others = draft.attributes.filter(({ code }) => code !== attribute.code);
  const at = random.between(0, others.length);
  return { ...draft, attributes: [...others.slice(0, at), attribute, ...others.slice(at)] };
}

/** An attribute whose value has a length that it must not have. */
function wrongLength(
  section: string,
  name: string,
  neighbor: Rule['neighbor'],
  flags: number,
  code: number,
  isRight: (length: number) => boolean,
  expect: Outcome,
  gone?: keyof PathAttributes,
): Rule {
  return {
    section,
    mistake: `${name} of a wrong length`,
    neighbor,
    expect,
    ...(gone === undefined ? {} : { gone }),
    make: (random, sound) =>
      withAttribute(random, sound, { flags, code, value: octets(random, lengthNot(random, isRight)) }),
  };
}

/** A path of one segment that is not what it says. */
function wrongPath(mistake: string, value: (random: SeededRandom) => readonly number[]): Rule {
  return {
    section: '7.2',
    mistake: `AS_PATH: ${mistake}`,
    neighbor: 'external',
    expect: 'treat-as-withdraw',
    make: (random, sound) => withAttribute(random, sound, { flags: WELL_KNOWN, code: 2, value: value(random) }),
  };
}

function missing(name: string, code: number): Rule {
  return {
    section: '3 (d)',
    mistake: `${name} is missing`,
    neighbor: 'external',
    expect: 'treat-as-withdraw',
    make: (_random, sound) => ({ ...sound, attributes: sound.attributes.filter((one) => one.code !== code) }),
  };
}

/** §3 (c): Optional or Transitive is not what the attribute's specification says. */
function wrongFlags(name: string, code: number, right: number, value: readonly number[], expect: Outcome): Rule {
  return {
    section: '3 (c)',
    mistake: `${name} with wrong flags`,
    neighbor: 'external',
    expect,
    make: (random, sound) => {
      const flags = random.pick([0x00, 0x40, 0x80, 0xc0].filter((one) => one !== right));
      const own = sound.attributes.find((one) => one.code === code);
      return withAttribute(random, sound, { flags, code, value: own?.value ?? value });
    },
  };
}

const is = (length: number) => (one: number) => one === length;
const multipleOf = (length: number) => (one: number) => one > 0 && one % length === 0;

/** RFC 7606, section by section. Written from the text, not from the decoder's table. */
export const RULES: readonly Rule[] = [
  {
    section: '3 (b)',
    mistake: 'Withdrawn Routes Length beyond the message',
    neighbor: 'external',
    expect: 'session-reset',
    make: (random, sound) => ({ ...sound, withdrawnLength: random.between(200, 65_535) }),
  },
  {
    section: '3 (b)',
    mistake: 'Total Attribute Length beyond the message',
    neighbor: 'external',
    expect: 'session-reset',
    make: (random, sound) => ({ ...sound, attributesLength: random.between(400, 65_535) }),
  },
  wrongFlags('ORIGIN', 1, WELL_KNOWN, [0], 'treat-as-withdraw'),
  wrongFlags('AS_PATH', 2, WELL_KNOWN, [], 'treat-as-withdraw'),
  wrongFlags('NEXT_HOP', 3, WELL_KNOWN, [192, 0, 2, 1], 'treat-as-withdraw'),
  wrongFlags('MULTI_EXIT_DISC', 4, OPTIONAL, [0, 0, 0, 1], 'treat-as-withdraw'),
  wrongFlags('COMMUNITIES', 8, TRANSITIVE, [0, 1, 0, 1], 'treat-as-withdraw'),
  missing('ORIGIN', 1),
  missing('AS_PATH', 2),
  missing('NEXT_HOP', 3),
  {
    section: '3 (g)',
    mistake: 'MP_REACH_NLRI twice',
    neighbor: 'external',
    expect: 'session-reset',
    make: (random, sound) => {
      const mp = { flags: OPTIONAL, code: 14, value: [0, 1, 1, 4, 192, 0, 2, 1, 0, 24, 10, 0, random.between(0, 255)] };
      return { ...sound, attributes: [mp, ...sound.attributes, mp] };
    },
  },
  {
    section: '3 (g)',
    mistake: 'another attribute twice: the first counts',
    neighbor: 'external',
    expect: 'attribute-discard',
    make: (random, sound) => ({
      ...sound,
      attributes: [...sound.attributes, { flags: OPTIONAL, code: 4, value: octets(random, 4) }],
    }),
  },
  {
    section: '4',
    mistake: 'the last attribute is longer than what is left',
    neighbor: 'external',
    expect: 'treat-as-withdraw',
    make: (random, sound) => ({
      ...sound,
      attributes: [
        ...sound.attributes,
        { flags: TRANSITIVE, code: 99, value: octets(random, random.between(0, 5)), length: random.between(6, 255) },
      ],
    }),
  },
  {
    section: '4',
    mistake: 'one or two octets are left behind the attributes',
    neighbor: 'external',
    expect: 'treat-as-withdraw',
    make: (random, sound) => {
      const length = sound.attributes.reduce((sum, { value }) => sum + 3 + value.length, 0);
      const rest = octets(random, random.between(1, 2));
      // They would be a prefix of the NLRI field if the length did not count them in.
      return { ...sound, nlri: [...rest, ...sound.nlri], attributesLength: length + rest.length };
    },
  },
  {
    section: '5.2',
    mistake: 'an error and no NLRI',
    neighbor: 'external',
    expect: 'session-reset',
    make: (random, sound) => ({
      ...withAttribute(random, sound, { flags: WELL_KNOWN, code: 1, value: [random.between(3, 255)] }),
      nlri: [],
    }),
  },
  {
    section: '5.3',
    mistake: 'a prefix longer than 32 bits',
    neighbor: 'external',
    expect: 'session-reset',
    make: (random, sound) => ({ ...sound, nlri: [random.between(33, 255), ...octets(random, 32)] }),
  },
  {
    section: '5.3',
    mistake: 'a prefix longer than what is left',
    neighbor: 'external',
    expect: 'session-reset',
    make: (random, sound) => ({ ...sound, nlri: [...sound.nlri, random.between(25, 32), 10] }),
  },
  {
    section: '5.3',
    mistake: 'a withdrawn prefix longer than 32 bits',
    neighbor: 'external',
    expect: 'session-reset',
    make: (random, sound) => ({ ...sound, withdrawn: [random.between(33, 255), ...octets(random, 32)] }),
  },
  wrongLength('7.1', 'ORIGIN', 'external', WELL_KNOWN, 1, is(1), 'treat-as-withdraw'),
  {
    section: '7.1',
    mistake: 'ORIGIN of an undefined value',
    neighbor: 'external',
    expect: 'treat-as-withdraw',
    make: (random, sound) =>
      withAttribute(random, sound, { flags: WELL_KNOWN, code: 1, value: [random.between(3, 255)] }),
  },
  wrongPath('a segment type that there is not', (random) => [random.pick([0, 5, 9, 255]), 1, 0, 0, 0xfd, 0xea]),
  wrongPath('more ASes than octets', (random) => [2, random.between(2, 255), 0, 0, 0xfd, 0xea]),
  wrongPath('a single octet behind the last segment', (random) => [2, 1, 0, 0, 0xfd, 0xea, random.between(0, 255)]),
  wrongPath('an empty segment', (random) => [2, 1, 0, 0, 0xfd, 0xea, random.pick([1, 2]), 0]),
  wrongLength('7.3', 'NEXT_HOP', 'external', WELL_KNOWN, 3, is(4), 'treat-as-withdraw'),
  wrongLength('7.4', 'MULTI_EXIT_DISC', 'external', OPTIONAL, 4, is(4), 'treat-as-withdraw'),
  {
    section: '7.5',
    mistake: 'LOCAL_PREF from an external neighbor, whatever its length',
    neighbor: 'external',
    expect: 'attribute-discard',
    gone: 'localPref',
    make: (random, sound) =>
      withAttribute(random, sound, { flags: WELL_KNOWN, code: 5, value: octets(random, random.between(1, 9)) }),
  },
  wrongLength('7.5', 'LOCAL_PREF', 'internal', WELL_KNOWN, 5, is(4), 'treat-as-withdraw'),
  wrongLength('7.6', 'ATOMIC_AGGREGATE', 'external', WELL_KNOWN, 6, is(0), 'attribute-discard', 'atomicAggregate'),
  wrongLength('7.7', 'AGGREGATOR', 'external', TRANSITIVE, 7, is(8), 'attribute-discard', 'aggregator'),
  wrongLength('7.8', 'COMMUNITIES', 'external', TRANSITIVE, 8, multipleOf(4), 'treat-as-withdraw'),
  {
    section: '7.9',
    mistake: 'ORIGINATOR_ID from an external neighbor, whatever its length',
    neighbor: 'external',
    expect: 'attribute-discard',
    gone: 'originatorId',
    make: (random, sound) =>
      withAttribute(random, sound, { flags: OPTIONAL, code: 9, value: octets(random, random.between(1, 9)) }),
  },
  wrongLength('7.9', 'ORIGINATOR_ID', 'internal', OPTIONAL, 9, is(4), 'treat-as-withdraw'),
  {
    section: '7.10',
    mistake: 'CLUSTER_LIST from an external neighbor, whatever its length',
    neighbor: 'external',
    expect: 'attribute-discard',
    gone: 'clusterList',
    make: (random, sound) =>
      withAttribute(random, sound, { flags: OPTIONAL, code: 10, value: octets(random, random.between(1, 9)) }),
  },
  wrongLength('7.10', 'CLUSTER_LIST', 'internal', OPTIONAL, 10, multipleOf(4), 'treat-as-withdraw'),
  {
    section: '7.11',
    mistake: 'MP_REACH_NLRI with a next hop of a wrong length',
    neighbor: 'external',
    expect: 'session-reset',
    make: (random, sound) => {
      const length = lengthNot(random, (one) => one === 4);
      const value = [0, 1, 1, length, ...octets(random, length), 0, 24, 10, 0, 0];
      return { ...sound, attributes: [{ flags: OPTIONAL, code: 14, value }, ...sound.attributes] };
    },
  },
  wrongLength('7.14', 'EXTENDED_COMMUNITIES', 'external', TRANSITIVE, 16, multipleOf(8), 'treat-as-withdraw'),
  wrongLength('7.15', 'IPv6 EXTENDED_COMMUNITIES', 'external', TRANSITIVE, 25, multipleOf(20), 'treat-as-withdraw'),
];
