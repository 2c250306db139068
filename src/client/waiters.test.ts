import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { GlacierClient } from "./client.ts";
import { GlacierServiceError } from "./errors.ts";
import { awaitVault, type WaiterName } from "./waiters.ts";

const NOT_FOUND = "ResourceNotFoundException";

/** Answers each try with the next of `outcomes`, the last one over and over; resolves with the pauses. */
async function wait(waiter: WaiterName, outcomes: readonly string[]): Promise<number[]> {
  const pauses: number[] = [];
  let tries = 0;
  const call = async () => {
    const code = outcomes[Math.min(tries, outcomes.length - 1)] ?? "ok";
    tries += 1;
    if (code !== "ok") {
      throw new GlacierServiceError("text", { code, status: 404, requestId: "r", attempts: 1 });
    }
  };
  const sleep = async (durationMs: number) => {
    pauses.push(durationMs);
  };
  const vault = { vaultName: "v" };
  await awaitVault(call as unknown as GlacierClient["call"], waiter, vault, { sleep });
  return pauses;
}

describe("awaitVault", () => {
  it("asks every three seconds until the vault exists", async () => {
    assert.deepEqual(await wait("vault-exists", [NOT_FOUND, NOT_FOUND, "ok"]), [3000, 3000]);
  });

  it("asks until the vault is gone", async () => {
    assert.deepEqual(await wait("vault-not-exists", ["ok", NOT_FOUND]), [3000]);
  });

  it("gives up after fifteen tries", async () => {
    await assert.rejects(wait("vault-not-exists", ["ok"]), {
      name: "WaiterError",
      message: "Waiter VaultNotExists failed: Max attempts exceeded",
    });
    const justInTime = [...Array.from({ length: 14 }, () => NOT_FOUND), "ok"];
    assert.equal((await wait("vault-exists", justInTime)).length, 14);
  });

  it("ends at once with any other error", async () => {
    await assert.rejects(wait("vault-exists", ["AccessDeniedException"]), {
      message: "Waiter VaultExists failed: An error occurred (AccessDeniedException): text",
    });
  });
});
