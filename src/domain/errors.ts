/**
 * Refusals of the service: every way in which a well-running Moraine says no. A code here knows no HTTP
 * status (`protocol/errors.ts` is the only table of those). Message texts are the ones that clients match
 * on, recorded from the real service (contract §1.5); the others follow their style.
 */

/** The codes of the wire contract §1.5. `NoLongerSupportedException` is never raised, so it is not here. */
export type ErrorCode =
  | "AccessDeniedException"
  | "BadRequest"
  | "ExpiredTokenException"
  | "InsufficientCapacityException"
  | "InvalidParameterValueException"
  | "InvalidSignatureException"
  | "LimitExceededException"
  | "MissingAuthenticationTokenException"
  | "MissingParameterValueException"
  | "PolicyEnforcedException"
  | "RequestTimeoutException"
  | "ResourceNotFoundException"
  | "SerializationException"
  | "ServiceUnavailableException"
  | "ThrottlingException"
  | "UnrecognizedClientException";

/** A refusal shown to the caller as it is: its message names the field, the value and the rule. */
export class ServiceError extends Error {
  override readonly name = "ServiceError";
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** A bad parameter, header, member or state. */
export function invalidParameter(message: string): ServiceError {
  return new ServiceError("InvalidParameterValueException", message);
}

/** A required header or member is absent; `what` is its name on the wire. */
export function missingParameter(what: string): ServiceError {
  return new ServiceError("MissingParameterValueException", `Required parameter missing: ${what}`);
}

/** The request can't be processed at all: unknown path, malformed HTTP. */
export function badRequest(message: string, options?: ErrorOptions): ServiceError {
  return new ServiceError("BadRequest", message, options);
}

/** The body is not JSON, or a member has the wrong JSON type. */
export function notSerializable(message: string, options?: ErrorOptions): ServiceError {
  return new ServiceError("SerializationException", message, options);
}

/** A resource that the request names does not exist. */
export function notFound(message: string): ServiceError {
  return new ServiceError("ResourceNotFoundException", message);
}

/** The caller may not do this. */
export function accessDenied(message: string): ServiceError {
  return new ServiceError("AccessDeniedException", message);
}

/** A quota would be exceeded. */
export function limitExceeded(message: string): ServiceError {
  return new ServiceError("LimitExceededException", message);
}

/** The signature, or the date or payload hash it covers, does not hold. */
export function invalidSignature(message: string): ServiceError {
  return new ServiceError("InvalidSignatureException", message);
}

/** Something of ours failed; `cause` is logged and never shown. */
export function serviceUnavailable(message: string, cause?: unknown): ServiceError {
  return new ServiceError("ServiceUnavailableException", message, { cause });
}

/** The client stopped sending its request (contract §1.5: clients match this text and retry). */
export function requestTimeout(): ServiceError {
  return new ServiceError("RequestTimeoutException", "Request timed out.");
}

/** `subject` is the vault's ARN, or the raw name when it could never be a vault's. */
export function vaultNotFound(subject: string): ServiceError {
  return notFound(`Vault not found for ARN: ${subject}`);
}

/** `archiveId` as the client wrote it. */
export function archiveNotFound(archiveId: string): ServiceError {
  return notFound(`The archive ID was not found: ${archiveId}`);
}

/** `jobId` as the client wrote it. */
export function jobNotFound(jobId: string): ServiceError {
  return notFound(`The job ID was not found: ${jobId}`);
}

/** `uploadId` as the client wrote it. */
export function uploadNotFound(uploadId: string): ServiceError {
  return notFound(`The upload ID was not found: ${uploadId}`);
}

/** The vault has no access policy; clients match this text (contract §1.5). */
export function noAccessPolicy(vaultName: string): ServiceError {
  return notFound(`No vault access policy is set for: ${vaultName}`);
}

/** The vault has no lock, or its lock in progress has expired. */
export function noVaultLock(vaultName: string): ServiceError {
  return notFound(`No vault lock policy is set for: ${vaultName}`);
}

/** The vault has no notification configuration. */
export function noNotificationConfiguration(vaultName: string): ServiceError {
  return notFound(`No notification configuration is set for vault: ${vaultName}`);
}

/** The data retrieval policy does not let the job start. */
export function policyEnforced(): ServiceError {
  return new ServiceError(
    "PolicyEnforcedException",
    "InitiateJob request denied by current data retrieval policy.",
  );
}

/** An Expedited job, for which there is neither provisioned nor spare capacity. */
export function insufficientCapacity(): ServiceError {
  return new ServiceError(
    "InsufficientCapacityException",
    "There is insufficient capacity to process this expedited request.",
  );
}

/** The archive named belongs to another vault than the one in the path. */
export function archiveOfAnotherVault(vaultArn: string): ServiceError {
  return invalidParameter(`Invalid vault name: ${vaultArn}`);
}
