/**
 * The check by which a start tells whether its key is the one that the secrets were sealed with. The first one is
 * never changed, for backups know the service by it; one under a later key stands beside it.
 */
import type { SqlContext } from "../schema.ts";

const FIRST_CHECK_ID = 1;
const LATER_CHECK_ID = 2;

/** The check under the latest key. */
export async function findSealedCheck({ db }: SqlContext): Promise<Uint8Array | undefined> {
  const row = await db
    .selectFrom("sealed_checks")
    .select("sealed")
    .orderBy("check_id", "desc")
    .executeTakeFirst();
  return row?.sealed;
}

export async function insertSealedCheck(context: SqlContext, sealed: Uint8Array): Promise<void> {
  const values = { check_id: FIRST_CHECK_ID, sealed };
  await context.db.insertInto("sealed_checks").values(values).execute();
}

/** Puts the check under a later key; one must be there. */
export async function replaceSealedCheck({ db }: SqlContext, sealed: Uint8Array): Promise<void> {
  await db.deleteFrom("sealed_checks").where("check_id", "=", LATER_CHECK_ID).execute();
  await db.insertInto("sealed_checks").values({ check_id: LATER_CHECK_ID, sealed }).execute();
}
