/** Why a query could not be evaluated to its end: the archive or the query is at fault, so no retry helps. */
export class SelectFailure extends Error {
  override readonly name = "SelectFailure";
  /** One word, such as `CastFailed`; it stands in the job's error file. */
  readonly failureCode: string;
  /** The record of the input at which the run stopped, from 1; `undefined` when none is to blame. */
  readonly recordNumber: number | undefined;

  constructor(failureCode: string, message: string, recordNumber: number | undefined) {
    super(message);
    this.failureCode = failureCode;
    this.recordNumber = recordNumber;
  }
}
