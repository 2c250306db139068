/** Reads an archive once, from its first byte to its last, and lets nothing through that is not what was uploaded. */
import type { Archive, ManifestPart } from "../../domain/archive.ts";
import { BlobDamage } from "../../domain/blob.ts";
import { LEAF_BYTES } from "../../domain/limits.ts";
import { treeHashOfNodes } from "../../domain/tree-hash.ts";
import type { SelectPart } from "../../ports/select-runner.ts";
import { concatBytes, equalBytes, findHexBytes } from "../../std/bytes.ts";
import { bytesOfSlice, isPartRecordSound, storedLeaves } from "./decide-part-check.ts";
import type { JobServices } from "./job-services.ts";
import { formatDamageMessage, type RangeDamage } from "./range-damage.ts";

/** Parts listed at once; a part of 4 GiB has 128 KiB of leaves. */
const PARTS_PAGE = 32;

type Stores = Pick<JobServices, "metadata" | "blobs" | "sha256" | "sha256Aside">;

/** The archive's bytes are not what was uploaded. */
export class ArchiveDamaged extends Error {
  override readonly name = "ArchiveDamaged";
  readonly damage: RangeDamage;

  constructor(damage: RangeDamage) {
    super(formatDamageMessage(damage));
    this.damage = damage;
  }
}

/**
 * The archive part by part: where each lies, the leaves stored at upload, and its bytes, MiB by MiB, each compared with
 * its leaf before it is yielded, in a buffer that is filled again when the next one is asked for. At the end all
 * leaves together are compared with the archive's tree hash. Throws `ArchiveDamaged`, from the bytes of a part too,
 * and errors of the metadata. Memory: a page of parts, a MiB, a digest per part.
 */
export async function* readVerifiedArchive(
  stores: Stores,
  archive: Archive,
): AsyncGenerator<SelectPart, void, void> {
  const nodes: Uint8Array[] = [];
  let verifiedTo = 0;
  while (verifiedTo < archive.sizeBytes) {
    const rest = { start: verifiedTo, endExclusive: archive.sizeBytes };
    const { manifests } = stores.metadata;
    const page = await manifests.listPartsInRange(archive.manifestId, rest, PARTS_PAGE);
    if (page[0]?.startBytes !== verifiedTo) {
      throw new ArchiveDamaged({ range: rest, kind: "missing", blobId: undefined });
    }
    for (const part of page) {
      checkRecord(stores, part, verifiedTo);
      yield {
        sizeBytes: part.sizeBytes,
        leaves: part.leaves,
        place: await stores.blobs.findPlace(part.blobId),
        read: (firstLeaf) => readVerifiedPart(stores, part, firstLeaf),
      };
      nodes.push(digestOf(part.treeHash));
      verifiedTo = part.startBytes + part.sizeBytes;
    }
  }
  if (treeHashOfNodes(concatBytes(nodes), stores.sha256) !== archive.treeHash) {
    const range = { start: 0, endExclusive: archive.sizeBytes };
    throw new ArchiveDamaged({ range, kind: "rotten", blobId: undefined });
  }
}

function checkRecord({ sha256 }: Stores, part: ManifestPart, expectedStart: number): void {
  const { startBytes, sizeBytes, blobId } = part;
  if (startBytes !== expectedStart) {
    const range = { start: expectedStart, endExclusive: startBytes };
    throw new ArchiveDamaged({ range, kind: "missing", blobId: undefined });
  }
  if (!isPartRecordSound(part, sha256)) {
    const range = { start: startBytes, endExclusive: startBytes + sizeBytes };
    throw new ArchiveDamaged({ range, kind: "rotten", blobId });
  }
}

async function* readVerifiedPart(
  stores: Stores,
  part: ManifestPart,
  firstLeaf: number,
): AsyncGenerator<Uint8Array, void, void> {
  const slice = { firstLeaf, leafCount: 1 };
  try {
    for await (const leaf of readLeaves(stores, part, firstLeaf * LEAF_BYTES)) {
      if (!equalBytes(await stores.sha256Aside(leaf), storedLeaves(part, slice))) {
        throw new BlobDamage(part.blobId, "rotten");
      }
      yield leaf;
      slice.firstLeaf += 1;
    }
  } catch (error) {
    if (error instanceof BlobDamage) {
      const range = bytesOfSlice(part, slice);
      throw new ArchiveDamaged({ range, kind: error.kind, blobId: part.blobId });
    }
    throw error;
  }
}

/** The part's bytes from `start` on, in pieces of a MiB, the last one maybe shorter, each in the same buffer. */
async function* readLeaves(
  { blobs }: Stores,
  { blobId, sizeBytes }: ManifestPart,
  start: number,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, void> {
  const buffer = new Uint8Array(Math.min(LEAF_BYTES, sizeBytes - start));
  let leaf = buffer;
  let filled = 0;
  let done = start;
  for await (const chunk of blobs.read(blobId, { start, endExclusive: sizeBytes })) {
    for (let taken = 0; taken < chunk.length; ) {
      const piece = chunk.subarray(taken, taken + leaf.length - filled);
      leaf.set(piece, filled);
      filled += piece.length;
      taken += piece.length;
      if (filled === leaf.length) {
        yield leaf;
        done += filled;
        filled = 0;
        leaf = buffer.subarray(0, sizeBytes - done);
      }
    }
  }
}

function digestOf(treeHash: string): Uint8Array {
  const digest = findHexBytes(treeHash);
  if (digest === undefined) {
    throw new TypeError(`a stored tree hash is not hexadecimal: ${treeHash}`);
  }
  return digest;
}
