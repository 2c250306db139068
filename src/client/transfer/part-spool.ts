/** Where a part of a stream waits until it is sent, so that it can be sent again. */
import { randomBytes } from "node:crypto";
import { type FileHandle, open, unlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type HashedSource, yieldBytes } from "../hash-source.ts";
import { createStreamingHash } from "../streaming-hash.ts";
import type { PartMemory } from "./part-memory.ts";

/** A part that is being filled. */
export interface PartSpool {
  readonly sizeBytes: number;
  /** Adds a copy of the bytes; the part must have room for them. */
  write(bytes: Uint8Array): Promise<void>;
  /** What was written, as something to send; nothing may be written afterwards. */
  finish(): HashedSource;
  /** Frees memory or disk; `isSent` says that no request can read it any more. */
  close(isSent: boolean): Promise<void>;
}

const READ_BYTES = 256 * 1024;

/** A spool for at most `capacityBytes`: in memory, or in a temporary file when memory has no room. */
export async function openPartSpool(memory: PartMemory, capacityBytes: number): Promise<PartSpool> {
  const piece = memory.acquire(capacityBytes);
  const place =
    piece === undefined ? filePlace(await openUnnamedFile()) : memoryPlace(memory, piece);
  const hash = createStreamingHash();
  let sizeBytes = 0;
  return {
    get sizeBytes() {
      return sizeBytes;
    },
    write: async (bytes) => {
      await place.write(bytes, sizeBytes);
      hash.update(bytes);
      sizeBytes += bytes.length;
    },
    finish: () => ({ ...hash.digest(), open: () => place.read(sizeBytes) }),
    close: (isSent) => place.close(isSent),
  };
}

interface Place {
  write(bytes: Uint8Array, position: number): Promise<void>;
  read(sizeBytes: number): AsyncIterable<Uint8Array>;
  close(isSent: boolean): Promise<void>;
}

function memoryPlace(memory: PartMemory, piece: Uint8Array): Place {
  return {
    write: async (bytes, position) => piece.set(bytes, position),
    read: (sizeBytes) => yieldBytes(piece.subarray(0, sizeBytes)),
    close: async (isSent) => {
      if (isSent) {
        memory.release(piece);
      } else {
        memory.discard(piece);
      }
    },
  };
}

function filePlace(handle: FileHandle): Place {
  return {
    write: async (bytes, position) => {
      for (let written = 0; written < bytes.length; ) {
        const rest = bytes.length - written;
        const { bytesWritten } = await handle.write(bytes, written, rest, position + written);
        written += bytesWritten;
      }
    },
    read: async function* (sizeBytes) {
      // Two buffers in turn: one is being sent while the other is filled.
      let buffer = Buffer.allocUnsafeSlow(READ_BYTES);
      let other = Buffer.allocUnsafeSlow(READ_BYTES);
      for (let position = 0; position < sizeBytes; ) {
        const wanted = Math.min(READ_BYTES, sizeBytes - position);
        const { bytesRead } = await handle.read(buffer, 0, wanted, position);
        if (bytesRead === 0) {
          throw new Error("a temporary file of a part is shorter than what was written to it");
        }
        position += bytesRead;
        yield buffer.subarray(0, bytesRead);
        [buffer, other] = [other, buffer];
      }
    },
    close: () => handle.close(),
  };
}

/** In the folder for temporary files. It has no name by then, so that nothing is left whatever happens. */
async function openUnnamedFile(): Promise<FileHandle> {
  const path = join(tmpdir(), `moraine-part-${randomBytes(12).toString("hex")}.tmp`);
  const handle = await open(path, "wx+", 0o600);
  await unlink(path);
  return handle;
}
