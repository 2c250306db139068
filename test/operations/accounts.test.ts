import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { createAccount } from "../../src/operations/accounts/create-account.ts";
import { listAccounts } from "../../src/operations/accounts/list-accounts.ts";
import { findUserResource } from "../../src/operations/iam-resource.ts";
import { stsHandlers } from "../../src/operations/identity-handlers.ts";
import type { Principal } from "../../src/ports/credential-store.ts";
import {
  type Action,
  buildCall,
  type IdentityWorld,
  openIdentityWorld,
  principalOf,
  ROOT,
  refused,
} from "../support/identity-world.ts";
import { ACCOUNT_ID } from "../support/metadata-builders.ts";

let world: IdentityWorld;

beforeEach(async () => {
  world = await openIdentityWorld();
});

afterEach(() => world.close());

describe("GetCallerIdentity", () => {
  it("tells who calls", async () => {
    const identify = (principal: Principal) =>
      stsHandlers.GetCallerIdentity({}, buildCall(principal), world.services);
    assert.deepEqual(await identify(ROOT), {
      Arn: "arn:aws:iam::123456789012:root",
      UserId: ACCOUNT_ID,
      Account: ACCOUNT_ID,
    });
    const user = await world.createUser("bob");
    assert.deepEqual(await identify(principalOf(user)), {
      Arn: "arn:aws:iam::123456789012:user/bob",
      UserId: user.UserId,
      Account: ACCOUNT_ID,
    });
  });
});

describe("findUserResource", () => {
  const find = (action: Action, input: object, principal = ROOT) =>
    findUserResource({ action, input: input as never }, buildCall(principal), world.services);

  it("is the ARN of the user named, with its path, or of the caller", async () => {
    const user = await world.createUser("bob", { Path: "/ops/" });
    const arn = "arn:aws:iam::123456789012:user/ops/bob";
    assert.equal(await find("GetUser", { UserName: "bob" }), arn);
    assert.equal(await find("CreateAccessKey", {}, principalOf(user)), arn);
    assert.equal(await find("GetUser", {}), "arn:aws:iam::123456789012:root");
  });

  it("is the ARN of the user to be made", async () => {
    assert.equal(
      await find("CreateUser", { UserName: "eve", Path: "/a/" }),
      "arn:aws:iam::123456789012:user/a/eve",
    );
    assert.equal(await find("ListUsers", {}), undefined);
  });
});

describe("createAccount", () => {
  it("makes an account whose root has a key", async () => {
    const made = await createAccount("222233334444", world.services);
    assert.equal(made.AccountId, "222233334444");
    const found = await world.metadata.identities.findAccessKey(made.AccessKeyId);
    assert.deepEqual(
      [found?.key.accountId, found?.key.userId, found?.user],
      ["222233334444", undefined, undefined],
    );
    const random = await createAccount(undefined, world.services);
    assert.match(random.AccountId, /^[1-9]\d{11}$/);
  });

  it("refuses an account that exists and an id that is none", async () => {
    await assert.rejects(
      createAccount(ACCOUNT_ID, world.services),
      refused(409, "EntityAlreadyExists", "The account 123456789012 already exists."),
    );
    for (const id of ["", "12345678901", "1234567890123", "12345678901x"]) {
      await assert.rejects(createAccount(id, world.services), refused(400, "ValidationError"), id);
    }
  });

  it("is listed with all others", async () => {
    await createAccount("222233334444", world.services);
    const { Accounts, Marker } = await listAccounts(undefined, world.services);
    const ids = Accounts.map((account) => account.AccountId);
    assert.deepEqual([ids, Marker], [["123456789012", "210987654321", "222233334444"], null]);
    assert.equal(Accounts[0]?.CreationDate, "2026-01-02T03:04:05.678Z");
    const rest = await listAccounts("222233334444", world.services);
    assert.equal(rest.Accounts.length, 1);
    await assert.rejects(listAccounts("x", world.services), refused(400, "ValidationError"));
  });
});
