/**
 * The bytes of an encrypted blob (docs/format.md, "Encrypted blobs"): a header of 192 bytes, then segments, each with
 * its tag. Pure but for node:crypto.
 */
import { createCipheriv, createDecipheriv } from "node:crypto";
import type { BlobId } from "../../domain/ids.ts";
import { KIB, MIB } from "../../domain/limits.ts";
import type { KeyId, MasterKey } from "../../ports/keyring.ts";
import { assert } from "../../std/assert.ts";
import { concatBytes, equalBytes, formatHex, parseHex } from "../../std/bytes.ts";

export const HEADER_BYTES = 192;
export const TAG_BYTES = 16;
export const DATA_KEY_BYTES = 32;
/** Bytes of a segment of new blobs (ADR 0013); those of a stored one are in its header. */
export const SEGMENT_BYTES = 256 * KIB;
/** A leaf consists of whole segments. */
const SEGMENT_MAX_BYTES = MIB;
const SEGMENT_MIN_BYTES = 4 * KIB;

const MAGIC = Uint8Array.of(0x89, 0x4d, 0x4f, 0x52, 0x42, 0x0d, 0x0a, 0x1a);
const VERSION = 1;
const FACTS_BYTES = 40;
export const SLOT_BYTES = 76;
const SLOT_COUNT = 2;
const NONCE_BYTES = 12;
const ALGORITHM = "aes-256-gcm";
const WRAPPING_PURPOSE = "moraine blob keys v1";

/** What the first 40 bytes of a header say; every wrapped key is bound to them. */
export interface SealedFacts {
  readonly blobId: BlobId;
  /** Bytes of the blob, without what encryption adds. */
  readonly sizeBytes: number;
  readonly segmentBytes: number;
}

/** What opens the segments of one blob. */
export interface SealedBlob extends SealedFacts {
  readonly dataKey: Uint8Array;
}

/** A place for one wrapped data key; there are two, so that re-wrapping never leaves none. */
export interface KeySlot {
  readonly index: number;
  readonly keyId: KeyId;
  readonly bytes: Uint8Array;
}

export interface SealedHeader extends SealedFacts {
  readonly facts: Uint8Array;
  /** Those in use. */
  readonly slots: readonly KeySlot[];
}

/** Whether `bytes` begin as an encrypted blob does. */
export function hasMagic(bytes: Uint8Array): boolean {
  return bytes.length >= HEADER_BYTES && equalBytes(bytes.subarray(0, MAGIC.length), MAGIC);
}

/** The header in the first 192 bytes; `undefined` when they are no header of this version. */
export function findHeader(bytes: Uint8Array): SealedHeader | undefined {
  if (
    !hasMagic(bytes) ||
    bytes[8] !== VERSION ||
    bytes.subarray(10, 16).some((byte) => byte !== 0)
  ) {
    return undefined;
  }
  const segmentBytes = 2 ** (bytes[9] ?? 0);
  const sizeBytes = Number(viewOf(bytes).getBigUint64(32));
  const isUsable =
    segmentBytes >= SEGMENT_MIN_BYTES &&
    segmentBytes <= SEGMENT_MAX_BYTES &&
    Number.isSafeInteger(sizeBytes);
  if (!isUsable) {
    return undefined;
  }
  return {
    // 16 bytes in hex are a blob id.
    blobId: formatHex(bytes.subarray(16, 32)) as BlobId,
    sizeBytes,
    segmentBytes,
    facts: bytes.slice(0, FACTS_BYTES),
    slots: Array.from({ length: SLOT_COUNT }, (_, index) => slotAt(bytes, index)).filter((slot) =>
      slot.bytes.some((byte) => byte !== 0),
    ),
  };
}

function slotAt(header: Uint8Array, index: number): KeySlot {
  const offset = slotOffset(index);
  const bytes = header.slice(offset, offset + SLOT_BYTES);
  // 16 bytes in hex are a key id.
  return { index, keyId: formatHex(bytes.subarray(0, 16)) as KeyId, bytes };
}

/** Where slot `index` begins in the file. */
export function slotOffset(index: number): number {
  return FACTS_BYTES + index * SLOT_BYTES;
}

/** The first 40 bytes of a header. */
export function formatFacts({ blobId, sizeBytes, segmentBytes }: SealedFacts): Uint8Array {
  const facts = new Uint8Array(FACTS_BYTES);
  facts.set(MAGIC);
  facts[8] = VERSION;
  facts[9] = Math.log2(segmentBytes);
  facts.set(parseHex(blobId), 16);
  viewOf(facts).setBigUint64(32, BigInt(sizeBytes));
  return facts;
}

/** A whole header, with the wrapped key in the first slot. */
export function formatHeader(facts: Uint8Array, slot: Uint8Array): Uint8Array {
  return concatBytes([facts, slot, new Uint8Array(HEADER_BYTES - FACTS_BYTES - SLOT_BYTES)]);
}

/** The 76 bytes of a slot: key id, nonce, wrapped key, tag. `nonce` must be random. */
export function wrapDataKey(
  dataKey: Uint8Array,
  facts: Uint8Array,
  { masterKey, nonce }: { readonly masterKey: MasterKey; readonly nonce: Uint8Array },
): Uint8Array {
  assert(nonce.length === NONCE_BYTES, "a nonce has 12 bytes");
  const keyId = parseHex(masterKey.keyId);
  const cipher = createCipheriv(ALGORITHM, masterKey.derive(WRAPPING_PURPOSE), nonce);
  cipher.setAAD(concatBytes([facts, keyId]));
  const wrapped = concatBytes([cipher.update(dataKey), cipher.final()]);
  return concatBytes([keyId, nonce, wrapped, cipher.getAuthTag()]);
}

/** The data key in `slot`; `undefined` when slot or facts were changed, or the key is another. */
export function findDataKey(
  slot: KeySlot,
  facts: Uint8Array,
  masterKey: MasterKey,
): Uint8Array | undefined {
  const { bytes } = slot;
  const decipher = createDecipheriv(
    ALGORITHM,
    masterKey.derive(WRAPPING_PURPOSE),
    bytes.subarray(16, 28),
    { authTagLength: TAG_BYTES },
  );
  decipher.setAAD(concatBytes([facts, bytes.subarray(0, 16)]));
  decipher.setAuthTag(bytes.subarray(60));
  const dataKey = decipher.update(bytes.subarray(28, 60));
  try {
    decipher.final();
    return new Uint8Array(dataKey);
  } catch {
    return undefined;
  }
}

/** How many segments a blob has: an empty one has one, without a byte. */
export function segmentCount({ sizeBytes, segmentBytes }: Omit<SealedFacts, "blobId">): number {
  return Math.max(1, Math.ceil(sizeBytes / segmentBytes));
}

/** How long the file of an encrypted blob is. */
export function sealedFileBytes(facts: Omit<SealedFacts, "blobId">): number {
  return HEADER_BYTES + facts.sizeBytes + TAG_BYTES * segmentCount(facts);
}

/** Where segment `index` begins in the file. */
export function segmentOffset(index: number, segmentBytes: number): number {
  return HEADER_BYTES + index * (segmentBytes + TAG_BYTES);
}

/** What tells one segment from every other. */
export interface SegmentPlace {
  readonly blobId: BlobId;
  readonly index: number;
  /** The size of the whole blob in the last segment, `undefined` in every other. */
  readonly finalSizeBytes: number | undefined;
}

/** The segment's ciphertext, and its tag. */
export function sealSegment(
  bytes: Uint8Array,
  dataKey: Uint8Array,
  place: SegmentPlace,
): readonly [Uint8Array, Uint8Array] {
  const cipher = createCipheriv(ALGORITHM, dataKey, segmentNonce(place));
  cipher.setAAD(segmentContext(place));
  const sealed = cipher.update(bytes);
  cipher.final();
  return [sealed, cipher.getAuthTag()];
}

/** The bytes of a segment from its ciphertext with the tag; `undefined` when they are not what was sealed there. */
export function openSegment(
  sealed: Uint8Array,
  dataKey: Uint8Array,
  place: SegmentPlace,
): Uint8Array | undefined {
  const decipher = createDecipheriv(ALGORITHM, dataKey, segmentNonce(place), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(segmentContext(place));
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
  const bytes = decipher.update(sealed.subarray(0, sealed.length - TAG_BYTES));
  try {
    decipher.final();
    return bytes;
  } catch {
    return undefined;
  }
}

/** A data key encrypts each segment once, so that its number is nonce enough. */
function segmentNonce({ index, finalSizeBytes }: SegmentPlace): Uint8Array {
  const nonce = new Uint8Array(NONCE_BYTES);
  nonce[3] = finalSizeBytes === undefined ? 0 : 1;
  viewOf(nonce).setBigUint64(4, BigInt(index));
  return nonce;
}

function segmentContext({ blobId, index, finalSizeBytes }: SegmentPlace): Uint8Array {
  const context = new Uint8Array(33);
  context.set(parseHex(blobId));
  const view = viewOf(context);
  view.setBigUint64(16, BigInt(index));
  context[24] = finalSizeBytes === undefined ? 0 : 1;
  view.setBigUint64(25, BigInt(finalSizeBytes ?? 0));
  return context;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
