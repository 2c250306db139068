/** `moraine catalog unpack`: reads the indexes of packs whose files the journal does not know. */
import { randomBytes } from "node:crypto";
import { streamOutput } from "../../client/transfer/stream-output.ts";
import { formatInclusiveRange, rangeLength } from "../../domain/byte-range.ts";
import type { RetrievalTier } from "../../domain/retrieval-tier.ts";
import { type CatalogEntry, listKnownPacks } from "../catalog/catalog.ts";
import type { PackedRecord } from "../catalog/journal-record.ts";
import { openJournal, readCatalog } from "../catalog/open-journal.ts";
import { EXIT, worstStatus } from "../exit-codes.ts";
import { INDEX_RANGE_BYTES, PackFormatError, parsePackIndex } from "../pack/pack-format.ts";
import { isPackName } from "../pack/pack-name.ts";
import { describeVault, type FoundVault } from "../session/describe-vault.ts";
import type { Session } from "../session/session.ts";
import { VerbFailure } from "../session/verb-failure.ts";
import { formatCount } from "../units.ts";
import { awaitJob } from "./retrieval/await-job.ts";
import { isUsable, listJobs, preferredJob } from "./retrieval/jobs.ts";
import { startJob } from "./retrieval/start-job.ts";
import { createTransferContext } from "./retrieval/transfer-context.ts";

export interface UnpackOptions {
  readonly tier?: RetrievalTier;
  readonly wait: boolean;
}

/**
 * Asks for all ranges first, then reads them one by one. What was read is in the journal; a run that was
 * interrupted finds its jobs again. Resolves with the exit status.
 */
export async function unpackCatalog(
  session: Session,
  vaultName: string,
  options: UnpackOptions,
): Promise<number> {
  const { reporter, flags } = session;
  const vault = await describeVault(session, vaultName);
  const catalog = await readCatalog(session, vault);
  const known = listKnownPacks(catalog);
  const packs = [...catalog.entries.values()].filter(
    ({ archiveId, name }) => isPackName(name) && !known.has(archiveId),
  );
  if (flags.dryRun || packs.length === 0) {
    const text = `${formatCount(packs.length, "pack")} whose files the journal does not know`;
    reporter.data({ event: "unknown-packs", vault: vaultName, packs: packs.length }, text);
    return EXIT.ok;
  }
  const jobIds = await requestIndexes(session, { vaultName, packs }, options);
  const statuses: number[] = [];
  for (const pack of packs) {
    statuses.push(await readPack(session, { vault, pack, jobId: jobIds.get(pack) ?? "" }, options));
  }
  return worstStatus(statuses);
}

function indexRange({ sizeBytes }: CatalogEntry) {
  return { start: 0, endExclusive: Math.min(sizeBytes, INDEX_RANGE_BYTES) };
}

/** A job for each pack: one that is there, or a new one. */
async function requestIndexes(
  session: Session,
  { vaultName, packs }: { readonly vaultName: string; readonly packs: readonly CatalogEntry[] },
  options: UnpackOptions,
): Promise<ReadonlyMap<CatalogEntry, string>> {
  const jobs = await Array.fromAsync(listJobs(session, vaultName));
  const jobIds = new Map<CatalogEntry, string>();
  for (const pack of packs) {
    const { archiveId } = pack;
    const range = indexRange(pack);
    const usable = jobs
      .filter((job) => isUsable(job, { archiveId, range }))
      .reduce<(typeof jobs)[number] | undefined>(preferredJob, undefined);
    const parameters = {
      ...{ Type: "archive-retrieval", ArchiveId: archiveId },
      ...{ Tier: options.tier ?? session.settings.tier.value },
      RetrievalByteRange: formatInclusiveRange(range),
    };
    const marker = `moraine unpack ${randomBytes(8).toString("hex")}`;
    const started = usable?.jobId ?? (await startJob(session, { vaultName, parameters, marker }));
    jobIds.set(pack, started);
  }
  return jobIds;
}

async function readPack(
  session: Session,
  work: { readonly vault: FoundVault; readonly pack: CatalogEntry; readonly jobId: string },
  { wait }: UnpackOptions,
): Promise<number> {
  const { reporter, surroundings } = session;
  const { vault, pack, jobId } = work;
  const { vaultName } = vault;
  const { name, archiveId } = pack;
  const deadlineMs = wait ? undefined : surroundings.nowMs();
  const job = await awaitJob(session, { vaultName, jobId }, { deadlineMs });
  if (job.state === "InProgress") {
    const event = { event: "queued", name, archiveId, jobId };
    reporter.done(event, `queued    ${name}; run the same command again`);
    return EXIT.later;
  }
  try {
    if (job.state === "Failed") {
      throw new VerbFailure(EXIT.failed, `the retrieval failed: ${job.statusMessage ?? ""}`);
    }
    const count = await recordMembers(session, work, job.treeHash);
    const event = { event: "unpacked", name, archiveId, files: count };
    reporter.done(event, `unpacked  ${name}  ${formatCount(count, "file")}`);
    return EXIT.ok;
  } catch (error) {
    if (!(error instanceof PackFormatError || error instanceof VerbFailure)) {
      throw error;
    }
    const { message: reason } = error;
    const event = { event: "failed", name, archiveId, reason };
    reporter.failed(event, `failed    ${name}: ${reason}`);
    return EXIT.failed;
  }
}

const BATCH_RECORDS = 1000;

async function recordMembers(
  session: Session,
  work: { readonly vault: FoundVault; readonly pack: CatalogEntry; readonly jobId: string },
  treeHash: string | undefined,
): Promise<number> {
  const { call, accountId } = session;
  const { vault, pack, jobId } = work;
  const { vaultName } = vault;
  const sizeBytes = rangeLength(indexRange(pack));
  const request = {
    source: { call, accountId, vaultName, jobId, sizeBytes },
    archiveId: pack.archiveId,
    treeHash,
  };
  const bytes = await Array.fromAsync(streamOutput(request, createTransferContext(session)));
  const members = parsePackIndex(Buffer.concat(bytes));
  const records = members.map(
    ({ sha256, ...member }): PackedRecord => ({
      ...{ op: "PACKED", atMs: pack.createdAtMs, packId: pack.archiveId },
      ...{ ...member, treeHash: sha256, memberCount: members.length },
    }),
  );
  const journal = await openJournal(session, vault);
  try {
    for (let start = 0; start < records.length; start += BATCH_RECORDS) {
      await journal.append(...records.slice(start, start + BATCH_RECORDS));
    }
  } finally {
    await journal.close();
  }
  return members.length;
}
