/** Shapes of the three tag operations. */
import { body } from "../fields.ts";
import { list, map, string } from "../schema.ts";
import { vaultPath } from "./vault.ts";

export const addTagsToVault = {
  input: { ...vaultPath, Tags: body("Tags", map(string)) },
  output: {},
} as const;

export const listTagsForVault = {
  input: vaultPath,
  output: { Tags: body("Tags", map(string)) },
} as const;

export const removeTagsFromVault = {
  input: { ...vaultPath, TagKeys: body("TagKeys", list(string)) },
  output: {},
} as const;
