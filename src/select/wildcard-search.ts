/** Searches texts for a run of characters some of which may be any character, in time bounded by its length. */

/** In a run, stands for any one character. */
export const anyOne = -1;

/** Longest run that can be searched for, in characters: 32 machine words of state. */
export const LIKE_RUN_MAX_CHARACTERS = 1024;

/** Index after the earliest place at or after `from` where the run ends in `text`; -1 without one. */
export type WildcardSearch = (text: string, from: number) => number;

/**
 * The search for `run`: code points and `anyOne`, at most `LIKE_RUN_MAX_CHARACTERS` of them. Bit n of the state says
 * that the last n + 1 characters match the run's first n + 1, so that each character of the text is read
 * once, at the cost of one step per 32 characters of the run (the Shift-And method).
 */
export function createWildcardSearch(run: readonly number[]): WildcardSearch {
  const words = Math.ceil(run.length / 32);
  const masks = masksOf(run, words);
  const others = masks.get(anyOne) ?? new Int32Array(words);
  const lastWord = words - 1;
  const lastBit = 1 << ((run.length - 1) % 32);
  return (text, from) => {
    const state = new Int32Array(words);
    for (let index = from; index < text.length; ) {
      const character = text.codePointAt(index) ?? 0;
      index += character > 0xffff ? 2 : 1;
      shiftAnd(state, masks.get(character) ?? others);
      if (((state[lastWord] ?? 0) & lastBit) !== 0) {
        return index;
      }
    }
    return -1;
  };
}

function shiftAnd(state: Int32Array, mask: Int32Array): void {
  let carry = 1;
  for (let word = 0; word < state.length; word += 1) {
    const bits = state[word] ?? 0;
    state[word] = ((bits << 1) | carry) & (mask[word] ?? 0);
    carry = bits >>> 31;
  }
}

/** For each character, the places of the run it may stand at; under `anyOne`, those for any character. */
function masksOf(run: readonly number[], words: number): Map<number, Int32Array> {
  const others = new Int32Array(words);
  for (const [index, token] of run.entries()) {
    if (token === anyOne) {
      setBit(others, index);
    }
  }
  const masks = new Map([[anyOne, others]]);
  for (const [index, token] of run.entries()) {
    const mask = masks.get(token) ?? others.slice();
    setBit(mask, index);
    masks.set(token, mask);
  }
  return masks;
}

function setBit(bits: Int32Array, index: number): void {
  const word = index >>> 5;
  bits[word] = (bits[word] ?? 0) | (1 << (index & 31));
}
