/**
 * Frees the bytes of garbage manifests: first the blobs, then the record. A crash in between leaves a
 * manifest whose blobs are gone already; the next run removes them again, which is no error, and goes on.
 *
 * No background task asks the policies of a vault, and none can defeat a vault lock (contract §6.4), because
 * none of them ends the life of an archive. An archive's manifest becomes garbage in two places only: in
 * `ArchiveStore.markDeleted`, which DeleteArchive alone calls, and in the purge of removed vaults, to which
 * DeleteVault alone hands vaults, and only empty ones. Both handlers let the policies decide under the
 * vault's lock, in the transaction that makes the change. What tasks make garbage themselves are the parts
 * of expired uploads, which are no archives yet, and inventories of expired jobs. The sweep of leftovers
 * removes only blobs that no manifest refers to. A lock itself is changed by the three operations on locks
 * alone, and `VaultStore.setLock` refuses to change one that is locked.
 */
import type { ManifestId } from "../../domain/ids.ts";
import type { CollectionHold } from "./collection-hold.ts";
import type { MaintenanceStores } from "./maintenance-task.ts";

const MANIFESTS_BATCH = 100;
const PARTS_PAGE = 1000;

/** What the collector works on; without a hold nobody ever makes it wait. */
export type CollectionStores = Pick<MaintenanceStores, "metadata" | "blobs" | "logger"> & {
  readonly hold?: CollectionHold | undefined;
};

/**
 * Removes garbage manifests with their blobs until there are none, a whole batch can't be removed, or a
 * hold is on.
 * Returns how many blobs were removed. A manifest whose blobs resist is logged and left for the next run.
 */
export async function collectGarbage(
  stores: CollectionStores,
  signal: AbortSignal,
): Promise<number> {
  const mayGoOn = () => !signal.aborted && stores.hold?.isHeld() !== true;
  let blobCount = 0;
  while (mayGoOn()) {
    const manifests = await stores.metadata.manifests.listCollectable(MANIFESTS_BATCH);
    let failures = 0;
    for (const manifestId of manifests) {
      if (!mayGoOn()) {
        return blobCount;
      }
      try {
        const remove = () => removeManifest(stores, manifestId);
        blobCount += await (stores.hold?.during(remove) ?? remove());
      } catch (error) {
        failures += 1;
        stores.logger.error(
          { manifestId, err: error },
          "a deleted manifest could not be collected",
        );
      }
    }
    if (manifests.length < MANIFESTS_BATCH || failures === manifests.length) {
      break;
    }
  }
  return blobCount;
}

async function removeManifest(
  stores: Pick<MaintenanceStores, "metadata" | "blobs">,
  manifestId: ManifestId,
): Promise<number> {
  let blobCount = 0;
  let fromStartBytes = 0;
  let page: Awaited<ReturnType<typeof stores.metadata.manifests.listPartsPage>>;
  do {
    page = await stores.metadata.manifests.listPartsPage({
      manifestId,
      fromStartBytes,
      limit: PARTS_PAGE,
    });
    for (const part of page) {
      await stores.blobs.remove(part.blobId);
      blobCount += 1;
      fromStartBytes = part.startBytes + 1;
    }
  } while (page.length === PARTS_PAGE);
  await stores.metadata.manifests.remove(manifestId);
  return blobCount;
}
