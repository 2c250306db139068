/** Users and keys as `iam` answers them. */
import { formatUserArn, type User } from "../domain/identity.ts";

export function renderUser(user: User) {
  return {
    Path: user.path,
    UserName: user.userName,
    UserId: user.userId,
    Arn: formatUserArn(user),
    CreateDate: wholeSeconds(user.createdAtMs),
  };
}

/** Dates of `iam` are whole seconds. */
export function wholeSeconds(epochMs: number): number {
  return epochMs - (epochMs % 1000);
}
