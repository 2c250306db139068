/** Parts in the order of their blobs, and how far walks over them are; see ports/scrub-store.ts. */
import type { ExpressionBuilder, Selectable } from "kysely";
import type { Archive } from "../../../domain/archive.ts";
import type { BlobId, ManifestId } from "../../../domain/ids.ts";
import type { ScrubStore, StoredPart, Walk, WalkName } from "../../../ports/scrub-store.ts";
import { formatHash, formatHexId, parseHexId } from "../columns.ts";
import type { ManifestPartsTable, SqlContext, Tables } from "../schema.ts";
import { archiveOfRow } from "./archives.ts";

export function makeScrubStore(context: SqlContext): ScrubStore {
  return {
    listParts: (page) => listParts(context, page),
    findPart: (blobId) => findPart(context, blobId),
    findArchive: (manifestId) => findArchive(context, manifestId),
    findWalk: (name) => findWalk(context, name),
    saveWalk: (walk) => saveWalk(context, walk),
  };
}

async function listParts(
  context: SqlContext,
  page: Parameters<ScrubStore["listParts"]>[0],
): Promise<readonly StoredPart[]> {
  let query = context.db.selectFrom("manifest_parts").where(isNeeded);
  if (page.after !== undefined) {
    query = query.where("blob_id", ">", parseHexId(page.after));
  }
  const rows = await query.selectAll().orderBy("blob_id").limit(page.limit).execute();
  return rows.map(partOfRow);
}

async function findPart(context: SqlContext, blobId: BlobId): Promise<StoredPart | undefined> {
  const row = await context.db
    .selectFrom("manifest_parts")
    .where("blob_id", "=", parseHexId(blobId))
    .where(isNeeded)
    .selectAll()
    .executeTakeFirst();
  return row && partOfRow(row);
}

/** Not garbage, or pinned garbage. */
function isNeeded(eb: ExpressionBuilder<Tables, "manifest_parts">) {
  const garbage = eb
    .selectFrom("garbage_manifests as garbage")
    .whereRef("garbage.manifest_id", "=", "manifest_parts.manifest_id")
    .where((inner) =>
      inner.not(
        inner.exists(
          inner
            .selectFrom("pins")
            .whereRef("pins.manifest_id", "=", "garbage.manifest_id")
            .select("pins.job_id"),
        ),
      ),
    )
    .select("garbage.manifest_id");
  return eb.not(eb.exists(garbage));
}

function partOfRow(row: Selectable<ManifestPartsTable>): StoredPart {
  return {
    manifestId: formatHexId<ManifestId>(row.manifest_id),
    startBytes: row.start_bytes,
    sizeBytes: row.size_bytes,
    blobId: formatHexId<BlobId>(row.blob_id),
    treeHash: formatHash(row.tree_hash),
    leaves: row.leaves,
  };
}

async function findArchive(
  context: SqlContext,
  manifestId: ManifestId,
): Promise<Archive | undefined> {
  const row = await context.db
    .selectFrom("archives")
    .innerJoin("vaults", "vaults.vault_id", "archives.vault_id")
    .where("manifest_id", "=", parseHexId(manifestId))
    .where("deleted_sequence", "is", null)
    .selectAll("archives")
    .executeTakeFirst();
  return row && archiveOfRow(context, row);
}

async function findWalk(context: SqlContext, name: WalkName): Promise<Walk | undefined> {
  const row = await context.db
    .selectFrom("walks")
    .where("walk_name", "=", name)
    .selectAll()
    .executeTakeFirst();
  return (
    row && {
      name: row.walk_name,
      target: row.target,
      pass: row.pass,
      startedAtMs: row.started_at_ms,
      position: row.position === null ? undefined : formatHexId<BlobId>(row.position),
      endedAtMs: row.ended_at_ms ?? undefined,
      previousStartedAtMs: row.previous_started_at_ms ?? undefined,
    }
  );
}

async function saveWalk(context: SqlContext, walk: Walk): Promise<void> {
  const values = {
    target: walk.target,
    pass: walk.pass,
    started_at_ms: walk.startedAtMs,
    position: walk.position === undefined ? null : parseHexId(walk.position),
    ended_at_ms: walk.endedAtMs ?? null,
    previous_started_at_ms: walk.previousStartedAtMs ?? null,
  };
  await context.db
    .insertInto("walks")
    .values({ walk_name: walk.name, ...values })
    .onConflict((conflict) => conflict.column("walk_name").doUpdateSet(values))
    .execute();
}
