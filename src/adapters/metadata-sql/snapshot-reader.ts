/**
 * Reads the archives of a snapshot through a connection of its own, as a thread beside the service does for a large
 * inventory. SQLite packs a page of archives into one value (domain/packed-archives.ts): a driver makes a value for
 * each column of each row otherwise, which takes longer than everything else that is done for an inventory.
 */
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { ARCHIVE_ID_BYTES, type ArchiveId } from "../../domain/ids.ts";
import type { InventoryPosition, InventoryRetrievalRequest } from "../../domain/job.ts";
import { PackedArchives } from "../../domain/packed-archives.ts";
import { formatTextId, parseTextId } from "./columns.ts";
import { textContexts } from "./queries/sealed-texts.ts";

/** Records of one page: more save nothing, and take memory. */
const PAGE_RECORDS = 1_000;
/** What is read is read once: the pages of the index and of its neighbours in the table. */
const CACHE_KIB = 4 * 1024;
const BUSY_TIMEOUT_MS = 5_000;

/** A walk over all records of the vault, whether the snapshot holds them or not, so that each page is bounded. */
const PAGE = `
  select cast(group_concat(concat(
    archive_id, tree_hash, created_at_ms, ' ',
    iif(created_sequence <= ?1 and (deleted_sequence is null or deleted_sequence > ?1), size_bytes, ''), ' ',
    coalesce(octet_length(description), 0), ' ', description
  ), '') as blob)
  from (
    select archive_id, tree_hash, created_at_ms, size_bytes, created_sequence, deleted_sequence, description
    from archives
    where vault_id = ?2 and (created_at_ms, archive_id) >= (?3, ?4) and created_at_ms < ?5
    order by created_at_ms, archive_id
    limit ${PAGE_RECORDS}
  )`;

const DESCRIPTION = "select description from archives where archive_id = ?";

/** Comes behind an archive id, and before every other that is behind it. */
const SUCCESSOR = Uint8Array.of(0);

/** A walk over a snapshot of the metadata in a file that a service has open. */
export class SnapshotReader {
  readonly #database: DatabaseSync;
  readonly #page: StatementSync;
  readonly #vaultId: number;
  readonly #changeSequence: number;
  readonly #createdBeforeMs: number;
  #from: { readonly createdAtMs: number; readonly archiveId: Uint8Array };

  /** Throws SQLite's errors. */
  constructor(
    file: string,
    task: { readonly vaultId: number; readonly request: InventoryRetrievalRequest },
  ) {
    const { request } = task;
    this.#database = new DatabaseSync(file, { readOnly: true, timeout: BUSY_TIMEOUT_MS });
    this.#database.exec(`PRAGMA cache_size = -${CACHE_KIB}`);
    this.#page = this.#database.prepare(PAGE);
    this.#page.setReturnArrays(true);
    this.#vaultId = task.vaultId;
    this.#changeSequence = request.snapshot.changeSequence;
    this.#createdBeforeMs = request.endDate?.atMs ?? Number.MAX_SAFE_INTEGER;
    this.#from = startOf(request);
  }

  /**
   * The records in inventory order. Each page must be walked to its end before the next is asked for, and is gone then.
   * It is a query of its own, so that no long transaction keeps the write-ahead log from being emptied.
   */
  *pages(): Generator<PackedArchives, void, void> {
    for (;;) {
      const { createdAtMs, archiveId } = this.#from;
      const row = this.#page.get(
        this.#changeSequence,
        this.#vaultId,
        createdAtMs,
        archiveId,
        this.#createdBeforeMs,
      );
      // The statement returns arrays, of the one column; only its types don't say so.
      const [bytes] = row as unknown as readonly [Uint8Array<ArrayBuffer> | null];
      if (bytes === null) {
        return;
      }
      const page = new PackedArchives(bytes);
      yield page;
      if (page.count < PAGE_RECORDS) {
        return;
      }
      const last = idBytesOf(page);
      const after = new Uint8Array([...last, ...SUCCESSOR]);
      this.#from = { createdAtMs: page.createdAtMs, archiveId: after };
      release(bytes);
    }
  }

  /** The description of the present archive of `page` as it is stored now: it may have been sealed again meanwhile. */
  findDescription(page: PackedArchives): string | undefined {
    const row = this.#database.prepare(DESCRIPTION).get(idBytesOf(page));
    const description = row?.["description"];
    return typeof description === "string" ? description : undefined;
  }

  close(): void {
    this.#database.close();
  }
}

/** Where the present archive of `page` is in an inventory. */
export function positionOf(page: PackedArchives): InventoryPosition {
  return {
    createdAtMs: page.createdAtMs,
    archiveId: formatTextId<ArchiveId>(idBytesOf(page)),
  };
}

/** What the description of the present archive of `page` is tied to when it is sealed. */
export function descriptionContext(page: PackedArchives): string {
  return textContexts.archive(formatTextId<ArchiveId>(idBytesOf(page)));
}

/** Gives memory back at once, which V8 would let grow by 64 MiB before it looked for what isn't used any more. */
function release({ buffer }: Uint8Array<ArrayBuffer>): void {
  buffer.transfer(0);
}

function idBytesOf(page: PackedArchives): Uint8Array {
  return page.bytes.subarray(page.idStart, page.idStart + ARCHIVE_ID_BYTES);
}

function startOf({ position, startDate }: InventoryRetrievalRequest) {
  const firstMs = startDate?.atMs ?? 0;
  return position === undefined || position.createdAtMs < firstMs
    ? { createdAtMs: firstMs, archiveId: new Uint8Array(0) }
    : { createdAtMs: position.createdAtMs, archiveId: parseTextId(position.archiveId) };
}
