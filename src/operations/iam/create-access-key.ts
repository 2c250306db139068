import { quotaExceeded } from "../../domain/identity-errors.ts";
import { ACCESS_KEYS_PER_IDENTITY_MAX } from "../../domain/limits.ts";
import type { IamAction } from "../../protocol/query/iam.ts";
import { findKeyOwner } from "../key-owner.ts";
import type { ManagementHandler } from "../management-handler.ts";
import { makeAccessKey } from "../new-access-key.ts";
import { countOwnedKeys } from "../owned-keys.ts";
import { wholeSeconds } from "../render-user.ts";

/**
 * Adds a key of the user named, or of the caller, whose secret is in this answer and nowhere else. A root may
 * have two keys as well, so that it can replace one.
 */
export const createAccessKey: ManagementHandler<IamAction<"CreateAccessKey">> = async (
  input,
  call,
  services,
) => {
  const made = await services.metadata.transaction(async ({ identities }) => {
    await identities.lockAccount(call.accountId);
    const owner = await findKeyOwner(input.UserName, call, identities.lockUser);
    if ((await countOwnedKeys(owner, identities, services)) >= ACCESS_KEYS_PER_IDENTITY_MAX) {
      throw quotaExceeded("AccessKeysPerUser", ACCESS_KEYS_PER_IDENTITY_MAX);
    }
    const { key, secretAccessKey } = makeAccessKey(owner, services);
    await identities.insertAccessKey(key);
    return { key, secretAccessKey, userName: owner.user?.userName };
  });
  return {
    AccessKey: {
      UserName: made.userName ?? null,
      AccessKeyId: made.key.accessKeyId,
      Status: made.key.status,
      SecretAccessKey: made.secretAccessKey,
      CreateDate: wholeSeconds(made.key.createdAtMs),
    },
  };
};
