import { parseTagKeys, withoutTags } from "../../domain/tags.ts";
import type { Handler } from "../handler.ts";
import { lockVault } from "../lock-vault.ts";

/** Removes the tags of the keys given; unknown keys are no error (contract §2.10). */
export const removeTagsFromVault: Handler<"RemoveTagsFromVault"> = async (
  input,
  call,
  services,
) => {
  const keys = parseTagKeys(input.TagKeys);
  await services.metadata.transaction(async (session) => {
    const vault = await lockVault(session, call);
    await session.vaults.setTags(vault.vaultId, withoutTags(vault.tags, keys));
  });
  return {};
};
