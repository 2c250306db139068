/**
 * What a long journal makes, kept beside it as `<journal>.cache` so that it need not be read line by line
 * each time (docs/format-journal.md). It can be removed at any time: a cache that is missing, damaged, or
 * of another state of the journal is made anew, and never believed.
 */
import { type FileHandle, readFile, rename, rm, writeFile } from "node:fs/promises";
import { deserialize, serialize } from "node:v8";
import { crc32 } from "node:zlib";
import type { CatalogState } from "./build-catalog.ts";
import type { CatalogEntry, PackPlace } from "./catalog.ts";
import type { SkippedLine } from "./read-journal.ts";

/** A state of the journal, and what its lines made. */
export interface CachedCatalog {
  /** Of the vault that the journal is of: where its lines are not read, nobody sees its header. */
  readonly vaultArn: string;
  /** Bytes of the whole lines that were read, how many they are, and their CRC-32. */
  readonly offset: number;
  readonly lineCount: number;
  readonly crc: number;
  readonly skipped: readonly SkippedLine[];
  readonly state: CatalogState;
}

/** The first bytes of the file; they change with its form. */
const MAGIC = Buffer.from("moraine catalog cache 2\n");
const CRC_BYTES = 4;
const CHUNK_BYTES = 1024 * 1024;

/** The cache of the journal at `path`, when it is whole and `file` still begins with its lines. */
export async function findCachedCatalog(
  { path, vaultArn }: { readonly path: string; readonly vaultArn: string },
  file: FileHandle,
): Promise<CachedCatalog | undefined> {
  try {
    const cached = parse(await readFile(`${path}.cache`));
    const isCurrent =
      cached.vaultArn === vaultArn && (await crcOf(file, cached.offset)) === cached.crc;
    return isCurrent ? cached : undefined;
  } catch {
    // There is none, it can't be read, or it is damaged: whatever it is, the journal itself is there.
    return undefined;
  }
}

/**
 * Keeps `cached`; readers find the old cache or this one. A failure, as of a full disk, is swallowed: the
 * next reading takes longer, and that is all.
 */
export async function writeCachedCatalog(
  journalPath: string,
  cached: CachedCatalog,
): Promise<void> {
  const temporaryPath = `${journalPath}.cache.${process.pid}`;
  try {
    await writeFile(temporaryPath, format(cached), { mode: 0o600 });
    await rename(temporaryPath, `${journalPath}.cache`);
  } catch {
    await rm(temporaryPath, { force: true }).catch(() => undefined);
  }
}

function format(cached: CachedCatalog): Buffer {
  const { entries, deletedEntries, ...rest } = cached.state;
  const body = serialize({
    ...cached,
    state: { ...rest, entries: columnsOf(entries), deletedEntries: columnsOf(deletedEntries) },
  });
  const crc = Buffer.alloc(CRC_BYTES);
  crc.writeUInt32BE(crc32(body));
  return Buffer.concat([MAGIC, crc, body]);
}

function parse(bytes: Buffer): CachedCatalog {
  const body = bytes.subarray(MAGIC.length + CRC_BYTES);
  const isWhole =
    bytes.subarray(0, MAGIC.length).equals(MAGIC) &&
    bytes.readUInt32BE(MAGIC.length) === crc32(body);
  if (!isWhole) {
    throw new Error("the cache is damaged");
  }
  // Its checksum says that `format` wrote it.
  const kept: CachedCatalog & { readonly state: ColumnState } = deserialize(body);
  const { entries, deletedEntries, ...rest } = kept.state;
  return {
    ...kept,
    state: { ...rest, entries: entriesOf(entries), deletedEntries: entriesOf(deletedEntries) },
  };
}

/** Entries member by member, which are written and read several times as fast as objects. */
interface Columns {
  readonly archiveId: string[];
  readonly name: string[];
  readonly treeHash: (string | undefined)[];
  readonly description: (string | undefined)[];
  readonly sizeBytes: Float64Array;
  readonly createdAtMs: Float64Array;
  /** NaN where there is none. */
  readonly modifiedAtMs: Float64Array;
  readonly packed: (PackPlace | undefined)[];
}

type ColumnState = CatalogState & { readonly entries: Columns; readonly deletedEntries: Columns };

function columnsOf(entries: readonly CatalogEntry[]): Columns {
  return {
    archiveId: entries.map(({ archiveId }) => archiveId),
    name: entries.map(({ name }) => name),
    treeHash: entries.map(({ treeHash }) => treeHash),
    description: entries.map(({ description }) => description),
    sizeBytes: Float64Array.from(entries, ({ sizeBytes }) => sizeBytes),
    createdAtMs: Float64Array.from(entries, ({ createdAtMs }) => createdAtMs),
    modifiedAtMs: Float64Array.from(entries, ({ modifiedAtMs }) => modifiedAtMs ?? Number.NaN),
    packed: entries.map(({ packed }) => packed),
  };
}

function entriesOf(columns: Columns): CatalogEntry[] {
  return columns.archiveId.map((archiveId, index) => {
    const modifiedAtMs = columns.modifiedAtMs[index];
    return {
      archiveId,
      name: columns.name[index] ?? "",
      sizeBytes: columns.sizeBytes[index] ?? 0,
      treeHash: columns.treeHash[index],
      createdAtMs: columns.createdAtMs[index] ?? 0,
      modifiedAtMs: Number.isNaN(modifiedAtMs) ? undefined : modifiedAtMs,
      description: columns.description[index],
      ...(columns.packed[index] === undefined ? {} : { packed: columns.packed[index] }),
    };
  });
}

/** CRC-32 of the first `length` bytes; of fewer when the file is shorter, which no cache then matches. */
async function crcOf(file: FileHandle, length: number): Promise<number> {
  const buffer = Buffer.alloc(CHUNK_BYTES);
  let crc = 0;
  for (let offset = 0; offset < length; ) {
    const wanted = Math.min(buffer.length, length - offset);
    const { bytesRead } = await file.read(buffer, 0, wanted, offset);
    if (bytesRead === 0) {
      return -1;
    }
    crc = crc32(buffer.subarray(0, bytesRead), crc);
    offset += bytesRead;
  }
  return crc;
}
