import { invalidParameter, notFound } from "../domain/errors.ts";
import { decideInventoryJobSnapshot, type InventoryMode } from "../domain/inventory.ts";
import type { InventorySnapshot } from "../domain/inventory-snapshot.ts";
import type { InventoryPosition } from "../domain/job.ts";
import {
  parseInventoryFilter,
  parseInventoryFormat,
  refuseMembers,
} from "../domain/job-parameters.ts";
import type { Vault } from "../domain/vault.ts";
import type { MetadataSession } from "../ports/metadata-store.ts";
import { formatVaultArn } from "../protocol/arn.ts";
import { findInventoryMarker } from "../protocol/marker.ts";
import type { JobParameters, JobPlan } from "./job-plan.ts";

/**
 * A job that lists a vault's inventory (contract §2.26, §4.4); `Tier` is ignored and the job waits as
 * Standard (contract §8a). Throws `InvalidParameterValueException`, when making the request also
 * `ResourceNotFoundException` while there is no inventory yet.
 */
export function planInventoryRetrieval(
  parameters: JobParameters,
  vault: Vault,
  mode: InventoryMode,
): JobPlan {
  const { ArchiveId, RetrievalByteRange, SelectParameters, OutputLocation } = parameters;
  refuseMembers("inventory-retrieval", {
    ArchiveId,
    RetrievalByteRange,
    SelectParameters,
    OutputLocation,
  });
  const format = parseInventoryFormat(parameters.Format);
  const { InventoryRetrievalParameters } = parameters;
  const filter = parseInventoryFilter(InventoryRetrievalParameters);
  const position = parseInventoryMarker(vault, InventoryRetrievalParameters?.Marker);
  return {
    tier: "Standard",
    makeRequest: async (session, lockedVault, nowMs) => {
      const snapshot = await takeSnapshot(session, lockedVault, mode, nowMs);
      return { kind: "InventoryRetrieval", format, snapshot, ...filter, position };
    },
  };
}

function parseInventoryMarker(
  vault: Vault,
  text: string | undefined,
): InventoryPosition | undefined {
  const position = text === undefined ? undefined : findInventoryMarker(vault.vaultId, text);
  if (text !== undefined && position === undefined) {
    throw invalidParameter(
      `Invalid Marker: ${text}. It must come from an inventory job of the same vault.`,
    );
  }
  return position;
}

/** The snapshot that the job lists. A live one becomes the vault's last inventory, whose date is shown. */
async function takeSnapshot(
  session: MetadataSession,
  lockedVault: Vault,
  mode: InventoryMode,
  nowMs: number,
): Promise<InventorySnapshot> {
  const snapshot = decideInventoryJobSnapshot(lockedVault, mode, nowMs);
  if (snapshot === undefined) {
    throw notFound(
      `Inventory retrieval jobs for vault ${formatVaultArn(lockedVault)} cannot be initiated yet, as ` +
        "Amazon Glacier has not yet generated an initial inventory for this vault.",
    );
  }
  if (mode.kind === "live") {
    await session.vaults.setInventory(lockedVault.vaultId, snapshot, undefined);
  }
  return snapshot;
}
