/** What SQL has and this dialect has not, so that a refusal can say so by name (contract §4.7). */

const clauses: Readonly<Record<string, string>> = {
  all: "SELECT ALL",
  case: "CASE",
  cross: "a join",
  distinct: "DISTINCT",
  except: "EXCEPT",
  exists: "EXISTS",
  full: "a join",
  group: "GROUP BY",
  having: "HAVING",
  inner: "a join",
  intersect: "INTERSECT",
  join: "a join",
  left: "a join",
  limit: "LIMIT",
  natural: "a join",
  order: "ORDER BY",
  outer: "a join",
  pivot: "PIVOT",
  right: "a join",
  select: "a subquery",
  union: "UNION",
  unpivot: "UNPIVOT",
  "||": "the operator ||",
  "[": "a path or list in brackets",
  "{": "a structure in braces",
};

const aggregates: ReadonlySet<string> = new Set(["avg", "count", "max", "min", "sum"]);

/** The clause, form or function that begins with `word` (lower case) and is not supported, in words. */
export function findUnsupported(word: string): string | undefined {
  return aggregates.has(word)
    ? `the aggregate function ${word.toUpperCase()}`
    : Object.hasOwn(clauses, word)
      ? clauses[word]
      : undefined;
}
