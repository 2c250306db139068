/**
 * `refused`: the destination says no, and only its owner can change that (no such bucket, access denied, a name
 * that it can't hold). `unavailable`: it does not answer or has no room, which may pass.
 */
export type ResultStoreErrorKind = "refused" | "unavailable";

/** The results of a select job can't be put where its request says. */
export class ResultStoreError extends Error {
  override readonly name = "ResultStoreError";
  readonly kind: ResultStoreErrorKind;
  readonly bucketName: string;
  /** For the owner of the job: why, in one sentence without the bucket's name and without a full stop. */
  readonly reason: string;
  /** Set on what may pass, as system errors have one: the engine then waits for as long as outages last. */
  readonly code: string | undefined;

  constructor(
    kind: ResultStoreErrorKind,
    bucketName: string,
    reason: string,
    options?: ErrorOptions,
  ) {
    super(formatReason(bucketName, reason), options);
    this.kind = kind;
    this.bucketName = bucketName;
    this.reason = reason;
    this.code = kind === "unavailable" ? "RESULT_STORE_UNAVAILABLE" : undefined;
  }
}

function formatReason(bucketName: string, reason: string): string {
  return `The results can't be written to bucket ${bucketName}: ${reason}.`;
}
