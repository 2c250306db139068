import { parseJobDescription } from "../../domain/description.ts";
import { badRequest } from "../../domain/errors.ts";
import { parseJobType } from "../../domain/job-parameters.ts";
import { parseSnsTopic } from "../../domain/sns-topic.ts";
import type { Vault } from "../../domain/vault.ts";
import { formatVaultLocation } from "../../protocol/arn.ts";
import { admitRetrieval } from "../admit-retrieval.ts";
import type { Handler, Services } from "../handler.ts";
import type { JobParameters, JobPlan } from "../job-plan.ts";
import { lockVault } from "../lock-vault.ts";
import { planArchiveRetrieval } from "../plan-archive-retrieval.ts";
import { planInventoryRetrieval } from "../plan-inventory-retrieval.ts";

/** Starts a job, each call a new one; the engine runs it when its tier's delay is over (contract §2.26). */
export const initiateJob: Handler<"InitiateJob"> = async (input, call, services) => {
  const parameters: JobParameters = input.jobParameters ?? {};
  const plan = planJob(parameters, call.vault, services);
  const facts = {
    jobId: services.ids.jobId(),
    vaultId: call.vault.vaultId,
    description: parseJobDescription(parameters.Description),
    snsTopic: parseSnsTopic(parameters.SNSTopic),
  };
  await services.metadata.transaction(async (session) => {
    const vault = await lockVault(session, call);
    const createdAtMs = services.clock.nowMs();
    const request = await plan.makeRequest(session, vault, createdAtMs);
    const { expeditedCapacity } = services.settings;
    await admitRetrieval(session, request, { vault, nowMs: createdAtMs, expeditedCapacity });
    const dueAtMs = createdAtMs + services.settings.tierDelays[plan.tier];
    await session.jobs.insert({ ...facts, status: "InProgress", createdAtMs, dueAtMs, request });
  });
  services.wakeJobEngine();
  return {
    location: formatVaultLocation(call.vault, "jobs", facts.jobId),
    jobId: facts.jobId,
    jobOutputPath: undefined,
  };
};

function planJob(parameters: JobParameters, vault: Vault, services: Services): JobPlan {
  const type = parseJobType(parameters.Type);
  switch (type) {
    case "archive-retrieval":
      return planArchiveRetrieval(parameters);
    case "inventory-retrieval":
      return planInventoryRetrieval(parameters, vault, services.settings.inventory);
    case "select":
      throw badRequest("InitiateJob does not run select jobs in this version of Moraine.");
  }
}
