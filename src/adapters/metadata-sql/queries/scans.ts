/** Pages and counts over all accounts; see ports/scan-store.ts. */
import type { JobId } from "../../../domain/ids.ts";
import type { ScanStore } from "../../../ports/scan-store.ts";
import { formatTextId } from "../columns.ts";
import type { SqlContext } from "../schema.ts";
import { listArchiveRecords } from "./archives.ts";
import { listVaultsFrom } from "./vaults.ts";

export function makeScanStore(context: SqlContext): ScanStore {
  return {
    listVaults: (page) => listVaultsFrom(context, page),
    listArchives: (page) => listArchiveRecords(context, page),
    countUploads: () => countUploads(context),
    countJobs: () => countJobs(context),
    findFirstDueJob: () => findFirstDueJob(context),
    countGarbage: (max) => countGarbage(context, max),
  };
}

/** The index over vault and state holds all that is asked for. */
async function countUploads(context: SqlContext): ReturnType<ScanStore["countUploads"]> {
  const rows = await context.db
    .selectFrom("uploads")
    .where("state", "=", "InProgress")
    .select((eb) => ["vault_id", eb.fn.countAll<number>().as("upload_count")])
    .groupBy("vault_id")
    .execute();
  return rows.map((row) => ({ vaultId: row.vault_id, count: Number(row.upload_count) }));
}

/** The index over vault and status holds all that is asked for. */
async function countJobs(context: SqlContext): ReturnType<ScanStore["countJobs"]> {
  const rows = await context.db
    .selectFrom("jobs")
    .select((eb) => ["vault_id", "status", eb.fn.countAll<number>().as("job_count")])
    .groupBy(["vault_id", "status"])
    .execute();
  return rows.map((row) => ({
    vaultId: row.vault_id,
    status: row.status,
    count: Number(row.job_count),
  }));
}

async function findFirstDueJob(context: SqlContext): ReturnType<ScanStore["findFirstDueJob"]> {
  const row = await context.db
    .selectFrom("jobs")
    .where("status", "=", "InProgress")
    .select(["job_id", "vault_id", "created_at_ms", "due_at_ms"])
    .orderBy("due_at_ms")
    .orderBy("job_id")
    .limit(1)
    .executeTakeFirst();
  return (
    row && {
      jobId: formatTextId<JobId>(row.job_id),
      vaultId: row.vault_id,
      createdAtMs: row.created_at_ms,
      dueAtMs: row.due_at_ms,
    }
  );
}

async function countGarbage(context: SqlContext, max: number): Promise<number> {
  const row = await context.db
    .selectFrom((eb) =>
      eb.selectFrom("garbage_manifests").select("manifest_id").limit(max).as("waiting"),
    )
    .select((eb) => eb.fn.countAll<number>().as("manifest_count"))
    .executeTakeFirstOrThrow();
  return Number(row.manifest_count);
}
