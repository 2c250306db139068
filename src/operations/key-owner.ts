/** Whose keys a request of `iam` is about. */

import { parseUserName, type User, type UserKey } from "../domain/identity.ts";
import { userNotFound } from "../domain/identity-errors.ts";
import type { ManagementCall } from "./management-handler.ts";

/** A user, or the root of an account when `user` is `undefined`. */
export interface FoundOwner {
  readonly accountId: User["accountId"];
  readonly userId: string | undefined;
  readonly user: User | undefined;
}

/**
 * The user named, or without a name the caller, be it root or user. `find` is `findUser` or, in a transaction
 * that depends on the user, `lockUser`. Throws `NoSuchEntity`.
 */
export async function findKeyOwner(
  userName: string | undefined,
  { principal, accountId }: ManagementCall,
  find: (key: UserKey) => Promise<User | undefined>,
): Promise<FoundOwner> {
  const name = userName ?? principal.userName;
  if (name === undefined) {
    return { accountId, userId: undefined, user: undefined };
  }
  const user = await findNamedUser(name, accountId, find);
  return { accountId, userId: user.userId, user };
}

/** The user named, who must exist. Throws `ValidationError`, `NoSuchEntity`. */
export async function findNamedUser(
  userName: string | undefined,
  accountId: User["accountId"],
  find: (key: UserKey) => Promise<User | undefined>,
): Promise<User> {
  const key = { accountId, userName: parseUserName(userName) };
  const user = await find(key);
  if (user === undefined) {
    throw userNotFound(key.userName);
  }
  return user;
}
