/** What a check of the stored data tells, as the operations API and the command line show it. */
import { LEAF_BYTES } from "../../domain/limits.ts";
import type { VaultKey } from "../../domain/vault.ts";
import type {
  ArchiveSum,
  Finding,
  IntegrityProgress,
  Problem,
  ProblemKind,
  ProblemList,
} from "../../engine/integrity/finding.ts";
import { assertNever } from "../../std/assert.ts";

/** A piece of an archive, an upload or an output that is not as it should be. */
export interface ShownProblem {
  readonly Kind: ProblemKind;
  /** In words. */
  readonly Text: string;
  readonly FirstByte: number;
  readonly LastByte: number;
  /** Whole MiB, counted from 0: the leaves of the tree hash. */
  readonly FirstMiB: number;
  readonly LastMiB: number;
  readonly BlobId: string | null;
}

export interface IntegrityFinding {
  readonly Event: "Finding";
  readonly Kind: Finding["kind"];
  readonly [member: string]: unknown;
}

export interface IntegritySummary {
  readonly Vaults: number;
  readonly Archives: number;
  readonly Parts: number;
  readonly BytesHashed: number;
  readonly Blobs: number;
  readonly Leftovers: number;
  readonly BlobsUnderWay: number;
  readonly Findings: number;
}

const problemTexts = {
  missing: "the blob is missing",
  truncated: "the blob ends too early",
  rotten: "the bytes differ from what was uploaded",
  unreadable: "the blob can't be read",
  oversized: "the blob is longer than what was uploaded",
  record: "the metadata contradict themselves",
} as const satisfies Record<ProblemKind, string>;

/** The event that tells of `finding`. */
export function renderFinding(finding: Finding): IntegrityFinding {
  switch (finding.kind) {
    case "ArchiveDamaged":
      return {
        ...renderHead(finding),
        ArchiveId: finding.archiveId,
        ...renderProblems(finding),
      };
    case "UploadDamaged":
      return {
        ...renderHead(finding),
        UploadId: finding.uploadId,
        ...renderProblems(finding),
      };
    case "OutputDamaged":
      return {
        ...renderHead(finding),
        JobId: finding.jobId,
        ArchiveId: finding.archiveId ?? null,
        ...renderProblems(finding),
      };
    case "CountersWrong":
      return {
        ...renderHead(finding),
        Counters: finding.counters,
        Recorded: renderSum(finding.recorded),
        Counted: renderSum(finding.counted),
      };
    case "BlobUnexplained":
      return {
        Event: "Finding",
        Kind: finding.kind,
        BlobId: finding.blobId,
        Boot: finding.boot,
      };
    default:
      return assertNever(finding);
  }
}

/** How far a check is, or what it did. */
export function renderProgress(progress: IntegrityProgress): IntegritySummary {
  return {
    Vaults: progress.vaults,
    Archives: progress.archives,
    Parts: progress.parts,
    BytesHashed: progress.bytesHashed,
    Blobs: progress.blobs,
    Leftovers: progress.leftovers,
    BlobsUnderWay: progress.blobsUnderWay,
    Findings: progress.findings,
  };
}

function renderHead({ kind, vault }: { readonly kind: Finding["kind"]; readonly vault: VaultKey }) {
  return {
    Event: "Finding",
    Kind: kind,
    AccountId: vault.accountId,
    Region: vault.region,
    VaultName: vault.vaultName,
  } as const;
}

function renderProblems({ problems, omitted }: ProblemList) {
  return { Problems: problems.map(renderProblem), OmittedProblems: omitted };
}

/** A piece of something, and what is wrong with it. */
export function renderProblem({ kind, range, blobId }: Problem): ShownProblem {
  const lastByte = range.endExclusive - 1;
  return {
    Kind: kind,
    Text: problemTexts[kind],
    FirstByte: range.start,
    LastByte: lastByte,
    FirstMiB: Math.floor(range.start / LEAF_BYTES),
    LastMiB: Math.floor(lastByte / LEAF_BYTES),
    BlobId: blobId ?? null,
  };
}

function renderSum({ archiveCount, archiveBytes }: ArchiveSum) {
  return { Archives: archiveCount, Bytes: archiveBytes };
}
