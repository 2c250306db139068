/** The words `VAULT`, `VAULT/NAME` and `VAULT/GLOB`. */
import { usageFailure } from "./verb-failure.ts";
import type { VerbSettings } from "./verb-settings.ts";

export interface VaultPath {
  readonly vaultName: string;
  /** What follows the first slash; empty when nothing does. */
  readonly path: string;
}

/**
 * Splits at the first slash. A word that begins with a slash is in the vault of the profile. Throws a usage
 * `VerbFailure` when no vault is named.
 */
export function parseVaultPath(word: string, settings: VerbSettings): VaultPath {
  const slash = word.indexOf("/");
  const vaultName = slash === -1 ? word : word.slice(0, slash);
  const path = slash === -1 ? "" : word.slice(slash + 1);
  const named = vaultName === "" ? settings.vault.value : vaultName;
  if (named === undefined) {
    throw usageFailure(
      `"${word}" names no vault: write VAULT/NAME, or set \`vault\` in the profile (moraine configure)`,
    );
  }
  return { vaultName: named, path };
}
