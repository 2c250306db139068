import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { AccountId } from "./ids.ts";
import {
  decideInventoryJobSnapshot,
  decideVaultDeletable,
  decideVaultNumbers,
  type InventoryMode,
  nextInventoryDueAtMs,
  snapshotOf,
} from "./inventory.ts";
import type { InventorySnapshot } from "./inventory-snapshot.ts";
import type { Vault, VaultName } from "./vault.ts";

const live: InventoryMode = { kind: "live" };
const daily: InventoryMode = { kind: "periodic", intervalMs: 1000 };

function buildVault(facts: Partial<Vault>): Vault {
  return {
    accountId: "111122223333" as AccountId,
    region: "us-east-1",
    vaultName: "photos" as VaultName,
    vaultId: 1,
    createdAtMs: 0,
    archiveCount: 0,
    archiveBytes: 0n,
    changeSequence: 0,
    lastInventory: undefined,
    inventoryDueAtMs: undefined,
    tags: new Map(),
    accessPolicy: undefined,
    lock: undefined,
    notification: undefined,
    ...facts,
  };
}

function buildSnapshot(facts: Partial<InventorySnapshot>): InventorySnapshot {
  return {
    takenAtMs: 5000,
    changeSequence: 3,
    archiveCount: 1,
    archiveBytes: 3_145_728n,
    ...facts,
  };
}

describe("decideVaultNumbers", () => {
  it("shows the counters as plain sums and the date of the last job's snapshot in live mode", () => {
    const vault = buildVault({
      archiveCount: 2,
      archiveBytes: 2n ** 60n,
      lastInventory: buildSnapshot({}),
    });
    assert.deepEqual(decideVaultNumbers(vault, live), {
      lastInventoryDateMs: 5000,
      numberOfArchives: 2,
      sizeInBytes: 2n ** 60n,
    });
  });

  it("shows the last inventory with 32 KiB of overhead for each archive in periodic mode", () => {
    const vault = buildVault({ archiveCount: 9, lastInventory: buildSnapshot({}) });
    assert.deepEqual(decideVaultNumbers(vault, daily), {
      lastInventoryDateMs: 5000,
      numberOfArchives: 1,
      sizeInBytes: 3_178_496n,
    });
  });

  it("shows zeros and no date before the first inventory in periodic mode", () => {
    const vault = buildVault({ archiveCount: 9, archiveBytes: 9n, changeSequence: 9 });
    assert.deepEqual(decideVaultNumbers(vault, daily), {
      lastInventoryDateMs: undefined,
      numberOfArchives: 0,
      sizeInBytes: 0n,
    });
  });
});

describe("decideVaultDeletable", () => {
  it("asks only for no archives in live mode", () => {
    assert.equal(decideVaultDeletable(buildVault({ changeSequence: 8 }), live), true);
    assert.equal(decideVaultDeletable(buildVault({ archiveCount: 1 }), live), false);
  });

  it("lets a vault go that was never written to, without an inventory", () => {
    assert.equal(decideVaultDeletable(buildVault({}), daily), true);
  });

  it("keeps an emptied vault until an inventory has seen it empty", () => {
    const emptied = buildVault({ changeSequence: 4, lastInventory: buildSnapshot({}) });
    assert.equal(decideVaultDeletable(emptied, daily), false);
    const unseen = buildSnapshot({ archiveCount: 0, archiveBytes: 0n, changeSequence: 2 });
    assert.equal(decideVaultDeletable({ ...emptied, lastInventory: unseen }, daily), false);
    const seen = snapshotOf(emptied, 9000);
    assert.equal(decideVaultDeletable({ ...emptied, lastInventory: seen }, daily), true);
  });

  it("keeps a vault that was written to and never inventoried", () => {
    assert.equal(decideVaultDeletable(buildVault({ changeSequence: 2 }), daily), false);
  });

  it("keeps a vault whose last inventory lists an archive, even when nothing changed since", () => {
    const vault = buildVault({ changeSequence: 3, lastInventory: buildSnapshot({}) });
    assert.equal(decideVaultDeletable(vault, daily), false);
  });
});

describe("nextInventoryDueAtMs", () => {
  it("is one interval after the first write", () => {
    assert.equal(nextInventoryDueAtMs(buildVault({}), daily, 70), 1070);
  });

  it("is never due in live mode", () => {
    assert.equal(nextInventoryDueAtMs(buildVault({}), live, 70), undefined);
  });

  it("falls on a whole number of intervals after the last inventory, at least one, after now", () => {
    const vault = buildVault({ lastInventory: buildSnapshot({ takenAtMs: 5000 }) });
    for (const [nowMs, dueAtMs] of [
      [4000, 6000],
      [5000, 6000],
      [5999, 6000],
      [6000, 7000],
      [8500, 9000],
    ] as const) {
      assert.equal(nextInventoryDueAtMs(vault, daily, nowMs), dueAtMs);
    }
  });

  it("always lies in the future and keeps the rhythm of the last inventory", () => {
    fc.assert(
      fc.property(
        fc.nat(1e9),
        fc.integer({ min: 1, max: 1e6 }),
        fc.nat(1e9),
        (taken, every, now) => {
          const vault = buildVault({ lastInventory: buildSnapshot({ takenAtMs: taken }) });
          const due =
            nextInventoryDueAtMs(vault, { kind: "periodic", intervalMs: every }, now) ?? 0;
          assert.ok(due > now && due > taken && (due - taken) % every === 0);
          assert.ok(due - every <= Math.max(now, taken));
        },
      ),
    );
  });
});

describe("decideInventoryJobSnapshot", () => {
  it("takes a fresh snapshot in live mode", () => {
    const vault = buildVault({ archiveCount: 2, archiveBytes: 7n, changeSequence: 5 });
    assert.deepEqual(decideInventoryJobSnapshot(vault, live, 123), {
      takenAtMs: 123,
      changeSequence: 5,
      archiveCount: 2,
      archiveBytes: 7n,
    });
  });

  it("uses the last inventory in periodic mode, and none before the first", () => {
    const last = buildSnapshot({});
    const vault = buildVault({ changeSequence: 5, lastInventory: last });
    assert.equal(decideInventoryJobSnapshot(vault, daily, 123), last);
    assert.equal(decideInventoryJobSnapshot(buildVault({}), daily, 123), undefined);
  });
});
