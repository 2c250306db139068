/** `moraine get`: retrieves one archive and downloads it, verified. */
import { InvalidArgumentError, Option } from "commander";
import { OutputExpiredError } from "../../client/transfer/download-errors.ts";
import { type ByteRange, findInclusiveRange, rangeLength } from "../../domain/byte-range.ts";
import { decodeDescription } from "../../domain/descriptions/decode-description.ts";
import { RETRIEVAL_TIERS } from "../../domain/retrieval-tier.ts";
import { isMegabyteAligned } from "../../domain/tree-hash.ts";
import { EXIT } from "../exit-codes.ts";
import { describeVault } from "../session/describe-vault.ts";
import type { Session } from "../session/session.ts";
import { parseVaultPath } from "../session/vault-path.ts";
import { createVerb } from "../session/verb.ts";
import { usageFailure, VerbFailure } from "../session/verb-failure.ts";
import { getMember } from "./get/get-member.ts";
import { findOrStartJob, type GetOptions, type Wanted, waitForJob } from "./get/obtain-job.ts";
import { getPack } from "./restore/group-packs.ts";
import { journalRecords } from "./restore/journal-restore.ts";
import { cleanName } from "./restore/map-paths.ts";
import { type Cipher, findCipher, nameEncrypted } from "./retrieval/ciphers.ts";
import {
  addDecryptFlags,
  checkIdentity,
  isToBeDecrypted,
  parseDecryption,
} from "./retrieval/decrypt.ts";
import {
  checkDestination,
  type Destination,
  deliverToFile,
  deliverToStdout,
  findDestination,
  type OutputToDeliver,
} from "./retrieval/deliver-output.ts";
import { type FoundArchive, findArchive } from "./retrieval/find-archive.ts";
import type { Job } from "./retrieval/jobs.ts";
import { askForDescription } from "./retrieval/place-download.ts";

const EXAMPLES = `
A job that retrieves the same archive, finished or in progress, is used again. An interrupted download
goes on with the ranges that are there. "-o -" writes to standard output, each range after it is verified.
An encrypted archive is written as NAME.gpg or NAME.age unless --decrypt is given.

Examples:
  moraine get family/photos/2025/IMG_2291.MOV
  moraine get family/backup.tar -o - | tar -x
  moraine get family/backup.tar --tier Bulk --no-wait
  moraine get family/backup.tar --range 0-1048575 -o head.bin
  moraine get family/diary.txt --decrypt --identity ~/.age/key.txt
`;

export const get = createVerb("get", (command, { withSession }) => {
  command
    .description("Retrieve one archive and download it, verified by tree hash.")
    .argument("<VAULT/NAME>", "The archive, by the name of its file or by its id.")
    .option("-o, --output <path>", "File or folder to write to; - is standard output.")
    .addOption(new Option("--tier <tier>", "Retrieval tier.").choices(RETRIEVAL_TIERS))
    .option("--range <first-last>", "Only these bytes, from one MiB to another.", parseRange)
    .option("--overwrite", "Replace a file that differs.")
    .option("--no-wait", "Start the job and end with status 75; run again to download.");
  addDecryptFlags(command).addHelpText("after", EXAMPLES);
  withSession<[string], GetOptions>(command, async (session, { words: [word], options }) => {
    const { vaultName, path } = parseVaultPath(word, session.settings);
    if (path === "") {
      throw usageFailure(`"${word}" names no archive: write VAULT/NAME, or VAULT/ID`);
    }
    if (options.output === "-" && options.json) {
      throw usageFailure("-o - and --json would both write to standard output: take one of them");
    }
    if (options.decrypt && options.range !== undefined) {
      throw usageFailure("--decrypt needs all of the archive: leave out --range");
    }
    const decryption = parseDecryption(options);
    const vault = await describeVault(session, vaultName);
    const archive = await findArchive(session, vault, path);
    const { entry, catalog } = archive;
    if (entry?.packed !== undefined && catalog !== undefined) {
      const pack = getPack(catalog, entry.packed.packId);
      return await getMember(session, { vaultName, entry, place: entry.packed, pack }, options);
    }
    checkIdentity(decryption, findCipher(entry?.description));
    return await getArchive(session, { vaultName, archive, decryption }, options);
  });
});

function parseRange(text: string): ByteRange {
  const [, first, last] = /^(\d+)-(\d+)$/.exec(text) ?? [];
  const range = findInclusiveRange(first, last);
  if (range === undefined) {
    throw new InvalidArgumentError(
      `It must be two numbers of bytes, both inclusive, such as 0-1048575; got "${text}".`,
    );
  }
  return range;
}

/** Outputs last a day: a download that outlives some is too slow for the service. */
const EXPIRATIONS_MAX = 3;

async function getArchive(session: Session, wanted: Wanted, options: GetOptions): Promise<number> {
  const { archive, vaultName } = wanted;
  const { entry } = archive;
  checkRange(options.range, entry?.sizeBytes);
  const isWhole = options.range === undefined;
  // Before anything is asked for: a retrieval for nothing costs time and budget.
  if (entry !== undefined && options.output !== "-") {
    const { name, sizeBytes, description, modifiedAtMs } = entry;
    const treeHash = isWhole ? entry.treeHash : undefined;
    const place = { name, cipher: findCipher(description), modifiedAtMs, sizeBytes, treeHash };
    const { destination, isPresent } = await findPlace(wanted, place, options);
    if (isPresent) {
      reportPresent(session, archive, destination.name);
      return EXIT.ok;
    }
  }
  for (let expirations = 0; ; expirations += 1) {
    const started = await findOrStartJob(session, wanted, options);
    if (started === undefined) {
      return EXIT.ok;
    }
    const job = await waitForJob(session, { vaultName, jobId: started, wait: options.wait });
    if (job === undefined) {
      return EXIT.later;
    }
    try {
      await deliver(session, wanted, { job, options });
      break;
    } catch (error) {
      // A stream can't begin again; a file goes on with the ranges that it has.
      if (!isExpiry(error) || options.output === "-" || expirations === EXPIRATIONS_MAX) {
        throw error;
      }
      session.reporter.note(`expired   job ${job.jobId} while its output was downloaded`);
    }
  }
  await journalRecords(session, vaultName, [
    { op: "DOWNLOADED", atMs: session.surroundings.nowMs(), archiveId: archive.archiveId },
  ]);
  return EXIT.ok;
}

/** Where the file goes, under which name, and whether it is there. */
async function findPlace(
  { archive, decryption }: Wanted,
  file: {
    readonly name: string;
    readonly cipher: Cipher | undefined;
    readonly sizeBytes: number;
    readonly treeHash: string | undefined;
    readonly modifiedAtMs: number | undefined;
  },
  options: GetOptions,
): Promise<{ readonly destination: Destination; readonly isPresent: boolean }> {
  const { name, cipher, sizeBytes, treeHash, modifiedAtMs } = file;
  const found = await findDestination(options.output, fileNameOf(archive, name));
  const isPlain = cipher === undefined || isToBeDecrypted(cipher, decryption);
  const destination = isPlain ? found : { ...found, name: nameEncrypted(found.name, cipher) };
  const expected =
    isPlain && cipher !== undefined ? { cipher, modifiedAtMs } : { sizeBytes, treeHash };
  const overwrite = options.overwrite === true;
  return { destination, isPresent: await checkDestination(destination, expected, { overwrite }) };
}

function isExpiry(error: unknown): boolean {
  return error instanceof VerbFailure && error.cause instanceof OutputExpiredError;
}

function checkRange(range: ByteRange | undefined, sizeBytes: number | undefined): void {
  if (range === undefined || sizeBytes === undefined) {
    return;
  }
  if (range.endExclusive > sizeBytes || !isMegabyteAligned(range, sizeBytes)) {
    throw usageFailure(
      `--range must begin at a multiple of 1048576 and end one byte before another, or at the last byte, ` +
        `${sizeBytes - 1}`,
    );
  }
}

function reportPresent({ reporter }: Session, { archiveId }: FoundArchive, path: string): void {
  reporter.data({ event: "present", archiveId, path }, `${path} is there already, identical`);
}

async function deliver(
  session: Session,
  wanted: Wanted,
  how: { readonly job: Job; readonly options: GetOptions },
): Promise<void> {
  const { call, accountId } = session;
  const { vaultName, archive, decryption } = wanted;
  const { job, options } = how;
  const { entry, archiveId } = archive;
  const { range } = options;
  checkCatalog(job, entry);
  const archiveBytes = job.archiveSizeBytes ?? entry?.sizeBytes ?? 0;
  const sizeBytes = range === undefined ? archiveBytes : rangeLength(range);
  const source = { call, accountId, vaultName, jobId: job.jobId, sizeBytes };
  const description = entry?.description ?? (await askForDescription(source));
  const cipher = findCipher(description);
  checkIdentity(decryption, cipher);
  const name = entry?.name ?? decodeDescription(description, archiveId).name;
  const modifiedAtMs = entry?.modifiedAtMs ?? decodeDescription(description).modifiedAtMs;
  const output: OutputToDeliver = {
    source,
    contentId: archiveId,
    firstByte: range?.start ?? 0,
    treeHash: job.treeHash ?? (range === undefined ? entry?.treeHash : undefined),
    modifiedAtMs,
    name,
    archive: { cipher, decryption },
  };
  if (options.output === "-") {
    await deliverToStdout(session, output);
    return;
  }
  const file = { name, cipher, modifiedAtMs, sizeBytes, treeHash: output.treeHash };
  const { destination, isPresent } = await findPlace(wanted, file, options);
  if (isPresent) {
    reportPresent(session, archive, destination.name);
    return;
  }
  await deliverToFile(session, output, destination);
}

/** The catalogue and the service have to agree on what the archive is. */
function checkCatalog(job: Job, entry: FoundArchive["entry"]): void {
  const { archiveSizeBytes, archiveTreeHash } = job;
  const isOther =
    entry !== undefined &&
    ((archiveSizeBytes !== undefined && archiveSizeBytes !== entry.sizeBytes) ||
      (archiveTreeHash !== undefined &&
        entry.treeHash !== undefined &&
        archiveTreeHash !== entry.treeHash));
  if (isOther) {
    throw new VerbFailure(
      EXIT.damaged,
      `the catalogue has ${entry.sizeBytes} bytes with tree hash ${entry.treeHash ?? "unknown"}, ` +
        `the service ${archiveSizeBytes} with ${archiveTreeHash ?? "none"}`,
    );
  }
}

/** The last component of the name, as a restore would write it. */
function fileNameOf({ archiveId }: FoundArchive, name: string): string {
  return cleanName({ archiveId, name }).components.at(-1) ?? "archive";
}
