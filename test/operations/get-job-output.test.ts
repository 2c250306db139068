import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { BlobId } from "../../src/domain/ids.ts";
import type { InventoryFormat } from "../../src/domain/job.ts";
import type { Output } from "../../src/protocol/operations.ts";
import {
  bodyOf,
  type OperationWorld,
  openOperationWorld,
  refusal,
} from "../support/operation-world.ts";
import { describePayload, MIB } from "../support/payload.ts";

const SIZE = 6.5 * MIB;
const invalid = "InvalidParameterValueException";

/** Generator G of contract §3.5, so that the hashes below are the contract's and not ours. */
function generate(sizeBytes: number): Buffer {
  const bytes = Buffer.alloc(sizeBytes);
  for (let i = 0; i < sizeBytes; i += 1) {
    bytes[i] = i * 31 + Math.floor(i / 256) * 17 + Math.floor(i / 65_536) * 7;
  }
  return bytes;
}

const G = describePayload(generate(SIZE));
const WHOLE = "1c31690af0c2b3f4b53956e77a2aa8d6436c0c1ebd3e30b10e258f543d0b4e5d";
const hashes = {
  "0-2097151": "137d7f26a8063f4b053e6b40fb25624c22c18423b37f836414616a24ae14bce2",
  "0-4194303": "449123b29945be433cafd51c826881d633ae51086dfee209ea229c279dc03a14",
  "2097152-3145727": "7983fc615d4e1cad43c5900d549712f327d9384811181a880a6594e8b006ed87",
  "2097152-4194303": "d7f6eeaaa6b622a6887cd793e4663da0d4319b1d297ee3ec239363d1443011a2",
  "4194304-6291455": "39f70016e1b69527da13e0000b58ad28ea5f09da731c0ad9a13a6944f52566e7",
  "4194304-6815743": "eaac1a493e495680cab0272d6b058f2c03f242dad45c578a86999b2ff5989d41",
  "6291456-6815743": "883d92b42f510ce62286cbb51e9b3b9c85834c10177a6c4a4b1ba479621a7c39",
} as const;

let world: OperationWorld;
beforeEach(async () => {
  world = await openOperationWorld();
});
afterEach(() => world.close());

/** Stores G as one blob, or in parts of this size. */
async function store(partSize: number | undefined): Promise<string> {
  if (partSize === undefined) {
    return await world.uploadArchive(G, "my archive");
  }
  const initiated = await world.perform.InitiateMultipartUpload({ partSize: `${partSize}` });
  const uploadId = initiated.uploadId!;
  for (let start = 0; start < SIZE; start += partSize) {
    const part = describePayload(G.bytes.subarray(start, start + partSize));
    await world.perform.UploadMultipartPart({
      uploadId,
      range: `bytes ${start}-${start + part.bytes.length - 1}/*`,
      checksum: part.treeHash,
      body: bodyOf(part),
    });
  }
  const completed = await world.perform.CompleteMultipartUpload({
    uploadId,
    archiveSize: `${SIZE}`,
    checksum: WHOLE,
  });
  return completed.archiveId!;
}

/** A succeeded retrieval; `treeHash` is that of its range when it is aligned. */
async function retrieve(options: {
  archiveId: string;
  range?: string | undefined;
  treeHash?: string | undefined;
}): Promise<string> {
  const jobId = await world.initiateJob({
    Type: "archive-retrieval",
    ArchiveId: options.archiveId,
    RetrievalByteRange: options.range,
  });
  await world.finishRetrieval(jobId, options.treeHash);
  return jobId;
}

async function download(jobId: string, range?: string) {
  const { body, ...headers } = await world.perform.GetJobOutput({ jobId, range });
  return { headers, bytes: await collect(body), sizeBytes: body.sizeBytes };
}

async function collect(body: Output<"GetJobOutput">["body"]): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of body.bytes) {
    // Chunks are reused, so each is copied before the next is asked for.
    chunks.push(Buffer.from(chunk));
  }
  return Buffer.concat(chunks);
}

describe("GetJobOutput of an archive retrieval", () => {
  for (const [name, partSize] of [
    ["one blob", undefined],
    ["parts of 1 MiB", MIB],
    ["parts of 2 MiB", 2 * MIB],
  ] as const) {
    it(`sends the whole archive, stored as ${name}, with its headers`, async () => {
      const jobId = await retrieve({ archiveId: await store(partSize), treeHash: WHOLE });
      const { headers, bytes, sizeBytes } = await download(jobId);
      assert.deepEqual(headers, {
        status: 200,
        checksum: WHOLE,
        contentRange: undefined,
        acceptRanges: "bytes",
        contentType: "application/octet-stream",
        archiveDescription: partSize === undefined ? "my archive" : undefined,
      });
      assert.equal(sizeBytes, SIZE);
      assert.ok(bytes.equals(G.bytes));
    });

    it(`sends ranges of the archive, stored as ${name}, with hashes where they are aligned`, async () => {
      const jobId = await retrieve({ archiveId: await store(partSize), treeHash: WHOLE });
      const unaligned = {
        "1048576-3145727": undefined,
        "2097152-6815743": undefined,
        "3145728-5242879": undefined,
        "0-1023": undefined,
        "1-1048576": undefined,
        "6815743-6815743": undefined,
      };
      for (const [text, checksum] of Object.entries({ ...hashes, ...unaligned })) {
        const [first = 0, last = 0] = text.split("-").map(Number);
        const { headers, bytes, sizeBytes } = await download(jobId, `bytes=${text}`);
        assert.equal(headers.checksum, checksum, text);
        assert.equal(headers.status, 206);
        assert.equal(headers.contentRange, `bytes ${text}/${SIZE}`);
        assert.equal(sizeBytes, last - first + 1);
        assert.ok(bytes.equals(G.bytes.subarray(first, last + 1)), text);
      }
    });
  }

  it("answers 206 with the hash of all when a range covers everything", async () => {
    const jobId = await retrieve({ archiveId: await store(MIB), treeHash: WHOLE });
    for (const range of [`bytes=0-${SIZE - 1}`, "bytes=0-", `bytes=-${SIZE}`, "bytes=0-99999999"]) {
      const { headers } = await download(jobId, range);
      assert.equal(headers.status, 206);
      assert.equal(headers.contentRange, `bytes 0-${SIZE - 1}/${SIZE}`);
      assert.equal(headers.checksum, WHOLE);
    }
  });

  it("sends everything with 200 when the header is no single well-formed range", async () => {
    const jobId = await retrieve({ archiveId: await store(undefined), treeHash: WHOLE });
    for (const range of ["bytes 0-41/235", "bytes=0-1,3-4", "bytes=5-4", "bytes=", "items=0-1"]) {
      const { headers, bytes } = await download(jobId, range);
      assert.deepEqual([headers.status, headers.contentRange], [200, undefined]);
      assert.equal(headers.checksum, WHOLE);
      assert.equal(bytes.length, SIZE);
    }
  });

  it("refuses a range that starts past the end with the recorded text", async () => {
    const jobId = await retrieve({ archiveId: await store(undefined), treeHash: WHOLE });
    const range = `bytes=${SIZE}-${SIZE + 9}`;
    await assert.rejects(
      download(jobId, range),
      refusal(invalid, `The start of the range is larger than size of retrieved data: ${range}`),
    );
  });

  it("reads offsets within an aligned retrieved range and hashes what is aligned in the archive", async () => {
    for (const partSize of [undefined, MIB]) {
      const range = "2097152-4194303" as const;
      const archiveId = await store(partSize);
      const jobId = await retrieve({ archiveId, range, treeHash: hashes[range] });
      const whole = await download(jobId);
      assert.equal(whole.headers.checksum, hashes[range]);
      assert.ok(whole.bytes.equals(G.bytes.subarray(2 * MIB, 4 * MIB)));
      const half = await download(jobId, "bytes=0-1048575");
      assert.equal(half.headers.checksum, hashes["2097152-3145727"]);
      assert.equal(half.headers.contentRange, "bytes 0-1048575/2097152");
      const little = await download(jobId, "bytes=0-1023");
      assert.equal(little.headers.checksum, undefined);
      assert.ok(little.bytes.equals(G.bytes.subarray(2 * MIB, 2 * MIB + 1024)));
      const over = await download(jobId, "bytes=1048576-9999999");
      assert.equal(over.headers.contentRange, "bytes 1048576-2097151/2097152");
      await assert.rejects(download(jobId, "bytes=2097152-"), refusal(invalid));
    }
  });

  it("sends no hash of a retrieved range that is only MiB-aligned, nor of any part of it", async () => {
    const range = "1048576-3145727";
    const jobId = await retrieve({ archiveId: await store(undefined), range });
    for (const header of [undefined, "bytes=0-1048575", "bytes=1048576-2097151", "bytes=0-9"]) {
      assert.equal((await download(jobId, header)).headers.checksum, undefined);
    }
    const { bytes } = await download(jobId);
    assert.ok(bytes.equals(G.bytes.subarray(MIB, 3 * MIB)));
  });

  it("goes on sending after the archive was deleted", async () => {
    const archiveId = await store(2 * MIB);
    const jobId = await retrieve({ archiveId, treeHash: WHOLE });
    await world.perform.DeleteArchive({ archiveId });
    assert.deepEqual(await world.metadata.manifests.listCollectable(10), []);
    assert.ok((await download(jobId)).bytes.equals(G.bytes));
    assert.ok((await download(jobId)).bytes.equals(G.bytes));
  });

  it("lets a reader stop early", async () => {
    const jobId = await retrieve({ archiveId: await store(MIB), treeHash: WHOLE });
    const { body } = await world.perform.GetJobOutput({ jobId });
    for await (const chunk of body.bytes) {
      assert.ok(chunk.length > 0);
      break;
    }
  });

  it("breaks off, and never sends other bytes, when a blob is gone", async () => {
    const jobId = await retrieve({ archiveId: await store(MIB), treeHash: WHOLE });
    const last = [...world.blobs.contents.blobs.keys()].at(-1) as BlobId;
    world.blobs.drop(last);
    await assert.rejects(download(jobId), { name: "BlobDamage" });
  });

  it("is not available before the job succeeded, nor when it failed", async () => {
    const archiveId = await store(undefined);
    const jobId = await world.initiateJob({ Type: "archive-retrieval", ArchiveId: archiveId });
    const unavailable = refusal(
      invalid,
      `The job is not currently available for download: ${jobId}`,
    );
    await assert.rejects(download(jobId), unavailable);
    await world.finishJob(jobId, { status: "Failed", message: "damaged" });
    await assert.rejects(download(jobId), unavailable);
  });

  it("finds no job that is unknown or of another vault", async () => {
    const jobId = await retrieve({ archiveId: await store(undefined), treeHash: WHOLE });
    await world.perform.CreateVault({ vaultName: "other" });
    const notFound = refusal("ResourceNotFoundException", `The job ID was not found: ${jobId}`);
    await assert.rejects(world.perform.GetJobOutput({ vaultName: "other", jobId }), notFound);
    await assert.rejects(
      download("x"),
      refusal("ResourceNotFoundException", "The job ID was not found: x"),
    );
  });
});

describe("GetJobOutput of an inventory retrieval", () => {
  /** A succeeded inventory job whose output is `text`. */
  async function succeed(Format: InventoryFormat, text: string): Promise<string> {
    const jobId = await world.initiateJob({ Type: "inventory-retrieval", Format });
    const { bytes, sha256, treeHash } = describePayload(Buffer.from(text));
    const sizeBytes = bytes.length;
    const expected = { sizeBytes, sha256, treeHash };
    const body = bodyOf({ bytes, sha256, treeHash }).bytes;
    const blob = await world.services.ingest.store({ body, expected });
    const manifestId = world.ids.manifestId();
    const part = { ...blob, startBytes: 0 };
    await world.metadata.manifests.putPart(manifestId, part, world.ids.manifestId());
    const range = { start: 0, endExclusive: sizeBytes };
    const output = { manifestId, range, treeHash: undefined, nextPosition: undefined };
    await world.finishJob(jobId, { status: "Succeeded", output });
    return jobId;
  }

  it("sends JSON or CSV with the exact content type and never a tree hash", async () => {
    const types = { JSON: "application/json", CSV: "text/csv" } as const;
    for (const format of ["JSON", "CSV"] as const) {
      const jobId = await succeed(format, `the ${format} output`);
      const { headers, bytes } = await download(jobId);
      assert.deepEqual(headers, {
        status: 200,
        checksum: undefined,
        contentRange: undefined,
        acceptRanges: "bytes",
        contentType: types[format],
        archiveDescription: undefined,
      });
      assert.equal(bytes.toString(), `the ${format} output`);
      const part = await download(jobId, "bytes=4-6");
      assert.equal(part.bytes.toString(), `the ${format}`.slice(4, 7));
      assert.deepEqual([part.headers.status, part.headers.checksum], [206, undefined]);
      const size = `the ${format} output`.length;
      assert.equal(part.headers.contentRange, `bytes 4-6/${size}`);
    }
  });
});
