import { noAccessPolicy } from "../../domain/errors.ts";
import type { Handler } from "../handler.ts";

/** The access policy of a vault, byte for byte as it was set (contract §2.12). */
export const getVaultAccessPolicy: Handler<"GetVaultAccessPolicy"> = async (_input, call) => {
  const { accessPolicy, vaultName } = call.vault;
  if (accessPolicy === undefined) {
    throw noAccessPolicy(vaultName);
  }
  return { policy: { Policy: accessPolicy } };
};
