import type { IamAction } from "../../protocol/query/iam.ts";
import { findKeyOwner } from "../key-owner.ts";
import type { ManagementHandler } from "../management-handler.ts";
import { renderUser, wholeSeconds } from "../render-user.ts";

/** The user named, or the caller; the root has neither name nor path. */
export const getUser: ManagementHandler<IamAction<"GetUser">> = async (input, call, services) => {
  const { identities } = services.metadata;
  const { user } = await findKeyOwner(input.UserName, call, identities.findUser);
  if (user !== undefined) {
    return { User: renderUser(user) };
  }
  const account = await identities.findAccount(call.accountId);
  return {
    User: {
      Path: null,
      UserName: null,
      UserId: call.principal.userId,
      Arn: call.principal.arn,
      CreateDate: account === undefined ? null : wholeSeconds(account.createdAtMs),
    },
  };
};
