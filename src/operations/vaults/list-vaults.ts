import { LIST_VAULTS_PAGE_MAX } from "../../domain/limits.ts";
import { parseLimit, parseMarker, splitPage } from "../../domain/pagination.ts";
import { findVaultName } from "../../domain/vault.ts";
import { findVaultNameInArn, formatVaultArn } from "../../protocol/arn.ts";
import type { Handler } from "../handler.ts";
import { renderVault } from "../render-vault.ts";

/**
 * Lists the account's vaults of the region by name. A marker is the ARN of the first vault of its page;
 * when that was deleted, the page begins with the next name (contract §2.4, §1.11).
 */
export const listVaults: Handler<"ListVaults"> = async (input, call, services) => {
  const { accountId, region } = call;
  const limit = parseLimit(input.limit, LIST_VAULTS_PAGE_MAX);
  const fromName = parseMarker(input.marker, (text) =>
    findVaultName(findVaultNameInArn(text, call) ?? ""),
  );
  const page = splitPage(
    await services.metadata.vaults.listPage({ accountId, region, fromName, limit: limit + 1 }),
    limit,
  );
  return {
    Marker: page.next === undefined ? null : formatVaultArn(page.next),
    VaultList: page.items.map((vault) => renderVault(vault, services.settings.inventory)),
  };
};
