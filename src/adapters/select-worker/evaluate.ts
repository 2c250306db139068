/** The evaluation of one query, as the thread does it. */
import { SelectFailure } from "../../domain/select-failure.ts";
import type { SelectTask } from "../../ports/select-runner.ts";
import { SelectRecordError } from "../../select/csv/record-error.ts";
import { SelectRunError } from "../../select/errors.ts";
import { parseSelect } from "../../select/parse-select.ts";
import { createSelectRun } from "../../select/run/select-run.ts";
import { csvInputOf, csvOutputOf } from "../../select/select-options.ts";

export interface Evaluation {
  /**
   * The output that the bytes of `chunk` lead to (or, without one, their end), block by block, each of whole records
   * and valid until the next one is asked for; less than a block waits for the next call. To be iterated to the end.
   * Throws `SelectFailure`, after which the evaluation is over.
   */
  blocks(chunk?: Uint8Array): Generator<Uint8Array, void, void>;
}

/** Starts the evaluation of `task`, whose parameters were checked when its job was accepted. */
export function createEvaluation({ parameters, nowMs }: SelectTask): Evaluation {
  const run = createSelectRun({
    query: parseSelect(parameters.expression),
    input: csvInputOf(parameters),
    output: csvOutputOf(parameters),
    nowMs,
  });
  return {
    *blocks(chunk) {
      try {
        yield* run.blocks(chunk);
      } catch (error) {
        throw error instanceof SelectRunError ? failureOf(error) : error;
      }
    },
  };
}

function failureOf(error: SelectRunError): SelectFailure {
  const recordNumber = error instanceof SelectRecordError ? error.recordNumber : undefined;
  return new SelectFailure(error.code, error.message, recordNumber);
}
