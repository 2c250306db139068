import { mergeTags, parseTags } from "../../domain/tags.ts";
import type { Handler } from "../handler.ts";
import { lockVault } from "../lock-vault.ts";

/** Adds tags or replaces the values of known keys; all of them or, beyond the limit, none (contract §2.8). */
export const addTagsToVault: Handler<"AddTagsToVault"> = async (input, call, services) => {
  const added = parseTags(input.Tags);
  await services.metadata.transaction(async (session) => {
    const vault = await lockVault(session, call);
    await session.vaults.setTags(vault.vaultId, mergeTags(vault.tags, added));
  });
  return {};
};
