/** Contract of what `VaultStore` keeps of policies, of `RetrievalStore` and of `CapacityStore`. */
import assert from "node:assert/strict";
import { describe } from "node:test";
import type { AccountId, CapacityId, LockId } from "../../src/domain/ids.ts";
import { BYTES_PER_HOUR_MAX } from "../../src/domain/limits.ts";
import type { RetrievalTier } from "../../src/domain/retrieval-tier.ts";
import type { VaultLock } from "../../src/domain/vault-lock.ts";
import type { MetadataStore } from "../../src/ports/metadata-store.ts";
import { AssertionError } from "../../src/std/assert.ts";
import {
  ACCOUNT_ID,
  buildArchive,
  buildArchiveRequest,
  buildJob,
  buildVaultKey,
  NOW_MS,
  REGION,
} from "../support/metadata-builders.ts";
import { declareTests, type MetadataTest, type OpenMetadata } from "./metadata-store-harness.ts";

const OWNER = { accountId: ACCOUNT_ID, region: REGION };
const OTHER_ACCOUNT = "999999999999" as AccountId;

/** White space and characters that a careless round trip would change. */
const TEXT = ' {"Version" :\t"2012-10-17",\r\n"Id":"é – 𝄞 \\u0000"}\n';

const IN_PROGRESS: VaultLock = {
  state: "InProgress",
  lockId: "lock-one" as LockId,
  policy: TEXT,
  createdAtMs: NOW_MS,
  expiresAtMs: NOW_MS + 1,
};
const LOCKED: VaultLock = {
  state: "Locked",
  lockId: "lock-one" as LockId,
  policy: TEXT,
  createdAtMs: NOW_MS,
};

export function describePolicies(open: OpenMetadata): void {
  describeVaultPolicies(open);
  describeRetrievals(open);
  describeCapacity(open);
}

function setLock(store: MetadataStore, vaultId: number, lock: VaultLock | undefined) {
  return store.transaction((session) => session.vaults.setLock(vaultId, lock));
}

function describeVaultPolicies(open: OpenMetadata): void {
  const test = declareTests(open);
  describe("policies of a vault", () => {
    test("keep the text of the access policy until it is taken away", async (given) => {
      const { store, vault } = given;
      await store.vaults.setAccessPolicy(vault.vaultId, TEXT);
      assert.equal((await store.vaults.find(vault))?.accessPolicy, TEXT);
      await store.vaults.setAccessPolicy(vault.vaultId, undefined);
      assert.equal((await store.vaults.find(vault))?.accessPolicy, undefined);
    });

    test("keep the notification configuration with its order of events", async (given) => {
      const { store, vault } = given;
      const notification = {
        topicArn: "arn:aws:sns:us-east-1:123456789012:done",
        events: ["InventoryRetrievalCompleted", "ArchiveRetrievalCompleted"],
      } as const;
      await store.vaults.setNotification(vault.vaultId, notification);
      assert.deepEqual((await store.vaults.get(vault.vaultId))?.notification, notification);
      await store.vaults.setNotification(vault.vaultId, undefined);
      assert.equal((await store.vaults.get(vault.vaultId))?.notification, undefined);
    });

    test("keep a lock in progress, let it go and let another follow", async ({ store, vault }) => {
      await setLock(store, vault.vaultId, IN_PROGRESS);
      assert.deepEqual((await store.vaults.find(vault))?.lock, IN_PROGRESS);
      await setLock(store, vault.vaultId, undefined);
      assert.equal((await store.vaults.find(vault))?.lock, undefined);
      await setLock(store, vault.vaultId, IN_PROGRESS);
      await setLock(store, vault.vaultId, LOCKED);
      assert.deepEqual((await store.vaults.find(vault))?.lock, LOCKED);
    });

    test("never change a lock once it is locked", async ({ store, vault }) => {
      await setLock(store, vault.vaultId, LOCKED);
      const other = { ...LOCKED, policy: "other" };
      for (const attempt of [undefined, IN_PROGRESS, other, LOCKED]) {
        await assert.rejects(setLock(store, vault.vaultId, attempt), AssertionError);
      }
      assert.deepEqual((await store.vaults.find(vault))?.lock, LOCKED);
    });

    test("refuse a lock outside a transaction and one of an unknown vault", async (given) => {
      const { store, vault } = given;
      await assert.rejects(store.vaults.setLock(vault.vaultId, IN_PROGRESS), AssertionError);
      await assert.rejects(setLock(store, vault.vaultId + 1, IN_PROGRESS), AssertionError);
    });

    test("outlive a restart", async ({ store, vault, reopen, skip }) => {
      if (reopen === undefined) {
        return skip("nothing outlives the store");
      }
      await setLock(store, vault.vaultId, LOCKED);
      await store.vaults.setAccessPolicy(vault.vaultId, TEXT);
      const found = await (await reopen()).vaults.find(vault);
      assert.deepEqual([found?.lock, found?.accessPolicy], [LOCKED, TEXT]);
    });
  });
}

/** Adds a retrieval in progress of `bytes` bytes. */
async function addRetrieval(
  { store, ids }: MetadataTest,
  facts: { vaultId: number; bytes: number; tier?: RetrievalTier },
): Promise<void> {
  const archive = buildArchive(ids, { vaultId: facts.vaultId, sizeBytes: facts.bytes });
  const request = { ...buildArchiveRequest(archive), tier: facts.tier ?? "Standard" };
  await store.jobs.insert(buildJob(ids, { vaultId: facts.vaultId, request }));
}

function describeRetrievals(open: OpenMetadata): void {
  const test = declareTests(open);
  describe("retrievals", () => {
    test("have a policy per account and region, exact to 64 bits", async ({ store }) => {
      const { retrievals } = store;
      const policy = { strategy: "BytesPerHour", bytesPerHour: BYTES_PER_HOUR_MAX } as const;
      assert.equal(await retrievals.findPolicy(OWNER), undefined);
      await retrievals.setPolicy(OWNER, policy);
      assert.deepEqual(await retrievals.findPolicy(OWNER), policy);
      assert.deepEqual(
        await store.transaction((session) => session.retrievals.lockPolicy(OWNER)),
        policy,
      );
      assert.equal(await retrievals.findPolicy({ ...OWNER, region: "eu-west-1" }), undefined);
      await retrievals.setPolicy(OWNER, { strategy: "FreeTier" });
      assert.deepEqual(await retrievals.findPolicy(OWNER), { strategy: "FreeTier" });
    });

    test("add up their hourly rates while in progress, each rounded up", async (given) => {
      const { store, vault, ids } = given;
      const second = await store.vaults.insert({ ...buildVaultKey("second"), createdAtMs: NOW_MS });
      const abroad = { ...buildVaultKey(), region: "eu-west-1", createdAtMs: NOW_MS };
      const { vaultId: abroadId } = await store.vaults.insert(abroad);
      assert.equal(await store.retrievals.sumHourlyRates(OWNER), 0n);
      await addRetrieval(given, { vaultId: vault.vaultId, bytes: 5 });
      await addRetrieval(given, { vaultId: second.vaultId, bytes: 4 });
      await addRetrieval(given, { vaultId: abroadId, bytes: 400 });
      await addRetrieval(given, { vaultId: vault.vaultId, bytes: 400, tier: "Bulk" });
      await addRetrieval(given, { vaultId: vault.vaultId, bytes: 400, tier: "Expedited" });
      await store.jobs.insert(buildJob(ids, { vaultId: vault.vaultId }));
      assert.equal(await store.retrievals.sumHourlyRates(OWNER), 3n);
      const lease = { owner: "me", untilMs: NOW_MS + 1000 };
      for (const job of await store.jobs.claimDue(NOW_MS, lease, 100)) {
        const end = { completedAtMs: NOW_MS, expiresAtMs: NOW_MS + 1 };
        const outcome = { status: "Failed", message: "no" } as const;
        await store.jobs.finish(job.jobId, "me", { ...end, outcome });
      }
      assert.equal(await store.retrievals.sumHourlyRates(OWNER), 0n);
    });

    test("add up beyond 2^53 per day, and forget earlier days", async ({ store }) => {
      const { retrievals } = store;
      const max = Number.MAX_SAFE_INTEGER;
      assert.equal(await retrievals.findBytesOfDay(OWNER, "2026-01-31"), 0n);
      await retrievals.addBytesOfDay(OWNER, "2026-01-31", max);
      await retrievals.addBytesOfDay(OWNER, "2026-01-31", max);
      await retrievals.addBytesOfDay({ ...OWNER, region: "eu-west-1" }, "2026-02-01", 7);
      assert.equal(await retrievals.findBytesOfDay(OWNER, "2026-01-31"), BigInt(max) * 2n);
      await retrievals.addBytesOfDay(OWNER, "2026-02-01", 1);
      assert.equal(await retrievals.findBytesOfDay(OWNER, "2026-01-31"), 0n);
      assert.equal(await retrievals.findBytesOfDay(OWNER, "2026-02-01"), 1n);
    });

    test("count as Expedited in all regions of the account", async (given) => {
      const { store, vault } = given;
      const { vaultId } = vault;
      const abroad = { ...buildVaultKey(), region: "eu-west-1", createdAtMs: NOW_MS };
      const foreign = { ...buildVaultKey(), accountId: OTHER_ACCOUNT, createdAtMs: NOW_MS };
      await addRetrieval(given, { vaultId, bytes: 1, tier: "Expedited" });
      await addRetrieval(given, { vaultId, bytes: 1, tier: "Standard" });
      for (const key of [abroad, foreign]) {
        const { vaultId: id } = await store.vaults.insert(key);
        await addRetrieval(given, { vaultId: id, bytes: 1, tier: "Expedited" });
      }
      assert.equal(await store.retrievals.countExpedited(ACCOUNT_ID), 2);
      assert.equal(await store.retrievals.countExpedited(OTHER_ACCOUNT), 1);
    });
  });
}

function describeCapacity(open: OpenMetadata): void {
  const test = declareTests(open);
  describe("capacity", () => {
    test("is listed newest first until it expires, per account", async ({ store }) => {
      const unit = (name: string, startMs: number) => ({
        capacityId: name as CapacityId,
        startMs,
        expiresAtMs: startMs + 1000,
      });
      await store.capacity.insert(ACCOUNT_ID, unit("old", NOW_MS));
      await store.capacity.insert(ACCOUNT_ID, unit("new", NOW_MS + 1));
      await store.capacity.insert(OTHER_ACCOUNT, unit("foreign", NOW_MS));
      const list = async (nowMs: number) =>
        (await store.capacity.listUnexpired(ACCOUNT_ID, nowMs)).map((found) => found.capacityId);
      assert.deepEqual(await list(NOW_MS + 999), ["new", "old"]);
      assert.deepEqual(await list(NOW_MS + 1000), ["new"]);
      assert.deepEqual(await list(NOW_MS + 1001), []);
      await store.capacity.insert(ACCOUNT_ID, unit("later", NOW_MS + 1000));
      assert.deepEqual(await store.capacity.listUnexpired(ACCOUNT_ID, NOW_MS + 1000), [
        unit("later", NOW_MS + 1000),
        unit("new", NOW_MS + 1),
      ]);
      assert.deepEqual(await list(NOW_MS), ["later", "new"]);
    });
  });
}
