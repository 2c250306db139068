/** The check by which a start tells whether its key is the one that the secrets were sealed with. */
import type { SqlContext } from "../schema.ts";

const CHECK_ID = 1;

export async function findSealedCheck(context: SqlContext): Promise<Uint8Array | undefined> {
  const row = await context.db.selectFrom("sealed_checks").select("sealed").executeTakeFirst();
  return row?.sealed;
}

export async function insertSealedCheck(context: SqlContext, sealed: Uint8Array): Promise<void> {
  await context.db.insertInto("sealed_checks").values({ check_id: CHECK_ID, sealed }).execute();
}
