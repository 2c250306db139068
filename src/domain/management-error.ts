/**
 * Refusals of the management services (`iam`, `sts`, `sns`, `sqs`). Their codes are open sets of the respective
 * service, so code and status travel together, unlike the closed table of Glacier's.
 */
export class ManagementError extends Error {
  override readonly name = "ManagementError";
  readonly code: string;
  /** HTTP status; below 500 the sender is at fault. */
  readonly status: number;

  constructor(status: number, code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
    this.code = code;
  }
}

/** A parameter has a bad value (or is absent); the message names it, the value and the rule. */
export function validationError(message: string): ManagementError {
  return new ManagementError(400, "ValidationError", message);
}
