/**
 * Puts the data key of one encrypted blob under the current master key. The bytes stay as they are. What a crash
 * leaves after each step:
 *
 * | step                                         | left behind                                         |
 * |----------------------------------------------|-----------------------------------------------------|
 * | 1 a file that a backup shares is copied      | a temporary file, which the sweep removes           |
 * | 2 the other slot is written and synced       | both slots, or the earlier one and a torn one       |
 * | 3 the earlier slot is cleared and synced     | the new slot, and the earlier one whole, torn or gone |
 *
 * Repeating it ends with the new slot alone in every case.
 */
import { constants, copyFile, type FileHandle, open, rename } from "node:fs/promises";
import { dirname } from "node:path";
import type { BlobId } from "../../domain/ids.ts";
import { type BlobEncryption, isPlainBoot, openHeader, wrap } from "./blob-cipher.ts";
import { unknownKey } from "./blob-errors.ts";
import { nodeFiles } from "./files.ts";
import { FILE_MODE, syncFolder } from "./layout.ts";
import { SLOT_BYTES, slotOffset } from "./sealed-format.ts";

export interface RewrapTarget {
  readonly path: string;
  readonly blobId: BlobId;
  /** Where a copy may be made, for a file with more than one link; a backup keeps its own key that way. */
  readonly copyPath?: string;
}

/** Whether anything had to be done; a plain blob needs nothing. Throws the errors of blob-errors.ts. */
export async function rewrapFile(
  target: RewrapTarget,
  encryption: BlobEncryption,
): Promise<"rewrapped" | "current" | "plain"> {
  const file = await open(target.path, "r+");
  try {
    const state = await inspect(file, target.blobId, encryption);
    if (state.kind !== "stale") {
      return state.kind;
    }
    const { nlink } = await file.stat();
    if (nlink > 1 && target.copyPath !== undefined) {
      await rewrapCopy({ ...target, copyPath: target.copyPath }, encryption);
    } else {
      await rewrapOpen(file, target.blobId, encryption);
    }
    return "rewrapped";
  } finally {
    await file.close();
  }
}

async function inspect(file: FileHandle, blobId: BlobId, encryption: BlobEncryption) {
  const opened = await openHeader(file, { blobId, isStrict: false }, encryption.keyring);
  if (opened === undefined) {
    if (isPlainBoot(blobId, encryption)) {
      return { kind: "plain" } as const;
    }
    throw unknownKey(`no key at hand opens the header of blob ${blobId}`);
  }
  const isCurrent = opened.slot.keyId === encryption.keyring.current.keyId;
  return isCurrent && opened.header.slots.length === 1
    ? ({ kind: "current" } as const)
    : ({ kind: "stale", opened } as const);
}

/** The copy replaces the file with one rename. */
async function rewrapCopy(
  { path, copyPath, blobId }: Required<RewrapTarget>,
  encryption: BlobEncryption,
): Promise<void> {
  // A file system that can share blocks until one side changes does so.
  await copyFile(path, copyPath, constants.COPYFILE_FICLONE);
  const copy = await open(copyPath, "r+");
  try {
    await copy.chmod(FILE_MODE);
    await rewrapOpen(copy, blobId, encryption);
    await copy.sync();
  } finally {
    await copy.close();
  }
  await rename(copyPath, path);
  await syncFolder(nodeFiles, dirname(path));
}

async function rewrapOpen(
  file: FileHandle,
  blobId: BlobId,
  encryption: BlobEncryption,
): Promise<void> {
  const state = await inspect(file, blobId, encryption);
  if (state.kind !== "stale") {
    return;
  }
  const { header, dataKey, slot } = state.opened;
  let kept = slot.index;
  if (slot.keyId !== encryption.keyring.current.keyId) {
    kept = 1 - slot.index;
    await writeSlot(file, kept, wrap(dataKey, header.facts, encryption.keyring));
  }
  await writeSlot(file, 1 - kept, new Uint8Array(SLOT_BYTES));
}

async function writeSlot(file: FileHandle, index: number, bytes: Uint8Array): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    const position = slotOffset(index) + written;
    written += (await file.write(bytes, written, bytes.length - written, position)).bytesWritten;
  }
  await file.datasync();
}
