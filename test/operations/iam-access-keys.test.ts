import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { secretContext } from "../../src/domain/identity.ts";
import {
  type Answer,
  type IdentityWorld,
  OTHER_ROOT,
  openIdentityWorld,
  principalOf,
  ROOT,
  refused,
} from "../support/identity-world.ts";
import { NOW_MS } from "../support/metadata-builders.ts";
import { OPERATOR_KEY_ID } from "../support/operation-world.ts";

let world: IdentityWorld;

beforeEach(async () => {
  world = await openIdentityWorld();
});

afterEach(() => world.close());

describe("CreateAccessKey", () => {
  it("shows the secret and keeps it sealed", async () => {
    await world.createUser("bob");
    const key = await world.createKey({ UserName: "bob" });
    assert.match(key.AccessKeyId, /^[A-Z0-9]{20}$/);
    assert.match(key.SecretAccessKey, /^[!-~]{40}$/);
    assert.deepEqual([key.UserName, key.Status], ["bob", "Active"]);
    const found = await world.metadata.identities.findAccessKey(key.AccessKeyId);
    const sealed = found?.key.sealedSecret ?? new Uint8Array();
    assert.ok(!Buffer.from(sealed).includes(key.SecretAccessKey));
    const context = secretContext(key.AccessKeyId);
    assert.equal(world.services.identity.cipher.open(sealed, context), key.SecretAccessKey);
  });

  it("gives a user two keys and no third, whoever asks", async () => {
    const user = await world.createUser("bob");
    await world.createKey({ UserName: "bob" });
    assert.equal((await world.createKey({}, principalOf(user))).UserName, "bob");
    for (const principal of [ROOT, principalOf(user)]) {
      await assert.rejects(
        world.createKey({ UserName: "bob" }, principal),
        refused(409, "LimitExceeded", "Cannot exceed quota for AccessKeysPerUser: 2"),
      );
    }
  });

  it("gives a root a second key, counting the operator's own", async () => {
    assert.equal((await world.createKey()).UserName, null);
    await assert.rejects(world.createKey(), refused(409, "LimitExceeded"));
    await world.createKey({}, OTHER_ROOT);
    await world.createKey({}, OTHER_ROOT);
    await assert.rejects(world.createKey({}, OTHER_ROOT), refused(409, "LimitExceeded"));
  });
});

describe("ListAccessKeys", () => {
  it("lists keys of the user named or of the caller, without secrets", async () => {
    const user = await world.createUser("bob");
    const made = [
      await world.createKey({ UserName: "bob" }),
      await world.createKey({ UserName: "bob" }),
    ];
    const ids = made.map((key) => key.AccessKeyId).sort();
    for (const answer of [
      await world.run("ListAccessKeys", { UserName: "bob" }),
      await world.run("ListAccessKeys", {}, principalOf(user)),
    ]) {
      assert.deepEqual(
        answer.AccessKeyMetadata.map((key: Answer) => key.AccessKeyId),
        ids,
      );
      assert.ok(!JSON.stringify(answer).includes(made[0].SecretAccessKey));
    }
    const first = await world.run("ListAccessKeys", { UserName: "bob", MaxItems: 1 });
    assert.equal(first.IsTruncated, true);
    const Marker = first.Marker;
    const second = await world.run("ListAccessKeys", { UserName: "bob", MaxItems: 1, Marker });
    assert.deepEqual([second.AccessKeyMetadata[0].AccessKeyId, second.Marker], [ids[1], null]);
  });

  it("lists the operator's own key for its root alone", async () => {
    const own = await world.run("ListAccessKeys");
    assert.deepEqual(own.AccessKeyMetadata, [
      {
        UserName: null,
        AccessKeyId: OPERATOR_KEY_ID,
        Status: "Active",
        CreateDate: NOW_MS - (NOW_MS % 1000),
      },
    ]);
    assert.deepEqual((await world.run("ListAccessKeys", {}, OTHER_ROOT)).AccessKeyMetadata, []);
  });
});

describe("UpdateAccessKey and DeleteAccessKey", () => {
  it("change and remove a key of the user named or of the caller", async () => {
    const user = await world.createUser("bob");
    const { AccessKeyId } = await world.createKey({ UserName: "bob" });
    const status = async () =>
      (await world.metadata.identities.findAccessKey(AccessKeyId))?.key.status;
    await world.run("UpdateAccessKey", { UserName: "bob", AccessKeyId, Status: "Inactive" });
    assert.equal(await status(), "Inactive");
    await world.run("UpdateAccessKey", { AccessKeyId, Status: "Active" }, principalOf(user));
    assert.equal(await status(), "Active");
    await world.run("DeleteAccessKey", { AccessKeyId }, principalOf(user));
    assert.equal(await status(), undefined);
  });

  it("find no key of somebody else", async () => {
    await world.createUser("bob");
    await world.createUser("eve");
    const { AccessKeyId } = await world.createKey({ UserName: "bob" });
    const notFound = `The Access Key with id ${AccessKeyId} cannot be found.`;
    for (const [input, principal] of [
      [{ UserName: "eve" }, ROOT],
      [{}, ROOT],
      [{}, OTHER_ROOT],
    ] as const) {
      await assert.rejects(
        world.run("DeleteAccessKey", { ...input, AccessKeyId }, principal),
        refused(404, "NoSuchEntity", notFound),
      );
      await assert.rejects(
        world.run("UpdateAccessKey", { ...input, AccessKeyId, Status: "Inactive" }, principal),
        refused(404, "NoSuchEntity", notFound),
      );
    }
  });

  it("leave the operator's own key alone", async () => {
    for (const [action, input] of [
      ["DeleteAccessKey", {}],
      ["UpdateAccessKey", { Status: "Inactive" }],
    ] as const) {
      await assert.rejects(
        world.run(action, { AccessKeyId: OPERATOR_KEY_ID, ...input }),
        refused(400, "UnmodifiableEntity"),
      );
    }
  });
});
