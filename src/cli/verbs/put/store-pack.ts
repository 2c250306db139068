/** Small files as one archive. */
import { randomBytes } from "node:crypto";
import { SourceChangedError } from "../../../client/errors.ts";
import { hashChunks, readWholeFile, stampFile } from "../../../client/hash-source.ts";
import {
  sendWhole,
  type UploadedArchive,
  type UploadObserver,
} from "../../../client/transfer/upload-target.ts";
import { formatMt2 } from "../../../domain/descriptions/encode-mt2.ts";
import { concatBytes } from "../../../std/bytes.ts";
import type { PackedRecord } from "../../catalog/journal-record.ts";
import {
  type FileToPack,
  formatPack,
  MEMBER_MAX_BYTES,
  type PackMember,
} from "../../pack/pack-format.ts";
import { formatPackName } from "../../pack/pack-name.ts";
import type { PlannedUpload } from "./run-uploads.ts";
import { millisecondsOf } from "./scan-files.ts";
import { appendRecords, type Store } from "./store-file.ts";

export interface StoredPack {
  readonly archive: UploadedArchive;
  /** In the order of the files that went in. */
  readonly members: readonly PackMember[];
}

/** Reads the file in one state. Throws `SourceChangedError` and the file system's errors. */
export async function readForPack({ file }: PlannedUpload): Promise<FileToPack> {
  const { path, name, mode } = file;
  const stamp = await stampFile(path);
  if (stamp.sizeBytes === 0 || stamp.sizeBytes > MEMBER_MAX_BYTES) {
    throw new SourceChangedError(`${path} has ${stamp.sizeBytes} bytes by now; run again`);
  }
  const chunks: Uint8Array[] = [];
  for await (const chunk of readWholeFile(path, stamp)) {
    // The next chunk takes the place of this one, and a Buffer's own `slice` copies nothing.
    chunks.push(new Uint8Array(chunk));
  }
  const modifiedAtMs = millisecondsOf(stamp.modifiedNs);
  return { name, mode, modifiedAtMs, bytes: concatBytes(chunks) };
}

/** So many records are written with one call. */
const BATCH_RECORDS = 1000;

/**
 * Stores the files and records them. All bytes are in memory. Throws what calls throw, and failures of the
 * journal. A crash after the archive was made and before its records are durable leaves a pack that the
 * journal knows without some of its files; the next run stores those again.
 */
export async function storePack(
  store: Store,
  { files, prefix }: { readonly files: readonly FileToPack[]; readonly prefix: string },
  observer: UploadObserver,
): Promise<StoredPack> {
  const atMs = store.nowMs();
  const name = formatPackName(prefix, { nowMs: atMs, random: randomBytes(4).toString("hex") });
  const modifiedAtMs = atMs;
  const description = formatMt2({ name, modifiedAtMs, mode: 0o644 });
  const { chunks, members } = await formatPack(files);
  const { target } = store;
  const archive = await target.slots.run(
    async () => await sendWhole(target, { source: hashChunks(chunks), description }, observer),
  );
  const records = members.map(
    (member): PackedRecord => ({
      ...{ op: "PACKED", atMs, packId: archive.archiveId, memberCount: members.length },
      ...{ name: member.name, mode: member.mode, modifiedAtMs: member.modifiedAtMs },
      ...{ offset: member.offset, sizeBytes: member.sizeBytes, treeHash: member.sha256 },
    }),
  );
  const pack = { op: "CREATED", atMs, name, modifiedAtMs, description, ...archive } as const;
  const all = [pack, ...records];
  for (let start = 0; start < all.length; start += BATCH_RECORDS) {
    await appendRecords(store, all.slice(start, start + BATCH_RECORDS), archive.archiveId);
  }
  return { archive, members };
}
