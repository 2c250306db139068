/** The catalogue that the records of a journal make. */
import { assertNever } from "../../std/assert.ts";
import { type CatalogEntry, findPackId, type JournalCatalog, memberId } from "./catalog.ts";
import type {
  CreatedRecord,
  JournalRecord,
  PackedRecord,
  UploadStartedRecord,
} from "./journal-record.ts";

/** A catalogue that grows with each record. */
export interface CatalogBuilder {
  add(record: JournalRecord): void;
  /** What the records so far make; follows those added later. */
  readonly catalog: JournalCatalog;
  /** All that a catalogue is made of, to be kept and given to `createCatalogBuilder` again. */
  state(): CatalogState;
}

/** Enough to go on from: later records are judged by it as if all earlier ones were there. */
export interface CatalogState {
  readonly entries: readonly CatalogEntry[];
  /** Instants of deletions and findings by archive id, epoch milliseconds. */
  readonly deleted: ReadonlyMap<string, number>;
  readonly found: ReadonlyMap<string, number>;
  /** Those that are deleted, should an inventory find them again. */
  readonly deletedEntries: readonly CatalogEntry[];
  readonly openUploads: ReadonlyMap<string, UploadStartedRecord>;
  readonly endedUploads: ReadonlySet<string>;
}

/**
 * The catalogue of `records`, in any order: files merged with `cat` make the same archives, whichever
 * comes first. Of an archive's several CREATED records the later ones win member by member, so a record
 * can add what an earlier one lacks and never takes away. A deletion ends an archive, wherever it stands,
 * unless an inventory of the same instant or later found it.
 */
export function buildCatalog(records: Iterable<JournalRecord>): JournalCatalog {
  const builder = createCatalogBuilder();
  for (const record of records) {
    builder.add(record);
  }
  return builder.catalog;
}

/** The entry of a CREATED record alone. */
export function entryOf(record: CreatedRecord): CatalogEntry {
  const { archiveId, name, sizeBytes, treeHash, atMs, modifiedAtMs, description } = record;
  return { archiveId, name, sizeBytes, treeHash, createdAtMs: atMs, modifiedAtMs, description };
}

/** The entry of a file in a pack. */
function memberOf(record: PackedRecord): CatalogEntry {
  const { packId, offset, memberCount, mode, atMs, ...file } = record;
  const { name, sizeBytes, treeHash, modifiedAtMs } = file;
  return {
    archiveId: memberId(packId, offset),
    ...{ name, sizeBytes, treeHash, modifiedAtMs, createdAtMs: atMs, description: undefined },
    packed: { packId, offset, memberCount, mode },
  };
}

/** The record that makes `entry`. */
export function recordOfEntry(entry: CatalogEntry): CreatedRecord | PackedRecord {
  const { archiveId, name, sizeBytes, createdAtMs: atMs, modifiedAtMs, packed } = entry;
  if (packed === undefined) {
    const { treeHash, description } = entry;
    return {
      op: "CREATED",
      ...{ atMs, archiveId, name, sizeBytes, treeHash, modifiedAtMs, description },
    };
  }
  const { treeHash = "" } = entry;
  return {
    op: "PACKED",
    ...{ atMs, ...packed, name, sizeBytes, treeHash, modifiedAtMs: modifiedAtMs ?? 0 },
  };
}

/** Whether `name` only stands for one that the archive lacks. */
export function isStandInName({ name, archiveId }: Pick<CatalogEntry, "name" | "archiveId">) {
  return name === `unnamed/${archiveId.slice(0, 12)}`;
}

/** An empty catalogue, or one that goes on from `state`. */
export function createCatalogBuilder(state?: CatalogState): CatalogBuilder {
  const archives = new ArchiveIndex(state);
  const openUploads = new Map(state?.openUploads);
  const endedUploads = new Set(state?.endedUploads);
  const endUpload = (uploadId: string) => {
    openUploads.delete(uploadId);
    endedUploads.add(uploadId);
  };
  return {
    add: (record) => {
      switch (record.op) {
        case "CREATED":
          archives.create(record);
          if (record.uploadId !== undefined) {
            endUpload(record.uploadId);
          }
          return;
        case "PACKED":
          archives.addMember(memberOf(record));
          return;
        case "DELETED":
          archives.delete(record.archiveId, record.atMs);
          return;
        case "FOUND":
          archives.find(record.archiveId, record.atMs);
          return;
        case "UPLOAD_STARTED":
          if (!endedUploads.has(record.uploadId)) {
            openUploads.set(record.uploadId, record);
          }
          return;
        case "UPLOAD_ENDED":
          endUpload(record.uploadId);
          return;
        case "RETRIEVED":
        case "DOWNLOADED":
          return;
        default:
          assertNever(record);
      }
    },
    catalog: {
      get entries() {
        return archives.inOrder();
      },
      versionsOf: (name) => archives.versionsOf(name),
      openUploads,
      deletedAtMs: (archiveId) => archives.deletedAtMs(archiveId),
      deletedIds: () => archives.deletedIds(),
    },
    state: () => ({ ...archives.state(), openUploads, endedUploads }),
  };
}

class ArchiveIndex {
  #entries: Map<string, CatalogEntry>;
  readonly #deletedEntries: Map<string, CatalogEntry>;
  readonly #deleted: Map<string, number>;
  readonly #found: Map<string, number>;
  /** Made when it is first asked for, since many commands never do. */
  #byName: NameIndex | undefined;
  #newestMs = Number.NEGATIVE_INFINITY;
  #isSorted = true;
  /** Ids of the files in each pack, also of deleted ones. */
  readonly #members = new Map<string, Set<string>>();

  constructor(state: CatalogState | undefined) {
    this.#entries = mapById(state?.entries ?? []);
    this.#deletedEntries = mapById(state?.deletedEntries ?? []);
    this.#deleted = new Map(state?.deleted);
    this.#found = new Map(state?.found);
    this.#newestMs = state?.entries.at(-1)?.createdAtMs ?? this.#newestMs;
    for (const { archiveId } of [...this.#entries.values(), ...this.#deletedEntries.values()]) {
      this.#noteMember(archiveId);
    }
  }

  create(record: CreatedRecord): void {
    const { archiveId } = record;
    const known = this.#entries.get(archiveId) ?? this.#deletedEntries.get(archiveId);
    const entry = known === undefined ? entryOf(record) : mergeEntry(known, record);
    this.#place(entry);
  }

  /** The first record of a file in a pack says all there is. */
  addMember(entry: CatalogEntry): void {
    this.#noteMember(entry.archiveId);
    this.#place(entry);
  }

  delete(archiveId: string, atMs: number): void {
    this.#deleted.set(archiveId, Math.max(atMs, this.#deleted.get(archiveId) ?? atMs));
    for (const id of this.#withMembers(archiveId)) {
      const entry = this.#entries.get(id);
      if (entry !== undefined && this.#isGone(id)) {
        this.#entries.delete(id);
        removeName(this.#byName, entry);
        this.#deletedEntries.set(id, entry);
      }
    }
  }

  find(archiveId: string, atMs: number): void {
    this.#found.set(archiveId, Math.max(atMs, this.#found.get(archiveId) ?? atMs));
    for (const id of this.#withMembers(archiveId)) {
      const entry = this.#deletedEntries.get(id);
      if (entry !== undefined && !this.#isGone(id)) {
        this.#deletedEntries.delete(id);
        this.#put(entry);
      }
    }
  }

  inOrder(): ReadonlyMap<string, CatalogEntry> {
    if (!this.#isSorted) {
      const sorted = [...this.#entries.values()].sort(
        (left, right) => left.createdAtMs - right.createdAtMs,
      );
      this.#entries = mapById(sorted);
      this.#isSorted = true;
    }
    return this.#entries;
  }

  versionsOf(name: string): readonly CatalogEntry[] {
    this.#byName ??= indexNames(this.#entries.values());
    return idsOf(this.#byName, name)
      .flatMap((id) => this.#entries.get(id) ?? [])
      .sort(compareNewestFirst);
  }

  deletedAtMs(archiveId: string): number | undefined {
    return this.#deleted.get(archiveId);
  }

  deletedIds(): Iterable<string> {
    return [...this.#deleted.keys()].filter((archiveId) => this.#isDeleted(archiveId));
  }

  state() {
    return {
      entries: [...this.inOrder().values()],
      deletedEntries: [...this.#deletedEntries.values()],
      deleted: this.#deleted,
      found: this.#found,
    };
  }

  #place(entry: CatalogEntry): void {
    if (this.#isGone(entry.archiveId)) {
      this.#deletedEntries.set(entry.archiveId, entry);
    } else {
      this.#put(entry);
    }
  }

  #noteMember(id: string): void {
    const packId = findPackId(id);
    if (packId !== undefined) {
      const ids = this.#members.get(packId) ?? new Set();
      this.#members.set(packId, ids.add(id));
    }
  }

  #withMembers(archiveId: string): readonly string[] {
    return [archiveId, ...(this.#members.get(archiveId) ?? [])];
  }

  /** A file in a pack goes with it. */
  #isGone(id: string): boolean {
    const packId = findPackId(id);
    return this.#isDeleted(id) || (packId !== undefined && this.#isDeleted(packId));
  }

  #isDeleted(archiveId: string): boolean {
    const deletedAtMs = this.#deleted.get(archiveId);
    const foundAtMs = this.#found.get(archiveId);
    return deletedAtMs !== undefined && (foundAtMs === undefined || foundAtMs < deletedAtMs);
  }

  #put(entry: CatalogEntry): void {
    const before = this.#entries.get(entry.archiveId);
    if (before !== undefined && before.name !== entry.name) {
      removeName(this.#byName, before);
    }
    const isLast = entry.createdAtMs >= this.#newestMs;
    this.#isSorted &&= before === undefined ? isLast : before.createdAtMs === entry.createdAtMs;
    this.#newestMs = Math.max(this.#newestMs, entry.createdAtMs);
    this.#entries.set(entry.archiveId, entry);
    if (this.#byName !== undefined) {
      addName(this.#byName, entry);
    }
  }
}

/** What `record` says over what was known; a stand-in for a name takes no name away. */
function mergeEntry(known: CatalogEntry, record: CreatedRecord): CatalogEntry {
  const added = entryOf(record);
  return {
    ...added,
    name: isStandInName(added) ? known.name : added.name,
    treeHash: added.treeHash ?? known.treeHash,
    modifiedAtMs: added.modifiedAtMs ?? known.modifiedAtMs,
    description: added.description ?? known.description,
  };
}

function mapById(entries: readonly CatalogEntry[]): Map<string, CatalogEntry> {
  const map = new Map<string, CatalogEntry>();
  for (const entry of entries) {
    map.set(entry.archiveId, entry);
  }
  return map;
}

/** Archive ids by name; most names have one, for which a set of its own would take much memory. */
type NameIndex = Map<string, string | Set<string>>;

function indexNames(entries: Iterable<CatalogEntry>): NameIndex {
  const byName: NameIndex = new Map();
  for (const entry of entries) {
    addName(byName, entry);
  }
  return byName;
}

function idsOf(byName: NameIndex, name: string): readonly string[] {
  const ids = byName.get(name) ?? [];
  return typeof ids === "string" ? [ids] : [...ids];
}

function addName(byName: NameIndex, { name, archiveId }: CatalogEntry): void {
  const ids = byName.get(name);
  if (ids === undefined) {
    byName.set(name, archiveId);
  } else if (typeof ids !== "string") {
    ids.add(archiveId);
  } else if (ids !== archiveId) {
    byName.set(name, new Set([ids, archiveId]));
  }
}

function removeName(byName: NameIndex | undefined, { name, archiveId }: CatalogEntry): void {
  const ids = byName?.get(name);
  if (ids === archiveId) {
    byName?.delete(name);
  } else if (typeof ids === "object") {
    ids.delete(archiveId);
  }
}

/** As `numberVersions` orders them. */
function compareNewestFirst(left: CatalogEntry, right: CatalogEntry): number {
  return right.createdAtMs - left.createdAtMs || (left.archiveId < right.archiveId ? 1 : -1);
}
