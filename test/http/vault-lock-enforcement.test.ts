/** A vault lock against everybody, the root included, in every way that the API offers. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { createMaintenance } from "../../src/engine/maintenance/maintenance.ts";
import { silentLogger } from "../support/metadata-builders.ts";
import { VAULT_ARN } from "../support/operation-world.ts";
import { MIB, makePayload } from "../support/payload.ts";
import { openPolicyWorld, type PolicyWorld, policyOf, statement } from "../support/policy-world.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const payload = makePayload(MIB, "vault lock");
const LOCK_PATH = "/-/vaults/photos/lock-policy";

let world: PolicyWorld;
let archiveId: string;
beforeEach(async () => {
  world = await openPolicyWorld();
  archiveId = await world.uploadArchive(payload);
});
afterEach(() => world.close());

function lockStatement(Action: string | readonly string[], Condition?: object): object {
  const base = statement({ Effect: "Deny", Principal: "*", Action });
  return Condition === undefined ? base : { ...base, Condition };
}

const ageLock = (days: number) =>
  lockStatement("glacier:DeleteArchive", {
    NumericLessThan: { "glacier:ArchiveAgeInDays": String(days) },
  });

async function initiateLock(...statements: readonly object[]): Promise<string> {
  const answer = await world.root.call(`POST ${LOCK_PATH}`, {
    body: { Policy: policyOf(...statements) },
  });
  assert.equal(answer.status, 201, answer.body.toString());
  return answer.header("x-amz-lock-id") ?? "";
}

async function lockVault(...statements: readonly object[]): Promise<string> {
  const lockId = await initiateLock(...statements);
  assert.equal(await world.root.outcome(`POST ${LOCK_PATH}/${lockId}`), "204");
  return lockId;
}

const deleteArchive = (id = archiveId) =>
  world.root.outcome(`DELETE /-/vaults/photos/archives/${id}`);

function deniedText(action: string): string {
  return `403 AccessDeniedException: User: ${world.root.arn} is not authorized to perform: glacier:${action} on resource: ${VAULT_ARN}`;
}

describe("a vault lock in progress", () => {
  it("is enforced at once, and no longer once it was aborted", async () => {
    await initiateLock(ageLock(365));
    assert.equal(await deleteArchive(), deniedText("DeleteArchive"));
    assert.equal(await world.root.outcome(`DELETE ${LOCK_PATH}`), "204");
    assert.equal(await deleteArchive(), "204");
  });

  it("is enforced until the last millisecond of its 24 hours", async () => {
    await initiateLock(ageLock(365));
    world.time.nowMs += DAY_MS - 1;
    assert.equal(await deleteArchive(), deniedText("DeleteArchive"));
    world.time.nowMs += 1;
    assert.equal(await deleteArchive(), "204");
  });
});

describe("a lock by the age of archives", () => {
  it("protects each archive until it has the age, to the millisecond", async () => {
    await lockVault(ageLock(365));
    world.time.nowMs += 10 * DAY_MS;
    const younger = await world.uploadArchive(payload);
    world.time.nowMs += 355 * DAY_MS - 1;
    assert.equal(await deleteArchive(), deniedText("DeleteArchive"));
    world.time.nowMs += 1;
    assert.equal(await deleteArchive(), "204");
    assert.equal(await deleteArchive(younger), deniedText("DeleteArchive"));
    world.time.nowMs += 10 * DAY_MS;
    assert.equal(await deleteArchive(younger), "204");
  });

  it("has no age for an archive that is not there, so the answer is that of any vault", async () => {
    await lockVault(ageLock(365));
    const id = `${archiveId.slice(0, -4)}AAAA`;
    assert.equal(
      await deleteArchive(id),
      `404 ResourceNotFoundException: The archive ID was not found: ${id}`,
    );
  });

  it("asks for the archive that InitiateJob names in its body, however it is wrapped", async () => {
    const Condition = { NumericLessThan: { "glacier:ArchiveAgeInDays": "30" } };
    await lockVault(lockStatement("glacier:InitiateJob", Condition));
    const parameters = { Type: "archive-retrieval", ArchiveId: archiveId };
    const start = (body: object | string) =>
      world.root.outcome("POST /-/vaults/photos/jobs", { body });
    for (const body of [parameters, { jobParameters: parameters }]) {
      assert.equal(await start(body), deniedText("InitiateJob"));
    }
    assert.equal(await start({ Type: "inventory-retrieval" }), "202");
    assert.match(await start("{"), /^400 SerializationException/);
    world.time.nowMs += 30 * DAY_MS;
    assert.equal(await start(parameters), "202");
  });
});

describe("a lock by a tag", () => {
  /** The guide's legal hold: nothing is deleted while the tag says so. */
  const holdLock = lockStatement("glacier:DeleteArchive", {
    StringLike: { "glacier:ResourceTag/LegalHold": ["true", ""] },
  });
  const setHold = (LegalHold: string) =>
    world.root.outcome("POST /-/vaults/photos/tags?operation=add", {
      body: { Tags: { LegalHold } },
    });

  it("holds from the moment the tag is there until it is changed", async () => {
    await lockVault(holdLock);
    for (const value of ["true", ""]) {
      assert.equal(await setHold(value), "204");
      assert.equal(await deleteArchive(), deniedText("DeleteArchive"));
    }
    assert.equal(await setHold("false"), "204");
    assert.equal(await deleteArchive(), "204");
  });

  it("holds against a delete that was let in before the tag was there", async () => {
    await lockVault(holdLock);
    const { metadata } = world;
    const { vaultId } = await world.getVault();
    const find = metadata.vaults.find;
    // The tag arrives after the request has found the vault and before it takes the vault's lock.
    Object.assign(metadata.vaults, {
      find: async (key: Parameters<typeof find>[0]) => {
        const vault = await find(key);
        await metadata.vaults.setTags(vaultId, new Map([["LegalHold", "true"]]));
        return vault;
      },
    });
    assert.equal(await deleteArchive(), deniedText("DeleteArchive"));
    assert.equal((await world.getVault()).archiveCount, 1);
  });
});

describe("a completed lock", () => {
  /** Tries everything that could end the lock or the archive; each must fail. */
  async function attack(lockId: string): Promise<void> {
    const vault = "/-/vaults/photos";
    const allow = policyOf(statement({ Principal: "*" }));
    const attempts: [line: string, body?: object][] = [
      [`DELETE ${vault}/archives/${archiveId}`],
      [`DELETE ${vault}`],
      [`DELETE ${LOCK_PATH}`],
      [`POST ${LOCK_PATH}`, { Policy: allow }],
      [`POST ${LOCK_PATH}`, { Policy: policyOf(ageLock(0)) }],
      [`POST ${LOCK_PATH}/${"x".repeat(24)}`],
    ];
    for (const [line, body] of attempts) {
      const outcome = await world.root.outcome(line, body === undefined ? {} : { body });
      assert.match(outcome, /^(400 InvalidParameterValue|403 AccessDenied)Exception/, line);
    }
    const harmless: [line: string, body?: object][] = [
      [`PUT ${vault}`],
      [`POST ${LOCK_PATH}/${lockId}`],
      [`PUT ${vault}/access-policy`, { Policy: allow }],
      [`DELETE ${LOCK_PATH}x`],
    ];
    for (const [line, body] of harmless) {
      await world.root.outcome(line, body === undefined ? {} : { body });
      assert.equal(await deleteArchive(), deniedText("DeleteArchive"), line);
    }
    assert.equal(await world.root.outcome(`DELETE ${vault}/access-policy`), "204");
  }

  async function readLock(): Promise<object> {
    return (await world.root.call(`GET ${LOCK_PATH}`)).json();
  }

  it("withstands the root in every way, before and after a restart, and for ever", async () => {
    await world.close();
    const folder = await mkdtemp(join(tmpdir(), "moraine-lock-"));
    const metadataFile = join(folder, "metadata.db");
    try {
      world = await openPolicyWorld({ metadataFile });
      archiveId = await world.uploadArchive(payload);
      const lockId = await lockVault(ageLock(36_500));
      const before = await readLock();
      await attack(lockId);
      await world.close();
      world = await openPolicyWorld({ metadataFile });
      world.time.nowMs += 3650 * DAY_MS;
      await attack(lockId);
      assert.deepEqual(await readLock(), before);
      assert.equal(before["State" as keyof object], "Locked");
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it("withstands the background work, whatever time has passed", async () => {
    const { metadata, blobs, ids, services } = world;
    const { metrics, clock } = services;
    await lockVault(ageLock(36_500));
    const blobCount = async () => {
      let count = 0;
      for await (const batch of blobs.list()) {
        count += batch.length;
      }
      return count;
    };
    const maintenance = createMaintenance({
      ...{ metadata, blobs, ids, clock, metrics, logger: silentLogger, boot: 1 },
      settings: { inventory: { kind: "live" }, uploadRetentionMs: 1 },
    });
    for (const days of [1, 400, 3650]) {
      world.time.nowMs += days * DAY_MS;
      await maintenance.runOnce();
    }
    assert.equal(await blobCount(), 1);
    assert.equal((await world.getVault()).archiveCount, 1);
    assert.equal(await deleteArchive(), deniedText("DeleteArchive"));
    await maintenance.stop();
  });

  it("may deny its own vault's deletion and changes of its tags", async () => {
    await world.perform.DeleteArchive({ archiveId });
    await lockVault(lockStatement(["glacier:DeleteVault", "glacier:*TagsToVault"]));
    assert.equal(await world.root.outcome("DELETE /-/vaults/photos"), deniedText("DeleteVault"));
    assert.equal(
      await world.root.outcome("POST /-/vaults/photos/tags?operation=add", { body: {} }),
      deniedText("AddTagsToVault"),
    );
  });
});
