import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { Vault } from "../../src/domain/vault.ts";
import {
  type OperationWorld,
  openOperationWorld,
  refusal,
  VAULT_ARN,
} from "../support/operation-world.ts";

const WINDOW_MS = 24 * 60 * 60 * 1000;
const denied = refusal("AccessDeniedException");
const invalid = "InvalidParameterValueException";
const absent = refusal("ResourceNotFoundException", "No vault lock policy is set for: photos");

/** With white space and escapes that a round trip through a parser would change. */
const POLICY = ` {"Version":"2012-10-17",\r\n "Statement":[{"Sid":"\\u006cock","Effect":"Deny","Principal":"*",\t"Action":"glacier:DeleteArchive","Resource":"${VAULT_ARN}"}]}\n`;

let world: OperationWorld;
beforeEach(async () => {
  world = await openOperationWorld();
});
afterEach(() => world.close());

async function initiate(Policy: string = POLICY): Promise<string> {
  return (await world.perform.InitiateVaultLock({ policy: { Policy } })).lockId ?? "";
}

const get = () => world.perform.GetVaultLock();
const complete = (lockId: string) => world.perform.CompleteVaultLock({ lockId });

describe("InitiateVaultLock", () => {
  it("answers with an id of 24 characters and puts the policy in progress as it was sent", async () => {
    assert.match(await initiate(), /^[A-Za-z0-9_-]{24}$/);
    assert.deepEqual(await get(), {
      Policy: POLICY,
      State: "InProgress",
      ExpirationDate: world.time.nowMs + WINDOW_MS,
      CreationDate: world.time.nowMs,
    });
  });

  it("is refused while a lock is in progress, which stays as it is", async () => {
    const lockId = await initiate();
    await assert.rejects(initiate(), denied);
    assert.deepEqual(await complete(lockId), {});
  });

  it("lets only one of two calls at once begin", async () => {
    const results = await Promise.allSettled([initiate(), initiate()]);
    assert.deepEqual(results.map((result) => result.status).sort(), ["fulfilled", "rejected"]);
  });

  it("follows a lock that has expired or was aborted, with another id", async () => {
    const first = await initiate();
    world.time.nowMs += WINDOW_MS;
    const second = await initiate();
    assert.notEqual(second, first);
    await assert.rejects(complete(first), refusal(invalid, /^Invalid lock ID: /));
    await world.perform.AbortVaultLock();
    assert.notEqual(await initiate(), second);
  });

  it("refuses an absent policy as missing, and a bad one with the recorded text", async () => {
    for (const policy of [undefined, {}]) {
      await assert.rejects(
        world.perform.InitiateVaultLock({ policy } as never),
        refusal("MissingParameterValueException", "Required parameter missing: Policy"),
      );
    }
    const text = /^The specified vault lock policy is invalid\. Provide a valid policy\./;
    for (const policy of ["", "{", "[]", "null", POLICY.replaceAll("photos", "other")]) {
      await assert.rejects(initiate(policy), refusal(invalid, text), policy);
    }
    await assert.rejects(get(), absent);
  });

  it("takes a policy of 20 480 bytes and refuses one more, counted in UTF-8", async () => {
    const padded = (text: string, bytes: number) =>
      text + " ".repeat(bytes - Buffer.byteLength(text));
    await assert.rejects(initiate(padded(POLICY, 20_481)), refusal(invalid, /20480 bytes/));
    const accented = POLICY.replace('"Version"', '"Id":"ééé","Version"');
    await assert.rejects(initiate(padded(accented, 20_481)), refusal(invalid, /20480 bytes/));
    await initiate(padded(accented, 20_480));
    assert.equal((await get()).Policy?.length, 20_477);
  });
});

describe("GetVaultLock", () => {
  it("finds no lock before one is initiated, after it is aborted, and once it has expired", async () => {
    await assert.rejects(get(), absent);
    await initiate();
    await world.perform.AbortVaultLock();
    await assert.rejects(get(), absent);
    await initiate();
    world.time.nowMs += WINDOW_MS - 1;
    assert.equal((await get()).State, "InProgress");
    world.time.nowMs += 1;
    await assert.rejects(get(), absent);
  });
});

describe("CompleteVaultLock", () => {
  it("locks for ever, keeping the creation date, and may be repeated", async () => {
    const createdAtMs = world.time.nowMs;
    const lockId = await initiate();
    world.time.nowMs += WINDOW_MS - 1;
    for (let round = 0; round < 2; round += 1) {
      assert.deepEqual(await complete(lockId), {});
      assert.deepEqual(await get(), {
        Policy: POLICY,
        State: "Locked",
        ExpirationDate: null,
        CreationDate: createdAtMs,
      });
      world.time.nowMs += 100 * WINDOW_MS;
    }
  });

  it("refuses another id: as invalid in progress, as denied once locked", async () => {
    const lockId = await initiate();
    await assert.rejects(complete("x".repeat(24)), refusal(invalid));
    await complete(lockId);
    await assert.rejects(complete("x".repeat(24)), denied);
  });

  it("finds nothing to complete without a lock and 24 hours after it was initiated", async () => {
    await assert.rejects(complete("x".repeat(24)), absent);
    const lockId = await initiate();
    world.time.nowMs += WINDOW_MS;
    await assert.rejects(complete(lockId), absent);
  });
});

describe("AbortVaultLock", () => {
  it("takes a lock in progress away and is content with none", async () => {
    assert.deepEqual(await world.perform.AbortVaultLock(), {});
    const lockId = await initiate();
    assert.deepEqual(await world.perform.AbortVaultLock(), {});
    await assert.rejects(complete(lockId), absent);
    assert.deepEqual(await world.perform.AbortVaultLock(), {});
  });

  it("is denied once locked, as is another lock, and nothing changes", async () => {
    await complete(await initiate());
    const before = await get();
    await assert.rejects(world.perform.AbortVaultLock(), denied);
    await assert.rejects(initiate(), denied);
    world.time.nowMs += 100 * WINDOW_MS;
    await assert.rejects(world.perform.AbortVaultLock(), denied);
    await assert.rejects(initiate(), denied);
    assert.deepEqual(await get(), before);
  });
});

describe("changes of a vault", () => {
  it("ask the policies again, with the vault as it is under its lock", async () => {
    const seen: Vault[] = [];
    const authorizeAgain = (vault: Vault) => {
      seen.push(vault);
      throw Object.assign(new Error("denied meanwhile"), { code: "AccessDeniedException" });
    };
    const calls = [
      () => world.perform.DeleteVault({}, { authorizeAgain }),
      () => world.perform.DeleteArchive({ archiveId: "a".repeat(138) }, { authorizeAgain }),
      () => world.perform.AbortVaultLock({}, { authorizeAgain }),
      () => world.perform.SetVaultAccessPolicy({ policy: { Policy: POLICY } }, { authorizeAgain }),
      () => world.perform.DeleteVaultAccessPolicy({}, { authorizeAgain }),
      () => world.perform.DeleteVaultNotifications({}, { authorizeAgain }),
      () => world.perform.RemoveTagsFromVault({ TagKeys: ["a"] }, { authorizeAgain }),
      () => world.perform.AddTagsToVault({ Tags: new Map([["a", "b"]]) }, { authorizeAgain }),
      () => world.perform.InitiateMultipartUpload({ partSize: "1048576" }, { authorizeAgain }),
      () => world.initiateJob({ Type: "inventory-retrieval" }, { authorizeAgain }),
    ];
    const before = await world.getVault();
    for (const call of calls) {
      await assert.rejects(call(), { message: "denied meanwhile" });
    }
    assert.equal(seen.length, calls.length);
    assert.deepEqual(await world.getVault(), before);
  });
});
