/** Select jobs as their users run them: the AWS CLI, boto3 and `moraine select` against a started server. */
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { type Boto3Caller, type Boto3Client, startBoto3 } from "../support/boto3-caller.ts";
import {
  awsEnvironment,
  findProgram,
  makeFolder,
  runCommand,
} from "../support/external-command.ts";
import { createGlacierClient, type GlacierClient } from "../support/glacier-client.ts";
import { describePayload, MIB } from "../support/payload.ts";
import { type S3Endpoint, startS3Endpoint } from "../support/s3-endpoint.ts";
import { rootCredentials, type ServerProcess, startServer } from "../support/server-process.ts";

const REGION = "us-east-1";
const VAULT = "tables";
const BUCKET = "query-results";
const ROWS = 60_000;
const CSV = makeCsv(ROWS);
const moraine = join(import.meta.dirname, "../../bin/moraine.mjs");

function makeCsv(rows: number): string {
  const cities = ["Oslo", "Bergen", '"Mo, i Rana"'];
  const lines = Array.from({ length: rows }, (_, row) => `${row},name ${row},${cities[row % 3]}\n`);
  return `id,name,city\n${lines.join("")}`;
}

function selectJob(archiveId: string, expression: string, more: object = {}) {
  return {
    Type: "select",
    ArchiveId: archiveId,
    SelectParameters: {
      Expression: expression,
      ExpressionType: "SQL",
      InputSerialization: { csv: { FileHeaderInfo: "USE" } },
    },
    OutputLocation: { S3: { BucketName: BUCKET, Prefix: "reports" } },
    ...more,
  };
}

const OSLO = "SELECT id FROM archive WHERE city = 'Oslo'";
const osloIds = Array.from({ length: ROWS / 3 }, (_, index) => `${3 * index}\n`).join("");

/** The records of an ended job, through its manifest. */
async function readResult(dataDir: string, outputPath: string): Promise<string> {
  const folder = join(dataDir, "buckets", BUCKET, outputPath);
  const names = await readdir(folder);
  assert.deepEqual(names.sort(), ["job.txt", "result_manifest.txt", "results"]);
  const manifest = await readFile(join(folder, "result_manifest.txt"), "utf8");
  const parts = manifest.trim().split("\n");
  const texts = parts.map((line) => {
    assert.ok(line.startsWith(`s3://${BUCKET}/${outputPath}results/`), line);
    return readFile(join(dataDir, "buckets", line.slice("s3://".length)), "utf8");
  });
  return (await Promise.all(texts)).join("");
}

describe("a select job", () => {
  let server: ServerProcess;
  let client: GlacierClient;
  let boto3: Boto3Caller;
  let glacier: Boto3Client;
  let folder: Awaited<ReturnType<typeof makeFolder>>;
  let archiveId: string;

  const runMoraine = (...words: string[]) =>
    runCommand(
      process.execPath,
      [
        ...[moraine, "select", ...words],
        ...["--endpoint-url", server.apiUrl, "--admin-url", server.consoleUrl],
      ],
      { env: awsEnvironment(server.credentials, REGION), cwd: folder.path },
    );

  before(async () => {
    folder = await makeFolder();
    server = await startServer();
    client = createGlacierClient(server);
    boto3 = await startBoto3();
    glacier = boto3.client(() => ({
      endpoint: server.apiUrl,
      credentials: server.credentials,
      region: REGION,
    }));
    await glacier.result("create_vault", { vaultName: VAULT });
    archiveId = await client.uploadArchive(VAULT, describePayload(Buffer.from(CSV)));
  });
  after(async () => {
    await boto3?.close();
    await server?.stop();
    await folder?.remove();
  });

  it("is started and described by the AWS CLI, and leaves its result with a manifest", async () => {
    const program = await findProgram(["/usr/bin/aws", "aws"], {
      probe: ["--version"],
      expected: /aws-cli\/2/,
      advice: "AWS CLI v2 is needed: apt-get install awscli",
    });
    const aws = async (command: string, ...words: string[]) => {
      const place = ["--account-id", "-", "--vault-name", VAULT, "--endpoint-url", server.apiUrl];
      const result = await runCommand(program, ["glacier", command, ...place, ...words], {
        env: awsEnvironment(server.credentials, REGION),
      });
      assert.equal(result.code, 0, result.stderr);
      return JSON.parse(result.stdout);
    };
    const parameters = JSON.stringify(selectJob(archiveId, OSLO));
    const started = await aws("initiate-job", "--job-parameters", parameters);
    assert.equal(started.jobOutputPath, `reports/${started.jobId}/`);
    await client.awaitJob(VAULT, started.jobId);
    const job = await aws("describe-job", "--job-id", started.jobId);
    assert.equal(job.StatusCode, "Succeeded");
    assert.equal(job.SelectParameters.InputSerialization.csv.FileHeaderInfo, "USE");
    assert.equal(job.OutputLocation.S3.BucketName, BUCKET);
    assert.equal(await readResult(server.dataDir, job.JobOutputPath), osloIds);
  });

  it("is started by boto3 with every member, and refused with what is wrong", async () => {
    const whole = selectJob(archiveId, 'SELECT s.name, s."city" FROM archive s WHERE s.id < 5', {
      Tier: "Expedited",
      Description: "five rows",
      OutputLocation: {
        S3: {
          BucketName: BUCKET,
          Prefix: "reports/",
          CannedACL: "private",
          AccessControlList: [
            { Grantee: { Type: "CanonicalUser", ID: "x" }, Permission: "FULL_CONTROL" },
          ],
          Encryption: { EncryptionType: "aws:kms", KMSKeyId: "key", KMSContext: "{}" },
          StorageClass: "REDUCED_REDUNDANCY",
          Tagging: { a: "b" },
          UserMetadata: { c: "d" },
        },
      },
    });
    const job = { ...whole, SelectParameters: { ...whole.SelectParameters } };
    job.SelectParameters.Expression =
      'SELECT s.name, s."city" FROM archive s WHERE CAST(s.id AS INT) < 5';
    const { jobId } = await glacier.result("initiate_job", {
      vaultName: VAULT,
      jobParameters: job,
    });
    await client.awaitJob(VAULT, jobId);
    const described = await glacier.result("describe_job", { vaultName: VAULT, jobId });
    assert.equal(described.StatusCode, "Succeeded", described.StatusMessage);
    assert.deepEqual(described.OutputLocation.S3.Tagging, { a: "b" });
    assert.equal(
      await readResult(server.dataDir, described.JobOutputPath),
      'name 0,Oslo\nname 1,Bergen\nname 2,"Mo, i Rana"\nname 3,Oslo\nname 4,Bergen\n',
    );
    const refused = await glacier.outcome("initiate_job", {
      vaultName: VAULT,
      jobParameters: selectJob(archiveId, "SELECT COUNT(*) FROM archive"),
    });
    assert.match(
      refused,
      /^400 InvalidParameterValueException: .*ParseException: line 1, column 8/,
    );
  });

  it("prints its result with moraine select, or writes it to a file", async () => {
    const place = `${VAULT}/${archiveId}`;
    const printed = await runMoraine("--header", "use", OSLO, place);
    assert.deepEqual([printed.code, printed.stderr], [0, ""]);
    assert.equal(printed.stdout, osloIds);
    const written = await runMoraine("--header", "use", OSLO, place, "-o", "oslo.csv", "--json");
    assert.equal(written.code, 0, written.stderr);
    const summary = JSON.parse(written.stdout);
    assert.equal(summary.event, "selected");
    assert.equal(summary.sizeBytes, osloIds.length);
    assert.equal(await readFile(join(folder.path, "oslo.csv"), "utf8"), osloIds);
    assert.deepEqual(await readdir(folder.path), ["oslo.csv"]);
  });

  it("ends moraine select with what the record was that failed, and with what was wrong before", async () => {
    const place = `${VAULT}/${archiveId}`;
    const failed = await runMoraine(
      ...["--header", "use", "SELECT CAST(name AS INT) FROM archive", place, "-o", "none.csv"],
    );
    assert.equal(failed.code, 1);
    assert.match(failed.stderr, /^moraine select: CastFailed: .*\(record 2\)\n$/);
    assert.deepEqual(await readdir(folder.path), ["oslo.csv"]);
    const wrong = await runMoraine("SELECT", place);
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /ParseException/);
    assert.equal((await runMoraine(OSLO, archiveId)).code, 2);
    const unknown = await runMoraine(OSLO, `${VAULT}/${"a".repeat(138)}`);
    assert.equal(unknown.code, 4);
    assert.match(unknown.stderr, /ResourceNotFoundException/);
  });

  it("gives the objects of a bucket to the root alone, and no file beside the buckets", async () => {
    const unsigned = await fetch(`${server.consoleUrl}/admin/v1/buckets/${BUCKET}/x`);
    assert.equal(unsigned.status, 400);
    assert.match(await unsigned.text(), /MissingAuthenticationTokenException/);
  });

  it("runs to the same result after its server was killed", async () => {
    const rows = 400_000;
    const big = await client.uploadArchive(VAULT, describePayload(Buffer.from(makeCsv(rows))));
    const { dataDir } = server;
    const jobId = await client.initiateJob(VAULT, selectJob(big, "SELECT * FROM archive"));
    await server.kill9();
    server = await startServer({ dataDir });
    client = createGlacierClient(server);
    const job = await client.awaitJob(VAULT, jobId, 90_000);
    assert.equal(job.StatusCode, "Succeeded", job.StatusMessage);
    const result = await readResult(dataDir, `reports/${jobId}/`);
    assert.ok(`id,name,city\n${result}` === makeCsv(rows));
  });
});

describe("a select job whose bucket an S3 service has", () => {
  let endpoint: S3Endpoint;
  let server: ServerProcess;
  let client: GlacierClient;
  let archiveId: string;

  before(async () => {
    endpoint = await startS3Endpoint();
    endpoint.buckets.set(BUCKET, new Map());
    const { accessKeyId, secretAccessKey } = endpoint.credentials;
    server = await startServer({
      flags: ["--s3-endpoint", endpoint.url],
      env: { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey },
    });
    client = createGlacierClient(server);
    await client.createVault(VAULT);
    archiveId = await client.uploadArchive(VAULT, describePayload(Buffer.from(CSV)));
  });
  after(async () => {
    await server?.stop();
    await endpoint?.close();
  });

  it("leaves its objects there", async () => {
    const jobId = await client.initiateJob(VAULT, selectJob(archiveId, OSLO));
    const job = await client.awaitJob(VAULT, jobId);
    assert.equal(job.StatusCode, "Succeeded", job.StatusMessage);
    const objects = endpoint.buckets.get(BUCKET)!;
    const path = `reports/${jobId}`;
    const keys = ["job.txt", "result_manifest.txt", "results/part-00000.csv"];
    assert.deepEqual(
      [...objects.keys()].sort(),
      keys.map((key) => `${path}/${key}`),
    );
    const part = objects.get(`${path}/results/part-00000.csv`)!;
    assert.equal(Buffer.from(part.body).toString(), osloIds);
    assert.equal(part.region, REGION);
  });

  it("is refused when the service says that there is no such bucket", async () => {
    const job = selectJob(archiveId, OSLO, {
      OutputLocation: { S3: { BucketName: "no-such-bucket", Prefix: "x" } },
    });
    await assert.rejects(client.initiateJob(VAULT, job), (error: Error) => {
      assert.match(error.message, /bucket no-such-bucket can't be written: .*NoSuchBucket/);
      return true;
    });
  });

  it("is read by moraine select with the root's key, through the server, whose bucket it is", async () => {
    const words = ["select", "--header", "use", OSLO, `${VAULT}/${archiveId}`, "--bucket", BUCKET];
    const places = ["--endpoint-url", server.apiUrl, "--admin-url", server.consoleUrl];
    const result = await runCommand(process.execPath, [moraine, ...words, ...places], {
      env: awsEnvironment(rootCredentials, REGION),
    });
    assert.equal(result.code, 0, result.stderr);
    assert.equal(result.stdout, osloIds);
  });
});

/** Large enough for several reads of storage, small enough for a laptop. */
assert.ok(CSV.length > MIB);
