import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { LockId } from "./ids.ts";
import {
  decideLockAbort,
  decideLockCompletion,
  decideLockInitiation,
  findEffectiveLock,
  type VaultLock,
  type VaultLockInProgress,
  type VaultLockLocked,
} from "./vault-lock.ts";

const CREATED_MS = 1_000_000;
const WINDOW_MS = 24 * 60 * 60 * 1000;
const EXPIRES_MS = CREATED_MS + WINDOW_MS;
const ID = "first" as LockId;

const locked: VaultLockLocked = {
  state: "Locked",
  lockId: ID,
  policy: "{}",
  createdAtMs: CREATED_MS,
};
const inProgress: VaultLockInProgress = { ...locked, state: "InProgress", expiresAtMs: EXPIRES_MS };

function initiate(lock: VaultLock | undefined, nowMs: number) {
  return decideLockInitiation(lock, { lockId: "second" as LockId, policy: "new", nowMs });
}

function complete(lock: VaultLock | undefined, lockId: string, nowMs = CREATED_MS) {
  return decideLockCompletion(lock, { lockId, vaultName: "photos", nowMs });
}

const denied = { code: "AccessDeniedException" };
const absent = {
  code: "ResourceNotFoundException",
  message: "No vault lock policy is set for: photos",
};

describe("findEffectiveLock", () => {
  it("lets a lock in progress expire 24 hours after its creation, to the millisecond", () => {
    assert.equal(findEffectiveLock(inProgress, EXPIRES_MS - 1), inProgress);
    assert.equal(findEffectiveLock(inProgress, EXPIRES_MS), undefined);
    assert.equal(findEffectiveLock(inProgress, EXPIRES_MS + 1), undefined);
  });

  it("never lets a completed lock expire", () => {
    assert.equal(findEffectiveLock(locked, Number.MAX_SAFE_INTEGER), locked);
  });
});

describe("decideLockInitiation", () => {
  it("puts the policy in progress for 24 hours", () => {
    assert.deepEqual(initiate(undefined, 5), {
      state: "InProgress",
      lockId: "second",
      policy: "new",
      createdAtMs: 5,
      expiresAtMs: 5 + WINDOW_MS,
    });
  });

  it("is refused while a lock is in progress and follows one that has expired", () => {
    assert.throws(() => initiate(inProgress, EXPIRES_MS - 1), denied);
    assert.equal(initiate(inProgress, EXPIRES_MS).createdAtMs, EXPIRES_MS);
  });

  it("is refused for ever once locked", () => {
    for (const nowMs of [CREATED_MS, EXPIRES_MS, Number.MAX_SAFE_INTEGER]) {
      assert.throws(() => initiate(locked, nowMs), denied);
    }
  });
});

describe("decideLockCompletion", () => {
  it("locks with the matching id until the last millisecond", () => {
    assert.deepEqual(complete(inProgress, ID), locked);
    assert.deepEqual(complete(inProgress, ID, EXPIRES_MS - 1), locked);
    assert.throws(() => complete(inProgress, ID, EXPIRES_MS), absent);
  });

  it("refuses another id as invalid while in progress", () => {
    assert.throws(() => complete(inProgress, "other"), {
      code: "InvalidParameterValueException",
      message: /^Invalid lock ID: other\. /,
    });
  });

  it("changes nothing when repeated, and denies another id once locked", () => {
    assert.equal(complete(locked, ID), locked);
    assert.throws(() => complete(locked, "other"), denied);
  });

  it("finds no lock where there is none or it has expired, whatever the id", () => {
    assert.throws(() => complete(undefined, ID), absent);
    assert.throws(() => complete(inProgress, "other", EXPIRES_MS), absent);
  });
});

describe("decideLockAbort", () => {
  it("removes a lock in progress, is content with none, and is denied once locked", () => {
    assert.equal(decideLockAbort(inProgress), "Remove");
    assert.equal(decideLockAbort(undefined), "NothingToDo");
    assert.throws(() => decideLockAbort(locked), denied);
  });
});

describe("the vault lock as a whole", () => {
  type Step = { readonly call: "initiate" | "complete" | "abort"; readonly afterMs: number };
  const steps = fc.array(
    fc.record<Step>({
      call: fc.constantFrom("initiate", "complete", "abort"),
      afterMs: fc.constantFrom(0, 1, WINDOW_MS - 1, WINDOW_MS),
    }),
    { maxLength: 12 },
  );

  /** The lock after `step`, the same one when it is refused. */
  function advance(lock: VaultLock | undefined, { call }: Step, nowMs: number) {
    try {
      switch (call) {
        case "initiate":
          return initiate(lock, nowMs);
        case "complete":
          return complete(lock, lock?.lockId ?? "none", nowMs);
        case "abort":
          return decideLockAbort(lock) === "Remove" ? undefined : lock;
      }
    } catch {
      return lock;
    }
  }

  it("is never left nor changed once locked, whatever is called and when", () => {
    fc.assert(
      fc.property(steps, (all) => {
        let lock: VaultLock | undefined;
        let nowMs = CREATED_MS;
        for (const step of all) {
          nowMs += step.afterMs;
          const after = advance(lock, step, nowMs);
          if (lock?.state === "Locked") {
            assert.equal(after, lock);
          }
          lock = after;
        }
      }),
    );
  });
});
