/** The native addon of `native/`, when it was built: what it hashes with, and what it can do besides. */
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
const INTERFACE_VERSION = 2;
/** In the package. */
const ADDON = "native/build/moraine.node";

/**
 * Loads the addon into this thread. `undefined` when it is not wanted, not built, not for this machine, or the
 * processor has no SHA-256 instructions: then node:crypto does the same, in two passes.
 */
export function findAccelerator(isWanted: boolean): Accelerator | undefined {
  const addon = isWanted ? findAddon() : undefined;
  const { kernel } = Object(addon);
  const isUsable = typeof kernel === "string" && kernel !== "";
  // The version stands for the rest of the interface.
  return isUsable ? (addon as Accelerator) : undefined;
}

/** Makes another descriptor of the same open file. Throws the system's error. */
export type DuplicateDescriptor = (descriptor: number) => number;

/** `undefined` where the addon was not built; it takes no special processor. */
export function findDuplicate(): DuplicateDescriptor | undefined {
  const { duplicate } = Object(findAddon());
  return typeof duplicate === "function" ? (duplicate as DuplicateDescriptor) : undefined;
}

/** What uploads are hashed by, as operators read it: `sha-ni fused`, `armv8 fused` or `node:crypto`. */
export function describeHashing(isWanted: boolean): string {
  return findAccelerator(isWanted)?.kernel ?? CRYPTO_KERNEL;
}

function findAddon(): unknown {
  try {
    const addon: unknown = createRequire(import.meta.url)(fileURLToPath(packageFile(ADDON)));
    return Object(addon).version === INTERFACE_VERSION ? addon : undefined;
  } catch {
    return undefined;
  }
}
