/**
 * The vault lock (contract §2.14–2.17, §6.4): absent → in progress, for 24 hours at most → locked, for ever.
 * Nothing here leads out of `Locked`, and there is no way into it but `decideLockCompletion`.
 */
import { accessDenied, invalidParameter, noVaultLock } from "./errors.ts";
import type { LockId } from "./ids.ts";
import { VAULT_LOCK_WINDOW_MS } from "./limits.ts";

interface LockFacts {
  /** Made by InitiateVaultLock; CompleteVaultLock must name it. */
  readonly lockId: LockId;
  /** The text of the policy, byte for byte as it was sent. */
  readonly policy: string;
  /** When the lock was initiated. */
  readonly createdAtMs: number;
}

export interface VaultLockInProgress extends LockFacts {
  readonly state: "InProgress";
  /** From this instant on the lock is absent, and its id is dead. */
  readonly expiresAtMs: number;
}

export interface VaultLockLocked extends LockFacts {
  readonly state: "Locked";
}

export type VaultLock = VaultLockInProgress | VaultLockLocked;

/** The lock that is in force at `nowMs`: one in progress that has expired is absent. */
export function findEffectiveLock(
  lock: VaultLock | undefined,
  nowMs: number,
): VaultLock | undefined {
  const isExpired = lock?.state === "InProgress" && nowMs >= lock.expiresAtMs;
  return isExpired ? undefined : lock;
}

/**
 * The lock that InitiateVaultLock makes. Throws `AccessDeniedException` while another is in progress, and
 * for ever once the vault is locked.
 */
export function decideLockInitiation(
  lock: VaultLock | undefined,
  initiated: { readonly lockId: LockId; readonly policy: string; readonly nowMs: number },
): VaultLockInProgress {
  const { lockId, policy, nowMs } = initiated;
  switch (findEffectiveLock(lock, nowMs)?.state) {
    case "InProgress":
      throw accessDenied(
        "A vault lock is in progress already; abort or complete it before initiating another.",
      );
    case "Locked":
      throw accessDenied(LOCKED_MESSAGE);
    case undefined:
      return {
        state: "InProgress",
        lockId,
        policy,
        createdAtMs: nowMs,
        expiresAtMs: nowMs + VAULT_LOCK_WINDOW_MS,
      };
  }
}

/**
 * The lock as CompleteVaultLock leaves it; completing again with the same id changes nothing. Throws
 * `InvalidParameterValueException` for another id than the one in progress, `AccessDeniedException` for
 * another than the vault was locked with, `ResourceNotFoundException` without a lock.
 */
export function decideLockCompletion(
  lock: VaultLock | undefined,
  completion: { readonly lockId: string; readonly vaultName: string; readonly nowMs: number },
): VaultLockLocked {
  const { lockId, vaultName, nowMs } = completion;
  const effective = findEffectiveLock(lock, nowMs);
  switch (effective?.state) {
    case undefined:
      throw noVaultLock(vaultName);
    case "Locked":
      if (effective.lockId !== lockId) {
        throw accessDenied(LOCKED_MESSAGE);
      }
      return effective;
    case "InProgress": {
      if (effective.lockId !== lockId) {
        throw invalidParameter(
          `Invalid lock ID: ${lockId}. It must be the one that InitiateVaultLock returned last.`,
        );
      }
      const { expiresAtMs: _, ...facts } = effective;
      return { ...facts, state: "Locked" };
    }
  }
}

/** Whether AbortVaultLock has a lock to take away. Throws `AccessDeniedException` once the vault is locked. */
export function decideLockAbort(lock: VaultLock | undefined): "Remove" | "NothingToDo" {
  switch (lock?.state) {
    case "Locked":
      throw accessDenied(LOCKED_MESSAGE);
    case "InProgress":
      return "Remove";
    case undefined:
      return "NothingToDo";
  }
}

const LOCKED_MESSAGE =
  "The vault is locked; its vault lock policy can be neither changed nor removed.";
