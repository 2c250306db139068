/** What the query engine says of a job's parameters before the job is accepted (contract §4.7). */
import { invalidParameter } from "../../domain/errors.ts";
import type { SelectParameters } from "../../domain/select-parameters.ts";
import { findCsvProblem } from "../../select/csv/csv-options.ts";
import { SelectSyntaxError } from "../../select/errors.ts";
import { parseSelect } from "../../select/parse-select.ts";
import { csvInputOf, csvOutputOf } from "../../select/select-options.ts";

/**
 * Throws `InvalidParameterValueException` when two separators can't be told apart, or when the expression is not of
 * the dialect: `ParseException: …` with what is wrong and where.
 */
export function checkSelect(parameters: SelectParameters): void {
  const problem = findCsvProblem(csvInputOf(parameters)) ?? findCsvProblem(csvOutputOf(parameters));
  if (problem !== undefined) {
    throw invalidParameter(`Invalid SelectParameters: ${problem}.`);
  }
  try {
    parseSelect(parameters.expression);
  } catch (error) {
    if (error instanceof SelectSyntaxError) {
      throw invalidParameter(error.message);
    }
    throw error;
  }
}
