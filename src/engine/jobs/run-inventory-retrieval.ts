/**
 * An inventory retrieval: the snapshot fixed at InitiateJob is streamed into a blob of the job's own.
 * A crash while writing leaves a temporary file, one after the blob's commit a blob that no metadata knows;
 * the sweep removes both, and the next run writes the same inventory again under other ids.
 */

import type { ManifestPart } from "../../domain/archive.ts";
import type {
  InventoryPosition,
  InventoryRetrievalRequest,
  JobOutcome,
  JobOutput,
} from "../../domain/job.ts";
import { treeHashOfNodes } from "../../domain/tree-hash.ts";
import type { Vault } from "../../domain/vault.ts";
import { finishJob } from "./finish-job.ts";
import type { ClaimedJob, JobServices } from "./job-services.ts";
import { LeaseLost } from "./lease.ts";
import { createLoopInventory } from "./loop-inventory.ts";

/** A line of an inventory without a description has about so many bytes. */
const ITEM_BYTES_ESTIMATE = 280;
/**
 * A vault that changed so often has at most so many archives, deleted ones included; they take less than a thread
 * takes to start.
 */
const LOOP_MAX_CHANGES = 2_000;

interface WrittenInventory {
  /** The whole output as one part, whatever its size: 64 GiB of inventory have 2 MiB of leaves. */
  readonly part: ManifestPart;
  readonly nextPosition: InventoryPosition | undefined;
}

/**
 * Runs the claimed job to its end and returns how it ended. Errors are thrown, and then the job is still
 * in progress and nothing of it is visible.
 */
export async function runInventoryRetrieval(
  services: JobServices,
  claimed: ClaimedJob,
  request: InventoryRetrievalRequest,
): Promise<JobOutcome> {
  const vault = await services.metadata.vaults.get(claimed.job.vaultId);
  if (vault === undefined) {
    throw new LeaseLost(claimed.job.jobId);
  }
  const written = await writeOutput(services, claimed, vault, request);
  try {
    return await commitOutput(services, claimed, written);
  } catch (error) {
    // Only a lost lease proves that nothing was committed. After any other error the transaction may have
    // taken effect, so the blob stays; the sweep removes it when no metadata refers to it.
    if (error instanceof LeaseLost) {
      await services.blobs.remove(written.part.blobId);
    }
    throw error;
  }
}

async function writeOutput(
  services: JobServices,
  { job, lease }: ClaimedJob,
  vault: Vault,
  request: InventoryRetrievalRequest,
): Promise<WrittenInventory> {
  const blobId = services.ids.blobId();
  const { archiveCount, changeSequence } = request.snapshot;
  const itemCount = Math.min(request.limit ?? archiveCount, archiveCount);
  const writer = await services.blobs.openWriter(blobId, (itemCount + 1) * ITEM_BYTES_ESTIMATE);
  const runner =
    (changeSequence > LOOP_MAX_CHANGES ? services.inventoryRunner : undefined) ??
    createLoopInventory(services);
  try {
    const vaultArn = services.describeVaultArn(vault);
    const task = { vaultId: job.vaultId, vaultArn, request };
    const nextPosition = await runner.run(task, async (bytes) => {
      await lease.keep();
      await writer.write(bytes);
    });
    const { sizeBytes, leaves } = await writer.finish();
    await lease.keep();
    await writer.commit();
    const treeHash = treeHashOfNodes(leaves, services.sha256);
    return { part: { startBytes: 0, sizeBytes, treeHash, blobId, leaves }, nextPosition };
  } catch (error) {
    await writer.abort();
    throw error;
  }
}

async function commitOutput(
  services: JobServices,
  claimed: ClaimedJob,
  { part, nextPosition }: WrittenInventory,
): Promise<JobOutcome> {
  const manifestId = services.ids.manifestId();
  const displacedTo = services.ids.manifestId();
  const output: JobOutput = {
    manifestId,
    range: { start: 0, endExclusive: part.sizeBytes },
    treeHash: undefined,
    nextPosition,
  };
  const outcome: JobOutcome = { status: "Succeeded", output };
  await services.metadata.transaction(async (session) => {
    await session.manifests.putPart(manifestId, part, displacedTo);
    await finishJob(session, services, claimed, outcome);
  });
  return outcome;
}
