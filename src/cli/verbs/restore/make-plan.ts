/** What a restore will do: the archives, their paths, and what is there already. */
import { lstat, realpath } from "node:fs/promises";
import { join } from "node:path";
import { VerbFailure } from "../../session/verb-failure.ts";
import { compareFile, type LocalState } from "../retrieval/local-file.ts";
import type { SelectedArchive } from "../retrieval/select-archives.ts";
import { decideExisting } from "./existing-file.ts";
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
  options: { readonly dir: string; readonly existing: ExistingFiles },
): Promise<RestoreScope> {
  const named = selected.map(({ archiveId, shownName }) => ({ archiveId, name: shownName }));
  const mapped = mapPaths(named);
  const items: PlanItem[] = [];
  const present: PlanItem[] = [];
  const refused: { item: PlanItem; reason: string; status: number }[] = [];
  const renamed: RenamedItem[] = [];
  for (const [index, archive] of selected.entries()) {
    const { path = "", reasons = [] } = mapped[index] ?? {};
    const { archiveId, sizeBytes, treeHash, modifiedAtMs, shownName: name } = archive;
    const item = { archiveId, sizeBytes, treeHash, modifiedAtMs, name, path };
    if (reasons.length > 0) {
      renamed.push({ item, reasons });
    }
    try {
      const isLeft = decideExisting(options.existing, await stateOf(options.dir, item)) === "leave";
      (isLeft ? present : items).push(item);
    } catch (error) {
      if (!(error instanceof VerbFailure)) {
        throw error;
      }
      refused.push({ item, reason: error.message, status: error.exitCode });
    }
  }
  return { items, present, refused, renamed };
}

/** What is at the item's path, when no folder above it is a link that leads elsewhere. */
async function stateOf(dir: string, item: PlanItem): Promise<LocalState> {
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
  return await compareFile(path, item);
}
