/** A select job from the command line: starts it, waits for its end, and finds what it left in its bucket. */
import { GlacierServiceError } from "../../../client/errors.ts";
import { EXIT } from "../../exit-codes.ts";
import type { Session } from "../../session/session.ts";
import { VerbFailure } from "../../session/verb-failure.ts";
import type { ReadObject, ResultSource } from "./result-source.ts";

const PAUSE_FIRST_MS = 250;
const PAUSE_MAX_MS = 30_000;

export interface SelectOrder {
  readonly vaultName: string;
  readonly archiveId: string;
  readonly expression: string;
  readonly header: string | undefined;
  readonly fieldDelimiter: string | undefined;
  readonly tier: string | undefined;
  readonly bucketName: string;
  readonly prefix: string;
}

export interface StartedJob {
  readonly vaultName: string;
  readonly jobId: string;
  readonly bucketName: string;
  /** Keys of the job begin with it. */
  readonly outputPath: string;
}

/** What an ended job says of itself. */
export interface EndedSelect {
  readonly isSuccess: boolean;
  readonly statusMessage: string;
}

/** Why a job failed, as its error file has it. */
export interface SelectProblem {
  readonly code: string;
  readonly message: string;
  readonly recordNumber: number | null;
}

/** Throws `VerbFailure` `usage` for what the service says is wrong with the order, and what the client throws. */
export async function startSelect(session: Session, order: SelectOrder): Promise<StartedJob> {
  const { vaultName, bucketName } = order;
  const csv = { FileHeaderInfo: order.header, FieldDelimiter: order.fieldDelimiter };
  try {
    const { output } = await session.call("InitiateJob", {
      accountId: session.accountId,
      vaultName,
      jobParameters: {
        Type: "select",
        ArchiveId: order.archiveId,
        Tier: order.tier,
        SelectParameters: {
          Expression: order.expression,
          ExpressionType: "SQL",
          InputSerialization: { csv },
        },
        OutputLocation: { S3: { BucketName: bucketName, Prefix: order.prefix } },
      },
    });
    const { jobId = "", jobOutputPath = "" } = output;
    return { vaultName, jobId: jobId ?? "", bucketName, outputPath: jobOutputPath ?? "" };
  } catch (error) {
    if (error instanceof GlacierServiceError && error.code === "InvalidParameterValueException") {
      throw new VerbFailure(EXIT.usage, error.message, { cause: error });
    }
    throw error;
  }
}

/** Asks for the job, with growing pauses, until it has ended. */
export async function awaitSelect(
  session: Session,
  { vaultName, jobId }: StartedJob,
): Promise<EndedSelect> {
  for (let pauseMs = PAUSE_FIRST_MS; ; pauseMs = Math.min(PAUSE_MAX_MS, pauseMs * 1.5)) {
    const { output } = await session.call("DescribeJob", {
      accountId: session.accountId,
      vaultName,
      jobId,
    });
    if (output.Completed === true) {
      const isSuccess = output.StatusCode === "Succeeded";
      return { isSuccess, statusMessage: output.StatusMessage ?? "" };
    }
    await session.surroundings.sleep(pauseMs, session.signal);
  }
}

/**
 * The objects of the result, in order. Throws `VerbFailure` `damaged` unless the manifest of results is there,
 * that of errors is not, and every object that is named is.
 */
export async function* readResults(
  source: ResultSource,
  job: StartedJob,
): AsyncGenerator<ReadObject, void, void> {
  const errors = await source.find(job.bucketName, `${job.outputPath}error_manifest.txt`);
  if (errors !== undefined) {
    throw damaged(job, "has a manifest of errors although the job succeeded");
  }
  const keys = await readManifest(source, job, "result_manifest.txt");
  if (keys === undefined) {
    throw damaged(job, "has no result_manifest.txt, so the result is not complete");
  }
  for (const key of keys) {
    const part = await source.find(job.bucketName, key);
    if (part === undefined) {
      throw damaged(job, `lacks ${key}, which the manifest names`);
    }
    yield part;
  }
}

/** Why the job failed; `undefined` when its bucket does not say. */
export async function findProblem(
  source: ResultSource,
  job: StartedJob,
): Promise<SelectProblem | undefined> {
  const [key] = (await readManifest(source, job, "error_manifest.txt")) ?? [];
  const text = key === undefined ? undefined : await readText(source, job.bucketName, key);
  return text === undefined ? undefined : (JSON.parse(text) as SelectProblem);
}

async function readManifest(
  source: ResultSource,
  { bucketName, outputPath }: StartedJob,
  name: string,
): Promise<readonly string[] | undefined> {
  const text = await readText(source, bucketName, `${outputPath}${name}`);
  const location = `s3://${bucketName}/`;
  return text
    ?.split("\n")
    .filter((line) => line.startsWith(location))
    .map((line) => line.slice(location.length));
}

async function readText(
  source: ResultSource,
  bucketName: string,
  key: string,
): Promise<string | undefined> {
  const object = await source.find(bucketName, key);
  if (object === undefined) {
    return undefined;
  }
  const chunks: Uint8Array[] = [];
  for await (const chunk of object.bytes) {
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function damaged({ bucketName, outputPath }: StartedJob, what: string): VerbFailure {
  return new VerbFailure(EXIT.damaged, `s3://${bucketName}/${outputPath} ${what}`);
}
