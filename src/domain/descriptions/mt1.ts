/** Records of mt-aws-glacier's first format, whose JSON was encoded as UTF-8 twice. */
import type { FoundDescription } from "./decoded-description.ts";
import { findJsonMembers, findUtf8Text } from "./encoded-text.ts";
import { findMarkedBytes, findMtFile } from "./mt2.ts";

/** The file in a description `mt1 <base64url>`; `undefined` when the text has another form. */
export function findMt1(text: string): FoundDescription | undefined {
  const once = findUtf8Text(findMarkedBytes("mt1", text));
  const twice = once === undefined ? undefined : findUtf8Text(findLatin1Bytes(once));
  const members = findJsonMembers(twice ?? "");
  return members === undefined ? undefined : findMtFile(members);
}

/** The code points of `text` as bytes; `undefined` when one is too large for a byte. */
function findLatin1Bytes(text: string): Uint8Array | undefined {
  const units = Uint16Array.from(text, (character) => character.charCodeAt(0));
  return units.every((unit) => unit <= 0xff) ? Uint8Array.from(units) : undefined;
}
