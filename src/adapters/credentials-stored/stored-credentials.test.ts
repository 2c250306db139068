import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { StoredAccessKey, User, UserName } from "../../domain/identity.ts";
import type { AccountId } from "../../domain/ids.ts";
import type { SecretCipher } from "../../ports/secret-cipher.ts";
import { createStoredCredentials } from "./stored-credentials.ts";

const accountId = "123456789012" as AccountId;
const user: User = {
  accountId,
  userName: "bob" as UserName,
  userId: "AIDAEXAMPLE",
  path: "/ops/",
  createdAtMs: 0,
};

/** Seals by writing the context before the text, so that tests see what was tied to what. */
const cipher: SecretCipher = {
  seal: (text, context) => Buffer.from(`${context}|${text}`),
  open: (sealed, context) => {
    const [sealedContext, text] = Buffer.from(sealed).toString().split("|");
    return sealedContext === context ? text : undefined;
  },
};

function buildKey(accessKeyId: string, fields: Partial<StoredAccessKey> = {}): StoredAccessKey {
  return {
    accessKeyId,
    accountId,
    userId: user.userId,
    status: "Active",
    createdAtMs: 0,
    sealedSecret: cipher.seal(`secret of ${accessKeyId}`, `access-key:${accessKeyId}`),
    ...fields,
  };
}

function createStore(keys: readonly StoredAccessKey[]) {
  const given = {
    accessKeyId: "GIVEN",
    secretAccessKey: "given",
    principal: {
      accountId,
      arn: "arn:aws:iam::123456789012:root",
      isRoot: true,
      userId: accountId,
    },
  };
  const stored = new Map(keys.map((key) => [key.accessKeyId, key]));
  const store = createStoredCredentials({
    first: { findAccessKey: async (id) => (id === "GIVEN" ? given : undefined) },
    identities: {
      findAccessKey: async (id) => {
        const key = stored.get(id);
        return key && { key, user: key.userId === undefined ? undefined : user };
      },
    },
    cipher,
  });
  return { store, stored, given };
}

describe("createStoredCredentials", () => {
  it("finds the keys given otherwise before stored ones of the same id", async () => {
    const { store, given } = createStore([buildKey("GIVEN")]);
    assert.deepEqual(await store.findAccessKey("GIVEN"), given);
  });

  it("finds users with their path in the ARN, and roots of accounts", async () => {
    const { store } = createStore([buildKey("USER"), buildKey("ROOT", { userId: undefined })]);
    assert.deepEqual(await store.findAccessKey("USER"), {
      accessKeyId: "USER",
      secretAccessKey: "secret of USER",
      principal: {
        accountId,
        arn: "arn:aws:iam::123456789012:user/ops/bob",
        isRoot: false,
        userId: "AIDAEXAMPLE",
        userName: "bob",
      },
    });
    assert.deepEqual((await store.findAccessKey("ROOT"))?.principal, {
      accountId,
      arn: "arn:aws:iam::123456789012:root",
      isRoot: true,
      userId: accountId,
    });
  });

  it("finds no inactive or unknown key, and forgets a removed one at once", async () => {
    const { store, stored } = createStore([
      buildKey("OFF", { status: "Inactive" }),
      buildKey("ON"),
    ]);
    assert.equal(await store.findAccessKey("OFF"), undefined);
    assert.equal(await store.findAccessKey("NONE"), undefined);
    assert.ok(await store.findAccessKey("ON"));
    stored.delete("ON");
    assert.equal(await store.findAccessKey("ON"), undefined);
  });

  it("fails loudly for a secret that was moved to another key", async () => {
    const moved = buildKey("B", { sealedSecret: buildKey("A").sealedSecret });
    await assert.rejects(createStore([moved]).store.findAccessKey("B"), /B can't be decrypted/);
  });
});
