/** Accounts and users, and the store of all identities. Keys and policies are in files of their own. */
import { type Selectable, sql } from "kysely";
import {
  type Account,
  foldUserName,
  type User,
  type UserKey,
  type UserName,
} from "../../../domain/identity.ts";
import type { AccountId } from "../../../domain/ids.ts";
import type { IdentityStore } from "../../../ports/identity-store.ts";
import type { SqlContext, UsersTable } from "../schema.ts";
import {
  findAccessKey,
  insertAccessKey,
  listAccessKeys,
  removeAccessKey,
  setAccessKeyStatus,
} from "./access-keys.ts";
import { findSealedCheck, insertSealedCheck } from "./sealed-checks.ts";
import { listUserPolicies, putUserPolicy, removeUserPolicy } from "./user-policies.ts";

export function makeIdentityStore(context: SqlContext): IdentityStore {
  return {
    insertAccount: (account) => insertAccount(context, account),
    findAccount: (accountId) => findAccount(context, accountId, false),
    lockAccount: (accountId) => findAccount(context, accountId, true),
    listAccountsPage: (page) => listAccountsPage(context, page),
    insertUser: (user) => insertUser(context, user),
    findUser: (key) => findUser(context, key, false),
    lockUser: (key) => findUser(context, key, true),
    isUserNameTaken: (key) => isUserNameTaken(context, key),
    countUsers: (accountId) => countUsers(context, accountId),
    listUsersPage: (page) => listUsersPage(context, page),
    removeUser: (userId) => removeUser(context, userId),
    insertAccessKey: (key) => insertAccessKey(context, key),
    findAccessKey: (accessKeyId) => findAccessKey(context, accessKeyId),
    listAccessKeys: (owner) => listAccessKeys(context, owner),
    setAccessKeyStatus: (accessKeyId, status) => setAccessKeyStatus(context, accessKeyId, status),
    removeAccessKey: (accessKeyId) => removeAccessKey(context, accessKeyId),
    putUserPolicy: (userId, policy) => putUserPolicy(context, userId, policy),
    listUserPolicies: (userId) => listUserPolicies(context, userId),
    removeUserPolicy: (userId, policyName) => removeUserPolicy(context, userId, policyName),
    findSealedCheck: () => findSealedCheck(context),
    insertSealedCheck: (sealed) => insertSealedCheck(context, sealed),
  };
}

type AccountsPage = Parameters<IdentityStore["listAccountsPage"]>[0];
type UsersPage = Parameters<IdentityStore["listUsersPage"]>[0];

async function insertAccount(context: SqlContext, account: Account): Promise<void> {
  await context.db
    .insertInto("accounts")
    .values({ account_id: account.accountId, created_at_ms: account.createdAtMs })
    .execute();
}

async function findAccount(
  context: SqlContext,
  accountId: AccountId,
  isLocked: boolean,
): Promise<Account | undefined> {
  const row = await context.db
    .selectFrom("accounts")
    .where("account_id", "=", accountId)
    .select("created_at_ms")
    .$if(isLocked && context.capabilities.rowLocks, (query) => query.forUpdate())
    .executeTakeFirst();
  return row && { accountId, createdAtMs: row.created_at_ms };
}

async function listAccountsPage(
  context: SqlContext,
  page: AccountsPage,
): Promise<readonly Account[]> {
  let query = context.db.selectFrom("accounts").selectAll();
  if (page.fromAccountId !== undefined) {
    query = query.where("account_id", ">=", page.fromAccountId);
  }
  const rows = await query.orderBy("account_id").limit(page.limit).execute();
  return rows.map((row) => ({
    accountId: row.account_id as AccountId,
    createdAtMs: row.created_at_ms,
  }));
}

async function insertUser(context: SqlContext, user: User): Promise<void> {
  await context.db
    .insertInto("users")
    .values({
      user_id: user.userId,
      account_id: user.accountId,
      user_name: user.userName,
      folded_name: foldUserName(user.userName),
      path: user.path,
      created_at_ms: user.createdAtMs,
    })
    .execute();
}

async function findUser(
  context: SqlContext,
  key: UserKey,
  isLocked: boolean,
): Promise<User | undefined> {
  const row = await context.db
    .selectFrom("users")
    .where("account_id", "=", key.accountId)
    .where("user_name", "=", key.userName)
    .selectAll()
    .$if(isLocked && context.capabilities.rowLocks, (query) => query.forUpdate())
    .executeTakeFirst();
  return row && userOfRow(row);
}

async function isUserNameTaken(context: SqlContext, key: UserKey): Promise<boolean> {
  const row = await context.db
    .selectFrom("users")
    .where("account_id", "=", key.accountId)
    .where("folded_name", "=", foldUserName(key.userName))
    .select("user_id")
    .executeTakeFirst();
  return row !== undefined;
}

async function countUsers(context: SqlContext, accountId: AccountId): Promise<number> {
  const row = await context.db
    .selectFrom("users")
    .where("account_id", "=", accountId)
    .select((eb) => eb.fn.countAll<number>().as("user_count"))
    .executeTakeFirstOrThrow();
  return row.user_count;
}

async function listUsersPage(context: SqlContext, page: UsersPage): Promise<readonly User[]> {
  let query = context.db
    .selectFrom("users")
    .where("account_id", "=", page.accountId)
    .where(sql<boolean>`substr(path, 1, ${page.pathPrefix.length}) = ${page.pathPrefix}`)
    .selectAll();
  if (page.fromName !== undefined) {
    query = query.where("user_name", ">=", page.fromName);
  }
  const rows = await query.orderBy("user_name").limit(page.limit).execute();
  return rows.map(userOfRow);
}

async function removeUser(context: SqlContext, userId: string): Promise<void> {
  await context.db.deleteFrom("users").where("user_id", "=", userId).execute();
}

/** Brands what a column holds; only a user with parsed names was ever inserted. */
function userOfRow(row: Omit<Selectable<UsersTable>, "folded_name">): User {
  return {
    accountId: row.account_id as AccountId,
    userName: row.user_name as UserName,
    userId: row.user_id,
    path: row.path,
    createdAtMs: row.created_at_ms,
  };
}
