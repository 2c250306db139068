/** An operator's action: how much the service keeps and how it does, from counters. */
import type { JobStatus } from "../../domain/job.ts";
import type { Vault } from "../../domain/vault.ts";
import type { ScrubReport } from "../../engine/scrub/scrub-watch.ts";
import type { BlobStore } from "../../ports/blob-store.ts";
import type { Clock } from "../../ports/clock.ts";
import type { MetadataStore } from "../../ports/metadata-store.ts";
import { formatIsoMilliseconds } from "../../std/iso-time.ts";
import {
  type OpenMirror,
  renderMirror,
  renderScrub,
  type ShownMirror,
  type ShownScrub,
} from "./render-scrub.ts";

/** What one account has in one region. */
export interface OwnerStats {
  readonly AccountId: string;
  readonly Region: string;
  readonly Vaults: number;
  readonly Archives: number;
  /** Plain sum of the archives' sizes. */
  readonly Bytes: bigint;
  readonly UploadsInProgress: number;
  readonly Jobs: { readonly [status in JobStatus]: number };
}

export interface ServiceStats {
  readonly Version: string;
  readonly Boot: number;
  readonly StartedAt: string;
  readonly UptimeSeconds: number;
  readonly Inventory: "live" | "periodic";
  /** By account and region; the members are there also in `Total`, without the names. */
  readonly Owners: readonly OwnerStats[];
  readonly Total: Omit<OwnerStats, "AccountId" | "Region">;
  /** The job in progress that is due first; null when there is none. */
  readonly OldestUnfinishedJob: {
    readonly JobId: string;
    readonly VaultName: string | null;
    readonly CreationDate: string;
    readonly DueDate: string;
  } | null;
  readonly Blobs: {
    /** Bytes that archives and parts of uploads in progress have in the blob store. */
    readonly Bytes: bigint;
    /** Deleted manifests whose blobs are still to be removed; counted up to `GARBAGE_COUNT_MAX`. */
    readonly GarbageManifests: number;
    /** Null where the storage knows no bound. */
    readonly FreeBytes: number | null;
    readonly TotalBytes: number | null;
  };
  /** What the last sweep found; null before the first has ended. */
  readonly Leftovers: {
    readonly SweptAt: string;
    readonly Removed: number;
    /** Of the running boot and named by nothing yet. */
    readonly Suspected: number;
    /** Kept because the metadata do not know their boot. */
    readonly UnknownBoot: number;
  } | null;
  readonly Scrub: ShownScrub;
  /** Null without a mirror. */
  readonly Mirror: ShownMirror | null;
}

/** What only the process knows. */
export interface ProcessFacts {
  readonly version: string;
  readonly boot: number;
  readonly startedAtMs: number;
  readonly inventory: ServiceStats["Inventory"];
  readonly lastSweep:
    | {
        readonly sweptAtMs: number;
        readonly removed: number;
        readonly suspected: number;
        readonly unknownBoot: number;
      }
    | undefined;
  readonly scrub: ScrubReport;
  readonly mirror: OpenMirror | undefined;
}

/** Counting stops there: a vault of millions may just have been removed. */
export const GARBAGE_COUNT_MAX = 100_000;
const VAULTS_PAGE = 1_000;
const UPLOADS_PAGE = 1_000;

export interface StatsServices {
  readonly metadata: MetadataStore;
  readonly blobs: Pick<BlobStore, "describeSpace">;
  readonly clock: Clock;
}

/**
 * Costs a page per thousand vaults, a lookup per upload in progress, and a walk through an index of jobs; archives
 * are counted already.
 */
export async function describeService(
  services: StatsServices,
  facts: ProcessFacts,
  signal: AbortSignal,
): Promise<ServiceStats> {
  const { owners, vaultsWithUploads } = await gatherOwners(services, signal);
  const total = sumOwners(owners);
  const uploadBytes = await sumUploads(services, vaultsWithUploads, signal);
  const space = await services.blobs.describeSpace();
  return {
    Version: facts.version,
    Boot: facts.boot,
    StartedAt: formatIsoMilliseconds(facts.startedAtMs),
    UptimeSeconds: Math.max(0, Math.floor((services.clock.nowMs() - facts.startedAtMs) / 1000)),
    Inventory: facts.inventory,
    Owners: owners,
    Total: total,
    OldestUnfinishedJob: await findOldestJob(services),
    Blobs: {
      Bytes: total.Bytes + uploadBytes,
      GarbageManifests: await services.metadata.scans.countGarbage(GARBAGE_COUNT_MAX),
      FreeBytes: space?.freeBytes ?? null,
      TotalBytes: space?.totalBytes ?? null,
    },
    Leftovers: renderSweep(facts.lastSweep),
    Scrub: renderScrub(facts.scrub),
    Mirror: facts.mirror === undefined ? null : await renderMirror(facts.mirror, facts.scrub),
  };
}

interface VaultCounts {
  readonly uploads: ReadonlyMap<number, number>;
  readonly jobs: ReadonlyMap<number, OwnerStats["Jobs"]>;
}

const NO_JOBS: OwnerStats["Jobs"] = { InProgress: 0, Succeeded: 0, Failed: 0 };

async function gatherOwners({ metadata, clock }: StatsServices, signal: AbortSignal) {
  const counts = await countByVault(metadata);
  const owners = new Map<string, OwnerStats>();
  const vaultsWithUploads: number[] = [];
  let fromVaultId: number | undefined = 0;
  while (fromVaultId !== undefined) {
    const vaults: readonly Vault[] = await metadata.scans.listVaults({
      fromVaultId,
      limit: VAULTS_PAGE,
    });
    for (const vault of vaults) {
      const key = `${vault.accountId}/${vault.region}`;
      owners.set(key, addVault(owners.get(key), vault, counts));
      if (counts.uploads.has(vault.vaultId)) {
        vaultsWithUploads.push(vault.vaultId);
      }
    }
    await clock.sleep(0, signal);
    const last = vaults[VAULTS_PAGE - 1];
    fromVaultId = last && last.vaultId + 1;
  }
  const sorted = [...owners].sort(([left], [right]) => (left < right ? -1 : 1));
  return { owners: sorted.map(([, owner]) => owner), vaultsWithUploads };
}

async function countByVault(metadata: MetadataStore): Promise<VaultCounts> {
  const uploads = await metadata.scans.countUploads();
  const jobs = new Map<number, OwnerStats["Jobs"]>();
  for (const { vaultId, status, count } of await metadata.scans.countJobs()) {
    jobs.set(vaultId, { ...(jobs.get(vaultId) ?? NO_JOBS), [status]: count });
  }
  return { uploads: new Map(uploads.map(({ vaultId, count }) => [vaultId, count])), jobs };
}

function addVault(owner: OwnerStats | undefined, vault: Vault, counts: VaultCounts): OwnerStats {
  return {
    AccountId: vault.accountId,
    Region: vault.region,
    Vaults: (owner?.Vaults ?? 0) + 1,
    Archives: (owner?.Archives ?? 0) + vault.archiveCount,
    Bytes: (owner?.Bytes ?? 0n) + vault.archiveBytes,
    UploadsInProgress: (owner?.UploadsInProgress ?? 0) + (counts.uploads.get(vault.vaultId) ?? 0),
    Jobs: addJobs(owner?.Jobs ?? NO_JOBS, counts.jobs.get(vault.vaultId) ?? NO_JOBS),
  };
}

function addJobs(left: OwnerStats["Jobs"], right: OwnerStats["Jobs"]): OwnerStats["Jobs"] {
  return {
    InProgress: left.InProgress + right.InProgress,
    Succeeded: left.Succeeded + right.Succeeded,
    Failed: left.Failed + right.Failed,
  };
}

function sumOwners(owners: readonly OwnerStats[]): ServiceStats["Total"] {
  const none = { Vaults: 0, Archives: 0, Bytes: 0n, UploadsInProgress: 0, Jobs: NO_JOBS };
  return owners.reduce(
    (sum, owner) => ({
      Vaults: sum.Vaults + owner.Vaults,
      Archives: sum.Archives + owner.Archives,
      Bytes: sum.Bytes + owner.Bytes,
      UploadsInProgress: sum.UploadsInProgress + owner.UploadsInProgress,
      Jobs: addJobs(sum.Jobs, owner.Jobs),
    }),
    none,
  );
}

/** The bytes of all parts of uploads in progress, one upload after another. */
async function sumUploads(
  { metadata, clock }: StatsServices,
  vaultIds: readonly number[],
  signal: AbortSignal,
): Promise<bigint> {
  let sum = 0n;
  for (const vaultId of vaultIds) {
    let from: Parameters<MetadataStore["uploads"]["listPage"]>[0]["from"];
    do {
      const page = { vaultId, from, limit: UPLOADS_PAGE + 1 };
      const uploads = await metadata.uploads.listPage(page);
      for (const { manifestId } of uploads.slice(0, UPLOADS_PAGE)) {
        sum += BigInt((await metadata.manifests.summarize(manifestId)).totalBytes);
        await clock.sleep(0, signal);
      }
      from = uploads[UPLOADS_PAGE]?.uploadId;
    } while (from !== undefined);
  }
  return sum;
}

async function findOldestJob({
  metadata,
}: StatsServices): Promise<ServiceStats["OldestUnfinishedJob"]> {
  const job = await metadata.scans.findFirstDueJob();
  if (job === undefined) {
    return null;
  }
  const vault = await metadata.vaults.get(job.vaultId);
  return {
    JobId: job.jobId,
    VaultName: vault?.vaultName ?? null,
    CreationDate: formatIsoMilliseconds(job.createdAtMs),
    DueDate: formatIsoMilliseconds(job.dueAtMs),
  };
}

function renderSweep(sweep: ProcessFacts["lastSweep"]): ServiceStats["Leftovers"] {
  return sweep === undefined
    ? null
    : {
        SweptAt: formatIsoMilliseconds(sweep.sweptAtMs),
        Removed: sweep.removed,
        Suspected: sweep.suspected,
        UnknownBoot: sweep.unknownBoot,
      };
}
