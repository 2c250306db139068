/** Access keys, with their secrets sealed. */
import type { Selectable } from "kysely";
import type {
  AccessKeyStatus,
  KeyOwner,
  StoredAccessKey,
  User,
  UserName,
} from "../../../domain/identity.ts";
import type { AccountId } from "../../../domain/ids.ts";
import { assert } from "../../../std/assert.ts";
import { prepareQuery } from "../prepared-query.ts";
import type { AccessKeysTable, SqlContext } from "../schema.ts";

export async function insertAccessKey(context: SqlContext, key: StoredAccessKey): Promise<void> {
  await context.db
    .insertInto("access_keys")
    .values({
      access_key_id: key.accessKeyId,
      account_id: key.accountId,
      user_id: key.userId ?? null,
      status: key.status,
      created_at_ms: key.createdAtMs,
      sealed_secret: key.sealedSecret,
    })
    .execute();
}

/** One query, for it runs with every request of a user. */
export async function findAccessKey(
  context: SqlContext,
  accessKeyId: string,
): Promise<{ readonly key: StoredAccessKey; readonly user: User | undefined } | undefined> {
  const [row] = await selectKey(context, { accessKeyId });
  return row && { key: keyOfRow(row), user: userOfJoin(row) };
}

const selectKey = prepareQuery(({ db }, { accessKeyId }: { readonly accessKeyId: string }) =>
  db
    .selectFrom("access_keys")
    .leftJoin("users", "users.user_id", "access_keys.user_id")
    .where("access_key_id", "=", accessKeyId)
    .selectAll("access_keys")
    .select(["users.user_name", "users.path", "users.created_at_ms as user_created_at_ms"]),
);

export async function listAccessKeys(
  context: SqlContext,
  owner: KeyOwner,
): Promise<readonly StoredAccessKey[]> {
  const { accountId, userId } = owner;
  const rows = await context.db
    .selectFrom("access_keys")
    .where("account_id", "=", accountId)
    .where((eb) => (userId === undefined ? eb("user_id", "is", null) : eb("user_id", "=", userId)))
    .selectAll()
    .orderBy("created_at_ms")
    .orderBy("access_key_id")
    .execute();
  return rows.map(keyOfRow);
}

export async function setAccessKeyStatus(
  context: SqlContext,
  accessKeyId: string,
  status: AccessKeyStatus,
): Promise<void> {
  await context.db
    .updateTable("access_keys")
    .set({ status })
    .where("access_key_id", "=", accessKeyId)
    .execute();
}

export async function removeAccessKey(context: SqlContext, accessKeyId: string): Promise<void> {
  await context.db.deleteFrom("access_keys").where("access_key_id", "=", accessKeyId).execute();
}

function keyOfRow(row: Selectable<AccessKeysTable>): StoredAccessKey {
  return {
    accessKeyId: row.access_key_id,
    accountId: row.account_id as AccountId,
    userId: row.user_id ?? undefined,
    status: row.status,
    createdAtMs: row.created_at_ms,
    sealedSecret: row.sealed_secret,
  };
}

function userOfJoin(row: {
  readonly account_id: string;
  readonly user_id: string | null;
  readonly user_name: string | null;
  readonly path: string | null;
  readonly user_created_at_ms: number | null;
}): User | undefined {
  if (row.user_id === null) {
    return undefined;
  }
  const { user_name: userName, path, user_created_at_ms: createdAtMs } = row;
  assert(
    userName !== null && path !== null && createdAtMs !== null,
    `the user ${row.user_id} of an access key must exist`,
  );
  return {
    accountId: row.account_id as AccountId,
    userName: userName as UserName,
    userId: row.user_id,
    path,
    createdAtMs,
  };
}
