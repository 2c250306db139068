/** The table of SQL cases: what the dialect does, query by query. */
import { functionCases } from "./function-cases.ts";
import { grammarCases } from "./grammar-cases.ts";
import { guideCases } from "./guide-cases.ts";
import { operatorCases } from "./operator-cases.ts";
import type { SqlCase } from "./sql-case.ts";

/** All cases, by the file they are written in. */
export const sqlCases: Readonly<Record<string, readonly SqlCase[]>> = {
  "the guide's examples": guideCases,
  operators: operatorCases,
  functions: functionCases,
  grammar: grammarCases,
};
