/**
 * The same command lines through the AWS CLI v2 and through `moraine glacier`, against one server: equal
 * exit statuses and equal output. Each program has a region, and with it vaults, of its own.
 */
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { after, before, describe, it } from "node:test";
import {
  awsEnvironment,
  type CommandResult,
  findProgram,
  makeFolder,
  runCommand,
} from "../support/external-command.ts";
import { type ServerProcess, startServer } from "../support/server-process.ts";

interface Step {
  /** Words as in a shell; `$name` is what an earlier step kept. */
  readonly line: string;
  /** Members of the JSON output to keep for later lines. */
  readonly keep?: readonly string[];
  /** Repeated until the output holds this text. */
  readonly until?: string;
}

const V = "--account-id - --vault-name photos";
const KIB = "x".repeat(1024);
const CONFIG = '\'{"SNSTopic":"arn:aws:sns:eu-west-1:111122223333:t","Events":[]}\'';
const POLICY = '{"Version":"2012-10-17","Statement":[]}';
const PART_HASH = "$checksum";

const STEPS: readonly (string | Step)[] = [
  "list-vaults --account-id -",
  "list-vaults --account-id - --output text",
  "list-vaults --account-id - --output table",
  "list-vaults --account-id - --output yaml",
  "list-vaults --account-id - --output yaml-stream",
  `describe-vault ${V}`,
  `create-vault ${V}`,
  `create-vault ${V} --output text`,
  `create-vault ${V} --output table`,
  "create-vault --account-id - --vault-name second --output yaml",
  "create-vault --account-id - --vault-name third --query location",
  "create-vault --account-id - --vault-name 'no spaces'",
  "create-vault --account-id 999999999999 --vault-name other",
  `wait vault-exists ${V}`,
  "wait vault-not-exists --account-id - --vault-name nowhere",
  "wait vault-exists --account-id -",
  "wait",
  "wait vault-gone",
  ...["json", "text", "table", "yaml", "yaml-stream"].flatMap((format) => [
    `describe-vault ${V} --output ${format}`,
    `list-vaults --account-id - --output ${format}`,
    `list-vaults --account-id - --max-items 2 --output ${format}`,
    `list-vaults --account-id - --page-size 1 --output ${format}`,
    `list-vaults --account-id - --output ${format} --query VaultList[].VaultName`,
  ]),
  { line: "list-vaults --account-id - --max-items 1", keep: ["NextToken"] },
  "list-vaults --account-id - --starting-token $NextToken",
  "list-vaults --account-id - --starting-token $NextToken --max-items 1",
  "list-vaults --account-id - --limit 1 --query VaultList",
  "list-vaults --account-id - --limit 1 --max-items 1",
  "list-vaults --account-id - --no-paginate --page-size 1",
  "list-vaults --account-id - --page-size 0",
  "list-vaults --account-id - --page-size none",
  "list-vaults --account-id - --query 'length(VaultList)'",
  "list-vaults --account-id - --query 'VaultList[?VaultName==`photos`].SizeInBytes|[0]'",
  "list-vaults --account-id - --query '['",
  "list-vaults --acc -",
  "list-vaults",
  "list-vault --account-id -",
  "list-vaults --account-id - --bogus",
  "list-vaults --account-id - --output xml",
  `add-tags-to-vault ${V} --tags a=1,b=2`,
  `add-tags-to-vault ${V} --tags '{"yes":"no","n":"5"}'`,
  `add-tags-to-vault ${V} --tags a`,
  `add-tags-to-vault ${V}`,
  ...["json", "text", "table", "yaml"].map((f) => `list-tags-for-vault ${V} --output ${f}`),
  `remove-tags-from-vault ${V} --tag-keys a b`,
  `remove-tags-from-vault ${V} --tag-keys '["n"]'`,
  `list-tags-for-vault ${V}`,
  `set-vault-notifications ${V} --vault-notification-config SNSTopic=x,Events=Nonsense`,
  `set-vault-notifications ${V} --vault-notification-config ${CONFIG}`,
  `get-vault-notifications ${V}`,
  `delete-vault-notifications ${V}`,
  `set-vault-access-policy ${V} --policy '{"Policy":${JSON.stringify(POLICY)}}'`,
  `get-vault-access-policy ${V}`,
  `get-vault-access-policy ${V} --output text`,
  `delete-vault-access-policy ${V}`,
  `get-vault-access-policy ${V}`,
  `get-vault-lock ${V}`,
  `set-data-retrieval-policy --account-id - --policy 'Rules=[{Strategy=BytesPerHour,BytesPerHour=10737418240}]'`,
  "get-data-retrieval-policy --account-id -",
  "get-data-retrieval-policy --account-id - --output text",
  "get-data-retrieval-policy --account-id - --output table",
  "set-data-retrieval-policy --account-id - --policy 'Rules=[{Strategy=BytesPerHour,BytesPerHour=x}]'",
  "set-data-retrieval-policy --account-id - --policy Rules=[{Strategy=None}]",
  "list-provisioned-capacity --account-id -",
  { line: `upload-archive ${V} --archive-description 'a b' --body one.bin`, keep: ["archiveId"] },
  `upload-archive ${V} --body one.bin --output table`,
  `upload-archive ${V} --body missing.bin`,
  `upload-archive ${V}`,
  `upload-archive ${V} --body one.bin --checksum ${"0".repeat(64)}`,
  { line: `initiate-multipart-upload ${V} --part-size 1048576`, keep: ["uploadId"] },
  `initiate-multipart-upload ${V} --part-size 1000`,
  `initiate-multipart-upload ${V}`,
  {
    line: `upload-multipart-part ${V} --upload-id=$uploadId --range 'bytes 0-1023/*' --body one.bin`,
    keep: ["checksum"],
  },
  `upload-multipart-part ${V} --upload-id=$uploadId --range 'bytes 0-5/*' --body one.bin`,
  `list-multipart-uploads ${V}`,
  `list-multipart-uploads ${V} --output text`,
  `list-parts ${V} --upload-id=$uploadId`,
  `list-parts ${V} --upload-id=$uploadId --no-paginate`,
  `complete-multipart-upload ${V} --upload-id=$uploadId --archive-size 5 --checksum ${PART_HASH}`,
  `complete-multipart-upload ${V} --upload-id=$uploadId --archive-size 1024 --checksum ${PART_HASH}`,
  `abort-multipart-upload ${V} --upload-id=$uploadId`,
  `initiate-job ${V}`,
  `initiate-job ${V} --job-parameters Type=nonsense`,
  `initiate-job ${V} --job-parameters Nonsense=1`,
  {
    line: `initiate-job ${V} --job-parameters Type=archive-retrieval,ArchiveId=$archiveId,Tier=Expedited`,
    keep: ["jobId"],
  },
  { line: `describe-job ${V} --job-id=$jobId`, until: '"Completed": true' },
  ...["text", "table", "yaml"].map((f) => `describe-job ${V} --job-id=$jobId --output ${f}`),
  `list-jobs ${V}`,
  `list-jobs ${V} --completed true --statuscode Succeeded --query JobList[].StatusCode`,
  `get-job-output ${V} --job-id=$jobId output.bin`,
  `get-job-output ${V} --job-id=$jobId --range bytes=0-9 output.bin`,
  `get-job-output ${V} --job-id=$jobId`,
  `get-job-output ${V} --job-id=nonsense other.bin`,
  `get-job-output ${V} --job-id=$jobId missing/folder.bin`,
  `delete-archive ${V} --archive-id=$archiveId`,
  `delete-vault ${V}`,
  "delete-vault --account-id - --vault-name third",
  "list-vaults --account-id - --no-sign-request",
  'list-vaults --cli-input-json \'{"accountId":"-"}\' --query VaultList[].VaultName',
  "list-vaults --cli-input-yaml 'accountId: \"-\"' --query VaultList[].VaultName",
  "describe-job --generate-cli-skeleton",
  `describe-job ${V} --job-id j --generate-cli-skeleton output`,
  `describe-job ${V} --job-id j --generate-cli-skeleton output --output table`,
];

type Program = "aws" | "moraine";
const REGIONS: Readonly<Record<Program, string>> = { aws: "eu-west-1", moraine: "eu-west-2" };
const ENTRY = resolve(import.meta.dirname, "../../bin/moraine.mjs");

describe("moraine glacier beside the AWS CLI v2", () => {
  let server: ServerProcess;
  let awsProgram: string;
  const folders = new Map<Program, Awaited<ReturnType<typeof makeFolder>>>();
  const kept = { aws: new Map<string, string>(), moraine: new Map<string, string>() };

  const run = (program: Program, words: readonly string[]): Promise<CommandResult> => {
    const [command, first]: [string, string[]] =
      program === "aws" ? [awsProgram, []] : [process.execPath, [ENTRY]];
    return runCommand(command, [...first, "glacier", ...words, "--endpoint-url", server.apiUrl], {
      env: awsEnvironment(server.credentials, REGIONS[program]),
      cwd: folders.get(program)?.path ?? "",
    });
  };

  const perform = async (program: Program, { line, keep = [], until }: Step) => {
    const words = splitWords(line).map((word) =>
      word.replaceAll(/\$(\w+)/g, (_, name: string) => kept[program].get(name) ?? `no-${name}`),
    );
    let result = await run(program, words);
    while (until !== undefined && result.code === 0 && !result.stdout.includes(until)) {
      result = await run(program, words);
    }
    for (const name of keep) {
      kept[program].set(name, String(JSON.parse(result.stdout || "{}")[name]));
    }
    return { status: result.code, stdout: mask(result.stdout), stderr: mask(result.stderr) };
  };

  before(async () => {
    awsProgram = await findProgram(["/usr/bin/aws", "aws"], {
      probe: ["--version"],
      expected: /^aws-cli\/2/,
      advice: "the AWS CLI v2 is needed: apt-get install awscli",
    });
    server = await startServer();
    for (const program of ["aws", "moraine"] as const) {
      const folder = await makeFolder();
      folders.set(program, folder);
      await writeFile(join(folder.path, "one.bin"), KIB);
    }
  });
  after(async () => {
    await server?.stop();
    await Promise.all([...folders.values()].map((folder) => folder.remove()));
  });

  for (const [index, given] of STEPS.entries()) {
    const step = typeof given === "string" ? { line: given } : given;
    it(`does the same at step ${index + 1}: ${step.line}`, async () => {
      const [aws, moraine] = await Promise.all([perform("aws", step), perform("moraine", step)]);
      assert.deepEqual(
        { status: moraine.status, stdout: moraine.stdout },
        { status: aws.status, stdout: aws.stdout },
        `aws: ${aws.stderr}\nmoraine: ${moraine.stderr}`,
      );
      if (aws.status === 254) {
        assert.equal(moraine.stderr, aws.stderr);
      }
    });
  }

  it("leaves the same bytes in the file of a job's output", async () => {
    const read = async (program: Program) =>
      await readFile(join(folders.get(program)?.path ?? "", "output.bin"), "utf8");
    assert.equal(await read("moraine"), "x".repeat(10));
    assert.equal(await read("aws"), "x".repeat(10));
  });

  it("takes ids that begin with a hyphen in the space form, which the AWS CLI does not", async () => {
    const words = splitWords(`delete-archive ${V} --archive-id -${"a".repeat(137)}`);
    const [aws, moraine] = await Promise.all([run("aws", words), run("moraine", words)]);
    assert.deepEqual([aws.code, moraine.code !== 252], [252, true]);
  });
});

/** Words of a line with the quotes of a shell. */
function splitWords(line: string): readonly string[] {
  return [...line.matchAll(/(?:[^\s']|'[^']*')+/g)].map(([word]) => word.replaceAll("'", ""));
}

/** Without what differs from call to call: ids, dates and the programs' regions. */
function mask(text: string): string {
  return text
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, "2000-01-01T00:00:00.000Z")
    .replaceAll(/eu-west-[12]/g, "eu-west-0")
    .replaceAll(/[\w-]{92,}/g, (id) => "i".repeat(id.length));
}
