import { parseAccessKeyId, parseAccessKeyStatus } from "../../domain/identity.ts";
import type { IamAction } from "../../protocol/query/iam.ts";
import { findKeyOwner } from "../key-owner.ts";
import type { ManagementHandler } from "../management-handler.ts";
import { checkOwnedKey } from "../owned-keys.ts";

/** Activates or deactivates a key, from the next request on. */
export const updateAccessKey: ManagementHandler<IamAction<"UpdateAccessKey">> = async (
  input,
  call,
  services,
) => {
  const accessKeyId = parseAccessKeyId(input.AccessKeyId);
  const status = parseAccessKeyStatus(input.Status);
  await services.metadata.transaction(async ({ identities }) => {
    const owner = await findKeyOwner(input.UserName, call, identities.lockUser);
    await checkOwnedKey(accessKeyId, owner, identities, services);
    await identities.setAccessKeyStatus(accessKeyId, status);
  });
  return undefined;
};
