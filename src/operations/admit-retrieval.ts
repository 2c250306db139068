import type { JobRequest } from "../domain/job.ts";
import { checkExpeditedCapacity, type ExpeditedCapacity } from "../domain/provisioned-capacity.ts";
import {
  checkRetrieval,
  countedBytes,
  DEFAULT_RETRIEVAL_POLICY,
  utcDay,
} from "../domain/retrieval-policy.ts";
import type { Vault } from "../domain/vault.ts";
import type { MetadataSession } from "../ports/metadata-store.ts";
import { assertNever } from "../std/assert.ts";

interface Admission {
  /** Whose account and region count. */
  readonly vault: Vault;
  readonly nowMs: number;
  readonly expeditedCapacity: ExpeditedCapacity;
}

/**
 * Lets a job start, within the transaction that stores it, and counts it (contract §6.1, §6.2). A query
 * counts as a retrieval of the whole archive; Bulk and inventories are always let in. Throws
 * `PolicyEnforcedException` for a Standard retrieval beyond the data retrieval policy,
 * `InsufficientCapacityException` for an Expedited one without capacity.
 */
export async function admitRetrieval(
  session: MetadataSession,
  request: JobRequest,
  admission: Admission,
): Promise<void> {
  if (request.kind === "InventoryRetrieval") {
    return;
  }
  switch (request.tier) {
    case "Standard":
      return await admitStandard(session, request, admission);
    case "Expedited":
      return await admitExpedited(session, admission);
    case "Bulk":
      return;
    default:
      assertNever(request.tier);
  }
}

/** Bytes count whatever the policy is, so that one set later in the day knows of them. */
async function admitStandard(
  { retrievals }: MetadataSession,
  request: JobRequest,
  { vault: owner, nowMs }: Admission,
): Promise<void> {
  const bytes = countedBytes(request);
  const day = utcDay(nowMs);
  const policy = (await retrievals.lockPolicy(owner)) ?? DEFAULT_RETRIEVAL_POLICY;
  const { strategy } = policy;
  const load = {
    hourlyRate: strategy === "BytesPerHour" ? await retrievals.sumHourlyRates(owner) : 0n,
    bytesToday: strategy === "FreeTier" ? await retrievals.findBytesOfDay(owner, day) : 0n,
  };
  checkRetrieval(policy, { bytes, load, nowMs });
  await retrievals.addBytesOfDay(owner, day, bytes);
}

async function admitExpedited(
  { capacity, retrievals }: MetadataSession,
  { vault, nowMs, expeditedCapacity }: Admission,
): Promise<void> {
  if (expeditedCapacity === "unlimited") {
    return;
  }
  checkExpeditedCapacity(expeditedCapacity, {
    unexpiredUnits: (await capacity.listUnexpired(vault.accountId, nowMs)).length,
    inProgress: await retrievals.countExpedited(vault.accountId),
  });
}
