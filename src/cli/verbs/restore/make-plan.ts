/** What a restore will do: the archives, their paths, and what is there already. */
import { lstat, realpath } from "node:fs/promises";
import { join } from "node:path";
import type { Catalog } from "../../catalog/catalog.ts";
import { VerbFailure } from "../../session/verb-failure.ts";
import { findCipher, nameEncrypted } from "../retrieval/ciphers.ts";
import {
  checkIdentity,
  compareDecrypted,
  type Decryption,
  isToBeDecrypted,
} from "../retrieval/decrypt.ts";
import { compareFile, type LocalState } from "../retrieval/local-file.ts";
import type { SelectedArchive } from "../retrieval/select-archives.ts";
import { decideExisting } from "./existing-file.ts";
import { groupByPack, type WantedMember } from "./group-packs.ts";
import { mapPaths, type PathReason } from "./map-paths.ts";
import type { ExistingFiles, PlanItem } from "./plan.ts";

export interface RenamedItem {
  readonly item: PlanItem;
  readonly reasons: readonly PathReason[];
}

export interface RestoreScope {
  readonly items: readonly PlanItem[];
  /** Identical files, and with `skip` any. */
  readonly present: readonly PlanItem[];
  readonly refused: readonly {
    readonly item: PlanItem;
    readonly reason: string;
    readonly status: number;
  }[];
  /** Whose paths are not their names, of all of them. */
  readonly renamed: readonly RenamedItem[];
}

/**
 * Decides for every archive of `selected` what becomes of it in `dir`, which need not exist. Files that are
 * there are read when their size is right. Throws the file system's error.
 */
export async function scopeRestore(
  selected: readonly SelectedArchive[],
  options: {
    readonly dir: string;
    readonly existing: ExistingFiles;
    readonly decryption: Decryption | undefined;
    /** Knows the packs that files of `selected` lie in. */
    readonly catalog: Pick<Catalog, "entries">;
  },
): Promise<RestoreScope> {
  const { decryption } = options;
  const named = selected.map(({ archiveId, shownName, description }) => {
    const cipher = findCipher(description);
    checkIdentity(decryption, cipher);
    const isPlain = cipher === undefined || isToBeDecrypted(cipher, decryption);
    return { archiveId, cipher, name: isPlain ? shownName : nameEncrypted(shownName, cipher) };
  });
  const mapped = mapPaths(named);
  const items: PlanItem[] = [];
  const wanted: WantedMember[] = [];
  const present: PlanItem[] = [];
  const refused: { item: PlanItem; reason: string; status: number }[] = [];
  const renamed: RenamedItem[] = [];
  for (const [index, archive] of selected.entries()) {
    const { path = "", reasons = [] } = mapped[index] ?? {};
    const { archiveId, sizeBytes, treeHash, modifiedAtMs, shownName: name } = archive;
    const { cipher } = named[index] ?? {};
    const item = { archiveId, sizeBytes, treeHash, modifiedAtMs, name, path, cipher };
    if (reasons.length > 0) {
      renamed.push({ item, reasons });
    }
    try {
      const isLeft = decideExisting(options.existing, await stateOf(item, options)) === "leave";
      if (isLeft) {
        present.push(item);
      } else if (archive.packed === undefined) {
        items.push(item);
      } else {
        const { packId, offset, mode } = archive.packed;
        wanted.push({ ...item, treeHash: treeHash ?? "", packId, offset, mode });
      }
    } catch (error) {
      if (!(error instanceof VerbFailure)) {
        throw error;
      }
      refused.push({ item, reason: error.message, status: error.exitCode });
    }
  }
  const packs = groupByPack(wanted, options.catalog);
  return { items: [...items, ...packs], present, refused, renamed };
}

/** What is at the item's path, when no folder above it is a link that leads elsewhere. */
async function stateOf(
  item: PlanItem,
  { dir, decryption }: { readonly dir: string; readonly decryption: Decryption | undefined },
): Promise<LocalState> {
  const path = join(dir, item.path);
  try {
    await lstat(path);
    const components = item.path.split("/").slice(0, -1);
    if ((await realpath(join(dir, ...components))) !== join(await realpath(dir), ...components)) {
      return "absent";
    }
  } catch {
    // Nothing is there; whatever is in the way of making it is met, and told, when it is made.
    return "absent";
  }
  return await compareItem(path, item, decryption);
}

/** Compares the file at the path with what is to be written there. */
export async function compareItem(
  path: string,
  item: Pick<PlanItem, "sizeBytes" | "treeHash" | "modifiedAtMs" | "cipher">,
  decryption: Decryption | undefined,
): Promise<LocalState> {
  const { cipher, modifiedAtMs } = item;
  return cipher !== undefined && isToBeDecrypted(cipher, decryption)
    ? await compareDecrypted(path, { cipher, modifiedAtMs })
    : await compareFile(path, item);
}
