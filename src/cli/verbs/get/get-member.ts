/** `moraine get` of a file that lies in a pack: only the bytes around it are retrieved. */
import { DamagedOutputError } from "../../../client/transfer/download-errors.ts";
import { streamOutput } from "../../../client/transfer/stream-output.ts";
import { rangeLength } from "../../../domain/byte-range.ts";
import type { CatalogEntry, PackPlace } from "../../catalog/catalog.ts";
import { EXIT } from "../../exit-codes.ts";
import type { Session } from "../../session/session.ts";
import { usageFailure, VerbFailure } from "../../session/verb-failure.ts";
import { writeOutput } from "../../terminal.ts";
import { formatSize } from "../../units.ts";
import { journalRecords } from "../restore/journal-restore.ts";
import { cleanName } from "../restore/map-paths.ts";
import { checkDestination, findDestination } from "../retrieval/deliver-output.ts";
import { decidePackRange, takeMembers } from "../retrieval/pack-members.ts";
import { createTransferContext } from "../retrieval/transfer-context.ts";
import { writeMember } from "../retrieval/write-member.ts";
import { findOrStartJob, type GetOptions, waitForJob } from "./obtain-job.ts";

export interface WantedMember {
  readonly vaultName: string;
  readonly entry: CatalogEntry;
  readonly place: PackPlace;
  readonly pack: CatalogEntry;
}

/** Retrieves the file, verifies it by its SHA-256 and writes it; resolves with the exit status. */
export async function getMember(
  session: Session,
  wanted: WantedMember,
  options: GetOptions,
): Promise<number> {
  if (options.range !== undefined) {
    throw usageFailure("--range is of archives: this file lies in a pack, and comes whole");
  }
  const { vaultName, entry, pack } = wanted;
  const { archiveId, name, sizeBytes } = entry;
  const fileName = cleanName({ archiveId, name }).components.at(-1) ?? "archive";
  const destination = await findDestination(
    options.output === "-" ? undefined : options.output,
    fileName,
  );
  const overwrite = options.overwrite === true;
  if (options.output !== "-" && (await checkDestination(destination, entry, { overwrite }))) {
    const event = { event: "present", name, archiveId, path: destination.name };
    session.reporter.data(event, `${destination.name} is there already, identical`);
    return EXIT.ok;
  }
  const range = decidePackRange([{ offset: wanted.place.offset, sizeBytes }], pack.sizeBytes);
  const isWhole = rangeLength(range) === pack.sizeBytes;
  const archive = { archiveId: pack.archiveId, entry: pack };
  const { range: _, ...others } = options;
  const jobId = await findOrStartJob(
    session,
    { vaultName, archive, decryption: undefined },
    isWhole ? others : { ...others, range },
  );
  if (jobId === undefined) {
    return EXIT.ok;
  }
  const job = await waitForJob(session, { vaultName, jobId, wait: options.wait });
  if (job === undefined) {
    return EXIT.later;
  }
  const bytes = await fetchMember(session, wanted, { jobId, range });
  if (options.output === "-") {
    await writeOutput(session.terminal, bytes);
  } else {
    const { modifiedAtMs } = entry;
    await writeMember(destination, { bytes, modifiedAtMs, mode: wanted.place.mode });
    const path = `${destination.folder}/${destination.name}`;
    const ids = { archiveId, pack: pack.archiveId };
    session.reporter.data(
      { event: "downloaded", name, ...ids, path, sizeBytes, treeHash: entry.treeHash },
      `${path}  ${formatSize(sizeBytes)} · from a pack · sha256 ok`,
    );
  }
  await journalRecords(session, vaultName, [
    { op: "DOWNLOADED", atMs: session.surroundings.nowMs(), archiveId: pack.archiveId },
  ]);
  return EXIT.ok;
}

async function fetchMember(
  session: Session,
  { vaultName, entry, place, pack }: WantedMember,
  { jobId, range }: { readonly jobId: string; readonly range: ReturnType<typeof decidePackRange> },
): Promise<Uint8Array> {
  const { call, accountId } = session;
  const source = { call, accountId, vaultName, jobId, sizeBytes: rangeLength(range) };
  const request = { source, archiveId: pack.archiveId, treeHash: undefined };
  const { name, sizeBytes, treeHash = "" } = entry;
  const members = [{ name, sizeBytes, treeHash, offset: place.offset }];
  try {
    const bytes = streamOutput(request, createTransferContext(session));
    for await (const taken of takeMembers(bytes, { members, firstByte: range.start })) {
      return taken.bytes;
    }
  } catch (error) {
    if (error instanceof DamagedOutputError) {
      throw new VerbFailure(EXIT.damaged, error.message, { cause: error });
    }
    throw error;
  }
  throw new VerbFailure(EXIT.damaged, `the pack ends before ${name} does`);
}
