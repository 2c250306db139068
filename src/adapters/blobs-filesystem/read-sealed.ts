/** Streams a range of an encrypted blob: only the segments that hold it are read, and opened in a worker. */
import type { ByteRange } from "../../domain/byte-range.ts";
import { KIB } from "../../domain/limits.ts";
import type { StoredForm } from "./blob-cipher.ts";
import { rottenFile, truncatedFile } from "./blob-errors.ts";
import type { BlobWorkers } from "./blob-workers.ts";
import type { Files, OpenFile } from "./files.ts";
import { type SealedBlob, sealedFileBytes, segmentOffset } from "./sealed-format.ts";
import { readSegment } from "./worker-segments.ts";

type Sealed = Extract<StoredForm, { kind: "sealed" }>;

interface Surroundings {
  readonly files: Files;
  readonly range: ByteRange;
  readonly workers: BlobWorkers;
}

/** Blobs up to this size are opened on the event loop, like those that are written there (ADR 0005). */
const EVENT_LOOP_MAX_BYTES = 64 * KIB;

/**
 * Bytes of `range`, a segment at a time, each of which is authentic; the next one is opened meanwhile. Throws the
 * errors of blob-errors.ts, before the first byte when the file is not as long as it has to be.
 */
export async function* readSealed(
  file: OpenFile,
  form: Sealed,
  { files, range, workers }: Surroundings,
): AsyncGenerator<Uint8Array, void, void> {
  checkLength(form, range);
  const { blobId, dataKey, sizeBytes, segmentBytes } = form;
  const blob: SealedBlob = { blobId, dataKey, sizeBytes, segmentBytes };
  const first = Math.floor(range.start / segmentBytes);
  const end = Math.ceil(range.endExclusive / segmentBytes);
  const openHere = async (index: number) => readSegment(files, { fd: file.fd, blob, index });
  const open = (index: number): Promise<Uint8Array> | undefined => {
    if (index >= end) {
      return undefined;
    }
    const opened =
      sizeBytes <= EVENT_LOOP_MAX_BYTES
        ? openHere(index)
        : workers.openSegment({ fd: file.fd, blob, index });
    opened.catch(() => undefined);
    return opened;
  };
  if (sizeBytes === 0) {
    await openHere(0);
  }
  let ahead = range.endExclusive > range.start ? open(first) : undefined;
  try {
    for (let index = first; ahead !== undefined; index += 1) {
      const bytes = await ahead;
      ahead = open(index + 1);
      const offset = index * segmentBytes;
      yield bytes.subarray(Math.max(0, range.start - offset), range.endExclusive - offset);
    }
  } finally {
    // The worker reads from the descriptor, which must stay this file's until then.
    await ahead?.catch(() => undefined);
  }
}

/** An extended file is refused whole; of one that was cut, what lies before the cut can be read. */
function checkLength(form: Sealed, { endExclusive }: ByteRange): void {
  const { blobId, fileBytes, sizeBytes, segmentBytes } = form;
  if (endExclusive > sizeBytes) {
    throw truncatedFile(`blob ${blobId} has ${sizeBytes} bytes; ${endExclusive} are needed`);
  }
  const expectedBytes = sealedFileBytes(form);
  if (fileBytes > expectedBytes) {
    throw rottenFile(
      `the file of blob ${blobId} has ${fileBytes} bytes instead of ${expectedBytes}`,
    );
  }
  const segments = Math.max(1, Math.ceil(endExclusive / segmentBytes));
  const neededBytes = Math.min(expectedBytes, segmentOffset(segments, segmentBytes));
  if (fileBytes < neededBytes) {
    throw truncatedFile(`the file of blob ${blobId} has ${fileBytes} bytes of ${neededBytes}`);
  }
}
