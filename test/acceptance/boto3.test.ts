/** boto3 against a started server; `boto3/*.py` drive it and report as JSON what this file judges. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { awsEnvironment, findProgram, runCommand } from "../support/external-command.ts";
import { type ServerProcess, startServer } from "../support/server-process.ts";

const REGION = "eu-central-1";
const MIB = 1024 * 1024;

describe("boto3", () => {
  let server: ServerProcess;
  let python: string;

  /** Runs a driver; resolves with its report. */
  const drive = async (name: string) => {
    const script = join(import.meta.dirname, "boto3", `${name}.py`);
    const result = await runCommand(python, [script, server.apiUrl], {
      env: { ...awsEnvironment(server.credentials, REGION), PYTHONDONTWRITEBYTECODE: "1" },
      timeoutMs: 120_000,
    });
    assert.equal(result.code, 0, `${name}.py: ${result.stderr}`);
    return JSON.parse(result.stdout);
  };

  before(async () => {
    python = await findProgram(["/usr/bin/python3", "python3"], {
      probe: ["-c", "import boto3; print('boto3', boto3.__version__)"],
      expected: /^boto3 /,
      advice: "Python with boto3 is needed: apt-get install python3-boto3",
    });
    server = await startServer();
  });
  after(async () => {
    await server?.stop();
  });

  it("pages vaults, jobs, uploads, parts and inventories without gap or repetition", async () => {
    const report = await drive("walks");
    for (const [size, names] of Object.entries(report.vaults)) {
      assert.deepEqual(names, report.names, `pages of ${size} vaults`);
    }
    assert.deepEqual(report.resumed, report.names);
    assert.deepEqual(report.uploadWalks, [true, true, true]);
    const ranges = [0, 1, 2, 3, 4].map((index) => `${index * MIB}-${index * MIB}`);
    assert.deepEqual(report.partWalks, { 1: ranges, 2: ranges, 50: ranges });
    assert.equal(report.wholeInventory, true);
    assert.equal(report.inventorySize, true);
    assert.deepEqual(report.parametersOfWhole, { Format: "JSON" });
    assert.equal(report.distinctSeconds, 3);
    assert.deepEqual(
      [report.since, report.until, report.between],
      [true, true, true],
      "archives since, until and between dates",
    );
    assert.deepEqual(report.pageSizes, [3, 3, 1]);
    assert.equal(report.walked, true);
    assert.equal(report.csvType, "text/csv");
    assert.deepEqual(
      report.csvHeader,
      "ArchiveId,ArchiveDescription,CreationDate,Size,SHA256TreeHash".split(","),
    );
    assert.equal(report.csvIds, true);
    assert.deepEqual(
      report.csvDescriptions,
      [0, 1, 2, 3, 4, 5, 6].map((index) => `number ${index}, "quoted"`),
    );
    assert.equal(report.csvDescriptionOfJob, "as csv");
    assert.deepEqual(report.jobWalks, [true, true, true]);
    assert.deepEqual(report.filtered, {
      succeeded: report.jobCount,
      failed: 0,
      completed: report.jobCount,
      contradiction: 0,
    });
  });

  it("makes vaults, repeats it, and changes tags", async () => {
    const { accountId } = server.credentials;
    const report = await drive("tags");
    const location = { location: `/${accountId}/vaults/boto3.tags` };
    assert.deepEqual(report.created, [location, location]);
    assert.deepEqual(report.statuses, [201, 201, 204]);
    assert.equal(
      report.described.VaultARN,
      `arn:aws:glacier:${REGION}:${accountId}:vaults/boto3.tags`,
    );
    assert.deepEqual(report.tagged, { b: "2", a: "one", note: "x + y = z/@._-" });
    assert.deepEqual(report.left, { a: "one", note: "x + y = z/@._-" });
    assert.deepEqual(report.elsewhere, []);
  });

  it("stores archives of any size and gets the same bytes, hashes and description back", async () => {
    const report = await drive("archives");
    for (const archive of report.archives) {
      const label = `archive of ${archive.size} bytes`;
      assert.equal(archive.sameBytes, true, label);
      assert.equal(archive.sameSha256, true, label);
      assert.equal(archive.hashes.length, 1, `${label}: every tree hash is the same`);
      assert.equal(archive.description, archive.expectedDescription, label);
      assert.equal(archive.length, String(archive.size), label);
      assert.equal(archive.status, 200, label);
      assert.deepEqual(archive.job, {
        StatusCode: "Succeeded",
        StatusMessage: "Succeeded",
        ArchiveSizeInBytes: archive.size,
        Tier: "Standard",
      });
    }
    for (const { job, download, ...facts } of report.ranges) {
      const expected = Object.fromEntries(Object.keys(facts).map((name) => [name, true]));
      assert.deepEqual(facts, expected, job ? `job of ${job}` : `download of ${download}`);
    }
    assert.equal(report.ranges.length, 11);
  });

  it("uploads 130 MiB in parts from four threads and gets the same bytes back", async () => {
    const report = await drive("multipart");
    const part = 16 * MIB;
    assert.deepEqual(report, {
      partHashesRight: true,
      listed: Array.from(
        { length: 9 },
        (_, index) => `${index * part}-${Math.min((index + 1) * part, 130 * MIB) - 1}`,
      ),
      listedHashesRight: true,
      pagedSame: true,
      description: "from  threads",
      partSize: part,
      uploads: [true],
      refusals: ["InvalidParameterValueException", "InvalidParameterValueException"],
      completedAgain: true,
      checksums: [true, true],
      sameBytes: true,
      sameSha256: true,
      afterAbort: "ResourceNotFoundException",
      afterComplete: "ResourceNotFoundException",
      uploadsLeft: 0,
    });
  });

  it("raises the modelled exceptions with code, status and message", async () => {
    const { accountId } = server.credentials;
    const report = await drive("errors");
    const arn = (vault: string) => `arn:aws:glacier:${REGION}:${accountId}:vaults/${vault}`;
    const notFound = (message: string) => ["ResourceNotFoundException", 404, message];
    const invalid = (message: string | RegExp) => ["InvalidParameterValueException", 400, message];
    const expected: Record<string, unknown[]> = {
      absentVault: notFound(`Vault not found for ARN: ${arn("absent")}`),
      absentVaultBigBody: notFound(`Vault not found for ARN: ${arn("absent")}`),
      badName: invalid("Invalid vault name: a b"),
      absentArchive: notFound(`The archive ID was not found: ${"A".repeat(138)}`),
      absentJob: notFound("The job ID was not found: nope"),
      absentUpload: notFound("The upload ID was not found: nope"),
      badRange: invalid(/./),
      badType: invalid(/./),
      badPartSize: invalid(
        "Invalid part size: 3145728. Part size must not be null, must be a power of two and be " +
          "between 1048576 and 4294967296 bytes.",
      ),
      emptyArchive: invalid("Invalid Content-Length: 0"),
      wrongHash: invalid(/^Checksum mismatch: expected 0{64}, computed [0-9a-f]{64}$/),
      badPartRange: invalid("Invalid Content-Range: bytes 5-1/*"),
      longPart: invalid("Content-Range: bytes 0-9/* is incompatible with Content-Length: 3"),
      nonAscii: invalid(/./),
      foreignAccount: ["AccessDeniedException", 403, "Access denied for account ID: 999999999999"],
      fullVault: invalid(`Vault not empty or recently written to: ${arn("boto3.errors")}`),
      wrongSecret: [
        "InvalidSignatureException",
        403,
        /^The request signature we calculated does not match the signature you provided\./,
      ],
      unknownKey: ["UnrecognizedClientException", 400, /./],
      selectJob: ["MissingParameterValueException", 400, /ArchiveId/],
    };
    assert.deepEqual(Object.keys(report), Object.keys(expected));
    for (const [name, [code, status, message]] of Object.entries(expected)) {
      const seen = report[name];
      assert.ok(seen, `${name}: nothing was raised`);
      assert.deepEqual([seen.code, seen.status, seen.requestId], [code, status, 47], name);
      if (message instanceof RegExp) {
        assert.match(seen.message, message, name);
      } else {
        assert.equal(seen.message, message, name);
      }
    }
    assert.equal(report.absentVault.class, "ResourceNotFoundException");
    assert.equal(report.badName.class, "InvalidParameterValueException");
  });

  it("works through the resource interface", async () => {
    const { accountId } = server.credentials;
    const report = await drive("resources");
    const { archiveId, accountVaults, ...rest } = report;
    assert.match(archiveId, /^[A-Za-z0-9_-]{138}$/);
    assert.ok(accountVaults.includes("boto3.resource"));
    const size = 3 * MIB + 5;
    assert.deepEqual(rest, {
      vaultArn: `arn:aws:glacier:${REGION}:${accountId}:vaults/boto3.resource`,
      numberOfArchives: 2,
      sizeInBytes: 2 * size,
      sameBytes: [true, true],
      jobAction: ["ArchiveRetrieval", "InventoryRetrieval"],
      treeHash: true,
      inventoryHasArchive: true,
      parts: [0, 1, 2, 3].map((index) => `${index * MIB}-${Math.min((index + 1) * MIB, size) - 1}`),
      uploads: [true],
      jobs: { completed: 3, succeeded: 3, failed: 0, inProgress: 0 },
    });
  });
});
