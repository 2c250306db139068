/** Encryption of blobs as the event loop sees it: headers are made and opened here, segments in the workers. */
import { randomBytes } from "node:crypto";
import { type BlobId, bootOfBlob } from "../../domain/ids.ts";
import type { Keyring } from "../../ports/keyring.ts";
import { rottenFile, truncatedFile, unknownKey } from "./blob-errors.ts";
import type { OpenFile } from "./files.ts";
import {
  DATA_KEY_BYTES,
  findDataKey,
  findHeader,
  formatFacts,
  formatHeader,
  HEADER_BYTES,
  hasMagic,
  type KeySlot,
  SEGMENT_BYTES,
  type SealedFacts,
  type SealedHeader,
  sealedFileBytes,
  wrapDataKey,
} from "./sealed-format.ts";
import type { BlobSeal } from "./segment-sealer.ts";

/** What is asked of the open file of a blob. */
type OpenedFile = Pick<OpenFile, "read" | "stat">;

export interface BlobEncryption {
  readonly keyring: Keyring;
  /**
   * Every blob of this boot or a later one was written encrypted. Those of earlier boots are plain, unless they
   * carry a header of ours (they were written again since).
   */
  readonly fromBoot: number;
}

/** How a stored file is to be read. */
export type StoredForm =
  | { readonly kind: "plain"; readonly fileBytes: number }
  | ({
      readonly kind: "sealed";
      readonly dataKey: Uint8Array;
      readonly fileBytes: number;
    } & SealedFacts);

const NONCE_BYTES = 12;

/** A data key of its own for blob `blobId`. */
export function makeSeal(blobId: BlobId): BlobSeal {
  return { blobId, dataKey: new Uint8Array(randomBytes(DATA_KEY_BYTES)) };
}

/** The header of a blob of `sizeBytes` bytes, under the current key. */
export function makeHeader(seal: BlobSeal, sizeBytes: number, keyring: Keyring): Uint8Array {
  const facts = formatFacts({ blobId: seal.blobId, sizeBytes, segmentBytes: SEGMENT_BYTES });
  return formatHeader(facts, wrap(seal.dataKey, facts, keyring));
}

/** The slot for `dataKey` under the current key. */
export function wrap(dataKey: Uint8Array, facts: Uint8Array, { current }: Keyring): Uint8Array {
  return wrapDataKey(dataKey, facts, {
    masterKey: current,
    nonce: new Uint8Array(randomBytes(NONCE_BYTES)),
  });
}

/** How the open file of blob `blobId` is to be read. Throws the errors of blob-errors.ts. */
export async function readForm(
  file: OpenedFile,
  blobId: BlobId,
  encryption: BlobEncryption | undefined,
): Promise<StoredForm> {
  const { size: fileBytes } = await file.stat();
  if (encryption === undefined) {
    return { kind: "plain", fileBytes };
  }
  const isStrict = !isPlainBoot(blobId, encryption);
  const opened =
    (await openHeader(file, { blobId, isStrict }, encryption.keyring)) ??
    // While keys are rotated a slot may be read half written; its other slot is whole by then.
    (await openHeader(file, { blobId, isStrict }, encryption.keyring));
  if (opened !== undefined) {
    const { header, dataKey } = opened;
    const { sizeBytes, segmentBytes } = header;
    return { kind: "sealed", blobId, sizeBytes, segmentBytes, dataKey, fileBytes };
  }
  if (!isStrict) {
    return { kind: "plain", fileBytes };
  }
  throw await describeDamage(file, blobId);
}

/** Whether the blob was written before encryption was turned on. */
export function isPlainBoot(blobId: BlobId, { fromBoot }: BlobEncryption): boolean {
  return bootOfBlob(blobId) < fromBoot;
}

export interface OpenedHeader {
  readonly header: SealedHeader;
  readonly dataKey: Uint8Array;
  /** The slot that `dataKey` is from. */
  readonly slot: KeySlot;
}

/**
 * The header and the data key when they are sound and one of our keys opens them. Throws for a header of ours that
 * belongs to another blob, or with a slot that was changed while nobody rotates keys.
 */
export async function openHeader(
  file: OpenedFile,
  { blobId, isStrict }: { readonly blobId: BlobId; readonly isStrict: boolean },
  keyring: Keyring,
): Promise<OpenedHeader | undefined> {
  const header = findHeader(await readHead(file));
  const opened = header === undefined ? [] : openSlots(header, keyring);
  const [first] = opened;
  if (header === undefined || first === undefined) {
    return undefined;
  }
  if (header.blobId !== blobId) {
    throw rottenFile(`the file of blob ${blobId} holds blob ${header.blobId}`);
  }
  if (isStrict && opened.length < header.slots.length && keyring.retiring === undefined) {
    throw rottenFile(`the header of blob ${blobId} has a slot that no key opens`);
  }
  const newest = opened.find(({ slot }) => slot.keyId === keyring.current.keyId) ?? first;
  return { header, ...newest };
}

function openSlots(
  header: SealedHeader,
  keyring: Keyring,
): readonly { readonly slot: KeySlot; readonly dataKey: Uint8Array }[] {
  return header.slots.flatMap((slot) => {
    const masterKey = keyring.find(slot.keyId);
    const dataKey = masterKey && findDataKey(slot, header.facts, masterKey);
    return dataKey === undefined ? [] : [{ slot, dataKey }];
  });
}

/** Why no key opens a file that must be encrypted. */
async function describeDamage(file: OpenedFile, blobId: BlobId): Promise<Error> {
  const head = await readHead(file);
  if (head.length < HEADER_BYTES) {
    return truncatedFile(`the file of blob ${blobId} has ${head.length} bytes, less than a header`);
  }
  const header = hasMagic(head) ? findHeader(head) : undefined;
  const [slot] = header?.blobId === blobId ? header.slots : [];
  return slot === undefined
    ? rottenFile(`the file of blob ${blobId} has no header of an encrypted blob`)
    : unknownKey(
        `no key at hand opens the header of blob ${blobId}, which names key ${slot.keyId}`,
      );
}

/** The first bytes of a file, up to the length of a header. */
export async function readHead(file: OpenedFile): Promise<Uint8Array> {
  const head = new Uint8Array(HEADER_BYTES);
  let filled = 0;
  while (filled < head.length) {
    const { bytesRead } = await file.read(head, filled, head.length - filled, filled);
    if (bytesRead === 0) {
      break;
    }
    filled += bytesRead;
  }
  return head.subarray(0, filled);
}

/** How many bytes of the blob its file can hold; those beyond a header's size count as well. */
export function heldBytes(form: StoredForm): number {
  if (form.kind === "plain") {
    return form.fileBytes;
  }
  const { fileBytes, sizeBytes, segmentBytes } = form;
  const expectedBytes = sealedFileBytes(form);
  if (fileBytes === expectedBytes) {
    return sizeBytes;
  }
  if (fileBytes > expectedBytes) {
    return sizeBytes + (fileBytes - expectedBytes);
  }
  const stride = sealedFileBytes({ sizeBytes: segmentBytes, segmentBytes }) - HEADER_BYTES;
  const segments = Math.floor((fileBytes - HEADER_BYTES) / stride);
  return Math.min(segments * segmentBytes, sizeBytes - 1);
}
