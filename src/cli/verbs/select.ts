/** `moraine select`: queries an archive of CSV with SQL and prints the result. */
import { Option } from "commander";
import { RETRIEVAL_TIERS } from "../../domain/retrieval-tier.ts";
import { DEFAULT_ADMIN_URL } from "../admin-connection.ts";
import { saveBody } from "../aws/save-body.ts";
import { findCatalog } from "../catalog/open-journal.ts";
import { selectEntries } from "../catalog/select-entries.ts";
import { EXIT } from "../exit-codes.ts";
import { describeVault } from "../session/describe-vault.ts";
import type { Session } from "../session/session.ts";
import { parseVaultPath } from "../session/vault-path.ts";
import { createVerb } from "../session/verb.ts";
import { usageFailure, VerbFailure } from "../session/verb-failure.ts";
import { writeOutput } from "../terminal.ts";
import {
  createS3Source,
  createServiceSource,
  type ReadObject,
  type ResultSource,
} from "./select/result-source.ts";
import {
  awaitSelect,
  findProblem,
  readResults,
  type SelectOrder,
  type StartedJob,
  startSelect,
} from "./select/select-job.ts";

const EXAMPLES = `
The archive is named as \`moraine ls\` shows it, or by its id. The result is read from the service's own buckets
with the credentials of its root, or from the S3 service that has the bucket.

Examples:
  moraine select 'SELECT * FROM archive' logs/2025-01.csv
  moraine select --header use "SELECT name FROM archive WHERE city = 'Oslo'" logs/people.csv -o oslo.csv
  moraine select 'SELECT _1 FROM archive' logs/2025-01.csv --json
`;

interface Options {
  readonly header?: string;
  readonly fieldDelimiter?: string;
  readonly tier?: string;
  readonly bucket: string;
  readonly prefix: string;
  readonly output?: string;
  readonly adminUrl?: string;
  readonly s3Endpoint?: string;
}

export const select = createVerb("select", (command, { withSession }) => {
  command
    .description("Query an archive of CSV with SQL and print the result.")
    .argument("<expression>", "The query, such as SELECT _1 FROM archive WHERE _2 > '5'.")
    .argument("<vault/name>", "The archive to query: VAULT/NAME or VAULT/ARCHIVE-ID.")
    .addOption(
      new Option(
        "--header <what>",
        "What the first line is: names to use, to ignore, or data.",
      ).choices(["use", "ignore", "none"]),
    )
    .option("--field-delimiter <character>", "What separates the fields; a comma unless given.")
    .addOption(new Option("--tier <tier>", "How soon.").choices([...RETRIEVAL_TIERS]))
    .option("--bucket <name>", "Bucket for the result.", "moraine-select")
    .option("--prefix <prefix>", "Where in the bucket.", "select")
    .option("-o, --output <file>", "File for the result, in place of standard output.")
    .option(
      "--admin-url <url>",
      `Console listener, to read the result from; MORAINE_ADMIN_URL or ${DEFAULT_ADMIN_URL} unless given.`,
    )
    .option("--s3-endpoint <url>", "S3 service to read the result from, if that has the bucket.")
    .addHelpText("after", EXAMPLES);
  withSession<[string, string], Options>(command, async (session, { words, options }) => {
    const [expression, place] = words;
    const order = await readOrder(session, { expression, place, options });
    if (session.flags.dryRun) {
      const { vaultName, archiveId } = order;
      session.reporter.note(`Would query ${vaultName}/${archiveId}.`);
      return EXIT.ok;
    }
    return await runSelect(session, order, options);
  });
});

async function readOrder(
  session: Session,
  given: { readonly expression: string; readonly place: string; readonly options: Options },
): Promise<SelectOrder> {
  const { expression, place, options } = given;
  const { vaultName, path } = parseVaultPath(place, session.settings);
  if (path === "") {
    throw usageFailure(
      `the archive must be given as VAULT/NAME or VAULT/ARCHIVE-ID; got "${place}"`,
    );
  }
  return {
    vaultName,
    archiveId: await findArchiveId(session, vaultName, path),
    expression,
    header: options.header?.toUpperCase(),
    fieldDelimiter: options.fieldDelimiter,
    tier: options.tier ?? session.settings.tier.value,
    bucketName: options.bucket,
    prefix: options.prefix,
  };
}

/** A word that no catalogue knows may be the id of an archive that it does not know: the service says. */
async function findArchiveId(session: Session, vaultName: string, path: string): Promise<string> {
  const vault = await describeVault(session, vaultName);
  const catalog = await findCatalog(session, vault);
  const found = catalog === undefined ? [] : selectEntries(catalog, path);
  if (found.length > 1) {
    const names = found.slice(0, 3).map(({ shownName }) => shownName);
    throw usageFailure(
      `${vaultName}/${path} must be one archive; it is ${found.length}: ${names.join(", ")}, …`,
    );
  }
  return found[0]?.entry.archiveId ?? path;
}

function createSource(session: Session, options: Options): ResultSource {
  const { settings, surroundings } = session;
  const { env } = surroundings;
  const region = settings.region.value;
  const endpoint = options.s3Endpoint ?? env["AWS_ENDPOINT_URL_S3"];
  const adminUrl = options.adminUrl ?? (env["MORAINE_ADMIN_URL"] || DEFAULT_ADMIN_URL);
  return endpoint
    ? createS3Source({ endpoint, region })
    : createServiceSource({ adminUrl, region }, surroundings);
}

async function runSelect(session: Session, order: SelectOrder, options: Options): Promise<number> {
  const { reporter } = session;
  const source = createSource(session, options);
  const job = await startSelect(session, order);
  if (session.terminal.screen !== undefined) {
    reporter.note(`The query runs as job ${job.jobId}`);
  }
  const ended = await awaitSelect(session, job);
  if (!ended.isSuccess) {
    return await reportProblem(session, { source, job, statusMessage: ended.statusMessage });
  }
  const sizeBytes = await writeResult(session, readResults(source, job), options);
  if (reporter.isJson) {
    reporter.data({ event: "selected", ...describeJob(job), sizeBytes: sizeBytes ?? null }, "");
  }
  return EXIT.ok;
}

async function reportProblem(
  { reporter }: Session,
  failed: {
    readonly source: ResultSource;
    readonly job: StartedJob;
    readonly statusMessage: string;
  },
): Promise<number> {
  const { source, job, statusMessage } = failed;
  // The status message has it all but in parts; a bucket that can't be read takes nothing away.
  const found = await findProblem(source, job).catch(() => undefined);
  const problem = found ?? { code: "JobFailed", message: statusMessage, recordNumber: null };
  const { code, message, recordNumber } = problem;
  const where = recordNumber === null ? "" : ` (record ${recordNumber})`;
  reporter.failed(
    { event: "failed", ...describeJob(job), error: problem },
    `moraine select: ${code}: ${message}${where}`,
  );
  return code === "ArchiveDamaged" ? EXIT.damaged : EXIT.failed;
}

function describeJob({ jobId, bucketName, outputPath }: StartedJob) {
  return { jobId, location: `s3://${bucketName}/${outputPath}` };
}

/** The size of what was written; `undefined` when nothing was to be. */
async function writeResult(
  { reporter, terminal }: Session,
  parts: AsyncIterable<ReadObject>,
  options: Options,
): Promise<number | undefined> {
  if (reporter.isJson && options.output === undefined) {
    return undefined;
  }
  const count = { sizeBytes: 0 };
  const bytes = readParts(parts, count);
  if (options.output === undefined) {
    for await (const chunk of bytes) {
      await writeOutput(terminal, chunk);
    }
  } else {
    await saveBody(bytes, options.output);
  }
  return count.sizeBytes;
}

async function* readParts(
  parts: AsyncIterable<ReadObject>,
  count: { sizeBytes: number },
): AsyncGenerator<Uint8Array, void, void> {
  for await (const part of parts) {
    let received = 0;
    for await (const chunk of part.bytes) {
      received += chunk.length;
      yield chunk;
    }
    if (received !== part.sizeBytes) {
      const text = `a part of the result has ${received} bytes; ${part.sizeBytes} were announced`;
      throw new VerbFailure(EXIT.damaged, text);
    }
    count.sizeBytes += received;
  }
}
