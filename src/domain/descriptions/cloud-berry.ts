/** Records of CloudBerry (now MSP360): JSON whose path is UTF-7, sometimes as JSON text in JSON again. */
import { findIsoBasicInstant } from "../../std/iso-time.ts";
import type { FoundDescription } from "./decoded-description.ts";
import { findJsonMembers, findJsonValue, type JsonMembers, withoutQuotes } from "./encoded-text.ts";
import { findUtf7Text } from "./utf7.ts";
import { showWindowsPath } from "./windows-path.ts";

const COMPRESSED = 1;
const ENCRYPTED = 2;

/** The file in such a record; `undefined` when the text has another form. Paths not in UTF-7 are kept. */
export function findCloudBerry(text: string): FoundDescription | undefined {
  const { Path, path, UTCDateModified, Flags } = findMembers(text) ?? {};
  // The path's name is in lower case in some records; the time tells them from those of QNAP.
  const encoded = Path ?? (UTCDateModified === undefined ? undefined : path);
  if (typeof encoded !== "string") {
    return undefined;
  }
  const modifiedAtMs =
    typeof UTCDateModified === "string" ? findIsoBasicInstant(UTCDateModified) : undefined;
  return {
    name: showWindowsPath(findUtf7Text(encoded) ?? encoded),
    tool: "CloudBerry",
    ...(modifiedAtMs !== undefined && { modifiedAtMs }),
    ...(typeof Flags === "number" && {
      isCompressed: (Flags & COMPRESSED) !== 0,
      isEncrypted: (Flags & ENCRYPTED) !== 0,
    }),
  };
}

/** The record itself, or the one in a JSON string, or the one that was put in quotation marks as it is. */
function findMembers(text: string): JsonMembers | undefined {
  const inner = findJsonValue(text);
  return (
    findJsonMembers(text) ??
    (typeof inner === "string" ? findJsonMembers(inner) : findJsonMembers(withoutQuotes(text)))
  );
}
