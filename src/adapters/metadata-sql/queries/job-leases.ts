/** Which worker runs which job: claims, renewals, and when there is something to claim. */
import type { Selectable } from "kysely";
import type { JobId } from "../../../domain/ids.ts";
import type { JobKind } from "../../../domain/job.ts";
import type { JobLease } from "../../../ports/metadata-store.ts";
import { parseTextId } from "../columns.ts";
import { prepareQuery } from "../prepared-query.ts";
import type { JobsTable, SqlContext } from "../schema.ts";

interface Claim {
  readonly nowMs: number;
  readonly lease: JobLease;
  readonly limit: number;
  readonly kinds: readonly JobKind[];
}

/**
 * The claimed rows, earliest due first. Two queries rather than an update over a subquery: a database with
 * row locks might run the subquery again and so claim more than `limit`. Must run in a transaction.
 */
export async function claimDueJobs(
  context: SqlContext,
  { nowMs, lease, limit, kinds }: Claim,
): Promise<readonly Selectable<JobsTable>[]> {
  const rows = await queriesOf(kinds).selectDue(context, { nowMs, limit });
  for (const row of rows) {
    await context.db
      .updateTable("jobs")
      .set({ lease_owner: lease.owner, claimable_at_ms: lease.untilMs })
      .where("job_id", "=", row.job_id)
      .execute();
  }
  return rows;
}

/** A lease that ran out may still be renewed as long as nobody else has claimed the job. */
export async function renewJobLease(
  context: SqlContext,
  jobId: JobId,
  lease: JobLease,
): Promise<boolean> {
  const result = await context.db
    .updateTable("jobs")
    .set({ claimable_at_ms: lease.untilMs })
    .where("job_id", "=", parseTextId(jobId))
    .where("status", "=", "InProgress")
    .where("lease_owner", "=", lease.owner)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/** A job without a lease may be claimed from its due time on. */
export async function releaseJobLeases(context: SqlContext): Promise<number> {
  const result = await context.db
    .updateTable("jobs")
    .set((row) => ({ lease_owner: null, claimable_at_ms: row.ref("due_at_ms") }))
    // A bound instead of "is not null", which SQLite answers by reading every job there is.
    .where("claimable_at_ms", ">=", 0)
    .where("lease_owner", "is not", null)
    .executeTakeFirst();
  return Number(result.numUpdatedRows);
}

export async function findNextClaimableAtMs(
  context: SqlContext,
  kinds: readonly JobKind[],
): Promise<number | undefined> {
  const [row] = await queriesOf(kinds).selectNext(context, {});
  return row?.claimable_at_ms ?? undefined;
}

type KindQueries = ReturnType<typeof prepareQueries>;

/** By the kinds they ask for, of which an engine has one list: each is another text. */
const knownQueries = new Map<string, KindQueries>();

function queriesOf(kinds: readonly JobKind[]): KindQueries {
  const key = kinds.join();
  const queries = knownQueries.get(key) ?? prepareQueries(kinds);
  knownQueries.set(key, queries);
  return queries;
}

function prepareQueries(kinds: readonly JobKind[]) {
  return {
    selectDue: prepareQuery((context, due: { readonly nowMs: number; readonly limit: number }) =>
      context.db
        .selectFrom("jobs")
        .where("status", "=", "InProgress")
        .where("kind", "in", kinds)
        .where("due_at_ms", "<=", due.nowMs)
        .where("claimable_at_ms", "<=", due.nowMs)
        .selectAll()
        .orderBy("due_at_ms")
        .orderBy("job_id")
        .limit(due.limit)
        .$if(context.capabilities.rowLocks, (query) => query.forUpdate().skipLocked()),
    ),
    selectNext: prepareQuery(({ db }) =>
      db
        .selectFrom("jobs")
        .where("kind", "in", kinds)
        .where("claimable_at_ms", "is not", null)
        .select("claimable_at_ms")
        .orderBy("claimable_at_ms")
        .limit(1),
    ),
  };
}
