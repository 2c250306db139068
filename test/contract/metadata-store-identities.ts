/** Contract of `IdentityStore`. */
import assert from "node:assert/strict";
import { describe } from "node:test";
import type { PolicyName, StoredAccessKey, User, UserName } from "../../src/domain/identity.ts";
import type { AccountId } from "../../src/domain/ids.ts";
import { AssertionError } from "../../src/std/assert.ts";
import { ACCOUNT_ID, NOW_MS } from "../support/metadata-builders.ts";
import { declareTests, type MetadataTest, type OpenMetadata } from "./metadata-store-harness.ts";

const OTHER_ACCOUNT = "210987654321" as AccountId;

export function describeIdentities(open: OpenMetadata): void {
  const test = declareTests(open);
  describe("accounts", () => describeAccounts(test));
  describe("users", () => describeUsers(test));
  describe("access keys", () => describeAccessKeys(test));
  describe("user policies", () => describePolicies(test));
  describe("the sealed check", () => {
    test("is kept once", async ({ store: { identities } }) => {
      assert.equal(await identities.findSealedCheck(), undefined);
      await identities.insertSealedCheck(Uint8Array.of(1, 2, 3));
      assert.deepEqual(bytes(await identities.findSealedCheck()), [1, 2, 3]);
      await assert.rejects(identities.insertSealedCheck(Uint8Array.of(4)));
      assert.deepEqual(bytes(await identities.findSealedCheck()), [1, 2, 3]);
    });
  });
}

type Declare = ReturnType<typeof declareTests>;

function describeAccounts(test: Declare): void {
  test("are found as they were inserted, and only once inserted", async ({ store }) => {
    const { identities } = store;
    const account = { accountId: ACCOUNT_ID, createdAtMs: NOW_MS };
    await identities.insertAccount(account);
    assert.deepEqual(await identities.findAccount(ACCOUNT_ID), account);
    assert.equal(await identities.findAccount(OTHER_ACCOUNT), undefined);
    await assert.rejects(identities.insertAccount(account));
    const locked = await store.transaction((session) => session.identities.lockAccount(ACCOUNT_ID));
    assert.deepEqual(locked, account);
    await assert.rejects(identities.lockAccount(ACCOUNT_ID), AssertionError);
  });

  test("are listed by id from an inclusive start", async ({ store: { identities } }) => {
    const ids = ["300000000000", "100000000000", "200000000000"] as AccountId[];
    for (const accountId of ids) {
      await identities.insertAccount({ accountId, createdAtMs: NOW_MS });
    }
    const list = async (fromAccountId: AccountId | undefined, limit: number) =>
      (await identities.listAccountsPage({ fromAccountId, limit })).map((it) => it.accountId);
    assert.deepEqual(await list(undefined, 9), [...ids].sort());
    assert.deepEqual(await list(undefined, 1), ["100000000000"]);
    assert.deepEqual(await list("200000000000" as AccountId, 9), ["200000000000", "300000000000"]);
  });
}

function describeUsers(test: Declare): void {
  test("are found by their exact name in their account", async (given) => {
    const { store } = given;
    const user = await insertUser(given, "Bob", { path: "/ops/" });
    assert.deepEqual(await store.identities.findUser(user), user);
    const locked = await store.transaction((session) => session.identities.lockUser(user));
    assert.deepEqual(locked, user);
    const inOtherCase = { ...user, userName: "bob" as UserName };
    assert.equal(await store.identities.findUser(inOtherCase), undefined);
    const elsewhere = { ...user, accountId: OTHER_ACCOUNT };
    assert.equal(await store.identities.findUser(elsewhere), undefined);
    await assert.rejects(store.identities.lockUser(user), AssertionError);
  });

  test("take their name in every letter case, in their account alone", async (given) => {
    const { identities } = given.store;
    const user = await insertUser(given, "Bob");
    const inOtherCase = { ...user, userName: "bOB" as UserName };
    assert.equal(await identities.isUserNameTaken(inOtherCase), true);
    const elsewhere = { ...inOtherCase, accountId: OTHER_ACCOUNT };
    assert.equal(await identities.isUserNameTaken(elsewhere), false);
    await assert.rejects(identities.insertUser({ ...inOtherCase, userId: "AIDAOTHER" }));
    await identities.insertAccount({ accountId: OTHER_ACCOUNT, createdAtMs: NOW_MS });
    await identities.insertUser({ ...elsewhere, userId: "AIDAOTHER" });
    assert.equal(await identities.countUsers(ACCOUNT_ID), 1);
    assert.equal(await identities.countUsers(OTHER_ACCOUNT), 1);
  });

  test("need an account that exists", async ({ store }) => {
    await assert.rejects(store.identities.insertUser(buildUser("bob")));
  });

  test("are listed in ASCII order by path and from an inclusive start", async (given) => {
    for (const [name, path] of [
      ["b", "/ops/"],
      ["C", "/ops/night/"],
      ["a", "/"],
      ["_", "/o_s/"],
    ] as const) {
      await insertUser(given, name, { path });
    }
    const list = async (pathPrefix: string, fromName?: string, limit = 9) => {
      const page = { accountId: ACCOUNT_ID, pathPrefix, fromName, limit };
      const users = await given.store.identities.listUsersPage(page);
      return users.map((user): string => user.userName);
    };
    assert.deepEqual(await list("/"), ["C", "_", "a", "b"]);
    assert.deepEqual(await list("/", undefined, 2), ["C", "_"]);
    assert.deepEqual(await list("/", "_"), ["_", "a", "b"]);
    assert.deepEqual(await list("/ops/"), ["C", "b"]);
    // Wildcards of SQL are plain characters of a path.
    assert.deepEqual(await list("/o_s/"), ["_"]);
    assert.deepEqual(await list("/%"), []);
  });

  test("are removed only without keys and policies", async (given) => {
    const { identities } = given.store;
    const user = await insertUser(given, "bob");
    await identities.insertAccessKey(buildKey("A", { userId: user.userId }));
    await assert.rejects(identities.removeUser(user.userId));
    await identities.removeAccessKey("A");
    await identities.putUserPolicy(user.userId, buildPolicy("p"));
    await assert.rejects(identities.removeUser(user.userId));
    await identities.removeUserPolicy(user.userId, "p" as PolicyName);
    await identities.removeUser(user.userId);
    assert.equal(await identities.findUser(user), undefined);
    assert.equal(await identities.isUserNameTaken(user), false);
  });
}

function describeAccessKeys(test: Declare): void {
  test("are found with their user, or without one when they are the root's", async (given) => {
    const { identities } = given.store;
    const user = await insertUser(given, "bob", { path: "/ops/" });
    const ofUser = buildKey("USER", { userId: user.userId });
    const ofRoot = buildKey("ROOT");
    await identities.insertAccessKey(ofUser);
    await identities.insertAccessKey(ofRoot);
    assert.deepEqual(await findKey(given, "USER"), { key: ofUser, user });
    assert.deepEqual(await findKey(given, "ROOT"), { key: ofRoot, user: undefined });
    assert.equal(await identities.findAccessKey("NONE"), undefined);
    await assert.rejects(identities.insertAccessKey(ofRoot));
  });

  test("are listed per owner, oldest first", async (given) => {
    const { identities } = given.store;
    const user = await insertUser(given, "bob");
    await identities.insertAccessKey(buildKey("A", { createdAtMs: NOW_MS + 2 }));
    await identities.insertAccessKey(buildKey("B", { createdAtMs: NOW_MS + 1 }));
    await identities.insertAccessKey(buildKey("C", { userId: user.userId }));
    const list = async (accountId: AccountId, userId?: string) =>
      (await identities.listAccessKeys({ accountId, userId })).map((key) => key.accessKeyId);
    assert.deepEqual(await list(ACCOUNT_ID), ["B", "A"]);
    assert.deepEqual(await list(ACCOUNT_ID, user.userId), ["C"]);
    assert.deepEqual(await list(OTHER_ACCOUNT), []);
  });

  test("change their status and go", async (given) => {
    const { identities } = given.store;
    await insertAccount(given);
    await identities.insertAccessKey(buildKey("A"));
    await identities.insertAccessKey(buildKey("B"));
    await identities.setAccessKeyStatus("A", "Inactive");
    assert.equal((await identities.findAccessKey("A"))?.key.status, "Inactive");
    assert.equal((await identities.findAccessKey("B"))?.key.status, "Active");
    await identities.removeAccessKey("A");
    assert.equal(await identities.findAccessKey("A"), undefined);
    assert.ok(await identities.findAccessKey("B"));
  });

  test("outlive a restart", async (given) => {
    const { store, reopen, skip } = given;
    if (reopen === undefined) {
      skip("nothing outlives the process");
      return;
    }
    await insertAccount(given);
    await store.identities.insertAccessKey(buildKey("A"));
    const reopened = await reopen();
    assert.equal((await reopened.identities.findAccessKey("A"))?.key.accessKeyId, "A");
  });
}

function describePolicies(test: Declare): void {
  test("are kept letter for letter, replaced by name and listed by name", async (given) => {
    const { identities } = given.store;
    const { userId } = await insertUser(given, "bob");
    const { userId: otherId } = await insertUser(given, "eve");
    await identities.putUserPolicy(userId, buildPolicy("b", '{ "first":\t1 }'));
    await identities.putUserPolicy(userId, buildPolicy("a"));
    await identities.putUserPolicy(otherId, buildPolicy("b", "of another"));
    await identities.putUserPolicy(userId, buildPolicy("b", '{"ä": "second"}\n'));
    const expected = [buildPolicy("a"), buildPolicy("b", '{"ä": "second"}\n')];
    assert.deepEqual(await identities.listUserPolicies(userId), expected);
    await identities.removeUserPolicy(userId, "b" as PolicyName);
    assert.deepEqual(await identities.listUserPolicies(userId), [buildPolicy("a")]);
    assert.equal((await identities.listUserPolicies(otherId)).length, 1);
  });
}

async function insertAccount({ store: { identities } }: MetadataTest): Promise<void> {
  if ((await identities.findAccount(ACCOUNT_ID)) === undefined) {
    await identities.insertAccount({ accountId: ACCOUNT_ID, createdAtMs: NOW_MS });
  }
}

async function insertUser(
  given: MetadataTest,
  userName: string,
  fields: Partial<User> = {},
): Promise<User> {
  await insertAccount(given);
  const user = { ...buildUser(userName), ...fields };
  await given.store.identities.insertUser(user);
  return user;
}

/** Found rows hold `Buffer` or `Uint8Array`, whichever the driver makes. */
async function findKey({ store }: MetadataTest, accessKeyId: string) {
  const found = await store.identities.findAccessKey(accessKeyId);
  return (
    found && {
      key: { ...found.key, sealedSecret: Uint8Array.from(found.key.sealedSecret) },
      user: found.user,
    }
  );
}

function buildUser(userName: string): User {
  return {
    accountId: ACCOUNT_ID,
    userName: userName as UserName,
    userId: `AIDA${userName}`,
    path: "/",
    createdAtMs: NOW_MS,
  };
}

function buildKey(accessKeyId: string, fields: Partial<StoredAccessKey> = {}): StoredAccessKey {
  return {
    accessKeyId,
    accountId: ACCOUNT_ID,
    userId: undefined,
    status: "Active",
    createdAtMs: NOW_MS,
    sealedSecret: Uint8Array.of(1, 2, 3),
    ...fields,
  };
}

function buildPolicy(policyName: string, document = "{}") {
  return { policyName: policyName as PolicyName, document };
}

function bytes(found: Uint8Array | undefined): readonly number[] {
  return [...(found ?? [])];
}
