/**
 * Checks the parts of one manifest against each other, against what they make up, and against their blobs.
 * Memory: one page of parts with their leaves, and one digest per part.
 */
import type { HashHex, ManifestPart } from "../../domain/archive.ts";
import type { ManifestId } from "../../domain/ids.ts";
import { treeHashOfNodes } from "../../domain/tree-hash.ts";
import type { BlobStore } from "../../ports/blob-store.ts";
import type { MetadataSession } from "../../ports/metadata-store.ts";
import { concatBytes, findHexBytes } from "../../std/bytes.ts";
import type { Sha256 } from "../../std/hasher.ts";
import { isPartRecordSound } from "../jobs/decide-part-check.ts";
import { checkPartBytes, rangeOfPart } from "./check-part.ts";
import type { ProblemList } from "./finding.ts";
import type { Pace } from "./pace.ts";
import { createProblemCollector, type ProblemCollector } from "./problem-collector.ts";

/** Parts listed at once; a part of 4 GiB has 128 KiB of leaves. */
const PARTS_PAGE = 32;

export interface ManifestCheckServices {
  readonly metadata: Pick<MetadataSession, "manifests">;
  readonly blobs: Pick<BlobStore, "findSize" | "hashLeaves">;
  readonly sha256: Sha256;
  readonly pace: Pace;
  /** Whether every byte is read and hashed again. */
  readonly rehash: boolean;
  /** Told of each part, and of the bytes that were hashed. */
  readonly count: (done: { readonly parts: number; readonly bytesHashed: number }) => void;
}

/** A manifest and what its parts have to make up; an upload in progress may have any of its parts. */
export interface ExpectedManifest {
  readonly manifestId: ManifestId;
  readonly whole:
    | { readonly sizeBytes: number; readonly treeHash: HashHex | undefined }
    | undefined;
}

interface Check {
  readonly services: ManifestCheckServices;
  readonly expected: ExpectedManifest;
  readonly found: ProblemCollector;
  /** Up to here the bytes are covered by parts. */
  coveredTo: number;
  /** Tree hashes of the parts, while they can be joined to that of the whole. */
  nodes: Uint8Array[] | undefined;
}

/** Resolves with what is wrong, or `undefined`. Throws errors that say nothing about the data. */
export async function checkManifest(
  services: ManifestCheckServices,
  expected: ExpectedManifest,
): Promise<ProblemList | undefined> {
  const found = createProblemCollector();
  const check: Check = { services, expected, found, coveredTo: 0, nodes: [] };
  const endExclusive = expected.whole?.sizeBytes ?? Number.MAX_SAFE_INTEGER;
  let page: readonly ManifestPart[];
  do {
    const rest = { start: check.coveredTo, endExclusive };
    page =
      rest.start < rest.endExclusive
        ? await services.metadata.manifests.listPartsInRange(expected.manifestId, rest, PARTS_PAGE)
        : [];
    for (const part of page) {
      await services.pace.step();
      checkPlace(check, part);
      await checkPart(check, part);
    }
  } while (page.length === PARTS_PAGE);
  await checkWhole(check);
  return found.list();
}

/** Parts begin where the one before ended. */
function checkPlace(check: Check, part: ManifestPart): void {
  const { startBytes, sizeBytes } = part;
  const isUpload = check.expected.whole === undefined;
  if (startBytes < check.coveredTo || (startBytes > check.coveredTo && !isUpload)) {
    const start = Math.min(startBytes, check.coveredTo);
    const endExclusive = Math.max(startBytes, check.coveredTo);
    check.found.add({ kind: "record", range: { start, endExclusive }, blobId: undefined });
    check.nodes = undefined;
  }
  check.coveredTo = Math.max(check.coveredTo, startBytes + sizeBytes);
}

async function checkPart(check: Check, part: ManifestPart): Promise<void> {
  const { services, found } = check;
  services.count({ parts: 1, bytesHashed: 0 });
  const node = findHexBytes(part.treeHash);
  if (!isPartRecordSound(part, services.sha256) || node === undefined) {
    found.add({ kind: "record", range: rangeOfPart(part), blobId: undefined });
    check.nodes = undefined;
  } else {
    check.nodes?.push(node);
  }
  const count = (bytesHashed: number) => services.count({ parts: 0, bytesHashed });
  await checkPartBytes({ ...services, count }, part, (problem) => found.add(problem));
}

/** The parts end where the whole does, none reaches beyond, and their hashes make up its own. */
async function checkWhole(check: Check): Promise<void> {
  const { services, expected, found, coveredTo } = check;
  const { whole, manifestId } = expected;
  if (whole === undefined) {
    return;
  }
  const range = { start: 0, endExclusive: whole.sizeBytes };
  if (coveredTo < whole.sizeBytes) {
    found.add({ kind: "record", range: { ...range, start: coveredTo }, blobId: undefined });
    return;
  }
  const sum = await services.metadata.manifests.summarize(manifestId);
  const isExact = sum.totalBytes === whole.sizeBytes && sum.endBytes === whole.sizeBytes;
  const isJoined =
    check.nodes === undefined ||
    whole.treeHash === undefined ||
    treeHashOfNodes(concatBytes(check.nodes), services.sha256) === whole.treeHash;
  // Where the parts did not join, the problem is known already.
  if ((!isExact && check.nodes !== undefined) || !isJoined) {
    found.add({ kind: "record", range, blobId: undefined });
  }
}
