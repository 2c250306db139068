/** Columns by their place, for what works on bytes. */
import type { Identifier } from "../ast.ts";

/** More names are not searched: a query may name columns by the thousand, and the search is linear. */
const SEARCHED_NAMES_MAX = 1000;

/**
 * The column that `identifier` surely names, else -1: a name that one column has in any case, or an
 * unquoted `_N` that is no column's name. `names` are those of the header. What is doubtful is left to the
 * compiled query and its errors.
 */
export function findSureColumn(
  { name, quoted }: Identifier,
  names: readonly string[] = [],
): number {
  if (names.length > SEARCHED_NAMES_MAX) {
    return -1;
  }
  const wanted = name.toLowerCase();
  const [found = -1, ...others] = names.flatMap((candidate, index) =>
    candidate.toLowerCase() === wanted ? [index] : [],
  );
  const position = /^_([1-9][0-9]{0,6})$/.exec(name)?.[1];
  if (position !== undefined) {
    return quoted || found !== -1 ? -1 : Number(position) - 1;
  }
  const candidate = names[found] ?? "";
  const isSure = others.length === 0 && isAsciiText(candidate) && (!quoted || candidate === name);
  return isSure ? found : -1;
}

/** Upper and lower case are beyond doubt in ASCII only. */
function isAsciiText(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text);
}
