/** The native addon of `native/`, when it was built and this processor has instructions for it. */
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { packageFile } from "../../std/package-file-node.ts";

/** The addon, as addon.c describes it. Every function throws on arguments of a wrong kind or length. */
export interface Accelerator {
  /** What hashes, as operators read it. */
  readonly kernel: string;
  readonly stateBytes: number;
  begin(state: Uint8Array): void;
  /** Takes `bytes`; the hash of each leaf that ends within them is written to `leaves`. */
  update(state: Uint8Array, bytes: Uint8Array, leaves: Uint8Array): void;
  /** Writes 64 bytes: the linear hash and that of the leaf in progress, zeros when there is none. */
  end(state: Uint8Array, digests: Uint8Array): void;
}

/** What hashes without the addon. */
export const CRYPTO_KERNEL = "node:crypto";

/** The interface of addon.c that this code was written for; a build of other sources has another. */
const INTERFACE_VERSION = 1;
/** In the package. */
const ADDON = "native/build/moraine.node";

/**
 * Loads the addon into this thread. `undefined` when it is not wanted, not built, not for this machine, or the
 * processor has no SHA-256 instructions: then node:crypto does the same, in two passes.
 */
export function findAccelerator(isWanted: boolean): Accelerator | undefined {
  if (!isWanted) {
    return undefined;
  }
  try {
    return parseAccelerator(createRequire(import.meta.url)(fileURLToPath(packageFile(ADDON))));
  } catch {
    return undefined;
  }
}

/** What uploads are hashed by, as operators read it: `sha-ni fused`, `armv8 fused` or `node:crypto`. */
export function describeHashing(isWanted: boolean): string {
  return findAccelerator(isWanted)?.kernel ?? CRYPTO_KERNEL;
}

function parseAccelerator(addon: unknown): Accelerator | undefined {
  const { version, kernel } = Object(addon);
  const isUsable = version === INTERFACE_VERSION && typeof kernel === "string" && kernel !== "";
  // The version stands for the rest of the interface.
  return isUsable ? (addon as Accelerator) : undefined;
}
