/** Shapes of the four vault operations. */
import { body, bodyMembers, header, path, query } from "../fields.ts";
import { integer, list, string, structure, timestamp } from "../schema.ts";

export const accountPath = { accountId: path("accountId") } as const;
export const vaultPath = { ...accountPath, vaultName: path("vaultName") } as const;

/** `limit` and `marker` of the four list operations (contract §1.11). */
export const paging = { limit: query("limit"), marker: query("marker") } as const;

export const vaultDescription = {
  CreationDate: timestamp,
  LastInventoryDate: timestamp,
  NumberOfArchives: integer,
  SizeInBytes: integer,
  VaultARN: string,
  VaultName: string,
} as const;

export const createVault = {
  input: vaultPath,
  output: { location: header("Location") },
} as const;

export const describeVault = {
  input: vaultPath,
  output: bodyMembers(vaultDescription),
} as const;

export const deleteVault = { input: vaultPath, output: {} } as const;

export const listVaults = {
  input: { ...accountPath, ...paging },
  output: {
    Marker: body("Marker", string),
    VaultList: body("VaultList", list(structure(vaultDescription))),
  },
} as const;
