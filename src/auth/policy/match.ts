/**
 * Wildcard patterns: `*` stands for any run of characters, `?` for exactly one. All ways to match are
 * followed at once, one bit per pattern character (the shift-and algorithm), so that no pattern makes the
 * matcher go back: the work is text length × (pattern length / 32 + 1), whatever a policy holds.
 */

/** A piece of a pattern; in a literal one `*` and `?` stand for themselves. */
export interface PatternPart {
  readonly text: string;
  readonly isLiteral: boolean;
}

/** Counts units of work, so that tests can bound them without a clock. */
export interface StepMeter {
  steps: number;
}

/** Whether `pattern` matches the whole of `text`; letter case counts. */
export function matchesWildcard(pattern: string, text: string, meter?: StepMeter): boolean {
  return matchesPattern([{ text: pattern, isLiteral: false }], text, meter);
}

/** Whether the parts, one after the other, match the whole of `text`; letter case counts. */
export function matchesPattern(
  parts: readonly PatternPart[],
  text: string,
  meter?: StepMeter,
): boolean {
  if (parts.every((part) => part.isLiteral || !/[*?]/.test(part.text))) {
    count(meter, 1);
    return joinParts(parts) === text;
  }
  const pattern = compilePattern(parts);
  const masks = buildMasks(pattern, text);
  const states = new Uint32Array(pattern.words);
  states[0] = 1;
  count(meter, pattern.elements.length + masks.byCharacter.size * pattern.words);
  for (const character of text) {
    const satisfied = masks.byCharacter.get(character) ?? masks.anyOne;
    count(meter, pattern.words);
    if (!advance(states, satisfied, masks.runs)) {
      return false;
    }
  }
  return hasBit(states, pattern.elements.length);
}

/** The text of the parts, with wildcards as they stand. */
export function joinParts(parts: readonly PatternPart[]): string {
  return parts.map((part) => part.text).join("");
}

interface CompiledPattern {
  /** What must come, character by character; `undefined` is any one character. */
  readonly elements: readonly (string | undefined)[];
  /** How many elements precede each `*`. */
  readonly runsAfter: readonly number[];
  /** 32-bit words that hold one bit per element and one for the end. */
  readonly words: number;
}

function compilePattern(parts: readonly PatternPart[]): CompiledPattern {
  const elements: (string | undefined)[] = [];
  const runsAfter: number[] = [];
  for (const { text, isLiteral } of parts) {
    for (const character of text) {
      if (!isLiteral && character === "*") {
        runsAfter.push(elements.length);
      } else {
        elements.push(!isLiteral && character === "?" ? undefined : character);
      }
    }
  }
  return { elements, runsAfter, words: Math.floor(elements.length / 32) + 1 };
}

interface Masks {
  /** For each character of pattern and text: the elements that it satisfies. */
  readonly byCharacter: ReadonlyMap<string, Uint32Array>;
  /** The elements that any character satisfies. */
  readonly anyOne: Uint32Array;
  /** The places where any character may be skipped. */
  readonly runs: Uint32Array;
}

/** Masks exist only for characters of the text, so that memory follows the request, not the policy. */
function buildMasks(pattern: CompiledPattern, text: string): Masks {
  const anyOne = new Uint32Array(pattern.words);
  const runs = new Uint32Array(pattern.words);
  pattern.runsAfter.forEach((index) => {
    setBit(runs, index);
  });
  pattern.elements.forEach((element, index) => {
    if (element === undefined) {
      setBit(anyOne, index);
    }
  });
  const inText = new Set(text);
  const byCharacter = new Map<string, Uint32Array>();
  pattern.elements.forEach((element, index) => {
    if (element !== undefined && inText.has(element)) {
      const mask = byCharacter.get(element) ?? anyOne.slice();
      setBit(mask, index);
      byCharacter.set(element, mask);
    }
  });
  return { byCharacter, anyOne, runs };
}

/**
 * Takes one character; whether any state is left. Bit n of the states: the first n elements can take all
 * characters so far.
 */
function advance(states: Uint32Array, satisfied: Uint32Array, runs: Uint32Array): boolean {
  let carry = 0;
  let left = 0;
  for (let word = 0; word < states.length; word++) {
    const active = states[word] ?? 0;
    const moved = active & (satisfied[word] ?? 0);
    const next = (moved << 1) | carry | (active & (runs[word] ?? 0));
    carry = moved >>> 31;
    states[word] = next;
    left |= next;
  }
  return left !== 0;
}

function setBit(words: Uint32Array, index: number): void {
  const word = index >>> 5;
  words[word] = (words[word] ?? 0) | (1 << (index & 31));
}

function hasBit(words: Uint32Array, index: number): boolean {
  return (((words[index >>> 5] ?? 0) >>> (index & 31)) & 1) === 1;
}

function count(meter: StepMeter | undefined, steps: number): void {
  if (meter !== undefined) {
    meter.steps += steps;
  }
}
