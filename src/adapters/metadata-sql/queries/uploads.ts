/** Multipart uploads, in progress and remembered after their end. */
import type { Selectable } from "kysely";
import type { ArchiveId, UploadId } from "../../../domain/ids.ts";
import type {
  MultipartUpload,
  UploadAborted,
  UploadCompleted,
  UploadInProgress,
} from "../../../domain/multipart-upload.ts";
import type { UploadStore } from "../../../ports/metadata-store.ts";
import { assert, assertNever } from "../../../std/assert.ts";
import {
  formatHash,
  formatHexId,
  formatTextId,
  parseHash,
  parseHexId,
  parseTextId,
} from "../columns.ts";
import type { SqlContext, UploadsTable } from "../schema.ts";
import { discardManifest } from "./manifests.ts";
import { textContexts } from "./sealed-texts.ts";

export function makeUploadStore(context: SqlContext): UploadStore {
  return {
    insert: (upload) => insertUpload(context, upload),
    find: (uploadId) => findUpload(context, uploadId),
    lock: (uploadId) => lockUpload(context, uploadId),
    listPage: (page) => listUploadPage(context, page),
    touch: (uploadId, lastActivityAtMs) => touchUpload(context, uploadId, lastActivityAtMs),
    end: (upload) => endUpload(context, upload),
    listIdle: (beforeMs, limit) => listIdleUploads(context, beforeMs, limit),
    forgetEnded: (beforeMs) => forgetEndedUploads(context, beforeMs),
  };
}

type Page = Parameters<UploadStore["listPage"]>[0];

async function insertUpload(context: SqlContext, upload: UploadInProgress): Promise<void> {
  await context.db
    .insertInto("uploads")
    .values({
      upload_id: parseTextId(upload.uploadId),
      vault_id: upload.vaultId,
      manifest_id: parseHexId(upload.manifestId),
      part_size_bytes: upload.partSizeBytes,
      description:
        upload.description === undefined
          ? null
          : context.texts.seal(upload.description, textContexts.upload(upload.uploadId)),
      created_at_ms: upload.createdAtMs,
      last_activity_at_ms: upload.lastActivityAtMs,
      state: upload.state,
    })
    .execute();
}

async function findUpload(
  context: SqlContext,
  uploadId: UploadId,
): Promise<MultipartUpload | undefined> {
  const row = await context.db
    .selectFrom("uploads")
    .where("upload_id", "=", parseTextId(uploadId))
    .selectAll()
    .executeTakeFirst();
  return row && uploadOfRow(context, row);
}

async function lockUpload(
  context: SqlContext,
  uploadId: UploadId,
): Promise<MultipartUpload | undefined> {
  const row = await context.db
    .selectFrom("uploads")
    .where("upload_id", "=", parseTextId(uploadId))
    .selectAll()
    .$if(context.capabilities.rowLocks, (query) => query.forUpdate())
    .executeTakeFirst();
  return row && uploadOfRow(context, row);
}

async function listUploadPage(
  context: SqlContext,
  page: Page,
): Promise<readonly UploadInProgress[]> {
  let query = context.db
    .selectFrom("uploads")
    .where("vault_id", "=", page.vaultId)
    .where("state", "=", "InProgress");
  if (page.from !== undefined) {
    query = query.where("upload_id", ">=", parseTextId(page.from));
  }
  const rows = await query.selectAll().orderBy("upload_id").limit(page.limit).execute();
  return rows.map((row) => inProgressOfRow(context, row));
}

async function touchUpload(
  context: SqlContext,
  uploadId: UploadId,
  lastActivityAtMs: number,
): Promise<void> {
  await context.db
    .updateTable("uploads")
    .set({ last_activity_at_ms: lastActivityAtMs })
    .where("upload_id", "=", parseTextId(uploadId))
    .where("state", "=", "InProgress")
    .execute();
}

/** A completed upload's manifest is the archive's from now on; an aborted one's is nobody's. */
async function endUpload(
  context: SqlContext,
  upload: UploadCompleted | UploadAborted,
): Promise<void> {
  const result = await context.db
    .updateTable("uploads")
    .set({ state: upload.state, ended_at_ms: upload.endedAtMs, ...endColumns(upload) })
    .where("upload_id", "=", parseTextId(upload.uploadId))
    .where("state", "=", "InProgress")
    .returning("manifest_id")
    .executeTakeFirst();
  assert(result !== undefined, `upload ${upload.uploadId} must be in progress to end`);
  if (upload.state === "Aborted") {
    await discardManifest(context, formatHexId(result.manifest_id));
  }
}

function endColumns(upload: UploadCompleted | UploadAborted) {
  switch (upload.state) {
    case "Completed":
      return {
        archive_id: parseTextId(upload.archiveId),
        archive_size_bytes: upload.archiveSizeBytes,
        tree_hash: parseHash(upload.treeHash),
      };
    case "Aborted":
      return {};
    default:
      return assertNever(upload);
  }
}

async function listIdleUploads(
  context: SqlContext,
  beforeMs: number,
  limit: number,
): Promise<readonly UploadInProgress[]> {
  const rows = await context.db
    .selectFrom("uploads")
    .where("state", "=", "InProgress")
    .where("last_activity_at_ms", "<", beforeMs)
    .selectAll()
    .orderBy("last_activity_at_ms")
    .limit(limit)
    .execute();
  return rows.map((row) => inProgressOfRow(context, row));
}

async function forgetEndedUploads(context: SqlContext, beforeMs: number): Promise<number> {
  const result = await context.db
    .deleteFrom("uploads")
    .where("ended_at_ms", "<", beforeMs)
    .executeTakeFirst();
  return Number(result.numDeletedRows);
}

type UploadRow = Selectable<UploadsTable>;

function uploadOfRow(context: SqlContext, row: UploadRow): MultipartUpload {
  switch (row.state) {
    case "InProgress":
      return inProgressOfRow(context, row);
    case "Completed":
      return completedOfRow(context, row);
    case "Aborted":
      return { ...factsOfRow(context, row), state: "Aborted", endedAtMs: endedAtMsOfRow(row) };
    default:
      return assertNever(row.state);
  }
}

function inProgressOfRow(context: SqlContext, row: UploadRow): UploadInProgress {
  return { ...factsOfRow(context, row), state: "InProgress" };
}

function completedOfRow(context: SqlContext, row: UploadRow): UploadCompleted {
  assert(
    row.archive_id !== null && row.archive_size_bytes !== null && row.tree_hash !== null,
    "a completed upload must have its archive",
  );
  return {
    ...factsOfRow(context, row),
    state: "Completed",
    endedAtMs: endedAtMsOfRow(row),
    archiveId: formatTextId<ArchiveId>(row.archive_id),
    archiveSizeBytes: row.archive_size_bytes,
    treeHash: formatHash(row.tree_hash),
  };
}

function endedAtMsOfRow(row: UploadRow): number {
  assert(row.ended_at_ms !== null, "an ended upload must have its end");
  return row.ended_at_ms;
}

function factsOfRow({ texts }: SqlContext, row: UploadRow): Omit<UploadInProgress, "state"> {
  const uploadId = formatTextId<UploadId>(row.upload_id);
  return {
    uploadId,
    vaultId: row.vault_id,
    manifestId: formatHexId(row.manifest_id),
    partSizeBytes: row.part_size_bytes,
    description:
      row.description === null
        ? undefined
        : texts.open(row.description, textContexts.upload(uploadId)),
    createdAtMs: row.created_at_ms,
    lastActivityAtMs: row.last_activity_at_ms,
  };
}
