/** What the download of a job's output can end with, besides what a call ends with. */

/** What arrived is not what was archived, also when it was fetched a second time. Nothing was kept. */
export class DamagedOutputError extends Error {
  override readonly name = "DamagedOutputError";
}

/** The service no longer knows the job, or its output: another one has to be started. */
export class OutputExpiredError extends Error {
  override readonly name = "OutputExpiredError";
}

/** Another process downloads to the same file. */
export class TargetBusyError extends Error {
  override readonly name = "TargetBusyError";
}
