/** The rules for tags of a vault (contract §1.10, §2.8–2.10). */
import { invalidParameter, limitExceeded, missingParameter } from "./errors.ts";
import {
  TAG_KEY_MAX_CHARACTERS,
  TAG_VALUE_MAX_CHARACTERS,
  TAGS_PER_CALL_MAX,
  TAGS_PER_VAULT_MAX,
} from "./limits.ts";
import type { Tags } from "./vault.ts";

/** Letters and digits of any script, spaces and the signs that contract §1.10 lists; no colon. */
const tagPattern = /^[\p{L}\p{N}\p{Zs}_./=+@-]*$/u;

/**
 * The tags of an AddTagsToVault request. Throws `MissingParameterValueException` when there is no member
 * `Tags`, `InvalidParameterValueException` when it is empty or a key or value breaks the rules.
 */
export function parseTags(tags: Tags | undefined): Tags {
  if (tags === undefined) {
    throw missingParameter("Tags");
  }
  if (tags.size === 0) {
    throw invalidParameter("Invalid Tags: at least one tag is needed.");
  }
  for (const [key, value] of tags) {
    checkTagKey(key);
    checkTagText("value", value, TAG_VALUE_MAX_CHARACTERS);
  }
  return tags;
}

/**
 * The keys of a RemoveTagsFromVault request. A key that no tag could have is an unknown key, which is no
 * error. Throws `MissingParameterValueException` without `TagKeys`, `InvalidParameterValueException` for
 * none or too many.
 */
export function parseTagKeys(keys: readonly string[] | undefined): readonly string[] {
  if (keys === undefined) {
    throw missingParameter("TagKeys");
  }
  if (keys.length < 1 || keys.length > TAGS_PER_CALL_MAX) {
    throw invalidParameter(
      `Invalid TagKeys: ${keys.length} keys. It must hold from 1 to ${TAGS_PER_CALL_MAX} keys.`,
    );
  }
  return keys;
}

/**
 * `current` with `added`: values of known keys are replaced in place, new keys follow in their order.
 * Throws `LimitExceededException` when the result holds too many tags.
 */
export function mergeTags(current: Tags, added: Tags): Tags {
  const merged = new Map([...current, ...added]);
  if (merged.size > TAGS_PER_VAULT_MAX) {
    throw limitExceeded(
      `The vault would have ${merged.size} tags; at most ${TAGS_PER_VAULT_MAX} are allowed.`,
    );
  }
  return merged;
}

/** `current` without the tags of `keys`. */
export function withoutTags(current: Tags, keys: readonly string[]): Tags {
  const removed = new Set(keys);
  return new Map([...current].filter(([key]) => !removed.has(key)));
}

function checkTagKey(key: string): void {
  if (key === "") {
    throw invalidParameter("Invalid tag key: it must have at least one character.");
  }
  if (/^aws:/i.test(key)) {
    throw invalidParameter(`Invalid tag key: ${key}. It must not start with aws:.`);
  }
  checkTagText("key", key, TAG_KEY_MAX_CHARACTERS);
}

/** Counts characters as code points, so that one outside the basic plane counts once. */
function checkTagText(what: "key" | "value", text: string, maxCharacters: number): void {
  const characters = [...text].length;
  if (characters > maxCharacters) {
    throw invalidParameter(
      `Invalid tag ${what}: ${text}. It has ${characters} characters, at most ${maxCharacters} are allowed.`,
    );
  }
  if (!tagPattern.test(text)) {
    throw invalidParameter(
      `Invalid tag ${what}: ${text}. Letters, digits, spaces and _ . / = + - @ are allowed.`,
    );
  }
}
