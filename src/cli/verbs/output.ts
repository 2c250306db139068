/** `moraine output`: the output of a job that has ended. */
import { findInclusiveRange, rangeLength } from "../../domain/byte-range.ts";
import { decodeDescription } from "../../domain/descriptions/decode-description.ts";
import { EXIT } from "../exit-codes.ts";
import type { GlobalFlags } from "../session/global-flags.ts";
import type { Session } from "../session/session.ts";
import { createVerb } from "../session/verb.ts";
import { usageFailure, VerbFailure } from "../session/verb-failure.ts";
import { findCipher, nameEncrypted } from "./retrieval/ciphers.ts";
import {
  addDecryptFlags,
  checkIdentity,
  type Decryption,
  type DecryptOptions,
  isToBeDecrypted,
  parseDecryption,
} from "./retrieval/decrypt.ts";
import {
  checkDestination,
  deliverToFile,
  deliverToStdout,
  findDestination,
  type OutputToDeliver,
} from "./retrieval/deliver-output.ts";
import { findJobWord, type JobWord } from "./retrieval/find-job.ts";
import { describeJob, type Job } from "./retrieval/jobs.ts";
import { askForDescription } from "./retrieval/place-download.ts";

interface OutputOptions extends GlobalFlags, DecryptOptions {
  readonly output?: string;
  readonly vault?: string;
  readonly overwrite?: true;
}

const EXAMPLES = `
Outputs of archives are verified by tree hash, those of inventories by their size: the service states no
hash for them. Without -o the output goes to standard output. An encrypted archive is written as FILE.gpg or
FILE.age unless --decrypt is given.

Examples:
  moraine output family/HkF9p6o7yjhF > inventory.json
  moraine output family/HkF9p6o7yjhF -o photo.jpg
`;

export const output = createVerb("output", (command, { withSession }) => {
  command
    .description("Download the output of a job, verified where that is possible.")
    .argument("<JOB>", "VAULT/JOB, or JOB of --vault; the start of an id will do.")
    .option("-o, --output <path>", "File or folder to write to; - is standard output.")
    .option("--vault <name>", "Vault of a job that is named without one.")
    .option("--overwrite", "Replace a file that differs.");
  addDecryptFlags(command).addHelpText("after", EXAMPLES);
  withSession<[string], OutputOptions>(command, async (session, { words: [word], options }) => {
    const decryption = parseDecryption(options);
    const found = await findJobWord(session, word, options.vault);
    const job = await describeJob(session, found.vaultName, found.jobId);
    if (job.state === "InProgress") {
      session.reporter.failed(
        { event: "queued", jobId: job.jobId, vault: found.vaultName },
        `the job is in progress; \`moraine wait ${found.vaultName}/${job.jobId}\` waits for it`,
      );
      return EXIT.later;
    }
    const described = describeOutput(session, found, job);
    const delivered = await withCipher(described, { job, decryption });
    const cipher = delivered.archive?.cipher;
    if (options.output === undefined || options.output === "-") {
      if (options.json) {
        throw usageFailure("--json and the output would both go to standard output: take -o FILE");
      }
      await deliverToStdout(session, delivered);
      return EXIT.ok;
    }
    const isDecrypted = isToBeDecrypted(cipher, decryption);
    const place = await findDestination(options.output, delivered.name);
    const name =
      cipher === undefined || isDecrypted ? place.name : nameEncrypted(place.name, cipher);
    const destination = { ...place, name };
    const { treeHash, modifiedAtMs } = delivered;
    const expected =
      cipher !== undefined && isDecrypted
        ? { cipher, modifiedAtMs }
        : { sizeBytes: delivered.source.sizeBytes, treeHash };
    const overwrite = options.overwrite === true;
    if (await checkDestination(destination, expected, { overwrite })) {
      const event = { event: "present", path: name };
      session.reporter.data(event, `${name} is there already, identical`);
      return EXIT.ok;
    }
    await deliverToFile(session, delivered, destination);
    return EXIT.ok;
  });
});

/** Of an archive the description tells whether it is encrypted, and when its file was changed. */
async function withCipher(
  output: OutputToDeliver,
  { job, decryption }: { readonly job: Job; readonly decryption: Decryption | undefined },
): Promise<OutputToDeliver> {
  if (job.kind !== "archive") {
    return output;
  }
  const description = await askForDescription(output.source);
  const cipher = findCipher(description);
  const isPart = job.range !== undefined && output.source.sizeBytes !== job.archiveSizeBytes;
  if (isPart && isToBeDecrypted(cipher, decryption)) {
    throw usageFailure("--decrypt needs all of the archive, and this job retrieved a range of it");
  }
  checkIdentity(decryption, cipher);
  const { modifiedAtMs } = decodeDescription(description);
  return { ...output, modifiedAtMs, archive: { cipher, decryption } };
}

function describeOutput(
  { call, accountId }: Session,
  { vaultName, jobId }: JobWord,
  job: Job,
): OutputToDeliver {
  if (job.state === "Failed") {
    throw new VerbFailure(
      EXIT.failed,
      `the job failed and has no output: ${job.statusMessage ?? "no reason is given"}`,
    );
  }
  const [, first, last] = /^(\d+)-(\d+)$/.exec(job.range ?? "") ?? [];
  const range = findInclusiveRange(first, last);
  const sizeBytes =
    job.kind === "inventory"
      ? job.inventorySizeBytes
      : range === undefined
        ? job.archiveSizeBytes
        : rangeLength(range);
  if (job.kind === "select" || sizeBytes === undefined) {
    throw new VerbFailure(
      EXIT.failed,
      "the output of a select job is in the bucket that was named for it",
    );
  }
  const extension = job.inventoryFormat === "CSV" ? "csv" : "json";
  return {
    source: { call, accountId, vaultName, jobId, sizeBytes },
    contentId: job.archiveId ?? jobId,
    firstByte: range?.start ?? 0,
    treeHash: job.treeHash,
    modifiedAtMs: undefined,
    name:
      job.kind === "inventory"
        ? `inventory-${vaultName}.${extension}`
        : `archive-${jobId.slice(0, 12)}`,
  };
}
