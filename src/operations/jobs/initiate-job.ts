import { parseJobDescription } from "../../domain/description.ts";
import type { JobId } from "../../domain/ids.ts";
import type { JobInProgress } from "../../domain/job.ts";
import { parseJobType } from "../../domain/job-parameters.ts";
import { parseSnsTopic } from "../../domain/sns-topic.ts";
import type { Vault } from "../../domain/vault.ts";
import type { MetadataSession } from "../../ports/metadata-store.ts";
import { formatVaultLocation } from "../../protocol/arn.ts";
import { admitRetrieval } from "../admit-retrieval.ts";
import type { Call, Handler, Services } from "../handler.ts";
import type { JobParameters, JobPlan } from "../job-plan.ts";
import { lockVault } from "../lock-vault.ts";
import { planArchiveRetrieval } from "../plan-archive-retrieval.ts";
import { planInventoryRetrieval } from "../plan-inventory-retrieval.ts";
import { planSelect } from "../plan-select.ts";

/** What is known of a job before its vault is looked at. */
interface JobDraft {
  readonly jobId: JobId;
  readonly vaultId: number;
  readonly description: string | undefined;
  readonly snsTopic: string | undefined;
}

/** Starts a job, each call a new one; the engine runs it when its tier's delay is over (contract §2.26). */
export const initiateJob: Handler<"InitiateJob"> = async (input, call, services) => {
  const parameters: JobParameters = input.jobParameters ?? {};
  const plan = planJob(parameters, call.vault, services);
  const draft = {
    jobId: services.ids.jobId(),
    vaultId: call.vault.vaultId,
    description: parseJobDescription(parameters.Description),
    snsTopic: parseSnsTopic(parameters.SNSTopic),
  };
  const { publication } = plan;
  if (publication === undefined) {
    await storeJob(plan, draft, call, services);
  } else {
    await publishAndStore({ ...plan, publication }, draft, call, services);
  }
  services.wakeJobEngine();
  return {
    location: formatVaultLocation(call.vault, "jobs", draft.jobId),
    jobId: draft.jobId,
    jobOutputPath: publication?.outputPathOf(draft.jobId),
  };
};

/**
 * Publishing may take long, so it happens outside of the transaction, after a first look at what most often
 * refuses a job. A crash between the two leaves what was published, of a job that nobody was told of.
 */
async function publishAndStore(
  plan: Required<JobPlan>,
  draft: JobDraft,
  call: Call<"InitiateJob">,
  services: Services,
): Promise<void> {
  const nowMs = services.clock.nowMs();
  const seen = await makeJob(plan, draft, services, { ...call, session: services.metadata, nowMs });
  await plan.publication.publish(seen);
  try {
    await storeJob(plan, draft, call, services, nowMs);
  } catch (error) {
    await plan.publication.withdraw(seen);
    throw error;
  }
}

/** `createdAtMs` for a job that was published with it; else the job is created once its vault is locked. */
async function storeJob(
  plan: JobPlan,
  draft: JobDraft,
  call: Call<"InitiateJob">,
  services: Services,
  createdAtMs?: number,
): Promise<void> {
  await services.metadata.transaction(async (session) => {
    const vault = await lockVault(session, call);
    const nowMs = createdAtMs ?? services.clock.nowMs();
    const job = await makeJob(plan, draft, services, { session, vault, nowMs });
    const { expeditedCapacity } = services.settings;
    await admitRetrieval(session, job.request, { vault, nowMs, expeditedCapacity });
    await session.jobs.insert(job);
  });
}

async function makeJob(
  plan: JobPlan,
  draft: JobDraft,
  services: Services,
  at: { readonly session: MetadataSession; readonly vault: Vault; readonly nowMs: number },
): Promise<JobInProgress> {
  const request = await plan.makeRequest(at.session, at.vault, at.nowMs);
  const dueAtMs = at.nowMs + services.settings.tierDelays[plan.tier];
  return { ...draft, status: "InProgress", createdAtMs: at.nowMs, dueAtMs, request };
}

function planJob(parameters: JobParameters, vault: Vault, services: Services): JobPlan {
  const type = parseJobType(parameters.Type);
  switch (type) {
    case "archive-retrieval":
      return planArchiveRetrieval(parameters);
    case "inventory-retrieval":
      return planInventoryRetrieval(parameters, vault, services.settings.inventory);
    case "select":
      return planSelect(parameters, vault, services);
  }
}
