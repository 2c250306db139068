/**
 * Checks metadata and blobs against each other, in both directions: every archive, upload and output has its
 * bytes, and every blob has somebody who names it or a reason not to. Works on a service in use as on a folder
 * at rest, in constant memory, and changes nothing.
 */
import type { BlobStore } from "../../ports/blob-store.ts";
import type { Clock } from "../../ports/clock.ts";
import type { MetadataStore } from "../../ports/metadata-store.ts";
import type { Sha256 } from "../../std/hasher.ts";
import { checkBlobs } from "./check-blobs.ts";
import { checkVault, type VaultCheckServices } from "./check-vault.ts";
import type { Finding, IntegrityProgress, IntegrityReport } from "./finding.ts";
import { createPace, type PaceSettings } from "./pace.ts";

const VAULTS_PAGE = 100;

export interface IntegrityServices {
  readonly metadata: MetadataStore;
  readonly blobs: BlobStore;
  readonly clock: Clock;
  readonly sha256: Sha256;
}

export interface IntegrityOptions {
  /** Whether every byte is read and hashed again. */
  readonly rehash: boolean;
  readonly pace: PaceSettings;
  /** The boot that writes now; `undefined` for a storage that nobody uses. */
  readonly currentBoot: number | undefined;
}

/**
 * Resolves with what was done; sound data have no findings. Vaults and archives made after the check came by
 * are not looked at. Throws the reason of `signal` once it is aborted, and errors that say nothing about the
 * data.
 */
export async function checkIntegrity(
  services: IntegrityServices,
  options: IntegrityOptions,
  report: IntegrityReport,
  signal: AbortSignal,
): Promise<IntegrityProgress> {
  const tally = createTally(report);
  const pace = createPace(services.clock, options.pace, signal);
  const { rehash, currentBoot } = options;
  const shared = { ...services, pace, count: tally.count };
  const vaultServices = { ...shared, rehash, countArchive: tally.archive, tell: tally.tell };
  await checkVaults(vaultServices, tally.vault);
  await checkBlobs({ ...shared, currentBoot, tell: tally.tell });
  return tally.read();
}

async function checkVaults(services: VaultCheckServices, countVault: () => void): Promise<void> {
  let fromVaultId: number | undefined = 0;
  while (fromVaultId !== undefined) {
    const vaults = await services.metadata.scans.listVaults({ fromVaultId, limit: VAULTS_PAGE });
    for (const { vaultId } of vaults) {
      // Read again, so that its counters are those of now and not of the page.
      const vault = await services.metadata.vaults.get(vaultId);
      if (vault !== undefined) {
        await checkVault(services, vault);
        countVault();
      }
    }
    const last = vaults[VAULTS_PAGE - 1];
    fromVaultId = last && last.vaultId + 1;
  }
}

type Counts = Partial<IntegrityProgress>;

function createTally(report: IntegrityReport) {
  let total: IntegrityProgress = {
    vaults: 0,
    archives: 0,
    parts: 0,
    bytesHashed: 0,
    blobs: 0,
    leftovers: 0,
    blobsUnderWay: 0,
    findings: 0,
  };
  const count = (done: Counts): void => {
    total = {
      vaults: total.vaults + (done.vaults ?? 0),
      archives: total.archives + (done.archives ?? 0),
      parts: total.parts + (done.parts ?? 0),
      bytesHashed: total.bytesHashed + (done.bytesHashed ?? 0),
      blobs: total.blobs + (done.blobs ?? 0),
      leftovers: total.leftovers + (done.leftovers ?? 0),
      blobsUnderWay: total.blobsUnderWay + (done.blobsUnderWay ?? 0),
      findings: total.findings + (done.findings ?? 0),
    };
    report.progress(total);
  };
  return {
    count,
    vault: () => count({ vaults: 1 }),
    archive: () => count({ archives: 1 }),
    tell: async (finding: Finding, isTold = true): Promise<void> => {
      count({ findings: 1 });
      if (isTold) {
        await report.finding(finding);
      }
    },
    read: () => total,
  };
}
