/** Looking a vault up: that it is there, and to which account and region it belongs. */
import type { CallOutput } from "../../client/call-types.ts";
import { GlacierServiceError } from "../../client/errors.ts";
import { EXIT } from "../exit-codes.ts";
import type { Session } from "./session.ts";
import { VerbFailure } from "./verb-failure.ts";

export interface FoundVault {
  readonly vaultName: string;
  readonly arn: string;
  /** Of the owner, 12 digits. */
  readonly accountId: string;
  readonly region: string;
  readonly createdAt: string | undefined;
  /** Absent before the first inventory. */
  readonly lastInventoryAt: string | undefined;
  readonly archiveCount: number;
  readonly sizeBytes: number;
}

/** Asks for the vault. Throws a `VerbFailure` with advice when it is not there, and what `call` throws. */
export async function describeVault(session: Session, vaultName: string): Promise<FoundVault> {
  const { call, accountId } = session;
  try {
    const { output } = await call("DescribeVault", { accountId, vaultName });
    return foundVault({ VaultName: vaultName, ...output });
  } catch (error) {
    if (error instanceof GlacierServiceError && error.code === "ResourceNotFoundException") {
      const advice = `\`moraine vault create ${vaultName}\` makes it, \`moraine ls\` lists those there are.`;
      throw new VerbFailure(EXIT.failed, `${error.message}. ${advice}`, { cause: error });
    }
    throw error;
  }
}

/** A vault as DescribeVault and ListVaults tell it. */
export function foundVault(vault: DescribedVault): FoundVault {
  const { VaultARN: arn = "", VaultName: vaultName = "" } = vault;
  const [, , , region = "", accountId = ""] = arn.split(":");
  return {
    vaultName,
    arn,
    accountId,
    region,
    createdAt: vault.CreationDate,
    lastInventoryAt: vault.LastInventoryDate,
    archiveCount: Number(vault.NumberOfArchives ?? 0),
    sizeBytes: Number(vault.SizeInBytes ?? 0),
  };
}

type DescribedVault = NonNullable<CallOutput<"ListVaults">["VaultList"]>[number];
