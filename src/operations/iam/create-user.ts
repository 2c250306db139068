import { parseUserName, parseUserPath } from "../../domain/identity.ts";
import { parameterNotSupported, quotaExceeded, userExists } from "../../domain/identity-errors.ts";
import { USERS_PER_ACCOUNT_MAX } from "../../domain/limits.ts";
import type { IamAction } from "../../protocol/query/iam.ts";
import type { ManagementHandler } from "../management-handler.ts";
import { renderUser } from "../render-user.ts";

/** Adds a user without keys and policies, who may do nothing yet. */
export const createUser: ManagementHandler<IamAction<"CreateUser">> = async (
  input,
  { accountId },
  services,
) => {
  if (input.Tags !== undefined && input.Tags.length > 0) {
    throw parameterNotSupported("Tags");
  }
  if (input.PermissionsBoundary !== undefined) {
    throw parameterNotSupported("PermissionsBoundary");
  }
  const user = {
    accountId,
    userName: parseUserName(input.UserName),
    path: parseUserPath(input.Path),
    userId: services.identity.source.userId(),
    createdAtMs: services.clock.nowMs(),
  };
  await services.metadata.transaction(async ({ identities }) => {
    await identities.lockAccount(accountId);
    if (await identities.isUserNameTaken(user)) {
      throw userExists(user.userName);
    }
    if ((await identities.countUsers(accountId)) >= USERS_PER_ACCOUNT_MAX) {
      throw quotaExceeded("UsersPerAccount", USERS_PER_ACCOUNT_MAX);
    }
    await identities.insertUser(user);
  });
  return { User: renderUser(user) };
};
