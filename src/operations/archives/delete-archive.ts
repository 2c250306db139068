import { nextInventoryDueAtMs } from "../../domain/inventory.ts";
import { getArchive } from "../get-archive.ts";
import type { Handler } from "../handler.ts";
import { lockVault } from "../lock-vault.ts";

/**
 * Deletes an archive; its bytes go once no finished job needs them. One that this vault had and deleted is
 * deleted still (contract §2.19). With the vault locked, two deletes at once count as one.
 */
export const deleteArchive: Handler<"DeleteArchive"> = async (input, call, services) => {
  await services.metadata.transaction(async (session) => {
    const vault = await lockVault(session, call);
    const archive = await getArchive(session, vault, input.archiveId);
    if (archive.deletedSequence !== undefined) {
      return;
    }
    const { settings, clock } = services;
    const deletedSequence = await session.vaults.countChange(vault.vaultId, {
      archiveCount: -1,
      archiveBytes: -archive.sizeBytes,
      inventoryDueAtMs: nextInventoryDueAtMs(vault, settings.inventory, clock.nowMs()),
    });
    await session.archives.markDeleted(archive.archiveId, deletedSequence);
  });
  return {};
};
