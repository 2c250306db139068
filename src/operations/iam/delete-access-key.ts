import { parseAccessKeyId } from "../../domain/identity.ts";
import type { IamAction } from "../../protocol/query/iam.ts";
import { findKeyOwner } from "../key-owner.ts";
import type { ManagementHandler } from "../management-handler.ts";
import { checkOwnedKey } from "../owned-keys.ts";

/** Removes a key; it is refused from the next request on. */
export const deleteAccessKey: ManagementHandler<IamAction<"DeleteAccessKey">> = async (
  input,
  call,
  services,
) => {
  const accessKeyId = parseAccessKeyId(input.AccessKeyId);
  await services.metadata.transaction(async ({ identities }) => {
    const owner = await findKeyOwner(input.UserName, call, identities.lockUser);
    await checkOwnedKey(accessKeyId, owner, identities, services);
    await identities.removeAccessKey(accessKeyId);
  });
  return undefined;
};
