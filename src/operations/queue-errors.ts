/** Refusals of `sqs`, in its own codes and words. */
import { ManagementError } from "../domain/management-error.ts";

export function queueNotFound(): ManagementError {
  return new ManagementError(
    400,
    "AWS.SimpleQueueService.NonExistentQueue",
    "The specified queue does not exist.",
  );
}

export function invalidQueueParameter(message: string): ManagementError {
  return new ManagementError(400, "InvalidParameterValue", message);
}

export function missingQueueParameter(name: string): ManagementError {
  return new ManagementError(
    400,
    "MissingParameter",
    `The request must contain the parameter ${name}.`,
  );
}

/** The caller's account does not own the queue. */
export function notQueueOwner(url: string): ManagementError {
  return new ManagementError(403, "AccessDenied", `Access to the resource ${url} is denied.`);
}
