import type { Handler } from "../handler.ts";
import { renderVault } from "../render-vault.ts";

/** Describes a vault (contract §2.2). */
export const describeVault: Handler<"DescribeVault"> = async (_input, call, services) =>
  renderVault(call.vault, services.settings.inventory);
