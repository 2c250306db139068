/** Records of FastGlacier: small XML with the path as base64 of UTF-8 (FastGlacier file metadata format). */
import { findIsoBasicInstant } from "../../std/iso-time.ts";
import { findWholeNumber } from "../decimal.ts";
import type { FoundDescription } from "./decoded-description.ts";
import { findBase64Bytes, findUtf8Text, withoutQuotes } from "./encoded-text.ts";
import { showWindowsPath } from "./windows-path.ts";

/** Versions 2 to 4: `<m><v>4</v><p>path</p><lm>time</lm><ce>flags</ce></m>`. */
export interface FastGlacierRecord {
  readonly version: string;
  readonly path: string;
  readonly modified: string;
  /** Text of `<ce>`; `undefined` when there is none. */
  readonly flags: string | undefined;
}

const record =
  /^<m><v>([234])<\/v><p>([^<]*)<\/p>(?:<lm>([^<]*)<\/lm>)?(?:<ce>([^<]*)<\/ce>)?<\/m>$/;

/** The file in a record of version 2, 3 or 4; `undefined` when the text has another form. */
export function findFastGlacier(text: string): FoundDescription | undefined {
  const found = findRecord(text);
  return found === undefined ? undefined : describeRecord(found, "FastGlacier");
}

/** The elements of a record of version 2, 3 or 4, spaces and quotation marks around them left out. */
export function findRecord(text: string): FastGlacierRecord | undefined {
  const match = record.exec(withoutSpaces(text));
  if (match === null) {
    return undefined;
  }
  const [, version = "", path = "", modified = "", flags] = match;
  return { version, path, modified, flags };
}

/** The file of a record; `undefined` when its path is not base64 of UTF-8. */
export function describeRecord(
  { path, modified, flags }: FastGlacierRecord,
  tool: "FastGlacier" | "CrushFTP",
): FoundDescription | undefined {
  const name = findPath(path);
  if (name === undefined) {
    return undefined;
  }
  const modifiedAtMs = findIsoBasicInstant(modified);
  return {
    name,
    tool,
    ...(modifiedAtMs !== undefined && { modifiedAtMs }),
    ...findFlags(flags ?? ""),
  };
}

/** Version 1: `<ArchiveMetadata> <Path>path</Path> …</ArchiveMetadata>`; `undefined` for any other form. */
export function findFastGlacier1(text: string): FoundDescription | undefined {
  const match = /^<ArchiveMetadata><Path>([^<]*)<\/Path>(.*)<\/ArchiveMetadata>$/.exec(
    withoutSpaces(text),
  );
  const name = match === null ? undefined : findPath(match[1] ?? "");
  return name === undefined ? undefined : { name, tool: "FastGlacier" };
}

/** No element holds text in which a space means anything. */
function withoutSpaces(text: string): string {
  return withoutQuotes(text).replaceAll(/\s/g, "");
}

function findPath(encoded: string): string | undefined {
  const path = findUtf8Text(findBase64Bytes(encoded, "base64"));
  return path === undefined ? undefined : showWindowsPath(path);
}

/** `compressed:encrypted:md5`, from version 4 on with `:size`; what is malformed is left out. */
function findFlags(flags: string): Partial<FoundDescription> {
  const [compressed = "", encrypted = "", md5 = "", size = ""] = flags.split(":");
  const sizeBytes = findWholeNumber(size);
  return {
    ...(/^[01]$/.test(compressed) && { isCompressed: compressed === "1" }),
    ...(/^[01]$/.test(encrypted) && { isEncrypted: encrypted === "1" }),
    ...(/^[0-9a-fA-F]{32}$/.test(md5) && { md5: md5.toLowerCase() }),
    ...(sizeBytes !== undefined && { sizeBytes }),
  };
}
