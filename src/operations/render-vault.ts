import { decideVaultNumbers, type InventoryMode } from "../domain/inventory.ts";
import type { Vault } from "../domain/vault.ts";
import { formatVaultArn } from "../protocol/arn.ts";
import type { Output } from "../protocol/operations.ts";

/** A vault as DescribeVault and ListVaults show it (contract §2.2). */
export function renderVault(vault: Vault, mode: InventoryMode): Output<"DescribeVault"> {
  const numbers = decideVaultNumbers(vault, mode);
  return {
    CreationDate: vault.createdAtMs,
    LastInventoryDate: numbers.lastInventoryDateMs ?? null,
    NumberOfArchives: numbers.numberOfArchives,
    SizeInBytes: numbers.sizeInBytes,
    VaultARN: formatVaultArn(vault),
    VaultName: vault.vaultName,
  };
}
