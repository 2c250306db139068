import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type MemoryBlobs, openMemoryBlobs } from "../../adapters/blobs-memory/memory-blobs.ts";
import { ServiceError } from "../../domain/errors.ts";
import type { BlobId } from "../../domain/ids.ts";
import { MIB } from "../../domain/limits.ts";
import { treeHashOfNodes } from "../../domain/tree-hash.ts";
import type { BlobStore, BlobWriter } from "../../ports/blob-store.ts";
import { sha256 } from "../../std/hasher-node.ts";
import { createIngest, type Ingest } from "./ingest.ts";

const BODY = new Uint8Array(2 * MIB + 5).map((_, index) => (index * 7) % 251);
const SHA256 = sha256(BODY).toHex();
const TREE_HASH = treeHashOfNodes(
  Buffer.concat([0, 1, 2].map((leaf) => sha256(BODY.subarray(leaf * MIB, (leaf + 1) * MIB)))),
  sha256,
);
const EXPECTED = { sizeBytes: BODY.length, sha256: SHA256, treeHash: TREE_HASH };
const BLOB_ID = "0000000100000000000000000000abcd" as BlobId;

async function* bodyOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  const buffer = Buffer.alloc(65_536);
  for (let offset = 0; offset < bytes.length; offset += buffer.length) {
    const piece = bytes.subarray(offset, offset + buffer.length);
    buffer.set(piece);
    yield buffer.subarray(0, piece.length);
  }
}

function ingestOver(blobs: BlobStore): Ingest {
  return createIngest({ blobs, ids: { blobId: () => BLOB_ID }, sha256 });
}

async function errorOf(work: Promise<unknown>): Promise<ServiceError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof ServiceError, `${error}`);
  return error;
}

function assertNothingKept(blobs: MemoryBlobs): void {
  assert.equal(blobs.contents.blobs.size, 0);
  assert.equal(blobs.contents.temporary.size, 0);
}

/** A memory store whose writers fail in one call with the code given. */
function failingBlobs(
  blobs: MemoryBlobs,
  call: "openWriter" | keyof BlobWriter,
  code: string,
): BlobStore {
  const fail = (): never => {
    throw Object.assign(new Error(`${code}: no luck`), { code });
  };
  return Object.assign(Object.create(blobs) as BlobStore, {
    openWriter: async (blobId: BlobId, sizeBytes: number): Promise<BlobWriter> => {
      if (call === "openWriter") {
        fail();
      }
      const writer = await blobs.openWriter(blobId, sizeBytes);
      return Object.assign(writer, { [call]: call === "write" ? fail : async () => fail() });
    },
  });
}

describe("ingest", () => {
  it("commits a body whose size and hashes are the announced ones", async () => {
    const blobs = openMemoryBlobs();
    const stored = await ingestOver(blobs).store({ body: bodyOf(BODY), expected: EXPECTED });
    assert.equal(stored.blobId, BLOB_ID);
    assert.equal(stored.sizeBytes, BODY.length);
    assert.equal(stored.sha256, SHA256);
    assert.equal(stored.treeHash, TREE_HASH);
    assert.equal(stored.leaves.length, 3 * 32);
    assert.deepEqual(Buffer.from(blobs.contents.blobs.get(BLOB_ID)!), Buffer.from(BODY));
  });

  it("takes the tree hash in either case", async () => {
    const expected = { ...EXPECTED, treeHash: TREE_HASH.toUpperCase() };
    await ingestOver(openMemoryBlobs()).store({ body: bodyOf(BODY), expected });
  });

  it("refuses another linear hash with the recorded text, before it looks at the tree hash", async () => {
    const blobs = openMemoryBlobs();
    const expected = { ...EXPECTED, sha256: SHA256.toUpperCase(), treeHash: "0".repeat(64) };
    const error = await errorOf(ingestOver(blobs).store({ body: bodyOf(BODY), expected }));
    assert.equal(error.code, "InvalidSignatureException");
    assert.equal(
      error.message,
      "The value passed in as x-amz-content-sha256 does not match the computed payload hash. " +
        `Computed digest: ${SHA256} expected hash: ${SHA256.toUpperCase()}`,
    );
    assertNothingKept(blobs);
  });

  it("refuses another tree hash with the recorded text", async () => {
    const blobs = openMemoryBlobs();
    const expected = { ...EXPECTED, treeHash: "AB".repeat(32) };
    const error = await errorOf(ingestOver(blobs).store({ body: bodyOf(BODY), expected }));
    assert.equal(error.code, "InvalidParameterValueException");
    assert.equal(
      error.message,
      `Checksum mismatch: expected ${"AB".repeat(32)}, computed ${TREE_HASH}`,
    );
    assertNothingKept(blobs);
  });

  it("refuses a body one byte longer or shorter than announced", async () => {
    for (const sizeBytes of [BODY.length - 1, BODY.length + 1]) {
      const blobs = openMemoryBlobs();
      const expected = { ...EXPECTED, sizeBytes };
      const error = await errorOf(ingestOver(blobs).store({ body: bodyOf(BODY), expected }));
      assert.equal(error.code, "BadRequest");
      assert.match(error.message, new RegExp(`announced ${sizeBytes}`));
      assertNothingKept(blobs);
    }
  });

  it("passes on what the body throws, and keeps nothing", async () => {
    const blobs = openMemoryBlobs();
    const broken = new Error("the connection was lost");
    async function* body(): AsyncGenerator<Uint8Array> {
      yield BODY.subarray(0, 100);
      throw broken;
    }
    const work = ingestOver(blobs).store({ body: body(), expected: EXPECTED });
    await assert.rejects(work, broken);
    assertNothingKept(blobs);
  });

  it("answers a failing storage with ServiceUnavailableException and keeps the cause", async () => {
    for (const call of ["openWriter", "write", "finish", "commit"] as const) {
      const blobs = openMemoryBlobs();
      const ingest = ingestOver(failingBlobs(blobs, call, "ENOSPC"));
      const error = await errorOf(ingest.store({ body: bodyOf(BODY), expected: EXPECTED }));
      assert.equal(error.code, "ServiceUnavailableException", call);
      assert.equal((error.cause as NodeJS.ErrnoException).code, "ENOSPC");
      assert.doesNotMatch(error.message, /ENOSPC/);
      assertNothingKept(blobs);
    }
  });

  it("tells the first error when the abort fails as well", async () => {
    const blobs = failingBlobs(openMemoryBlobs(), "abort", "EIO");
    const expected = { ...EXPECTED, treeHash: "0".repeat(64) };
    const error = await errorOf(ingestOver(blobs).store({ body: bodyOf(BODY), expected }));
    assert.equal(error.code, "InvalidParameterValueException");
  });

  it("discards a stored blob, also one that is gone", async () => {
    const blobs = openMemoryBlobs();
    const ingest = ingestOver(blobs);
    const blob = await ingest.store({ body: bodyOf(BODY), expected: EXPECTED });
    await ingest.discard(blob);
    await ingest.discard(blob);
    assertNothingKept(blobs);
  });
});
