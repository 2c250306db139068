/** Refusals of `iam` and of the accounts, with the codes and texts of AWS. */
import type { AccountId } from "./ids.ts";
import { ManagementError } from "./management-error.ts";

export function userNotFound(userName: string): ManagementError {
  return noSuchEntity(`The user with name ${userName} cannot be found.`);
}

export function accessKeyNotFound(accessKeyId: string): ManagementError {
  return noSuchEntity(`The Access Key with id ${accessKeyId} cannot be found.`);
}

export function userPolicyNotFound(policyName: string): ManagementError {
  return noSuchEntity(`The user policy with name ${policyName} cannot be found.`);
}

export function userExists(userName: string): ManagementError {
  return alreadyExists(`User with name ${userName} already exists.`);
}

export function accountExists(accountId: AccountId): ManagementError {
  return alreadyExists(`The account ${accountId} already exists.`);
}

/** `what` still belongs to the user: `access keys`, `policies`. */
export function userInUse(what: "access keys" | "policies"): ManagementError {
  const verb = what === "policies" ? "delete" : "remove";
  return new ManagementError(
    409,
    "DeleteConflict",
    `Cannot delete entity, must ${verb} ${what} first.`,
  );
}

/** `quota` by its name at AWS, such as `AccessKeysPerUser`. */
export function quotaExceeded(quota: string, max: number): ManagementError {
  return new ManagementError(409, "LimitExceeded", `Cannot exceed quota for ${quota}: ${max}`);
}

export function policiesTooLong(userName: string, maxCharacters: number): ManagementError {
  return new ManagementError(
    409,
    "LimitExceeded",
    `Maximum policy size of ${maxCharacters} bytes exceeded for user ${userName}`,
  );
}

export function malformedPolicy(message: string): ManagementError {
  return new ManagementError(400, "MalformedPolicyDocument", message);
}

/** The key that settings or the credentials file give to the root can't be changed by a request. */
export function operatorKeyIsFixed(accessKeyId: string): ManagementError {
  return new ManagementError(
    400,
    "UnmodifiableEntity",
    `The access key ${accessKeyId} is the root key of the service's settings; change it there.`,
  );
}

/** A parameter of AWS that this service does not have: better refused than ignored. */
export function parameterNotSupported(parameter: string): ManagementError {
  return new ManagementError(
    400,
    "InvalidInput",
    `The parameter ${parameter} is not supported by this service; leave it out.`,
  );
}

function noSuchEntity(message: string): ManagementError {
  return new ManagementError(404, "NoSuchEntity", message);
}

function alreadyExists(message: string): ManagementError {
  return new ManagementError(409, "EntityAlreadyExists", message);
}
