/** The inventory workload: a vault with many archives, seeded into the metadata before the service starts. */
import { randomBytes } from "node:crypto";
import { openSqliteMetadata } from "../../src/adapters/metadata-sql/sqlite.ts";
import type { AccountId, ArchiveId, BlobId, ManifestId } from "../../src/domain/ids.ts";
import type { VaultName } from "../../src/domain/vault.ts";
import type { Logger } from "../../src/ports/logger.ts";
import type { GlacierClient } from "../../test/support/glacier-client.ts";

const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

const BATCH = 5_000;

/** Adds a vault of `count` archive records (with no bytes behind them) to the metadata in `file`. */
export async function seedInventory(
  file: string,
  vault: { readonly accountId: string; readonly vaultName: string; readonly count: number },
): Promise<void> {
  const metadata = await openSqliteMetadata({ file, logger: silent });
  const { vaultId } = await metadata.transaction(({ vaults }) =>
    vaults.insert({
      accountId: vault.accountId as AccountId,
      region: "us-east-1",
      vaultName: vault.vaultName as VaultName,
      createdAtMs: Date.now(),
    }),
  );
  for (let done = 0; done < vault.count; done += BATCH) {
    const size = Math.min(BATCH, vault.count - done);
    await metadata.transaction(async ({ vaults, archives, manifests }) => {
      for (let index = 0; index < size; index += 1) {
        const createdAtMs = 1_700_000_000_000 + done + index;
        const manifestId = randomBytes(16).toString("hex") as ManifestId;
        const treeHash = randomBytes(32).toString("hex");
        const createdSequence = await vaults.countChange(vaultId, {
          archiveCount: 1,
          archiveBytes: 1,
          inventoryDueAtMs: undefined,
        });
        await manifests.putPart(
          manifestId,
          {
            startBytes: 0,
            sizeBytes: 1,
            treeHash,
            blobId: randomBytes(16).toString("hex") as BlobId,
            leaves: Buffer.from(treeHash, "hex"),
          },
          randomBytes(16).toString("hex") as ManifestId,
        );
        await archives.insert({
          archiveId: seededArchiveId(createdAtMs),
          vaultId,
          createdAtMs,
          createdSequence,
          sizeBytes: 1,
          treeHash,
          sha256: treeHash,
          description: `seeded archive ${done + index} of the inventory bench`,
          manifestId,
        });
      }
    });
  }
  await metadata.close();
}

function seededArchiveId(createdAtMs: number): ArchiveId {
  const bytes = randomBytes(103);
  bytes.writeUIntBE(createdAtMs, 0, 6);
  return bytes.toString("base64url") as ArchiveId;
}

export interface InventorySample {
  readonly seconds: number;
  readonly outputBytes: number;
  /** Slowest of the DescribeVault requests sent one after another meanwhile. */
  readonly describeMaxMs: number;
  readonly describeP99Ms: number;
}

/** Runs one inventory job while another connection keeps asking; tells how long both took. */
export async function runInventory(
  client: GlacierClient,
  vaultName: string,
): Promise<InventorySample> {
  const latenciesMs: number[] = [];
  let running = true;
  const asking = (async () => {
    while (running) {
      const startedAt = performance.now();
      await client.must({ method: "GET", path: `/-/vaults/${vaultName}` });
      latenciesMs.push(performance.now() - startedAt);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  })();
  const startedAt = performance.now();
  const jobId = await client.initiateJob(vaultName, { Type: "inventory-retrieval" });
  const job = await client.awaitJob(vaultName, jobId, 300_000);
  const seconds = (performance.now() - startedAt) / 1000;
  running = false;
  await asking;
  if (job.StatusCode !== "Succeeded") {
    throw new Error(`the inventory job ended ${job.StatusCode}: ${job.StatusMessage}`);
  }
  latenciesMs.sort((left, right) => left - right);
  return {
    seconds,
    outputBytes: Number((job as { InventorySizeInBytes?: number }).InventorySizeInBytes),
    describeMaxMs: latenciesMs.at(-1) ?? 0,
    describeP99Ms: latenciesMs[Math.floor(latenciesMs.length * 0.99)] ?? 0,
  };
}
