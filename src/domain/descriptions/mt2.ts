/** Records of mt-aws-glacier's second format, which Moraine writes too, with flat members of its own. */
import { findIsoBasicInstant } from "../../std/iso-time.ts";
import type { FoundDescription } from "./decoded-description.ts";
import {
  findBase64Bytes,
  findJsonMembers,
  findUtf8Text,
  type JsonMembers,
} from "./encoded-text.ts";

/** The file in a description `mt2 <base64url of JSON>`; `undefined` when the text has another form. */
export function findMt2(text: string): FoundDescription | undefined {
  const bytes = findMarkedBytes("mt2", text);
  const members = findJsonMembers(findUtf8Text(bytes) ?? "");
  return members === undefined ? undefined : findMtFile(members);
}

/** The bytes after `marker` and a space; padding is tolerated as mt-aws-glacier tolerates it. */
export function findMarkedBytes(marker: "mt1" | "mt2", text: string): Uint8Array | undefined {
  const trimmed = text.trim();
  const encoded = trimmed.slice(marker.length + 1);
  return trimmed.startsWith(`${marker} `) && /^[\w-]+={0,2}$/.test(encoded)
    ? findBase64Bytes(encoded, "base64url")
    : undefined;
}

/** The file that the members of a record describe; without a name they describe none. */
export function findMtFile(members: JsonMembers): FoundDescription | undefined {
  const { filename: name, mtime, size, mode, sha256, enc } = members;
  if (typeof name !== "string") {
    return undefined;
  }
  const modifiedAtMs = typeof mtime === "string" ? findIsoBasicInstant(mtime) : undefined;
  const isOurs = [size, mode, sha256, enc].some((member) => member !== undefined);
  return {
    name,
    tool: isOurs ? "moraine" : "mt-aws-glacier",
    ...(modifiedAtMs !== undefined && { modifiedAtMs }),
    ...(isSize(size) && { sizeBytes: size }),
    ...(typeof mode === "string" &&
      /^[0-7]{1,4}$/.test(mode) && { mode: Number.parseInt(mode, 8) }),
    ...(typeof sha256 === "string" && /^[0-9a-f]{64}$/.test(sha256) && { sha256 }),
    ...(typeof enc === "string" && { isEncrypted: true, encryption: enc }),
  };
}

function isSize(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
