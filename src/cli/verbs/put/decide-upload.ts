/** Whether a file has to be stored, or is in the vault already. Pure. */
import { decodeDescription } from "../../../domain/descriptions/decode-description.ts";
import type { Catalog, CatalogEntry } from "../../catalog/catalog.ts";
import type { UploadStartedRecord } from "../../catalog/journal-record.ts";
import type { FoundFile } from "./scan-files.ts";

export interface CompareOptions {
  /** Whether what is the same is stored again. */
  readonly isForced: boolean;
  /** Whether tree hashes decide, and times don't. */
  readonly isByChecksum: boolean;
  /** What the file is to be encrypted with; what is stored otherwise differs then. */
  readonly encryption?: string | undefined;
}

export type UploadDecision =
  /** No archive has its name. */
  | { readonly kind: "new" }
  | { readonly kind: "modified"; readonly newest: CatalogEntry }
  | { readonly kind: "same"; readonly newest: CatalogEntry }
  /** It has the size of the newest archive of its name, and its tree hash decides. */
  | { readonly kind: "compare"; readonly newest: CatalogEntry; readonly treeHash: string };

/** Compares the file with the newest archive of its name: size and modification time to the second. */
export function decideUpload(
  file: Pick<FoundFile, "name" | "sizeBytes" | "modifiedAtMs">,
  catalog: Pick<Catalog, "versionsOf">,
  { isForced, isByChecksum, encryption }: CompareOptions,
): UploadDecision {
  const [newest] = catalog.versionsOf(file.name);
  if (newest === undefined) {
    return { kind: "new" };
  }
  const stored = decodeDescription(newest.description);
  const sizeBytes = stored.sizeBytes ?? newest.sizeBytes;
  const isOpenly = encryption !== undefined && stored.encryption !== encryption;
  if (isForced || isOpenly || sizeBytes !== file.sizeBytes) {
    return { kind: "modified", newest };
  }
  const { treeHash } = newest;
  if (isByChecksum && treeHash !== undefined && stored.isEncrypted !== true) {
    return { kind: "compare", newest, treeHash };
  }
  return newest.modifiedAtMs !== undefined &&
    secondOf(newest.modifiedAtMs) === secondOf(file.modifiedAtMs)
    ? { kind: "same", newest }
    : { kind: "modified", newest };
}

/** Unfinished uploads of the file at `path` under `name`, by that pair. */
export function indexOpenUploads(
  openUploads: ReadonlyMap<string, UploadStartedRecord>,
): (file: Pick<FoundFile, "path" | "name">) => readonly UploadStartedRecord[] {
  const byFile = Map.groupBy(openUploads.values(), ({ path = "", name }) => keyOf({ path, name }));
  return (file) => byFile.get(keyOf(file)) ?? [];
}

function keyOf({ path, name }: { readonly path: string; readonly name: string }): string {
  return JSON.stringify([path, name]);
}

/** Descriptions have times to the second. */
function secondOf(epochMs: number): number {
  return Math.floor(epochMs / 1000);
}
