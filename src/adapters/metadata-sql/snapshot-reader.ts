/**
 * Reads the archives of a snapshot through a connection of its own, as a thread beside the service does for a large
 * inventory. SQLite gathers a page of archives in one row, a column in one value: a driver makes a value for each
 * column of each row otherwise, which takes longer than everything else that is done for an inventory.
 */
import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { SnapshotArchive } from "../../domain/archive.ts";
import { ARCHIVE_ID_BYTES, type ArchiveId } from "../../domain/ids.ts";
import type { InventoryRetrievalRequest } from "../../domain/job.ts";
import { DIGEST_BYTES } from "../../domain/limits.ts";
import type { TextCipher } from "../../ports/text-cipher.ts";
import { assert } from "../../std/assert.ts";
import { textContexts } from "./queries/sealed-texts.ts";

/** Records of one page: more save nothing, and take memory. */
const PAGE_RECORDS = 1_000;
/** What is read is read once: the pages of the index and of its neighbours in the table. */
const CACHE_KIB = 4 * 1024;
const BUSY_TIMEOUT_MS = 5_000;

/** Ids are three bytes short of a multiple of three by two, so that base64 of the whole begins each one anew. */
const ID_GAP_BYTES = 2;
const ID_DIGITS = (4 * (ARCHIVE_ID_BYTES + ID_GAP_BYTES)) / 3;
const ID_DIGITS_USED = Math.ceil((4 * ARCHIVE_ID_BYTES) / 3);
const HASH_DIGITS = 2 * DIGEST_BYTES;

/** The snapshot is a walk over all records of the vault; one that does not belong to it has a size of null. */
const PAGE = `
  select
    cast(group_concat(archive_id, x'0000') as blob),
    cast(group_concat(tree_hash, '') as blob),
    json_group_array(created_at_ms),
    json_group_array(
      iif(created_sequence <= ?1 and (deleted_sequence is null or deleted_sequence > ?1), size_bytes, null)
    ),
    json_group_array(description)
  from (
    select archive_id, tree_hash, created_at_ms, size_bytes, created_sequence, deleted_sequence, description
    from archives
    where vault_id = ?2 and (created_at_ms, archive_id) >= (?3, ?4) and created_at_ms < ?5
    order by created_at_ms, archive_id
    limit ${PAGE_RECORDS}
  )`;

/** What comes after every archive id that it continues, and before every other. */
const SUCCESSOR = Uint8Array.of(0);

/** A walk over a snapshot of the metadata in a file that a service has open. */
export class SnapshotReader {
  readonly #database: DatabaseSync;
  readonly #page: StatementSync;
  readonly #vaultId: number;
  readonly #changeSequence: number;
  readonly #createdBeforeMs: number;
  readonly #texts: Pick<TextCipher, "open">;
  #from: { readonly createdAtMs: number; readonly archiveId: Uint8Array } | undefined;

  /** Throws SQLite's errors. `texts` opens descriptions. */
  constructor(
    file: string,
    { vaultId, request }: { readonly vaultId: number; readonly request: InventoryRetrievalRequest },
    texts: Pick<TextCipher, "open">,
  ) {
    this.#database = new DatabaseSync(file, { readOnly: true, timeout: BUSY_TIMEOUT_MS });
    this.#database.exec(`PRAGMA cache_size = -${CACHE_KIB}`);
    this.#page = this.#database.prepare(PAGE);
    this.#page.setReturnArrays(true);
    this.#vaultId = vaultId;
    this.#changeSequence = request.snapshot.changeSequence;
    this.#createdBeforeMs = request.endDate?.atMs ?? Number.MAX_SAFE_INTEGER;
    this.#texts = texts;
    this.#from = startOf(request);
  }

  /**
   * The snapshot's archives among the next records, in inventory order: perhaps none; `undefined` after the last
   * record. A query of its own, so that no long transaction keeps the write-ahead log from being emptied. Throws
   * what opening a description throws, and then reads the same records when it is called again.
   */
  readPage(): readonly SnapshotArchive[] | undefined {
    const from = this.#from;
    if (from === undefined) {
      return undefined;
    }
    const { ids, hashes, created, sizes, descriptions } = this.#query(from);
    const archives: SnapshotArchive[] = [];
    const idDigits = ids.toString("base64url");
    const hashDigits = hashes.toString("hex");
    for (const [index, sizeBytes] of sizes.entries()) {
      if (sizeBytes !== null) {
        // The digits of the bytes of an id are that id.
        const archiveId = sliceDigits(idDigits, index, ID_DIGITS, ID_DIGITS_USED) as ArchiveId;
        archives.push({
          archiveId,
          createdAtMs: created[index] ?? 0,
          sizeBytes,
          treeHash: sliceDigits(hashDigits, index, HASH_DIGITS, HASH_DIGITS),
          description: this.#openDescription(descriptions[index], archiveId),
        });
      }
    }
    const lastMs = created.length < PAGE_RECORDS ? undefined : created.at(-1);
    this.#from = lastMs === undefined ? undefined : positionAfter(lastMs, ids);
    return archives;
  }

  close(): void {
    this.#database.close();
  }

  #query(from: { readonly createdAtMs: number; readonly archiveId: Uint8Array }) {
    const row = this.#page.get(
      this.#changeSequence,
      this.#vaultId,
      from.createdAtMs,
      from.archiveId,
      this.#createdBeforeMs,
    );
    // The statement returns arrays, of what its columns are; only its types don't say so.
    const [ids, hashes, created, sizes, descriptions] = row as unknown as PageRow;
    const page = {
      ids: bufferOf(ids),
      hashes: bufferOf(hashes),
      created: JSON.parse(created) as readonly number[],
      sizes: JSON.parse(sizes) as readonly (number | null)[],
      descriptions: JSON.parse(descriptions) as readonly (string | null)[],
    };
    const count = page.created.length;
    const idBytes = Math.max(0, count * (ARCHIVE_ID_BYTES + ID_GAP_BYTES) - ID_GAP_BYTES);
    assert(
      page.ids.length === idBytes && page.hashes.length === count * DIGEST_BYTES,
      `${count} archives must have ids of ${ARCHIVE_ID_BYTES} bytes and tree hashes of ${DIGEST_BYTES}`,
    );
    return page;
  }

  #openDescription(stored: string | null | undefined, archiveId: ArchiveId): string | undefined {
    return stored === null || stored === undefined
      ? undefined
      : this.#texts.open(stored, textContexts.archive(archiveId));
  }
}

type PageRow = readonly [
  ids: Uint8Array | null,
  hashes: Uint8Array | null,
  created: string,
  sizes: string,
  descriptions: string,
];

function startOf({ position, startDate }: InventoryRetrievalRequest) {
  const firstMs = startDate?.atMs ?? 0;
  return position === undefined || position.createdAtMs < firstMs
    ? { createdAtMs: firstMs, archiveId: new Uint8Array(0) }
    : {
        createdAtMs: position.createdAtMs,
        archiveId: Buffer.from(position.archiveId, "base64url"),
      };
}

function positionAfter(createdAtMs: number, ids: Buffer) {
  const archiveId = Buffer.concat([ids.subarray(ids.length - ARCHIVE_ID_BYTES), SUCCESSOR]);
  return { createdAtMs, archiveId };
}

function sliceDigits(digits: string, index: number, stride: number, length: number): string {
  return digits.slice(index * stride, index * stride + length);
}

function bufferOf(bytes: Uint8Array | null): Buffer {
  return bytes === null
    ? Buffer.alloc(0)
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
