/** Waiting until a vault is there, or gone (contract §7.4). */
import type { CallInput } from "./call-types.ts";
import type { GlacierClient } from "./client.ts";
import { GlacierServiceError } from "./errors.ts";

const POLL_INTERVAL_MS = 3000;
const MAX_TRIES = 15;

export const waiterNames = ["vault-exists", "vault-not-exists"] as const;
export type WaiterName = (typeof waiterNames)[number];

/** The names that the AWS CLI's messages use. */
const shownNames = {
  "vault-exists": "VaultExists",
  "vault-not-exists": "VaultNotExists",
} as const satisfies Record<WaiterName, string>;

/** The wait ended without the state that was waited for; `cause` is the service's error, if one ended it. */
export class WaiterError extends Error {
  override readonly name = "WaiterError";
}

/**
 * Asks for the vault every 3 s, 15 times at most. Throws `WaiterError` when the tries are used up or the
 * service answers with an error other than `ResourceNotFoundException`, and what else `call` throws.
 */
export async function awaitVault(
  call: GlacierClient["call"],
  waiter: WaiterName,
  vault: CallInput<"DescribeVault">,
  options: {
    readonly sleep: (durationMs: number, signal: AbortSignal | undefined) => Promise<void>;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<void> {
  const { sleep, signal } = options;
  for (let attempt = 1; attempt <= MAX_TRIES; attempt += 1) {
    const exists = await vaultExists(call, waiter, vault, signal);
    if (exists === (waiter === "vault-exists")) {
      return;
    }
    if (attempt < MAX_TRIES) {
      await sleep(POLL_INTERVAL_MS, signal);
    }
  }
  throw new WaiterError(`Waiter ${shownNames[waiter]} failed: Max attempts exceeded`);
}

async function vaultExists(
  call: GlacierClient["call"],
  waiter: WaiterName,
  vault: CallInput<"DescribeVault">,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  try {
    await call("DescribeVault", vault, { signal });
    return true;
  } catch (error) {
    if (!(error instanceof GlacierServiceError)) {
      throw error;
    }
    if (error.code === "ResourceNotFoundException") {
      return false;
    }
    const reason = `An error occurred (${error.code}): ${error.message}`;
    throw new WaiterError(`Waiter ${shownNames[waiter]} failed: ${reason}`, { cause: error });
  }
}
