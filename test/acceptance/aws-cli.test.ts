/** The AWS command line, version 2, against a started server: what it prints, stores and exits with. */
import assert from "node:assert/strict";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import {
  awsEnvironment,
  type CommandResult,
  findProgram,
  makeFolder,
  runCommand,
} from "../support/external-command.ts";
import { combineTreeHashes, MIB, makePayload, type Payload } from "../support/payload.ts";
import { type ServerProcess, startServer } from "../support/server-process.ts";

const REGION = "eu-west-1";
const VAULT = "cli.vault-1_x";

describe("AWS CLI v2", () => {
  let server: ServerProcess;
  let folder: Awaited<ReturnType<typeof makeFolder>>;
  let program: string;
  const path = (name: string) => join(folder.path, name);

  const run = (args: readonly string[], region = REGION): Promise<CommandResult> =>
    runCommand(program, ["glacier", ...args, "--endpoint-url", server.apiUrl], {
      env: awsEnvironment(server.credentials, region),
      cwd: folder.path,
    });

  /** Runs a command for the caller's own account; resolves with what it printed as JSON. */
  const aws = async (command: string, ...args: readonly string[]) => {
    const given = args.includes("--account-id") ? args : ["--account-id", "-", ...args];
    const result = await run([command, ...given, "--output", "json"]);
    assert.equal(result.code, 0, `aws glacier ${command}: ${result.stderr}`);
    return result.stdout.trim() === "" ? undefined : JSON.parse(result.stdout);
  };
  const inVault = (command: string, ...args: readonly string[]) =>
    aws(command, "--vault-name", VAULT, ...args);

  const write = async (name: string, payload: Payload): Promise<string> => {
    await writeFile(path(name), payload.bytes);
    return name;
  };

  const retrieve = async (parameters: object | string, output: string) => {
    const text = typeof parameters === "string" ? parameters : JSON.stringify(parameters);
    const { jobId } = await inVault("initiate-job", "--job-parameters", text);
    for (;;) {
      const job = await inVault("describe-job", "--job-id", jobId);
      if (job.Completed) {
        assert.equal(job.StatusCode, "Succeeded", job.StatusMessage);
        const printed = await inVault("get-job-output", "--job-id", jobId, output);
        return { job, printed, bytes: await readFile(path(output)) };
      }
    }
  };

  before(async () => {
    program = await findProgram(["/usr/bin/aws", "aws"], {
      probe: ["--version"],
      expected: /^aws-cli\/2/,
      advice: "the AWS CLI v2 is needed: apt-get install awscli",
    });
    server = await startServer();
    folder = await makeFolder();
  });
  after(async () => {
    await server?.stop();
    await folder?.remove();
  });

  it("makes a vault, waits for it, describes and lists it", async () => {
    const account = server.credentials.accountId;
    const created = await inVault("create-vault");
    assert.deepEqual(created, { location: `/${account}/vaults/${VAULT}` });
    const [described, again, listed, waited] = await Promise.all([
      inVault("describe-vault"),
      aws("describe-vault", "--vault-name", VAULT, "--account-id", account),
      aws("list-vaults"),
      run(["wait", "vault-exists", "--account-id", "-", "--vault-name", VAULT]),
    ]);
    assert.equal(waited.code, 0, waited.stderr);
    const { CreationDate, ...rest } = described;
    assert.match(CreationDate, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert.deepEqual(rest, {
      VaultARN: `arn:aws:glacier:${REGION}:${account}:vaults/${VAULT}`,
      VaultName: VAULT,
      NumberOfArchives: 0,
      SizeInBytes: 0,
    });
    assert.deepEqual(again, described);
    assert.deepEqual(listed.VaultList, [described]);
  });

  it("adds, lists and removes tags", async () => {
    await inVault("add-tags-to-vault", "--tags", "project=alpha,owner=Anna Ångström,empty=");
    assert.deepEqual(await inVault("list-tags-for-vault"), {
      Tags: { project: "alpha", owner: "Anna Ångström", empty: "" },
    });
    await inVault("remove-tags-from-vault", "--tag-keys", "owner", "empty", "unknown");
    assert.deepEqual(await inVault("list-tags-for-vault"), { Tags: { project: "alpha" } });
  });

  const archives = new Map<string, { payload: Payload; description: string }>();

  it("uploads archives of any size and prints the checksum it computed itself", async () => {
    const sizes = [1, MIB - 1, MIB, MIB + 1, 5.5 * MIB];
    const uploads = sizes.map(async (sizeBytes) => {
      const payload = makePayload(sizeBytes, `cli ${sizeBytes}`);
      const description = `two  spaces, "quoted" \\ ${sizeBytes}`;
      const body = await write(`in-${sizeBytes}`, payload);
      const printed = await inVault(
        "upload-archive",
        ...["--body", body, "--archive-description", description],
      );
      assert.equal(printed.checksum, payload.treeHash);
      assert.match(printed.archiveId, /^[A-Za-z0-9_][A-Za-z0-9_-]{137}$/);
      assert.equal(
        printed.location,
        `/${server.credentials.accountId}/vaults/${VAULT}/archives/${printed.archiveId}`,
      );
      archives.set(printed.archiveId, { payload, description });
    });
    await Promise.all(uploads);
    assert.equal(archives.size, sizes.length);
  });

  it("retrieves every archive byte for byte", async () => {
    const retrievals = [...archives].map(async ([archiveId, { payload, description }], index) => {
      const parameters = { Type: "archive-retrieval", ArchiveId: archiveId };
      const { job, printed, bytes } = await retrieve(parameters, `out-${index}`);
      assert.ok(payload.bytes.equals(bytes), `archive of ${payload.bytes.length} bytes`);
      assert.equal(job.ArchiveSHA256TreeHash, payload.treeHash);
      assert.equal(job.SHA256TreeHash, payload.treeHash);
      assert.equal(job.ArchiveSizeInBytes, payload.bytes.length);
      assert.equal(job.RetrievalByteRange, `0-${payload.bytes.length - 1}`);
      assert.equal(job.Tier, "Standard");
      assert.deepEqual(printed, {
        checksum: payload.treeHash,
        status: 200,
        acceptRanges: "bytes",
        contentType: "application/octet-stream",
        archiveDescription: description,
      });
    });
    await Promise.all(retrievals);
  });

  it("retrieves a range, and downloads ranges of it with a checksum where they have one", async () => {
    const [archiveId, { payload }] = [...archives].find(
      ([, archive]) => archive.payload.bytes.length === 5.5 * MIB,
    )!;
    const parameters = {
      Type: "archive-retrieval",
      ArchiveId: archiveId,
      RetrievalByteRange: `${2 * MIB}-${4 * MIB - 1}`,
      Tier: "Bulk",
      Description: "the middle",
    };
    const whole = await retrieve(parameters, "range-whole");
    const middle = payload.bytes.subarray(2 * MIB, 4 * MIB);
    assert.ok(middle.equals(whole.bytes));
    assert.equal(whole.job.JobDescription, "the middle");
    assert.equal(whole.printed.checksum, whole.job.SHA256TreeHash);
    const jobId = whole.job.JobId;
    const [aligned, crooked] = await Promise.all([
      inVault(
        "get-job-output",
        ...["--job-id", jobId],
        ...["--range", `bytes=${MIB}-${2 * MIB - 1}`, "aligned"],
      ),
      inVault("get-job-output", "--job-id", jobId, "--range", "bytes=5-14", "crooked"),
    ]);
    assert.equal(aligned.status, 206);
    assert.equal(aligned.contentRange, `bytes ${MIB}-${2 * MIB - 1}/${2 * MIB}`);
    assert.match(aligned.checksum, /^[0-9a-f]{64}$/);
    assert.ok(middle.subarray(MIB).equals(await readFile(path("aligned"))));
    assert.equal(crooked.checksum, undefined);
    assert.ok(middle.subarray(5, 15).equals(await readFile(path("crooked"))));
  });

  it("retrieves inventories as JSON and as CSV, with shorthand parameters", async () => {
    const json = await retrieve({ Type: "inventory-retrieval" }, "inventory.json");
    assert.equal(json.printed.contentType, "application/json");
    assert.equal(json.job.InventorySizeInBytes, json.bytes.length);
    assert.deepEqual(json.job.InventoryRetrievalParameters, { Format: "JSON" });
    const inventory = JSON.parse(json.bytes.toString());
    const seen = inventory.ArchiveList.map((row: Record<string, unknown>) => [
      row["ArchiveId"],
      [row["ArchiveDescription"], row["Size"], row["SHA256TreeHash"]],
    ]);
    const expected = [...archives].map(([archiveId, { payload, description }]) => [
      archiveId,
      [description, payload.bytes.length, payload.treeHash],
    ]);
    assert.deepEqual(Object.fromEntries(seen), Object.fromEntries(expected));
    const csv = await retrieve(
      "Type=inventory-retrieval,Format=CSV,InventoryRetrievalParameters={Limit=2}",
      "inventory.csv",
    );
    assert.equal(csv.printed.contentType, "text/csv");
    const lines = csv.bytes.toString().split("\n");
    assert.equal(lines[0], "ArchiveId,ArchiveDescription,CreationDate,Size,SHA256TreeHash");
    assert.equal(lines.length, 4, "a header, two archives, and nothing after the last line end");
    assert.match(lines[1]!, /^[A-Za-z0-9_-]{138},"two {2}spaces, \\"quoted\\" \\ \d+",/);
    assert.equal(csv.job.InventoryRetrievalParameters.Limit, "2");
    assert.equal(typeof csv.job.InventoryRetrievalParameters.Marker, "string");
  });

  it("uploads 130 MiB in parts, out of order, several at once, one of them twice", async () => {
    const partSizeBytes = 16 * MIB;
    const payload = makePayload(130 * MIB, "cli multipart");
    const { uploadId } = await inVault(
      "initiate-multipart-upload",
      ...["--part-size", String(partSizeBytes)],
      ...["--archive-description", "in parts"],
    );
    assert.match(uploadId, /^[A-Za-z0-9_-]{92}$/);
    const upload = ["--upload-id", uploadId];
    const starts = Array.from({ length: 9 }, (_, index) => (8 - index) * partSizeBytes);
    const send = async (start: number, bytes: Buffer): Promise<string> => {
      await writeFile(path(`part-${start}`), bytes);
      const range = `bytes ${start}-${start + bytes.length - 1}/*`;
      const printed = await inVault(
        "upload-multipart-part",
        ...[...upload, "--range", range],
        ...["--body", `part-${start}`],
      );
      return printed.checksum;
    };
    await send(2 * partSizeBytes, Buffer.alloc(partSizeBytes, "to be replaced"));
    const hashes = new Map<number, string>();
    const worker = async (): Promise<void> => {
      for (let start = starts.shift(); start !== undefined; start = starts.shift()) {
        hashes.set(start, await send(start, payload.bytes.subarray(start, start + partSizeBytes)));
      }
    };
    await Promise.all([worker(), worker(), worker()]);
    const ordered = [...hashes].sort(([left], [right]) => left - right);
    assert.equal(combineTreeHashes(ordered.map(([, hash]) => hash)), payload.treeHash);
    const [listed, uploads] = await Promise.all([
      inVault("list-parts", ...upload, "--page-size", "4"),
      inVault("list-multipart-uploads"),
    ]);
    assert.deepEqual(
      listed.Parts,
      ordered.map(([start, hash]) => ({
        RangeInBytes: `${start}-${Math.min(start + partSizeBytes, 130 * MIB) - 1}`,
        SHA256TreeHash: hash,
      })),
    );
    assert.equal(uploads.UploadsList.length, 1);
    assert.equal(uploads.UploadsList[0].MultipartUploadId, uploadId);
    assert.equal(uploads.UploadsList[0].ArchiveDescription, "in parts");
    const complete = () =>
      inVault(
        "complete-multipart-upload",
        ...[...upload],
        ...["--archive-size", String(130 * MIB), "--checksum", payload.treeHash],
      );
    const first = await complete();
    assert.equal(first.checksum, payload.treeHash);
    assert.deepEqual(await complete(), first, "a retry gives the same archive");
    const gone = await run(["list-parts", "--account-id", "-", "--vault-name", VAULT, ...upload]);
    assert.equal(gone.code, 254);
    assert.match(gone.stderr, /\(ResourceNotFoundException\) when calling the ListParts/);
    const parameters = { Type: "archive-retrieval", ArchiveId: first.archiveId };
    const { bytes, job } = await retrieve(parameters, "assembled");
    assert.equal(job.ArchiveSHA256TreeHash, payload.treeHash);
    assert.ok(payload.bytes.equals(bytes));
    archives.set(first.archiveId, { payload, description: "in parts" });
  });

  it("aborts an upload, after which its parts cannot be listed", async () => {
    const { uploadId } = await inVault("initiate-multipart-upload", "--part-size", String(MIB));
    await inVault("abort-multipart-upload", "--upload-id", uploadId);
    const { UploadsList } = await inVault("list-multipart-uploads");
    assert.deepEqual(UploadsList, []);
  });

  it("filters and pages jobs", async () => {
    const [all, pending, some] = await Promise.all([
      inVault("list-jobs", "--page-size", "3"),
      inVault("list-jobs", "--completed", "false"),
      inVault("list-jobs", "--statuscode", "Succeeded", "--max-items", "2"),
    ]);
    assert.equal(all.JobList.length, archives.size + 3);
    assert.equal(new Set(all.JobList.map((job: { JobId: string }) => job.JobId)).size, 9);
    assert.deepEqual(pending.JobList, []);
    assert.equal(some.JobList.length, 2);
    assert.equal(typeof some.NextToken, "string");
  });

  it("shows errors by code and text, exits with 254 and leaves no output file", async () => {
    const account = server.credentials.accountId;
    const own = ["--account-id", "-"];
    const cases: [args: string[], stderr: RegExp][] = [
      [
        ["describe-vault", ...own, "--vault-name", "absent"],
        new RegExp(
          String.raw`An error occurred \(ResourceNotFoundException\) when calling the DescribeVault ` +
            `operation: Vault not found for ARN: arn:aws:glacier:${REGION}:${account}:vaults/absent`,
        ),
      ],
      [
        ["create-vault", ...own, "--vault-name", "bad name"],
        /\(InvalidParameterValueException\) when calling the CreateVault operation/,
      ],
      [
        ["list-vaults", "--account-id", "999999999999"],
        /\(AccessDeniedException\).*: Access denied for account ID: 999999999999/,
      ],
      [
        ["get-job-output", ...own, "--vault-name", VAULT, "--job-id", "absent", "never"],
        /\(ResourceNotFoundException\).*The job ID was not found: absent/,
      ],
      [
        ["initiate-job", ...own, "--vault-name", VAULT],
        /\(MissingParameterValueException\) when calling the InitiateJob operation/,
      ],
      [
        ["delete-vault", ...own, "--vault-name", VAULT],
        /\(InvalidParameterValueException\).*Vault not empty or recently written to: arn:aws/,
      ],
      [
        ["list-vaults", ...own, "--no-sign-request"],
        /\(MissingAuthenticationTokenException\) when calling the ListVaults operation/,
      ],
    ];
    await Promise.all(
      cases.map(async ([args, stderr]) => {
        const result = await run(args);
        assert.equal(result.code, 254, `${args.join(" ")}: ${result.stderr}`);
        assert.match(result.stderr, stderr);
      }),
    );
    assert.ok(!(await readdir(folder.path)).includes("never"));
  });

  it("keeps regions apart", async () => {
    const elsewhere = await run(["list-vaults", "--account-id", "-"], "ap-southeast-2");
    assert.equal(elsewhere.code, 0, elsewhere.stderr);
    assert.deepEqual(JSON.parse(elsewhere.stdout), { VaultList: [] });
  });

  it("deletes archives, twice if need be, then the vault, and waits until it is gone", async () => {
    const ids = [...archives.keys()];
    await Promise.all(ids.map((id) => inVault("delete-archive", `--archive-id=${id}`)));
    await inVault("delete-archive", `--archive-id=${ids[0]}`);
    await inVault("delete-vault");
    const waited = await run(["wait", "vault-not-exists", "--account-id=-", "--vault-name", VAULT]);
    assert.equal(waited.code, 0, waited.stderr);
    await inVault("delete-vault");
  });
});
