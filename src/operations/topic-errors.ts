/** Refusals of `sns`, in its own codes and words. */
import { ManagementError } from "../domain/management-error.ts";

/** `what` is a parameter's name, with a reason where the name does not say enough. */
export function invalidTopicParameter(what: string): ManagementError {
  return new ManagementError(400, "InvalidParameter", `Invalid parameter: ${what}`);
}

export function topicNotFound(): ManagementError {
  return new ManagementError(404, "NotFound", "Topic does not exist");
}

export function subscriptionNotFound(): ManagementError {
  return new ManagementError(404, "NotFound", "Subscription does not exist");
}

/** The caller's account does not own what it names. */
export function notTopicOwner(action: string, resource: string): ManagementError {
  return new ManagementError(
    403,
    "AuthorizationError",
    `The caller is not authorized to perform: SNS:${action} on resource: ${resource}`,
  );
}
