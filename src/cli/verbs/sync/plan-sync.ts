/** Which archives a synchronization stores, and which it deletes afterwards. Pure. */

import { isStandInName } from "../../catalog/build-catalog.ts";
import type { Catalog, CatalogEntry } from "../../catalog/catalog.ts";
import { isPackName } from "../../pack/pack-name.ts";
import type { FilesPlan } from "../put/plan-files.ts";
import type { PlannedUpload } from "../put/run-uploads.ts";

export interface SyncRules {
  readonly isNewStored: boolean;
  readonly isModifiedReplaced: boolean;
  readonly isRemovedDeleted: boolean;
  /** Archives uploaded later than this stay, epoch milliseconds. */
  readonly deletedBeforeMs: number;
  /** Of the names that the folder stands for; empty for the whole vault. */
  readonly prefix: string;
}

export interface Deletion {
  readonly entry: CatalogEntry;
  readonly reason: "removed" | "replaced";
  /** The file whose archive has to be stored first. */
  readonly after: PlannedUpload | undefined;
}

export interface SyncPlan {
  readonly uploads: readonly PlannedUpload[];
  /** Modified, but not to be replaced. */
  readonly leftModified: number;
  readonly deletions: readonly Deletion[];
  /** To be deleted, but younger than `--keep-deleted` allows. */
  readonly kept: number;
}

/**
 * Of a file that is to be replaced all archives go once it is stored, and of one that is in the vault all
 * but the newest: so a run that follows a crash, or waits for `--keep-deleted`, deletes what an earlier one
 * left. Removed is a name below the prefix that nothing in the folder has, be it left out, unreadable or
 * empty; below a folder that could not be read nothing is removed, and neither are archives without name.
 */
export function decideSync(
  plan: Pick<FilesPlan, "uploads" | "stored" | "passedOver" | "unreadable">,
  catalog: Pick<Catalog, "entries" | "versionsOf">,
  rules: SyncRules,
): SyncPlan {
  const uploads = plan.uploads.filter(({ reason }) =>
    reason === "new" ? rules.isNewStored : rules.isModifiedReplaced,
  );
  const wanted = [
    ...(rules.isModifiedReplaced ? listReplaced(plan, catalog) : []),
    ...(rules.isRemovedDeleted ? listRemoved(plan, catalog, rules) : []),
  ];
  const deletions = wanted.filter(({ entry }) => entry.createdAtMs <= rules.deletedBeforeMs);
  return {
    uploads,
    leftModified:
      plan.uploads.filter(({ reason }) => reason === "modified").length -
      uploads.filter(({ reason }) => reason === "modified").length,
    deletions,
    kept: wanted.length - deletions.length,
  };
}

function listReplaced(
  { uploads, stored }: Pick<FilesPlan, "uploads" | "stored">,
  { versionsOf }: Pick<Catalog, "versionsOf">,
): Deletion[] {
  const replaced = uploads.flatMap((upload) =>
    versionsOf(upload.file.name).map(
      (entry): Deletion => ({ entry, reason: "replaced", after: upload }),
    ),
  );
  const superseded = stored.flatMap(({ file }) =>
    versionsOf(file.name)
      .slice(1)
      .map((entry): Deletion => ({ entry, reason: "replaced", after: undefined })),
  );
  return [...replaced, ...superseded];
}

function listRemoved(
  plan: Pick<FilesPlan, "uploads" | "stored" | "passedOver" | "unreadable">,
  { entries }: Pick<Catalog, "entries">,
  { prefix }: SyncRules,
): Deletion[] {
  const present = new Set([...plan.uploads, ...plan.stored].map(({ file }) => file.name));
  const shielding = new Set([...plan.passedOver, ...plan.unreadable].map(({ name }) => name));
  const start = prefix === "" ? "" : `${prefix}/`;
  return (
    [...entries.values()]
      .filter((entry) => entry.name.startsWith(start) && !isStandInName(entry))
      // A pack goes with the last of its files, and one whose files are unknown stays.
      .filter(({ name }) => !isPackName(name))
      .filter(({ name }) => !present.has(name) && !isShielded(name, shielding))
      .map((entry): Deletion => ({ entry, reason: "removed", after: undefined }))
  );
}

/** Whether the name, or a folder above it, is one that is there but was not looked at. */
function isShielded(name: string, shielding: ReadonlySet<string>): boolean {
  for (let end = name.length; end > 0; end = name.lastIndexOf("/", end - 1)) {
    if (shielding.has(name.slice(0, end))) {
      return true;
    }
  }
  return false;
}
