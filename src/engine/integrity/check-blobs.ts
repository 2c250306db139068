/** Looks up every blob on the storage in the metadata: what nothing names has to be explained. */
import { type BlobId, bootOfBlob } from "../../domain/ids.ts";
import type { BlobStore } from "../../ports/blob-store.ts";
import type { MetadataStore } from "../../ports/metadata-store.ts";
import type { Finding } from "./finding.ts";
import type { Pace } from "./pace.ts";

/** Metadata restored from an old backup does not know any of the later blobs: there may be millions. */
export const UNEXPLAINED_TOLD_MAX = 1_000;

export interface BlobCheckServices {
  readonly metadata: MetadataStore;
  readonly blobs: Pick<BlobStore, "list" | "findSize">;
  readonly pace: Pace;
  /** The boot that writes now; `undefined` for a storage that nobody uses. */
  readonly currentBoot: number | undefined;
  readonly count: (done: {
    readonly blobs: number;
    readonly leftovers: number;
    readonly blobsUnderWay: number;
  }) => void;
  /** Counts the finding; `isTold` is false for those beyond the first `UNEXPLAINED_TOLD_MAX`. */
  readonly tell: (finding: Finding, isTold: boolean) => Promise<void>;
}

/** Tells of every blob that nothing names and nothing explains. */
export async function checkBlobs(services: BlobCheckServices): Promise<void> {
  const knownBoots = await services.metadata.boots.list();
  let unexplained = 0;
  for await (const batch of services.blobs.list()) {
    await services.pace.step();
    // Asked after the blobs were listed: what was committed in between is known by now.
    const named = await services.metadata.manifests.findKnownBlobs(batch);
    for (const blobId of batch.filter((blob) => !named.has(blob))) {
      await services.pace.step();
      const boot = bootOfBlob(blobId);
      if (knownBoots.has(boot)) {
        const isUnderWay = boot === services.currentBoot;
        await countKnownBoot(services, blobId, isUnderWay);
      } else {
        unexplained += 1;
        const isTold = unexplained <= UNEXPLAINED_TOLD_MAX;
        await services.tell({ kind: "BlobUnexplained", blobId, boot }, isTold);
      }
    }
    services.count({ blobs: batch.length, leftovers: 0, blobsUnderWay: 0 });
  }
}

/** The collector may have removed it since it was listed; then there is nothing to explain. */
async function countKnownBoot(
  { blobs, count }: BlobCheckServices,
  blobId: BlobId,
  isUnderWay: boolean,
): Promise<void> {
  if ((await blobs.findSize(blobId)) !== undefined) {
    count({ blobs: 0, leftovers: isUnderWay ? 0 : 1, blobsUnderWay: isUnderWay ? 1 : 0 });
  }
}
