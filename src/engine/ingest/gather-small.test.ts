import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { openMemoryBlobs } from "../../adapters/blobs-memory/memory-blobs.ts";
import { ServiceError } from "../../domain/errors.ts";
import type { BlobId } from "../../domain/ids.ts";
import { SMALL_BLOB_MAX_BYTES } from "../../domain/limits.ts";
import type { SmallBlob, SmallBlobStore } from "../../ports/small-blobs.ts";
import { sha256 } from "../../std/hasher-node.ts";
import { createGatheringRoom } from "./gather-small.ts";
import { createIngest } from "./ingest.ts";

const BLOB_ID = "0000000100000000000000000000abcd" as BlobId;

function expectedOf(bytes: Uint8Array) {
  const hash = sha256(bytes).toHex();
  return { sizeBytes: bytes.length, sha256: hash, treeHash: hash };
}

/** In pieces of one buffer, which is overwritten as soon as the next is asked for. */
async function* bodyOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  const buffer = Buffer.alloc(1000);
  for (let offset = 0; offset < bytes.length; offset += buffer.length) {
    const piece = bytes.subarray(offset, offset + buffer.length);
    buffer.fill(0xee);
    buffer.set(piece);
    yield buffer.subarray(0, piece.length);
  }
}

async function* failAfter(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
  throw new Error("gone");
}

/** An ingest whose form turns bits round, and the rows that it keeps. */
function openIngest() {
  const rows: SmallBlob[] = [];
  const blobs = openMemoryBlobs();
  const ingest = createIngest({
    blobs,
    ids: { blobId: () => BLOB_ID },
    sha256,
    small: { seal: (_, bytes) => bytes.map((byte) => byte ^ 0xff) },
  });
  const smallBlobs = {
    insert: async (row: SmallBlob) => void rows.push(row),
  } as Partial<SmallBlobStore> as SmallBlobStore;
  return { ingest, blobs, rows, session: { smallBlobs } };
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof ServiceError, String(error));
  return error.code;
}

describe("small bodies", () => {
  it("are kept with their part, sealed, and write no file", async () => {
    for (const sizeBytes of [0, 1, 4096, SMALL_BLOB_MAX_BYTES]) {
      const bytes = new Uint8Array(sizeBytes).map((_, index) => index % 251);
      const { ingest, blobs, rows, session } = openIngest();
      const blob = await ingest.store({ body: bodyOf(bytes), expected: expectedOf(bytes) });
      assert.deepEqual(rows, [], "nothing is stored before the transaction");
      assert.equal(blob.sizeBytes, sizeBytes);
      assert.deepEqual(Buffer.from(blob.leaves), Buffer.from(sha256(bytes)));
      assert.equal(blob.treeHash, sha256(bytes).toHex());
      await ingest.keep(session, blob);
      const stored = bytes.map((byte) => byte ^ 0xff);
      assert.deepEqual(rows, [{ blobId: BLOB_ID, stored }]);
      assert.equal(blobs.contents.blobs.size, 0);
      assert.equal(blobs.contents.temporary.size, 0);
    }
  });

  it("go to files beyond the limit", async () => {
    const bytes = new Uint8Array(SMALL_BLOB_MAX_BYTES + 1).fill(3);
    const { ingest, blobs, rows, session } = openIngest();
    const blob = await ingest.store({ body: bodyOf(bytes), expected: expectedOf(bytes) });
    await ingest.keep(session, blob);
    assert.deepEqual(rows, []);
    assert.equal(blobs.contents.blobs.size, 1);
  });

  it("are refused like large ones when size or hashes are others", async () => {
    const bytes = new Uint8Array(5000).fill(7);
    const expected = expectedOf(bytes);
    const { ingest } = openIngest();
    const store = (changed: Partial<typeof expected>) =>
      codeOf(ingest.store({ body: bodyOf(bytes), expected: { ...expected, ...changed } }));
    assert.equal(await store({ sizeBytes: 4999 }), "BadRequest");
    assert.equal(await store({ sizeBytes: 5001 }), "BadRequest");
    assert.equal(await store({ sha256: "0".repeat(64) }), "InvalidSignatureException");
    assert.equal(await store({ treeHash: "0".repeat(64) }), "InvalidParameterValueException");
  });
});

describe("the room for small bodies", () => {
  it("admits bodies up to the limit, and up to the sum of all", () => {
    const room = createGatheringRoom(SMALL_BLOB_MAX_BYTES + 10);
    assert.equal(room.enter(SMALL_BLOB_MAX_BYTES + 1), false);
    assert.equal(room.enter(SMALL_BLOB_MAX_BYTES), true);
    assert.equal(room.enter(11), false);
    assert.equal(room.enter(10), true);
    assert.equal(room.enter(1), false);
    room.leave(10);
    assert.equal(room.enter(10), true);
  });

  it("is given back by bodies that fail", async () => {
    const { ingest, blobs } = openIngest();
    const bytes = new Uint8Array(SMALL_BLOB_MAX_BYTES).fill(1);
    for (let index = 0; index < 1030; index += 1) {
      const body = failAfter(bytes.subarray(0, 10));
      await assert.rejects(ingest.store({ body, expected: expectedOf(bytes) }), /gone/);
    }
    await ingest.store({ body: bodyOf(bytes), expected: expectedOf(bytes) });
    assert.equal(blobs.contents.blobs.size, 0, "there was no room left");
  });
});
