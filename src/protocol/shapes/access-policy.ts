/** Shapes of the three vault access policy operations. */
import { payload } from "../fields.ts";
import { string, structure } from "../schema.ts";
import { vaultPath } from "./vault.ts";

/** A policy document travels as a JSON string and comes back byte for byte. */
export const policyText = structure({ Policy: string });

export const setVaultAccessPolicy = {
  input: { ...vaultPath, policy: payload(policyText) },
  output: {},
} as const;

export const getVaultAccessPolicy = {
  input: vaultPath,
  output: { policy: payload(policyText) },
} as const;

export const deleteVaultAccessPolicy = { input: vaultPath, output: {} } as const;
