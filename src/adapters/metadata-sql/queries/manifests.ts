/** Manifests: the parts of archives, uploads and outputs, and which of them are garbage or pinned. */
import type { Insertable, Selectable } from "kysely";
import type { ManifestPart, ManifestPartSummary } from "../../../domain/archive.ts";
import type { ByteRange } from "../../../domain/byte-range.ts";
import type { BlobId, JobId, ManifestId } from "../../../domain/ids.ts";
import type { ManifestStore } from "../../../ports/metadata-store.ts";
import { formatHash, formatHexId, parseHash, parseHexId, parseTextId } from "../columns.ts";
import { prepareQuery } from "../prepared-query.ts";
import type { ManifestPartsTable, SqlContext } from "../schema.ts";

export function makeManifestStore(context: SqlContext): ManifestStore {
  return {
    putPart: (manifestId, part, displacedTo) => putPart(context, { manifestId, part, displacedTo }),
    listPartsPage: (page) => listPartsPage(context, page),
    summarize: (manifestId) => summarize(context, manifestId),
    listPartsInRange: (manifestId, range, limit) =>
      listPartsInRange(context, { manifestId, range, limit }),
    discard: (manifestId) => discardManifest(context, manifestId),
    pin: (manifestId, jobId) => pinManifest(context, manifestId, jobId),
    listCollectable: (limit) => listCollectable(context, limit),
    remove: (manifestId) => removeManifest(context, manifestId),
    findKnownBlobs: (blobIds) => findKnownBlobs(context, blobIds),
  };
}

type PartsPage = Parameters<ManifestStore["listPartsPage"]>[0];

/** Blob ids asked for in one query. */
const KNOWN_BLOBS_PER_QUERY = 512;

interface PutPart {
  readonly manifestId: ManifestId;
  readonly part: ManifestPart;
  readonly displacedTo: ManifestId;
}

/** Nearly always the first part at its place: one statement then. */
async function putPart(context: SqlContext, put: PutPart): Promise<void> {
  const row = rowOfPart(put);
  const [added] = await insertPart(context, row);
  if (added !== undefined) {
    return;
  }
  const [displaced] = await displacePart(context, {
    ...row,
    displaced_to: parseHexId(put.displacedTo),
  });
  if (displaced === undefined) {
    await updatePart(context, row);
    return;
  }
  await discardManifest(context, put.displacedTo);
  await insertPart(context, row);
}

function rowOfPart({ manifestId, part }: PutPart): Insertable<ManifestPartsTable> {
  return {
    manifest_id: parseHexId(manifestId),
    start_bytes: part.startBytes,
    size_bytes: part.sizeBytes,
    blob_id: parseHexId(part.blobId),
    tree_hash: parseHash(part.treeHash),
    leaves: part.leaves,
  };
}

/** Gives a row unless the manifest has a part that starts there. */
const insertPart = prepareQuery((context, row: Insertable<ManifestPartsTable>) =>
  context.db
    .insertInto("manifest_parts")
    .values({
      manifest_id: row.manifest_id,
      start_bytes: row.start_bytes,
      size_bytes: row.size_bytes,
      blob_id: row.blob_id,
      tree_hash: row.tree_hash,
      leaves: row.leaves,
    })
    .onConflict((conflict) => conflict.columns(["manifest_id", "start_bytes"]).doNothing())
    .returning("start_bytes"),
);

/** Moves a part with the same start and another blob away; gives a row when there was one. */
const displacePart = prepareQuery(
  (context, row: Insertable<ManifestPartsTable> & { readonly displaced_to: Uint8Array }) =>
    context.db
      .updateTable("manifest_parts")
      .set({ manifest_id: row.displaced_to })
      .where("manifest_id", "=", row.manifest_id)
      .where("start_bytes", "=", row.start_bytes)
      .where("blob_id", "<>", row.blob_id)
      .returning("start_bytes"),
);

/** The same blob again. */
const updatePart = prepareQuery((context, row: Insertable<ManifestPartsTable>) =>
  context.db
    .updateTable("manifest_parts")
    .set({ size_bytes: row.size_bytes, tree_hash: row.tree_hash, leaves: row.leaves })
    .where("manifest_id", "=", row.manifest_id)
    .where("start_bytes", "=", row.start_bytes),
);

async function listPartsPage(
  context: SqlContext,
  page: PartsPage,
): Promise<readonly ManifestPartSummary[]> {
  const rows = await context.db
    .selectFrom("manifest_parts")
    .where("manifest_id", "=", parseHexId(page.manifestId))
    .where("start_bytes", ">=", page.fromStartBytes)
    .select(["start_bytes", "size_bytes", "tree_hash", "blob_id"])
    .orderBy("start_bytes")
    .limit(page.limit)
    .execute();
  return rows.map(summaryOfRow);
}

async function summarize(
  context: SqlContext,
  manifestId: ManifestId,
): ReturnType<ManifestStore["summarize"]> {
  const row = await context.db
    .selectFrom("manifest_parts")
    .where("manifest_id", "=", parseHexId(manifestId))
    .select((eb) => [
      eb.fn.countAll<number>().as("part_count"),
      eb.fn.sum<number | null>("size_bytes").as("total_bytes"),
      eb.fn.max<number | null>(eb("start_bytes", "+", eb.ref("size_bytes"))).as("end_bytes"),
    ])
    .executeTakeFirstOrThrow();
  return {
    partCount: row.part_count,
    totalBytes: row.total_bytes ?? 0,
    endBytes: row.end_bytes ?? 0,
  };
}

async function listPartsInRange(
  context: SqlContext,
  { manifestId, range, limit }: { manifestId: ManifestId; range: ByteRange; limit: number },
): Promise<readonly ManifestPart[]> {
  const { start, endExclusive } = range;
  const wanted = { manifest: parseHexId(manifestId), start, endExclusive, limit };
  const rows = await selectPartsInRange(context, wanted);
  return rows.map((row) => ({ ...summaryOfRow(row), leaves: row.leaves }));
}

interface PartsInRange {
  readonly manifest: Uint8Array;
  readonly start: number;
  readonly endExclusive: number;
  readonly limit: number;
}

/**
 * Parts never overlap each other, so the last one that starts at or before the range is the first that can
 * reach into it: the index leads there without passing over the parts before.
 */
const selectPartsInRange = prepareQuery(
  ({ db }, { manifest, start, endExclusive, limit }: PartsInRange) =>
    db
      .selectFrom("manifest_parts")
      .where("manifest_id", "=", manifest)
      .where("start_bytes", ">=", (eb) =>
        eb
          .selectFrom("manifest_parts as first")
          .where("first.manifest_id", "=", manifest)
          .where("first.start_bytes", "<=", start)
          .select((select) =>
            select.fn.coalesce(select.fn.max("first.start_bytes"), select.lit(0)).as("start_bytes"),
          ),
      )
      .where("start_bytes", "<", endExclusive)
      .where((eb) => eb(eb("start_bytes", "+", eb.ref("size_bytes")), ">", start))
      .select(["start_bytes", "size_bytes", "tree_hash", "blob_id", "leaves"])
      .orderBy("start_bytes")
      .limit(limit),
);

/** Shared by every query that ends what held a manifest. */
export async function discardManifest(context: SqlContext, manifestId: ManifestId): Promise<void> {
  await context.db
    .insertInto("garbage_manifests")
    .values({ manifest_id: parseHexId(manifestId) })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

async function pinManifest(
  context: SqlContext,
  manifestId: ManifestId,
  jobId: JobId,
): Promise<void> {
  await context.db
    .insertInto("pins")
    .values({ manifest_id: parseHexId(manifestId), job_id: parseTextId(jobId) })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

async function listCollectable(context: SqlContext, limit: number): Promise<readonly ManifestId[]> {
  const rows = await context.db
    .selectFrom("garbage_manifests")
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom("pins")
            .whereRef("pins.manifest_id", "=", "garbage_manifests.manifest_id")
            .select("pins.job_id"),
        ),
      ),
    )
    .select("manifest_id")
    .orderBy("manifest_id")
    .limit(limit)
    .execute();
  return rows.map((row) => formatHexId<ManifestId>(row.manifest_id));
}

/** Leaves manifests alone that are not garbage. Bytes that lie in rows go with the parts that name them. */
async function removeManifest(context: SqlContext, manifestId: ManifestId): Promise<void> {
  const manifest = parseHexId(manifestId);
  const result = await context.db
    .deleteFrom("garbage_manifests")
    .where("manifest_id", "=", manifest)
    .executeTakeFirst();
  if (result.numDeletedRows > 0n) {
    await context.db
      .deleteFrom("small_blobs")
      .where("blob_id", "in", (eb) =>
        eb.selectFrom("manifest_parts").where("manifest_id", "=", manifest).select("blob_id"),
      )
      .execute();
    await context.db.deleteFrom("manifest_parts").where("manifest_id", "=", manifest).execute();
  }
}

async function findKnownBlobs(
  context: SqlContext,
  blobIds: readonly BlobId[],
): Promise<ReadonlySet<BlobId>> {
  const known = new Set<BlobId>();
  for (let start = 0; start < blobIds.length; start += KNOWN_BLOBS_PER_QUERY) {
    const chunk = blobIds.slice(start, start + KNOWN_BLOBS_PER_QUERY).map(parseHexId);
    const rows = await context.db
      .selectFrom("manifest_parts")
      .where("blob_id", "in", padToPowerOfTwo(chunk))
      .select("blob_id")
      .execute();
    for (const row of rows) {
      known.add(formatHexId<BlobId>(row.blob_id));
    }
  }
  return known;
}

/** Repeats the last item, so that there are few query texts, which are kept prepared. */
function padToPowerOfTwo<Item>(items: readonly Item[]): Item[] {
  const padded = [...items];
  const last = items.slice(-1);
  while ((padded.length & (padded.length - 1)) !== 0) {
    padded.push(...last);
  }
  return padded;
}

function summaryOfRow(row: Omit<Selectable<ManifestPartsTable>, "manifest_id" | "leaves">) {
  return {
    startBytes: row.start_bytes,
    sizeBytes: row.size_bytes,
    treeHash: formatHash(row.tree_hash),
    blobId: formatHexId<BlobId>(row.blob_id),
  };
}
