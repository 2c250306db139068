/** Errors of the SDK and of the service behind it, as the owner of a job is told of them. */
import { ResultStoreError } from "../../domain/result-store-error.ts";

/** Refusals that pass by themselves. */
const PASSING_STATUSES: ReadonlySet<number> = new Set([408, 409, 429]);
const PASSING_NAMES: ReadonlySet<string> = new Set(["SlowDown", "RequestTimeTooSkewed"]);

/** `error` of a call on `bucketName` as a `ResultStoreError`. */
export function failureOf(bucketName: string, error: unknown): ResultStoreError {
  if (error instanceof ResultStoreError) {
    return error;
  }
  const { name, message, $metadata } = error as Error & {
    readonly $metadata?: { readonly httpStatusCode?: number };
  };
  const status = $metadata?.httpStatusCode;
  const options = { cause: error };
  if (status === undefined) {
    const reason = `the S3 service can't be reached (${describeReason(error as Error)})`;
    return new ResultStoreError("unavailable", bucketName, reason, options);
  }
  const passes = status >= 500 || PASSING_STATUSES.has(status) || PASSING_NAMES.has(name);
  const text = message === "" || message === name ? `status ${status}` : message;
  const reason = `the S3 service says ${name}: ${text.replace(/\.$/, "")}`;
  return new ResultStoreError(passes ? "unavailable" : "refused", bucketName, reason, options);
}

/** Whether the service said that there is no such object, or no bucket that could hold it. */
export function isAbsence(error: unknown): boolean {
  const name = error instanceof Error ? error.name : "";
  return name === "NoSuchKey" || name === "NoSuchBucket" || name === "NotFound";
}

function describeReason(error: Error): string {
  const { code } = error as Error & { readonly code?: unknown };
  return typeof code === "string" ? code : error.message;
}
