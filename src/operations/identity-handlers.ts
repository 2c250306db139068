/** The handlers of `iam` and `sts`. */
import type { iam } from "../protocol/query/iam.ts";
import type { sts } from "../protocol/query/sts.ts";
import { createAccessKey } from "./iam/create-access-key.ts";
import { createUser } from "./iam/create-user.ts";
import { deleteAccessKey } from "./iam/delete-access-key.ts";
import { deleteUser } from "./iam/delete-user.ts";
import { deleteUserPolicy } from "./iam/delete-user-policy.ts";
import { getUser } from "./iam/get-user.ts";
import { getUserPolicy } from "./iam/get-user-policy.ts";
import { listAccessKeys } from "./iam/list-access-keys.ts";
import { listUserPolicies } from "./iam/list-user-policies.ts";
import { listUsers } from "./iam/list-users.ts";
import { putUserPolicy } from "./iam/put-user-policy.ts";
import { updateAccessKey } from "./iam/update-access-key.ts";
import type { ManagementHandlers } from "./management-handler.ts";
import { getCallerIdentity } from "./sts/get-caller-identity.ts";

/** In the order of the table. */
export const iamHandlers: ManagementHandlers<typeof iam> = {
  CreateUser: createUser,
  GetUser: getUser,
  ListUsers: listUsers,
  DeleteUser: deleteUser,
  CreateAccessKey: createAccessKey,
  ListAccessKeys: listAccessKeys,
  UpdateAccessKey: updateAccessKey,
  DeleteAccessKey: deleteAccessKey,
  PutUserPolicy: putUserPolicy,
  GetUserPolicy: getUserPolicy,
  ListUserPolicies: listUserPolicies,
  DeleteUserPolicy: deleteUserPolicy,
};

export const stsHandlers: ManagementHandlers<typeof sts> = {
  GetCallerIdentity: getCallerIdentity,
};
