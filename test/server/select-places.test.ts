/** Select jobs over files of a running service: their threads read them, and what is damaged comes from elsewhere. */
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, unlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { ByteRange } from "../../src/domain/byte-range.ts";
import { describePayload, MIB } from "../support/payload.ts";
import {
  findBlobs,
  flipByte,
  type ServiceInProcess,
  startService,
} from "../support/service-in-process.ts";

/** Two and a half MiB in records of 1000 bytes, of which every other one is put out. */
const TABLE = Array.from(
  { length: 2621 },
  (_, row) => `${`${row},${"xy"[row % 2]},`.padEnd(999, "-")}\n`,
);
const CSV = describePayload(Buffer.from(TABLE.join("")));
const EXPECTED = Array.from({ length: 1311 }, (_, index) => `${2 * index}\n`).join("");

let folder: string;
let service: ServiceInProcess;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "moraine-select-"));
});

afterEach(async () => {
  await service.stop();
  await rm(folder, { recursive: true, force: true });
});

/** A service with the archive, and what is read of it on the event loop from then on. */
async function setUp(settings: Readonly<Record<string, string>> = {}) {
  service = await startService({
    "data-dir": join(folder, "data"),
    ...settings,
  });
  await service.glacier.createVault("tables");
  const archiveId = await service.glacier.uploadArchive("tables", CSV);
  const { blobs } = service.running.stores.shared;
  const read = blobs.read.bind(blobs);
  const reads: ByteRange[] = [];
  blobs.read = (blobId, range) => {
    reads.push(range);
    return read(blobId, range);
  };
  return { archiveId, reads };
}

async function query(archiveId: string) {
  const jobId = await service.glacier.initiateJob("tables", {
    Type: "select",
    Tier: "Expedited",
    ArchiveId: archiveId,
    SelectParameters: {
      Expression: "SELECT _1 FROM archive WHERE _2 = 'x'",
      ExpressionType: "SQL",
    },
    OutputLocation: { S3: { BucketName: "results", Prefix: "p" } },
  });
  const job = await service.glacier.awaitJob("tables", jobId);
  const part = join(folder, "data", "buckets", "results", "p", jobId, "results", "part-00000.csv");
  return { job, result: job.StatusCode === "Succeeded" ? await readFile(part, "utf8") : "" };
}

async function blobFile(): Promise<string> {
  const blobs = await findBlobs(join(folder, "data", "blobs"));
  const path = blobs.get(CSV.bytes.length);
  assert.ok(path !== undefined, "no blob is as long as the archive");
  return path;
}

describe("a select job over stored files", () => {
  it("reads them in its own thread alone", async () => {
    const { archiveId, reads } = await setUp();
    const { job, result } = await query(archiveId);
    assert.equal(job.StatusCode, "Succeeded", job.StatusMessage);
    assert.equal(result, EXPECTED);
    assert.deepEqual(reads, []);
  });

  it("reads encrypted ones there as well", async () => {
    const key = join(folder, "master.key");
    await writeFile(key, Buffer.alloc(32, 7));
    const { archiveId, reads } = await setUp({ "encryption-key-file": key });
    await assert.rejects(blobFile(), /no blob is as long/, "the file is longer by header and tags");
    assert.equal((await query(archiveId)).result, EXPECTED);
    assert.deepEqual(reads, []);
  });

  it("fails when a MiB has rotted, and says which", async () => {
    const { archiveId, reads } = await setUp({ "scrub-rate": "off" });
    await flipByte(await blobFile(), MIB + 5);
    const { job } = await query(archiveId);
    assert.equal(job.StatusCode, "Failed");
    assert.match(String(job.StatusMessage), /damaged in storage: .*MiB 1\)/);
    assert.deepEqual(reads, [{ start: MIB, endExclusive: CSV.bytes.length }]);
  });

  for (const [damage, work, firstByte] of [
    ["a MiB that has rotted", (path: string) => flipByte(path, MIB + 5), MIB],
    ["a file that is gone", (path: string) => unlink(path), 0],
  ] as const) {
    it(`takes ${damage} from the mirror`, async () => {
      const settings = { "mirror-dir": join(folder, "mirror"), "scrub-rate": "off" };
      const { archiveId, reads } = await setUp(settings);
      await work(await blobFile());
      const { job, result } = await query(archiveId);
      assert.equal(job.StatusCode, "Succeeded", job.StatusMessage);
      assert.equal(result, EXPECTED);
      assert.deepEqual(reads, [{ start: firstByte, endExclusive: CSV.bytes.length }]);
    });
  }
});
