import type { Handler } from "../handler.ts";

/** Lists all tags of a vault in the order in which their keys were first added (contract §2.9). */
export const listTagsForVault: Handler<"ListTagsForVault"> = async (_input, call) => ({
  Tags: call.vault.tags,
});
