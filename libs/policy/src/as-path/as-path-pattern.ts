import { type AttributeView, err, ok, type Result } from '@bgp/wire';
import { Automaton } from './automaton.ts';
import { type PatternError, parsePattern } from './parse-pattern.ts';
import { CLOSING, OPENING, SEPARATOR } from './symbols.ts';

const AS_PATH = 2;

/**
 * Whether an AS path, as text, has a match of a regular expression: `65001 65002 {65003 65004}`. The text is never made: an
 * automaton reads the digits of the AS numbers as they are worked out.
 */
export class AsPathPattern {
  readonly #automaton: Automaton;
  readonly #digits = new Uint8Array(10);

  private constructor(automaton: Automaton) {
    this.#automaton = automaton;
  }

  static compile(text: string): Result<AsPathPattern, PatternError> {
    const pattern = parsePattern(text);
    if (!pattern.ok) return pattern;
    const automaton = Automaton.of(pattern.value);
    return automaton.ok ? ok(new AsPathPattern(automaton.value)) : err({ at: 0, message: automaton.error });
  }

  matches(attributes: AttributeView): boolean {
    const automaton = this.#automaton;
    let state = automaton.start;
    let at = attributes.find(AS_PATH);
    const end = at < 0 ? -1 : at + attributes.findLength;
    const { octets } = attributes;
    let isFirst = true;
    while (at >= 0 && at < end) {
      const type = octets[at]!;
      const next = at + 2 + octets[at + 1]! * 4;
      const [opening, closing] = [OPENING[type], CLOSING[type]];
      if (opening !== undefined) {
        if (!isFirst) state = automaton.step(state, SEPARATOR);
        isFirst = true;
        state = automaton.step(state, opening);
      }
      for (at += 2; at < next; at += 4) {
        if (state.isAccepting) return true;
        if (!isFirst) state = automaton.step(state, SEPARATOR);
        isFirst = false;
        const as = ((octets[at]! << 24) | (octets[at + 1]! << 16) | (octets[at + 2]! << 8) | octets[at + 3]!) >>> 0;
        let rest = as;
        let count = 0;
        do {
          this.#digits[count++] = rest % 10;
          rest = Math.floor(rest / 10);
        } while (rest > 0);
        while (count > 0) state = automaton.step(state, this.#digits[--count]!);
      }
      if (closing !== undefined) state = automaton.step(state, closing);
      isFirst = false;
    }
    return state.isAccepting || automaton.endsWell(state);
  }
}
