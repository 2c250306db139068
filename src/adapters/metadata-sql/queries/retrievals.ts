/** Data retrieval policies, the bytes retrieved per day, and sums over the retrievals in progress. */
import { sql } from "kysely";
import type { AccountId } from "../../../domain/ids.ts";
import type { RetrievalPolicy } from "../../../domain/retrieval-policy.ts";
import type { RetrievalOwner, RetrievalStore } from "../../../ports/retrieval-store.ts";
import { assert, assertNever } from "../../../std/assert.ts";
import { prepareQuery } from "../prepared-query.ts";
import type { SqlContext } from "../schema.ts";

export function makeRetrievalStore(context: SqlContext): RetrievalStore {
  return {
    findPolicy: (owner) => findPolicy(context, owner, { isLocked: false }),
    lockPolicy: (owner) => findPolicy(context, owner, { isLocked: true }),
    setPolicy: (owner, policy) => setPolicy(context, owner, policy),
    sumHourlyRates: (owner) => sumHourlyRates(context, owner),
    findBytesOfDay: (owner, day) => findBytesOfDay(context, owner, day),
    addBytesOfDay: (owner, day, bytes) => addBytesOfDay(context, { owner, day, bytes }),
    countExpedited: (accountId) => countExpedited(context, accountId),
  };
}

async function findPolicy(
  context: SqlContext,
  owner: RetrievalOwner,
  { isLocked }: { readonly isLocked: boolean },
): Promise<RetrievalPolicy | undefined> {
  const select = isLocked ? selectLockedPolicy : selectPolicy;
  const { accountId, region } = owner;
  const [row] = await select(context, { accountId, region });
  return row && policyOfRow(row);
}

const selectPolicy = prepareQuery((context, owner: RetrievalOwner) => policyOf(context, owner));

const selectLockedPolicy = prepareQuery((context, owner: RetrievalOwner) =>
  policyOf(context, owner).$if(context.capabilities.rowLocks, (query) => query.forUpdate()),
);

function policyOf({ db }: SqlContext, owner: RetrievalOwner) {
  return db
    .selectFrom("retrieval_policies")
    .where("account_id", "=", owner.accountId)
    .where("region", "=", owner.region)
    .select(["strategy", sql<string | null>`cast(bytes_per_hour as text)`.as("bytes_per_hour")]);
}

function policyOfRow(row: {
  readonly strategy: RetrievalPolicy["strategy"];
  readonly bytes_per_hour: string | null;
}): RetrievalPolicy {
  switch (row.strategy) {
    case "BytesPerHour":
      assert(row.bytes_per_hour !== null, "a BytesPerHour policy must have its limit");
      return { strategy: row.strategy, bytesPerHour: BigInt(row.bytes_per_hour) };
    case "FreeTier":
    case "None":
      return { strategy: row.strategy };
    default:
      return assertNever(row.strategy);
  }
}

async function setPolicy(
  context: SqlContext,
  owner: RetrievalOwner,
  policy: RetrievalPolicy,
): Promise<void> {
  const values = {
    strategy: policy.strategy,
    bytes_per_hour: policy.strategy === "BytesPerHour" ? policy.bytesPerHour : null,
  };
  await context.db
    .insertInto("retrieval_policies")
    .values({ account_id: owner.accountId, region: owner.region, ...values })
    .onConflict((conflict) => conflict.columns(["account_id", "region"]).doUpdateSet(values))
    .execute();
}

async function sumHourlyRates(context: SqlContext, owner: RetrievalOwner): Promise<bigint> {
  const row = await context.db
    .selectFrom("jobs")
    .innerJoin("vaults", "vaults.vault_id", "jobs.vault_id")
    .where("vaults.account_id", "=", owner.accountId)
    .where("vaults.region", "=", owner.region)
    .where("jobs.status", "=", "InProgress")
    .select(sql<string>`cast(coalesce(sum(jobs.hourly_rate), 0) as text)`.as("hourly_rate"))
    .executeTakeFirstOrThrow();
  return BigInt(row.hourly_rate);
}

async function findBytesOfDay(
  context: SqlContext,
  owner: RetrievalOwner,
  day: string,
): Promise<bigint> {
  const row = await context.db
    .selectFrom("retrieval_usage")
    .where("account_id", "=", owner.accountId)
    .where("region", "=", owner.region)
    .where("day", "=", day)
    .select(sql<string>`cast(bytes as text)`.as("bytes"))
    .executeTakeFirst();
  return BigInt(row?.bytes ?? 0);
}

async function addBytesOfDay(
  context: SqlContext,
  added: { readonly owner: RetrievalOwner; readonly day: string; readonly bytes: number },
): Promise<void> {
  const { accountId, region } = added.owner;
  const usage = { accountId, region, day: added.day };
  await deleteUsageBefore(context, usage);
  await addUsage(context, { ...usage, bytes: BigInt(added.bytes) });
}

interface DayOfUsage {
  readonly accountId: string;
  readonly region: string;
  readonly day: string;
}

const deleteUsageBefore = prepareQuery(({ db }, usage: DayOfUsage) =>
  db
    .deleteFrom("retrieval_usage")
    .where("account_id", "=", usage.accountId)
    .where("region", "=", usage.region)
    .where("day", "<", usage.day),
);

const addUsage = prepareQuery(({ db }, usage: DayOfUsage & { readonly bytes: bigint }) =>
  db
    .insertInto("retrieval_usage")
    .values({
      account_id: usage.accountId,
      region: usage.region,
      day: usage.day,
      bytes: usage.bytes,
    })
    .onConflict((conflict) =>
      conflict
        .columns(["account_id", "region", "day"])
        .doUpdateSet({ bytes: sql<bigint>`retrieval_usage.bytes + ${usage.bytes}` }),
    ),
);

async function countExpedited(context: SqlContext, accountId: AccountId): Promise<number> {
  const row = await context.db
    .selectFrom("jobs")
    .innerJoin("vaults", "vaults.vault_id", "jobs.vault_id")
    .where("vaults.account_id", "=", accountId)
    .where("jobs.status", "=", "InProgress")
    .where("jobs.retrieval_tier", "=", "Expedited")
    .select((eb) => eb.fn.countAll<number>().as("job_count"))
    .executeTakeFirstOrThrow();
  return Number(row.job_count);
}
