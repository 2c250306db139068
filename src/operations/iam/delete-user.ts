import { userInUse } from "../../domain/identity-errors.ts";
import type { IamAction } from "../../protocol/query/iam.ts";
import { findNamedUser } from "../key-owner.ts";
import type { ManagementHandler } from "../management-handler.ts";

/** Removes a user who has neither keys nor policies any more. */
export const deleteUser: ManagementHandler<IamAction<"DeleteUser">> = async (
  input,
  { accountId },
  services,
) => {
  await services.metadata.transaction(async ({ identities }) => {
    const { userId } = await findNamedUser(input.UserName, accountId, identities.lockUser);
    if ((await identities.listAccessKeys({ accountId, userId })).length > 0) {
      throw userInUse("access keys");
    }
    if ((await identities.listUserPolicies(userId)).length > 0) {
      throw userInUse("policies");
    }
    await identities.removeUser(userId);
  });
  return undefined;
};
