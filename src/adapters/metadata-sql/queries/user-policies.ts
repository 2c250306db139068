/** Inline policies of users. */
import type { PolicyName, UserPolicy } from "../../../domain/identity.ts";
import { prepareQuery } from "../prepared-query.ts";
import type { SqlContext } from "../schema.ts";

export async function putUserPolicy(
  context: SqlContext,
  userId: string,
  { policyName, document }: UserPolicy,
): Promise<void> {
  await context.db
    .insertInto("user_policies")
    .values({ user_id: userId, policy_name: policyName, document })
    .onConflict((conflict) =>
      conflict.columns(["user_id", "policy_name"]).doUpdateSet({ document }),
    )
    .execute();
}

export async function listUserPolicies(
  context: SqlContext,
  userId: string,
): Promise<readonly UserPolicy[]> {
  const rows = await selectPolicies(context, { userId });
  return rows.map((row) => ({
    policyName: row.policy_name as PolicyName,
    document: row.document,
  }));
}

const selectPolicies = prepareQuery(({ db }, { userId }: { readonly userId: string }) =>
  db
    .selectFrom("user_policies")
    .where("user_id", "=", userId)
    .select(["policy_name", "document"])
    .orderBy("policy_name"),
);

export async function removeUserPolicy(
  context: SqlContext,
  userId: string,
  policyName: PolicyName,
): Promise<void> {
  await context.db
    .deleteFrom("user_policies")
    .where("user_id", "=", userId)
    .where("policy_name", "=", policyName)
    .execute();
}
