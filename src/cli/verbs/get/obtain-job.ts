/** The job that brings an archive, or a range of it, for `get`. */
import { randomBytes } from "node:crypto";
import { type ByteRange, formatInclusiveRange, rangeLength } from "../../../domain/byte-range.ts";
import type { RetrievalTier } from "../../../domain/retrieval-tier.ts";
import { EXIT } from "../../exit-codes.ts";
import type { GlobalFlags } from "../../session/global-flags.ts";
import type { Session } from "../../session/session.ts";
import { VerbFailure } from "../../session/verb-failure.ts";
import { formatSize } from "../../units.ts";
import { journalRecords } from "../restore/journal-restore.ts";
import { awaitJob } from "../retrieval/await-job.ts";
import type { Decryption, DecryptOptions } from "../retrieval/decrypt.ts";
import type { FoundArchive } from "../retrieval/find-archive.ts";
import { formatJobWait } from "../retrieval/job-text.ts";
import { isUsable, type Job, listJobs, preferredJob } from "../retrieval/jobs.ts";
import { startJob } from "../retrieval/start-job.ts";
import { AWS_HOURS } from "../retrieval/tier-times.ts";

/** The flags of `get`, as commander gives them. */
export interface GetOptions extends GlobalFlags, DecryptOptions {
  readonly output?: string;
  readonly tier?: RetrievalTier;
  readonly range?: ByteRange;
  readonly overwrite?: true;
  /** `false` with `--no-wait`. */
  readonly wait: boolean;
}

/** What `get` is to bring. */
export interface Wanted {
  readonly vaultName: string;
  readonly archive: FoundArchive;
  readonly decryption: Decryption | undefined;
}

/** The id of the job to wait for; `undefined` with `--dry-run`. */
export async function findOrStartJob(
  session: Session,
  { vaultName, archive }: Wanted,
  options: GetOptions,
): Promise<string | undefined> {
  const { reporter, settings } = session;
  const { archiveId, entry } = archive;
  const { range } = options;
  let usable: Job | undefined;
  for await (const job of listJobs(session, vaultName)) {
    if (isUsable(job, { archiveId, range })) {
      usable = preferredJob(usable, job);
    }
  }
  if (usable !== undefined) {
    const { jobId, state } = usable;
    const event = { event: "job-found", jobId, archiveId, state };
    reporter.done(event, `found     job ${jobId}, ${state}`);
    return options.dryRun ? undefined : jobId;
  }
  const tier = options.tier ?? settings.tier.value;
  const bytes = range === undefined ? entry?.sizeBytes : rangeLength(range);
  const size = bytes === undefined ? "size unknown" : formatSize(bytes);
  if (options.dryRun) {
    const event = { event: "would-request", archiveId, bytes, tier };
    reporter.data(event, `would request ${entry?.name ?? archiveId} · ${size} · ${tier}`);
    return undefined;
  }
  const asked = range === undefined ? {} : { RetrievalByteRange: formatInclusiveRange(range) };
  const parameters = { Type: "archive-retrieval", ArchiveId: archiveId, Tier: tier, ...asked };
  const marker = `moraine get ${randomBytes(8).toString("hex")}`;
  const jobId = await startJob(session, { vaultName, parameters, marker });
  reporter.done(
    { event: "job-started", jobId, archiveId, tier, bytes },
    `requested ${entry?.name ?? archiveId} · ${size} · ${tier}, ready in ${AWS_HOURS[tier]} at AWS · job ${jobId}`,
  );
  await journalRecords(session, vaultName, [
    { op: "RETRIEVED", atMs: session.surroundings.nowMs(), archiveId, jobId },
  ]);
  return jobId;
}

/** The job once it has succeeded; `undefined` when it is not waited for. */
export async function waitForJob(
  session: Session,
  asked: { readonly vaultName: string; readonly jobId: string; readonly wait: boolean },
): Promise<Job | undefined> {
  const { reporter, surroundings } = session;
  const { vaultName, jobId, wait } = asked;
  let isFirst = true;
  const job = await awaitJob(session, asked, {
    deadlineMs: wait ? undefined : surroundings.nowMs(),
    onWait: (waiting) => {
      if (isFirst) {
        reporter.note(formatJobWait(waiting));
      }
      isFirst = false;
    },
  });
  switch (job.state) {
    case "Succeeded":
      return job;
    case "InProgress":
      reporter.done(
        { event: "queued", jobId, vault: vaultName },
        `queued    job ${jobId}; run the same command again to download, or \`moraine wait\` for it`,
      );
      return undefined;
    case "Failed":
      throw new VerbFailure(
        EXIT.failed,
        `the retrieval failed: ${job.statusMessage ?? "no reason is given"}; run the command again to try anew`,
      );
  }
}
