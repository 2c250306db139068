import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { describe, it } from "node:test";
import { MIB } from "../../domain/limits.ts";
import type { UploadSource } from "../call-types.ts";
import { createPartMemory } from "./part-memory.ts";
import { createSlots } from "./slots.ts";
import { unthrottled } from "./throttle.ts";
import { uploadStream } from "./upload-stream.ts";
import type { UploadTarget } from "./upload-target.ts";

const observer = { onSent: () => undefined, onRetry: () => undefined, onResumed: () => undefined };

interface Call {
  readonly name: string;
  readonly range?: string;
  readonly sha256?: string;
}

/** A service that takes everything and reads each body twice, as after a broken connection. */
function record(memoryBytes: number, signal = new AbortController().signal) {
  const calls: Call[] = [];
  const call = async (name: string, input: { range?: string; body?: UploadSource }) => {
    const { body, range } = input;
    let sha256: string | undefined;
    for (let attempt = 0; body !== undefined && attempt < 2; attempt += 1) {
      const hash = createHash("sha256");
      for await (const chunk of body.open()) {
        hash.update(chunk);
      }
      sha256 = hash.digest("hex");
      assert.equal(sha256, body.sha256);
    }
    calls.push({ name, ...(range && { range }), ...(sha256 && { sha256 }) });
    return { output: { archiveId: "archive", uploadId: "upload" } };
  };
  const target = {
    ...{ call, accountId: "-", vaultName: "v", throttle: unthrottled, signal },
    slots: createSlots(2),
    memory: createPartMemory({ totalBytes: memoryBytes, pieceBytes: memoryBytes }),
  };
  // The double answers every operation alike, which no type of the client says.
  return { calls, target: target as unknown as UploadTarget };
}

function upload(bytes: AsyncIterable<Uint8Array>, onStarted = async () => undefined) {
  return { bytes, description: "d", partSizeBytes: MIB, onStarted: async () => await onStarted() };
}

async function* zeros(sizeBytes: number, chunkBytes = 300_000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < sizeBytes; at += chunkBytes) {
    yield new Uint8Array(Math.min(chunkBytes, sizeBytes - at));
  }
}

describe("uploadStream", () => {
  it("sends one part's worth whole and one byte more in two parts", async () => {
    const one = record(8 * MIB);
    await uploadStream(one.target, upload(zeros(MIB)), observer);
    assert.deepEqual(
      one.calls.map(({ name }) => name),
      ["UploadArchive"],
    );
    const two = record(8 * MIB);
    await uploadStream(two.target, upload(zeros(MIB + 1)), observer);
    assert.deepEqual(
      two.calls.map(({ name }) => name),
      [
        "InitiateMultipartUpload",
        "UploadMultipartPart",
        "UploadMultipartPart",
        "CompleteMultipartUpload",
      ],
    );
    assert.deepEqual(two.calls.flatMap(({ range = [] }) => range).toSorted(), [
      "bytes 0-1048575/*",
      "bytes 1048576-1048576/*",
    ]);
  });

  it("spools to temporary files that have no name when memory has no room", async () => {
    const { target, calls } = record(64 * 1024);
    const archive = await uploadStream(target, upload(zeros(3 * MIB + 5)), observer);
    assert.equal(archive.sizeBytes, 3 * MIB + 5);
    assert.equal(calls.filter(({ name }) => name === "UploadMultipartPart").length, 4);
    const left = (await readdir(tmpdir())).filter((name) => name.startsWith("moraine-part-"));
    assert.deepEqual(left, []);
  });

  it("sends no part before the upload is recorded", async () => {
    const { target, calls } = record(8 * MIB);
    const failure = new Error("disk full");
    const bytes = zeros(3 * MIB);
    const started = upload(bytes, async () => {
      throw failure;
    });
    await assert.rejects(uploadStream(target, started, observer), failure);
    assert.deepEqual(
      calls.map(({ name }) => name),
      ["InitiateMultipartUpload"],
    );
  });

  it("refuses nothing at all, and a source that breaks", async () => {
    const { target, calls } = record(8 * MIB);
    await assert.rejects(uploadStream(target, upload(zeros(0)), observer), {
      name: "ClientInputError",
      message: /at least 1 byte/,
    });
    const broken = async function* () {
      yield new Uint8Array(10);
      throw new Error("the pipe broke");
    };
    await assert.rejects(uploadStream(target, upload(broken()), observer), /the pipe broke/);
    assert.deepEqual(calls, []);
  });

  it("takes as many parts as an upload can have, and refuses before one more is sent", async () => {
    const full = record(8 * MIB);
    const fitting = { ...upload(zeros(3 * MIB)), partsMax: 3 };
    assert.equal((await uploadStream(full.target, fitting, observer)).sizeBytes, 3 * MIB);
    const { target, calls } = record(8 * MIB);
    const long = { ...upload(zeros(3 * MIB + 1)), partsMax: 3 };
    await assert.rejects(uploadStream(target, long, observer), {
      name: "ClientInputError",
      message: /longer than 3 parts of 1048576 bytes.*--expect-size/,
    });
    assert.ok(calls.every(({ name }) => name !== "CompleteMultipartUpload"));
    assert.ok(calls.filter(({ name }) => name === "UploadMultipartPart").length <= 3);
  });

  it("stops waiting for bytes when it is aborted", async () => {
    const controller = new AbortController();
    const { target } = record(8 * MIB, controller.signal);
    const silent = async function* () {
      yield new Uint8Array(10);
      controller.abort(new Error("enough"));
      await new Promise(() => undefined);
    };
    await assert.rejects(uploadStream(target, upload(silent()), observer), /enough/);
  });
});
