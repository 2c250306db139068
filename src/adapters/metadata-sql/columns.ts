/** Conversions between values of the domain and values of columns. */
import type { HashHex } from "../../domain/archive.ts";
import type { ArchiveId, BlobId, JobId, ManifestId, UploadId } from "../../domain/ids.ts";
import { formatBase64url, formatHex, parseBase64, parseHex } from "../../std/bytes.ts";

/** Identifiers that are base64url text in the domain. */
type TextId = ArchiveId | JobId | UploadId;
/** Identifiers that are 32 hex digits in the domain. */
type HexId = BlobId | ManifestId;

export function parseTextId(id: TextId): Uint8Array {
  return parseBase64(id, "base64url");
}

/** Brands what a column holds; only `parseTextId` of an id of the same kind ever wrote it. */
export function formatTextId<Id extends TextId>(bytes: Uint8Array): Id {
  return formatBase64url(bytes) as Id;
}

/** Like `formatTextId`, of the hex digits of the bytes; a million of them in a third of the time. */
export function formatHexAsTextId<Id extends TextId>(digits: string): Id {
  return Buffer.from(digits, "hex").toString("base64url") as Id;
}

export function parseHexId(id: HexId): Uint8Array {
  return parseHex(id);
}

/** Brands what a column holds; only `parseHexId` of an id of the same kind ever wrote it. */
export function formatHexId<Id extends HexId>(bytes: Uint8Array): Id {
  return formatHex(bytes) as Id;
}

export function parseHash(hash: HashHex): Uint8Array {
  return parseHex(hash);
}

export function formatHash(bytes: Uint8Array): HashHex {
  return formatHex(bytes);
}
