/** The word that somebody probably meant. */

/**
 * The candidate closest to `word`, or `undefined` when none is close enough to be meant. Case and the
 * separators `-` and `_` do not count, so `tier-delays` finds `tierDelays`.
 */
export function findNearest(word: string, candidates: Iterable<string>): string | undefined {
  const wanted = fold(word);
  let nearest: string | undefined;
  let nearestDistance = Math.max(2, Math.floor(wanted.length / 3)) + 1;
  for (const candidate of candidates) {
    const folded = fold(candidate);
    const begins = wanted.length >= 3 && folded.startsWith(wanted);
    const edits = editDistance(wanted, folded);
    const distance = begins ? Math.min(1, edits) : edits;
    if (distance < nearestDistance && distance < folded.length) {
      nearest = candidate;
      nearestDistance = distance;
    }
  }
  return nearest;
}

function fold(word: string): string {
  return word.toLowerCase().replaceAll(/[-_]/g, "");
}

/** Levenshtein distance: insertions, deletions and replacements that turn one word into the other. */
function editDistance(left: string, right: string): number {
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (const [row, character] of [...left].entries()) {
    const current = [row + 1];
    for (const [column, other] of [...right].entries()) {
      const replaced = (previous[column] ?? 0) + (character === other ? 0 : 1);
      const removed = (previous[column + 1] ?? 0) + 1;
      const inserted = (current[column] ?? 0) + 1;
      current.push(Math.min(replaced, removed, inserted));
    }
    previous = current;
  }
  return previous.at(-1) ?? 0;
}
