/**
 * The choices that a wrong word may have meant, by the measure that the AWS CLI uses (the ratio of Python's
 * difflib), so that both propose the same.
 */

const MOST_CHOICES = 3;
const LOWEST_RATIO = 0.8;

/** At most three choices that are like `word`, the likest first. */
export function findNearestChoices(word: string, choices: readonly string[]): readonly string[] {
  return choices
    .map((choice) => ({ choice, ratio: similarity(choice, word) }))
    .filter(({ ratio }) => ratio >= LOWEST_RATIO)
    .sort((a, b) => b.ratio - a.ratio || (a.choice < b.choice ? 1 : -1))
    .slice(0, MOST_CHOICES)
    .map(({ choice }) => choice);
}

/** Twice the matching characters over all characters, 0 to 1. */
function similarity(a: string, b: string): number {
  return (2 * countMatches(a, b)) / (a.length + b.length || 1);
}

/** Characters in the longest common run, and in what is left and right of it. */
function countMatches(a: string, b: string): number {
  const { length, startA, startB } = longestRun(a, b);
  if (length === 0) {
    return 0;
  }
  const left = countMatches(a.slice(0, startA), b.slice(0, startB));
  return length + left + countMatches(a.slice(startA + length), b.slice(startB + length));
}

function longestRun(a: string, b: string) {
  let best = { length: 0, startA: 0, startB: 0 };
  for (let startA = 0; startA < a.length; startA += 1) {
    for (let startB = 0; startB < b.length; startB += 1) {
      let length = 0;
      while (startA + length < a.length && a[startA + length] === b[startB + length]) {
        length += 1;
      }
      if (length > best.length) {
        best = { length, startA, startB };
      }
    }
  }
  return best;
}
