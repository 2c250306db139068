/** `moraine select`: asks an archive of CSV a question and prints the answer. */
import { setTimeout as pause } from "node:timers/promises";
import { Option } from "commander";
import { AdminRefusal, AdminUnreachable } from "../../client/admin-client.ts";
import { createGlacierClient, type GlacierClient } from "../../client/client.ts";
import { ClientConfigError, GlacierServiceError, TransportError } from "../../client/errors.ts";
import { resolveClientOptions } from "../../client/resolve-client.ts";
import { RETRIEVAL_TIERS } from "../../domain/retrieval-tier.ts";
import { type AdminSurroundings, DEFAULT_ADMIN_URL, Refusal } from "../admin-connection.ts";
import { saveBody } from "../aws/save-body.ts";
import { EXIT } from "../exit-codes.ts";
import type { Terminal } from "../terminal.ts";
import {
  createS3Source,
  createServiceSource,
  type ReadObject,
  type ResultSource,
} from "./result-source.ts";
import {
  awaitSelect,
  findProblem,
  readResults,
  type SelectOrder,
  type StartedJob,
  startSelect,
} from "./select-job.ts";
import { createToolCommand, escapeControls, runToolCommand } from "./tool-command.ts";

/** Finds the archive that a word names; ids stand for themselves. */
export type ResolveArchive = (vaultName: string, archive: string) => Promise<string>;

export interface SelectSurroundings extends AdminSurroundings {
  readonly resolveArchive: ResolveArchive;
  readonly sleep: (delayMs: number) => Promise<void>;
  /** Writes to standard output; resolves when it takes more. */
  readonly writeOut: (bytes: Uint8Array) => Promise<void>;
  /** Whether standard error is a terminal. */
  readonly isTerminal: boolean;
}

interface Options {
  readonly header?: string;
  readonly fieldDelimiter?: string;
  readonly tier?: string;
  readonly bucket: string;
  readonly prefix: string;
  readonly output?: string;
  readonly json?: true;
  readonly endpointUrl?: string;
  readonly region?: string;
  readonly profile?: string;
  readonly adminUrl: string;
  readonly s3Endpoint?: string;
}

const EXAMPLES = `
Examples:
  moraine select 'SELECT * FROM archive' logs/ARCHIVE-ID
  moraine select --header use "SELECT name FROM archive WHERE city = 'Oslo'" logs/ARCHIVE-ID -o oslo.csv
`;

/**
 * Runs `select`; resolves with the exit status: `ok` when the result is complete, `failed` when the query failed,
 * `usage` for wrong words or an order that the service refuses, `noCredentials`, `unreachable` when the service fails,
 * `integrity` when archive or result is not what it should be.
 */
export async function select(
  words: readonly string[],
  terminal: Terminal,
  given: Partial<SelectSurroundings> = {},
): Promise<number> {
  const surroundings = { ...realSurroundings, ...given };
  let status: number = EXIT.ok;
  const command = createToolCommand("moraine select", terminal)
    .description("Query an archive of CSV with SQL and print the result.")
    .argument("<expression>", "The query, such as SELECT _1 FROM archive WHERE _2 > '5'.")
    .argument("<vault/archive>", "The archive to query: its vault and its id.")
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
    .option("--json", "Print an object about the job; the records go to --output only.")
    .option("--endpoint-url <url>", "Address of the API; as the AWS CLI finds it unless given.")
    .option("--region <region>", "Region of the vault; as the AWS CLI finds it unless given.")
    .option("--profile <name>", "Profile of the AWS configuration files.")
    .option("--admin-url <url>", "Console listener, to read the result from.", DEFAULT_ADMIN_URL)
    .option("--s3-endpoint <url>", "S3 service to read the result from, if that has the bucket.")
    .addHelpText("after", EXAMPLES)
    .action(async (expression: string, place: string, options: Options) => {
      const run = { expression, place, options, terminal, surroundings };
      status = await runSelect(run).catch((error: unknown) => {
        const refusal = describeRefusal(error);
        terminal.stderr(`moraine select: ${escapeControls(refusal.message)}\n`);
        return refusal.exitCode;
      });
    });
  return await runToolCommand(command, words, () => status);
}

const realSurroundings: SelectSurroundings = {
  env: process.env,
  fetch: (...request) => fetch(...request),
  nowMs: Date.now,
  resolveArchive: async (_vaultName, archive) => archive,
  sleep: async (delayMs) => {
    await pause(delayMs);
  },
  writeOut: writeToStdout,
  isTerminal: process.stderr.isTTY === true,
};

/** Throws when the other end of a pipe is gone; without a listener that would end the process with a stack. */
async function writeToStdout(bytes: Uint8Array): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  process.stdout.once("error", reject);
  process.stdout.write(bytes, (error) => {
    if (error) {
      reject(error);
    } else {
      resolve();
    }
  });
  try {
    await promise;
  } finally {
    process.stdout.off("error", reject);
  }
}

interface Run {
  readonly expression: string;
  readonly place: string;
  readonly options: Options;
  readonly terminal: Terminal;
  readonly surroundings: SelectSurroundings;
}

async function runSelect(run: Run): Promise<number> {
  const { options, surroundings } = run;
  const order = await readOrder(run);
  const { endpointUrl, region, profile } = options;
  const { env } = surroundings;
  const resolved = await resolveClientOptions({ endpointUrl, region, profile }, { env });
  const client = createGlacierClient(resolved);
  try {
    return await selectWith(client, createSource(run, resolved.region), order, run);
  } finally {
    client.close();
  }
}

async function readOrder({ expression, place, options, surroundings }: Run): Promise<SelectOrder> {
  const slash = place.indexOf("/");
  if (slash < 1 || slash === place.length - 1) {
    throw new Refusal(EXIT.usage, `the archive must be given as VAULT/ARCHIVE; got "${place}"`);
  }
  const vaultName = place.slice(0, slash);
  return {
    vaultName,
    archiveId: await surroundings.resolveArchive(vaultName, place.slice(slash + 1)),
    expression,
    header: options.header?.toUpperCase(),
    fieldDelimiter: options.fieldDelimiter,
    tier: options.tier,
    bucketName: options.bucket,
    prefix: options.prefix,
  };
}

function createSource({ options, surroundings }: Run, region: string): ResultSource {
  const endpoint = options.s3Endpoint ?? surroundings.env["AWS_ENDPOINT_URL_S3"];
  return endpoint
    ? createS3Source({ endpoint, region })
    : createServiceSource({ adminUrl: options.adminUrl, region }, surroundings);
}

async function selectWith(
  client: GlacierClient,
  source: ResultSource,
  order: SelectOrder,
  run: Run,
): Promise<number> {
  const { terminal, options, surroundings } = run;
  const job = await startSelect(client, order);
  const { sleep, isTerminal } = surroundings;
  const ended = await awaitSelect(client, job, {
    sleep,
    onWait: (waitedMs) => {
      if (isTerminal) {
        const seconds = Math.round(waitedMs / 1000);
        terminal.stderr(`\rthe query runs as job ${job.jobId.slice(0, 12)}…, ${seconds} s `);
      }
    },
  });
  if (isTerminal) {
    terminal.stderr("\r\u001b[K");
  }
  if (!ended.isSuccess) {
    return await reportProblem(source, job, ended.statusMessage, run);
  }
  const sizeBytes = await writeResult(readResults(source, job), run);
  if (options.json) {
    terminal.stdout(formatSummary(job, { status: "Succeeded", sizeBytes: sizeBytes ?? null }));
  }
  return EXIT.ok;
}

async function reportProblem(
  source: ResultSource,
  job: StartedJob,
  statusMessage: string,
  { terminal, options }: Run,
): Promise<number> {
  // The status message has it all but in parts; a bucket that can't be read takes nothing away.
  const found = await findProblem(source, job).catch(() => undefined);
  const problem = found ?? { code: "JobFailed", message: statusMessage, recordNumber: null };
  if (options.json) {
    terminal.stdout(formatSummary(job, { status: "Failed", error: problem }));
  }
  const { code, message, recordNumber } = problem;
  const where = recordNumber === null ? "" : ` (record ${recordNumber})`;
  terminal.stderr(`moraine select: ${code}: ${escapeControls(message)}${where}\n`);
  return code === "ArchiveDamaged" ? EXIT.damaged : EXIT.failed;
}

function formatSummary(job: StartedJob, facts: object): string {
  const { jobId, bucketName, outputPath } = job;
  const location = `s3://${bucketName}/${outputPath}`;
  return `${JSON.stringify({ jobId, location, ...facts })}\n`;
}

/** The size of what was written; `undefined` when nothing was to be. */
async function writeResult(
  parts: AsyncIterable<ReadObject>,
  { options, surroundings }: Run,
): Promise<number | undefined> {
  if (options.json && options.output === undefined) {
    return undefined;
  }
  const count = { sizeBytes: 0 };
  const bytes = readParts(parts, count);
  if (options.output === undefined) {
    for await (const chunk of bytes) {
      await surroundings.writeOut(chunk);
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
      throw new Refusal(EXIT.damaged, text);
    }
    count.sizeBytes += received;
  }
}

function describeRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) {
    return error;
  }
  if (error instanceof ClientConfigError) {
    return new Refusal(EXIT.noCredentials, error.message, { cause: error });
  }
  if (error instanceof GlacierServiceError || error instanceof AdminRefusal) {
    return new Refusal(EXIT.unreachable, `${error.code}: ${error.message}`, { cause: error });
  }
  if (error instanceof TransportError || error instanceof AdminUnreachable) {
    return new Refusal(EXIT.unreachable, error.message, { cause: error });
  }
  const { code, message } = error as { readonly code?: unknown; readonly message?: string };
  if (typeof code === "string") {
    // Of the file system: the result could not be written.
    return new Refusal(EXIT.failed, message ?? code, { cause: error });
  }
  throw error;
}
