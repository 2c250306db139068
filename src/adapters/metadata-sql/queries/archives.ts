/** Archives, live and deleted, and the snapshots that inventories are made of. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { type Selectable, sql } from "kysely";
import type { Archive, SnapshotArchive } from "../../../domain/archive.ts";
import type { ArchiveId, ManifestId } from "../../../domain/ids.ts";
import type { InventoryPosition } from "../../../domain/job.ts";
import { DIGEST_BYTES } from "../../../domain/limits.ts";
import type { ArchiveStore } from "../../../ports/metadata-store.ts";
import { assert } from "../../../std/assert.ts";
import type { Capabilities } from "../capabilities.ts";
import {
  formatHash,
  formatHexAsTextId,
  formatHexId,
  formatTextId,
  parseHash,
  parseHexId,
  parseTextId,
} from "../columns.ts";
import { prepareQuery } from "../prepared-query.ts";
import type { ArchivesTable, SqlContext } from "../schema.ts";
import { forgetDamages } from "./damages.ts";
import { discardManifest } from "./manifests.ts";
import { textContexts } from "./sealed-texts.ts";

export function makeArchiveStore(context: SqlContext): ArchiveStore {
  return {
    insert: (archive) => insertArchive(context, archive),
    find: (archiveId) => findArchive(context, archiveId),
    markDeleted: (archiveId, deletedSequence) => markDeleted(context, archiveId, deletedSequence),
    listSnapshotPage: (page) => listSnapshotPage(context, page),
  };
}

type Page = Parameters<ArchiveStore["listSnapshotPage"]>[0];

/**
 * How many records one query may pass over in search of archives that belong to the snapshot, so that a
 * vault with a million deleted archives never holds the event loop.
 */
const SCAN_MAX_ROWS = 4_000;

async function insertArchive(
  context: SqlContext,
  archive: Omit<Archive, "deletedSequence">,
): Promise<void> {
  await insertRow(context, {
    archive_id: parseTextId(archive.archiveId),
    vault_id: archive.vaultId,
    created_at_ms: archive.createdAtMs,
    created_sequence: archive.createdSequence,
    size_bytes: archive.sizeBytes,
    manifest_id: parseHexId(archive.manifestId),
    tree_hash: parseHash(archive.treeHash),
    sha256: archive.sha256 === undefined ? null : parseHash(archive.sha256),
    description:
      archive.description === undefined
        ? null
        : context.texts.seal(archive.description, textContexts.archive(archive.archiveId)),
  });
}

const insertRow = prepareQuery(({ db }, row: Omit<Selectable<ArchivesTable>, "deleted_sequence">) =>
  db.insertInto("archives").values({
    archive_id: row.archive_id,
    vault_id: row.vault_id,
    created_at_ms: row.created_at_ms,
    created_sequence: row.created_sequence,
    size_bytes: row.size_bytes,
    manifest_id: row.manifest_id,
    tree_hash: row.tree_hash,
    sha256: row.sha256,
    description: row.description,
  }),
);

/** Records of a vault that was removed are gone, even while they wait to be purged. */
async function findArchive(
  context: SqlContext,
  archiveId: ArchiveId,
): Promise<Archive | undefined> {
  const [row] = await selectArchive(context, { id: parseTextId(archiveId) });
  return row && archiveOfRow(context, row);
}

const selectArchive = prepareQuery(({ db }, { id }: { readonly id: Uint8Array }) =>
  db
    .selectFrom("archives")
    .where("archive_id", "=", id)
    .where((eb) =>
      eb.exists(
        eb
          .selectFrom("vaults")
          .whereRef("vaults.vault_id", "=", "archives.vault_id")
          .select("vaults.vault_id"),
      ),
    )
    .selectAll(),
);

async function markDeleted(
  context: SqlContext,
  archiveId: ArchiveId,
  deletedSequence: number,
): Promise<void> {
  const row = await context.db
    .updateTable("archives")
    .set({ deleted_sequence: deletedSequence })
    .where("archive_id", "=", parseTextId(archiveId))
    .where("deleted_sequence", "is", null)
    .returning("manifest_id")
    .executeTakeFirst();
  assert(row !== undefined, `archive ${archiveId} must be live to be marked deleted`);
  await discardManifest(context, formatHexId(row.manifest_id));
  await forgetDamages(context, archiveId);
}

/** Every record of a vault, deleted ones too, in inventory order; `from` is inclusive. */
export async function listArchiveRecords(
  context: SqlContext,
  page: Pick<Page, "vaultId" | "from" | "limit">,
): Promise<readonly Archive[]> {
  const all = { createdFromMs: undefined, createdBeforeMs: undefined, changeSequence: 0 };
  const rows = await selectRecords(context, { ...page, ...all })
    .select([...factColumns, hexColumns(context.capabilities).as("hex")])
    .limit(page.limit)
    .execute();
  return rows.map((row) => archiveOfHexRow(context, row));
}

async function listSnapshotPage(
  context: SqlContext,
  page: Page,
): Promise<readonly SnapshotArchive[]> {
  const archives: SnapshotArchive[] = [];
  let from = page.from;
  for (;;) {
    const limit = page.limit - archives.length;
    archives.push(...(await scanSnapshot(context, { ...page, from, limit })));
    if (archives.length >= page.limit) {
      return archives;
    }
    from = await findScanEnd(context, { ...page, from });
    if (from === undefined) {
      return archives;
    }
    await nextTurn();
  }
}

/** The snapshot's archives among the next `SCAN_MAX_ROWS` records. */
async function scanSnapshot(context: SqlContext, page: Page): Promise<readonly SnapshotArchive[]> {
  const rows = await context.db
    .selectFrom(selectRecords(context, page).selectAll().limit(SCAN_MAX_ROWS).as("records"))
    .where("created_sequence", "<=", page.changeSequence)
    .where((eb) =>
      eb.or([eb("deleted_sequence", "is", null), eb("deleted_sequence", ">", page.changeSequence)]),
    )
    .select(snapshotLine(context.capabilities).as("line"))
    .orderBy("created_at_ms")
    .orderBy("archive_id")
    .limit(page.limit)
    .execute();
  return rows.map(({ line }) => archiveOfLine(context, line));
}

/**
 * What a snapshot tells of an archive as one text: a driver takes longest for each column of each row, and longer for
 * a byte string than for its digits, in whatever case they are. The description comes last, since it may hold
 * anything, and after a space of its own, since none differs from an empty one.
 */
function snapshotLine({ hexFunction }: Capabilities) {
  const digits =
    hexFunction === "hex"
      ? sql`hex(tree_hash || archive_id)`
      : sql`encode(tree_hash || archive_id, 'hex')`;
  const numbers = sql`' ' || created_at_ms || ' ' || size_bytes`;
  return sql<string>`${digits} || ${numbers} || coalesce(' ' || description, '')`;
}

const TREE_HASH_DIGITS = 2 * DIGEST_BYTES;

/** Reads what `snapshotLine` wrote. */
function archiveOfLine({ texts }: SqlContext, line: string): SnapshotArchive {
  const digitsEnd = line.indexOf(" ");
  const createdEnd = line.indexOf(" ", digitsEnd + 1);
  const space = line.indexOf(" ", createdEnd + 1);
  const sizeEnd = space === -1 ? line.length : space;
  const archiveId = formatHexAsTextId<ArchiveId>(line.slice(TREE_HASH_DIGITS, digitsEnd));
  return {
    archiveId,
    createdAtMs: Number(line.slice(digitsEnd + 1, createdEnd)),
    sizeBytes: Number(line.slice(createdEnd + 1, sizeEnd)),
    treeHash: line.slice(0, TREE_HASH_DIGITS).toLowerCase(),
    description:
      space === -1 ? undefined : texts.open(line.slice(space + 1), textContexts.archive(archiveId)),
  };
}

/** The columns of an archive that are no digest and no manifest. */
const factColumns = [
  "archive_id",
  "vault_id",
  "created_at_ms",
  "created_sequence",
  "deleted_sequence",
  "size_bytes",
  "description",
] as const;

/**
 * Manifest id, tree hash and SHA-256 (nothing when unknown) as one text: a driver makes a string in a
 * fraction of the time of a byte array, of which a page would need thousands.
 */
function hexColumns({ hexFunction }: Capabilities) {
  return hexFunction === "hex"
    ? sql<string>`lower(hex(manifest_id) || hex(tree_hash) || coalesce(hex(sha256), ''))`
    : sql<string>`encode(manifest_id || tree_hash || coalesce(sha256, ''), 'hex')`;
}

/** The first record after those that one scan passes over. */
async function findScanEnd(
  context: SqlContext,
  page: Page,
): Promise<InventoryPosition | undefined> {
  const row = await selectRecords(context, page)
    .select(["created_at_ms", "archive_id"])
    .limit(1)
    .offset(SCAN_MAX_ROWS)
    .executeTakeFirst();
  return (
    row && { createdAtMs: row.created_at_ms, archiveId: formatTextId<ArchiveId>(row.archive_id) }
  );
}

/** The vault's archive records of the page's dates, in inventory order, from its position on. */
function selectRecords(context: SqlContext, page: Page) {
  const { createdFromMs, createdBeforeMs, from } = page;
  let query = context.db.selectFrom("archives").where("vault_id", "=", page.vaultId);
  if (createdFromMs !== undefined && (from === undefined || from.createdAtMs < createdFromMs)) {
    query = query.where("created_at_ms", ">=", createdFromMs);
  } else if (from !== undefined) {
    query = query.where((eb) =>
      eb(
        eb.refTuple("created_at_ms", "archive_id"),
        ">=",
        eb.tuple(from.createdAtMs, parseTextId(from.archiveId)),
      ),
    );
  }
  if (createdBeforeMs !== undefined) {
    query = query.where("created_at_ms", "<", createdBeforeMs);
  }
  return query.orderBy("created_at_ms").orderBy("archive_id");
}

/** Also for queries that find archives by something else. */
export function archiveOfRow(context: SqlContext, row: Selectable<ArchivesTable>): Archive {
  return {
    ...factsOfRow(context, row),
    treeHash: formatHash(row.tree_hash),
    sha256: row.sha256 === null ? undefined : formatHash(row.sha256),
    manifestId: formatHexId(row.manifest_id),
  };
}

function archiveOfHexRow(context: SqlContext, row: FactsRow & { readonly hex: string }): Archive {
  return {
    ...factsOfRow(context, row),
    treeHash: row.hex.slice(32, 96),
    sha256: row.hex.length === 96 ? undefined : row.hex.slice(96),
    // The first 16 bytes, by `hexColumns`.
    manifestId: row.hex.slice(0, 32) as ManifestId,
  };
}

type HexColumn = "tree_hash" | "sha256" | "manifest_id";
type FactsRow = Omit<Selectable<ArchivesTable>, HexColumn>;

function factsOfRow(
  { texts }: SqlContext,
  row: FactsRow,
): Omit<Archive, "treeHash" | "sha256" | "manifestId"> {
  const archiveId = formatTextId<ArchiveId>(row.archive_id);
  return {
    archiveId,
    vaultId: row.vault_id,
    createdAtMs: row.created_at_ms,
    createdSequence: row.created_sequence,
    sizeBytes: row.size_bytes,
    description:
      row.description === null
        ? undefined
        : texts.open(row.description, textContexts.archive(archiveId)),
    deletedSequence: row.deleted_sequence ?? undefined,
  };
}
