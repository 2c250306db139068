/** Rows with the bytes of small blobs; see ports/small-blobs.ts. */
import type { BlobId } from "../../../domain/ids.ts";
import type { SmallBlob, SmallBlobStore } from "../../../ports/small-blobs.ts";
import { formatHexId, parseHexId } from "../columns.ts";
import { prepareQuery } from "../prepared-query.ts";
import type { SqlContext } from "../schema.ts";

export function makeSmallBlobStore(context: SqlContext): SmallBlobStore {
  return {
    insert: (blob) => insertBlob(context, blob),
    find: (blobId) => findBlob(context, blobId),
    replace: (blob) => replaceBlob(context, blob),
    remove: (blobId) => removeBlob(context, blobId),
    listIds: (page) => listIds(context, page),
    listPage: (page) => listPage(context, page),
  };
}

type Page = Parameters<SmallBlobStore["listPage"]>[0];

async function insertBlob(context: SqlContext, { blobId, stored }: SmallBlob): Promise<void> {
  await insertRow(context, { id: parseHexId(blobId), stored });
}

const insertRow = prepareQuery(
  (context, row: { readonly id: Uint8Array; readonly stored: Uint8Array }) =>
    context.db.insertInto("small_blobs").values({ blob_id: row.id, bytes: row.stored }),
);

async function findBlob(context: SqlContext, blobId: BlobId): Promise<Uint8Array | undefined> {
  const [row] = await selectRow(context, { id: parseHexId(blobId) });
  return row?.bytes;
}

const selectRow = prepareQuery((context, { id }: { readonly id: Uint8Array }) =>
  context.db.selectFrom("small_blobs").where("blob_id", "=", id).select("bytes"),
);

async function replaceBlob({ db }: SqlContext, { blobId, stored }: SmallBlob): Promise<boolean> {
  const result = await db
    .updateTable("small_blobs")
    .set({ bytes: stored })
    .where("blob_id", "=", parseHexId(blobId))
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

async function removeBlob({ db }: SqlContext, blobId: BlobId): Promise<boolean> {
  const result = await db
    .deleteFrom("small_blobs")
    .where("blob_id", "=", parseHexId(blobId))
    .executeTakeFirst();
  return result.numDeletedRows > 0n;
}

/** Read from the index alone: no row's bytes are touched. */
async function listIds({ db }: SqlContext, { after, limit }: Page): Promise<readonly BlobId[]> {
  let query = db.selectFrom("small_blobs").select("blob_id");
  if (after !== undefined) {
    query = query.where("blob_id", ">", parseHexId(after));
  }
  const rows = await query.orderBy("blob_id").limit(limit).execute();
  return rows.map((row) => formatHexId<BlobId>(row.blob_id));
}

async function listPage({ db }: SqlContext, { after, limit }: Page): Promise<readonly SmallBlob[]> {
  let query = db.selectFrom("small_blobs").selectAll();
  if (after !== undefined) {
    query = query.where("blob_id", ">", parseHexId(after));
  }
  const rows = await query.orderBy("blob_id").limit(limit).execute();
  return rows.map((row) => ({ blobId: formatHexId<BlobId>(row.blob_id), stored: row.bytes }));
}
