/** What a client was told, kept apart from the server: the measure of what it must still have. */
import { combineTreeHashes, type Payload, sha256Of } from "../support/payload.ts";

/** What an archive must be when it is there. */
export interface Content {
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly treeHash: string;
}

/** One archive, named by its description, which no other has. */
export interface ArchiveEntry {
  readonly description: string;
  readonly content: Content;
  /** Unknown while the answer to its upload is lost. */
  archiveId: string | undefined;
  /**
   * `Stored`: acknowledged. `UploadInDoubt`, `DeleteInDoubt`: the answer was lost, both outcomes are right.
   * `Absent`: deleted with acknowledgement, or found missing after doubt; it must never be seen again.
   */
  state: "Stored" | "UploadInDoubt" | "DeleteInDoubt" | "Absent";
}

export interface PartEntry {
  /** Acknowledged last. */
  stored: Payload | undefined;
  /** Sent later; the answer was lost. */
  inDoubt: Payload | undefined;
}

export interface UploadEntry {
  readonly description: string;
  uploadId: string | undefined;
  readonly parts: PartEntry[];
  /** `Busy`: a request about it as a whole is under way. */
  state: "Open" | "Busy" | "InitiateInDoubt" | "CompleteInDoubt" | "AbortInDoubt" | "Ended";
  /** What a completion asked for. */
  archive: ArchiveEntry | undefined;
}

/** What the service shows after a start. */
export interface Observation {
  readonly archives: readonly {
    readonly archiveId: string;
    readonly description: string;
    readonly sizeBytes: number;
    readonly treeHash: string;
  }[];
  readonly uploads: readonly {
    readonly uploadId: string;
    readonly description: string;
    readonly parts: ReadonlyMap<number, string>;
  }[];
}

export interface Ledger {
  readonly archives: Map<string, ArchiveEntry>;
  readonly uploads: Map<string, UploadEntry>;
  acknowledged: number;
  inDoubt: number;
}

export function createLedger(): Ledger {
  return { archives: new Map(), uploads: new Map(), acknowledged: 0, inDoubt: 0 };
}

export function contentOf(payload: Payload): Content {
  const { sha256, treeHash } = payload;
  return { sizeBytes: payload.bytes.length, sha256, treeHash };
}

/** The content of an archive made of `parts`. */
export function contentOfParts(parts: readonly Payload[]): Content {
  const bytes = Buffer.concat(parts.map((part) => part.bytes));
  return {
    sizeBytes: bytes.length,
    sha256: sha256Of(bytes),
    treeHash: combineTreeHashes(parts.map((part) => part.treeHash)),
  };
}

/**
 * Compares what is seen with what was acknowledged, and settles every doubt by what is seen. Returns a
 * sentence for each difference that no lost answer explains.
 */
export function reconcile(ledger: Ledger, seen: Observation, partSizeBytes: number): string[] {
  return [
    ...reconcileArchives(ledger, seen),
    ...reconcileUploads(ledger, seen, partSizeBytes),
    ...settleCompletions(ledger),
  ];
}

function reconcileArchives(ledger: Ledger, seen: Observation): string[] {
  const faults: string[] = [];
  const present = new Map<string, Observation["archives"][number]>();
  for (const archive of seen.archives) {
    const entry = ledger.archives.get(archive.description);
    if (present.has(archive.description)) {
      faults.push(`archive ${archive.description} is there twice`);
    }
    present.set(archive.description, archive);
    if (entry === undefined || entry.state === "Absent") {
      faults.push(`archive ${archive.description} is visible although it must not be`);
    } else {
      const { sizeBytes, treeHash } = entry.content;
      if (archive.sizeBytes !== sizeBytes || archive.treeHash !== treeHash) {
        faults.push(`archive ${archive.description} differs from what was sent`);
      }
      if (entry.archiveId !== undefined && entry.archiveId !== archive.archiveId) {
        faults.push(`archive ${archive.description} changed its id`);
      }
      entry.archiveId = archive.archiveId;
      entry.state = "Stored";
    }
  }
  for (const entry of ledger.archives.values()) {
    if (!present.has(entry.description)) {
      if (entry.state === "Stored") {
        faults.push(`LOST: archive ${entry.description} was acknowledged and is gone`);
      }
      entry.state = "Absent";
    }
  }
  return faults;
}

function reconcileUploads(ledger: Ledger, seen: Observation, partSizeBytes: number): string[] {
  const faults: string[] = [];
  const present = new Set<string>();
  for (const upload of seen.uploads) {
    present.add(upload.description);
    const entry = ledger.uploads.get(upload.description);
    if (entry === undefined || entry.state === "Ended") {
      faults.push(`upload ${upload.description} is visible although it must not be`);
      continue;
    }
    if (entry.archive?.state === "Stored") {
      faults.push(`upload ${upload.description} is open although its archive is there`);
    }
    entry.uploadId = upload.uploadId;
    entry.state = "Open";
    entry.archive = undefined;
    faults.push(...reconcileParts(entry, upload.parts, partSizeBytes));
  }
  for (const entry of ledger.uploads.values()) {
    if (!present.has(entry.description) && entry.state === "Open") {
      faults.push(`LOST: upload ${entry.description} was acknowledged and is gone`);
    }
  }
  return faults;
}

function reconcileParts(
  entry: UploadEntry,
  seen: ReadonlyMap<number, string>,
  partSizeBytes: number,
): string[] {
  const faults: string[] = [];
  for (const [index, part] of entry.parts.entries()) {
    const treeHash = seen.get(index * partSizeBytes);
    const label = `part ${index} of upload ${entry.description}`;
    if (treeHash === undefined) {
      if (part.stored !== undefined) {
        faults.push(`LOST: ${label} was acknowledged and is gone`);
      }
    } else if (part.inDoubt?.treeHash === treeHash) {
      part.stored = part.inDoubt;
    } else if (part.stored?.treeHash !== treeHash) {
      faults.push(`${label} is neither what was acknowledged nor what was sent last`);
    }
    part.inDoubt = undefined;
  }
  if (seen.size > entry.parts.filter((part) => part.stored !== undefined).length) {
    faults.push(`upload ${entry.description} has parts that nobody sent`);
  }
  return faults;
}

/** Uploads that are not shown as open have ended, by a completion exactly when their archive is there. */
function settleCompletions(ledger: Ledger): string[] {
  const faults: string[] = [];
  for (const entry of ledger.uploads.values()) {
    if (entry.state === "Open" || entry.state === "Ended") {
      continue;
    }
    if (entry.state === "CompleteInDoubt" && entry.archive?.state !== "Stored") {
      faults.push(`LOST: upload ${entry.description} ended without its archive`);
    }
    entry.state = "Ended";
  }
  return faults;
}
