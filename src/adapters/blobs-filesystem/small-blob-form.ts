/** The bytes of a blob's file, for blobs that lie in rows: the same bytes (docs/format.md, "Small blobs"). */
import type { BlobId } from "../../domain/ids.ts";
import type { Rewrapped, SmallBlobForm } from "../../ports/small-blobs.ts";
import { assert } from "../../std/assert.ts";
import { concatBytes } from "../../std/bytes.ts";
import {
  type BlobEncryption,
  heldBytes,
  isPlainBoot,
  makeHeader,
  makeSeal,
  openHeader,
  readForm,
  type StoredForm,
  wrap,
} from "./blob-cipher.ts";
import { isBeyondKeys, readFailure, rottenFile, truncatedFile } from "./blob-errors.ts";
import type { OpenFile } from "./files.ts";
import {
  formatHeader,
  HEADER_BYTES,
  openSegment,
  SEGMENT_BYTES,
  sealedFileBytes,
  sealSegment,
  segmentCount,
  segmentOffset,
  TAG_BYTES,
} from "./sealed-format.ts";

type Sealed = Extract<StoredForm, { kind: "sealed" }>;

/** Keeps blobs as they are, or encrypted. */
export function createSmallBlobForm(encryption: BlobEncryption | undefined): SmallBlobForm {
  return {
    seal: (blobId, bytes) =>
      encryption === undefined ? bytes : sealWhole(blobId, bytes, encryption),
    open: (blobId, stored) =>
      orDamage(blobId, async () => {
        const form = await readForm(fileOf(stored), blobId, encryption);
        return form.kind === "plain" ? stored : openWhole(stored, form);
      }),
    measure: (blobId, stored) =>
      orDamage(blobId, async () => heldBytes(await readForm(fileOf(stored), blobId, encryption))),
    rewrap: (blobId, stored) => {
      assert(encryption !== undefined, "only encrypted blobs have keys to rotate");
      return rewrapWhole(blobId, stored, encryption);
    },
  };
}

function sealWhole(blobId: BlobId, bytes: Uint8Array, { keyring }: BlobEncryption): Uint8Array {
  const seal = makeSeal(blobId);
  const sizeBytes = bytes.length;
  const pieces: Uint8Array[] = [makeHeader(seal, sizeBytes, keyring)];
  const count = segmentCount({ sizeBytes, segmentBytes: SEGMENT_BYTES });
  for (let index = 0; index < count; index += 1) {
    const segment = bytes.subarray(index * SEGMENT_BYTES, (index + 1) * SEGMENT_BYTES);
    const finalSizeBytes = index === count - 1 ? sizeBytes : undefined;
    pieces.push(...sealSegment(segment, seal.dataKey, { blobId, index, finalSizeBytes }));
  }
  return concatBytes(pieces);
}

/** Every byte is authentic, or `rottenFile` is thrown; `truncatedFile` where bytes are missing. */
function openWhole(stored: Uint8Array, form: Sealed): Uint8Array {
  const { blobId, dataKey, sizeBytes, segmentBytes } = form;
  const expectedBytes = sealedFileBytes(form);
  const found = `the row of blob ${blobId} has ${stored.length} bytes instead of ${expectedBytes}`;
  if (stored.length < expectedBytes) {
    throw truncatedFile(found);
  }
  if (stored.length > expectedBytes) {
    throw rottenFile(found);
  }
  const count = segmentCount(form);
  const pieces: Uint8Array[] = [];
  for (let index = 0; index < count; index += 1) {
    const start = segmentOffset(index, segmentBytes);
    const sealed = stored.subarray(start, start + segmentBytes + TAG_BYTES);
    const finalSizeBytes = index === count - 1 ? sizeBytes : undefined;
    const bytes = openSegment(sealed, dataKey, { blobId, index, finalSizeBytes });
    if (bytes === undefined) {
      throw rottenFile(`segment ${index} of the row of blob ${blobId} is not what was written`);
    }
    pieces.push(bytes);
  }
  return concatBytes(pieces);
}

/** A row is replaced as a whole, so that it never has two slots. */
async function rewrapWhole(
  blobId: BlobId,
  stored: Uint8Array,
  encryption: BlobEncryption,
): Promise<Rewrapped> {
  const { keyring } = encryption;
  try {
    const opened = await openHeader(fileOf(stored), { blobId, isStrict: false }, keyring);
    if (opened === undefined) {
      return isPlainBoot(blobId, encryption) ? "plain" : "damaged";
    }
    const { header, slot, dataKey } = opened;
    if (slot.keyId === keyring.current.keyId && header.slots.length === 1) {
      return "current";
    }
    const head = formatHeader(header.facts, wrap(dataKey, header.facts, keyring));
    return { stored: concatBytes([head, stored.subarray(HEADER_BYTES)]) };
  } catch (error) {
    if (isBeyondKeys(error)) {
      return "damaged";
    }
    throw error;
  }
}

/** Bytes where a file is expected. */
function fileOf(stored: Uint8Array): Pick<OpenFile, "read" | "stat"> {
  return {
    stat: async () => ({ size: stored.length }),
    read: async (target, offset, length, position) => {
      const bytes = stored.subarray(position, position + length);
      target.set(bytes, offset);
      return { bytesRead: bytes.length };
    },
  };
}

async function orDamage<Result>(blobId: BlobId, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw readFailure(blobId, error);
  }
}
