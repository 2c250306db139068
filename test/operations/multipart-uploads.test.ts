import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { ArchiveId } from "../../src/domain/ids.ts";
import { NOW_MS } from "../support/metadata-builders.ts";
import {
  bodyOf,
  type OperationWorld,
  openOperationWorld,
  refusal,
  VAULT_ARN,
  VAULT_PATH,
} from "../support/operation-world.ts";
import {
  combineTreeHashes,
  describePayload,
  MIB,
  makePayload,
  type Payload,
} from "../support/payload.ts";

const PART_SIZE = 2 * MIB;
const whole = makePayload(5 * MIB + 9, "multipart");
const invalid = "InvalidParameterValueException";

let world: OperationWorld;
let uploadId: string;
beforeEach(async () => {
  world = await openOperationWorld();
  uploadId = await initiate();
});
afterEach(() => world.close());

async function initiate(archiveDescription?: string): Promise<string> {
  const partSize = String(PART_SIZE);
  const output = await world.perform.InitiateMultipartUpload({ partSize, archiveDescription });
  return output.uploadId!;
}

function slice(start: number, end: number): Payload {
  return describePayload(whole.bytes.subarray(start, end));
}

/** Sends bytes as the part that starts at `start`. */
function sendPart(start: number, payload: Payload, changed: object = {}) {
  return world.perform.UploadMultipartPart({
    uploadId,
    range: `bytes ${start}-${start + payload.bytes.length - 1}/*`,
    checksum: payload.treeHash,
    body: bodyOf(payload),
    ...changed,
  });
}

async function sendAll(starts: readonly number[] = [0, 1, 2]): Promise<void> {
  await Promise.all(
    starts.map((part) =>
      sendPart(part * PART_SIZE, slice(part * PART_SIZE, (part + 1) * PART_SIZE)),
    ),
  );
}

function complete(changed: object = {}) {
  return world.perform.CompleteMultipartUpload({
    uploadId,
    archiveSize: String(whole.bytes.length),
    checksum: whole.treeHash,
    ...changed,
  });
}

function uploadNotFound(id = uploadId) {
  return refusal("ResourceNotFoundException", `The upload ID was not found: ${id}`);
}

async function listRanges(input: object = {}): Promise<(string | null | undefined)[]> {
  const page = await world.perform.ListParts({ uploadId, ...input });
  return page.Parts!.map((part) => part!.RangeInBytes);
}

describe("InitiateMultipartUpload", () => {
  it("answers with a new id and its path", async () => {
    const output = await world.perform.InitiateMultipartUpload({ partSize: "4294967296" });
    assert.match(output.uploadId!, /^[A-Za-z0-9_-]{92}$/);
    assert.equal(output.location, `${VAULT_PATH}/multipart-uploads/${output.uploadId}`);
    assert.notEqual(output.uploadId, uploadId);
  });

  it("refuses part sizes that are absent or no power of two from 1 MiB to 4 GiB", async () => {
    for (const partSize of [undefined, "1048575", "3145728", "8589934592", "x"]) {
      await assert.rejects(
        world.perform.InitiateMultipartUpload({ partSize }),
        refusal(invalid, new RegExp(`^Invalid part size: ${partSize ?? "null"}\\. Part size must`)),
      );
    }
  });

  it("refuses a bad description", async () => {
    await assert.rejects(initiate("tab\there"), refusal(invalid));
  });
});

describe("UploadMultipartPart", () => {
  it("stores a part and answers with its tree hash", async () => {
    const part = slice(0, PART_SIZE);
    world.time.nowMs += 1000;
    assert.deepEqual(await sendPart(0, part), { checksum: part.treeHash });
    const upload = await world.metadata.uploads.find(uploadId as never);
    assert.equal(upload?.lastActivityAtMs, NOW_MS + 1000);
  });

  it("takes parts in any order, in parallel, and short ones anywhere", async () => {
    await sendAll([2, 0]);
    await sendPart(PART_SIZE, slice(0, 1));
    assert.deepEqual(await listRanges(), [
      "0-2097151",
      "2097152-2097152",
      `4194304-${whole.bytes.length - 1}`,
    ]);
  });

  it("replaces a part that is sent again, and gives up the bytes it replaces", async () => {
    await sendPart(0, slice(7, 100));
    const part = slice(0, PART_SIZE);
    await sendPart(0, part);
    const page = await world.perform.ListParts({ uploadId });
    assert.deepEqual(page.Parts, [{ RangeInBytes: "0-2097151", SHA256TreeHash: part.treeHash }]);
    assert.equal((await world.metadata.manifests.listCollectable(10)).length, 1);
  });

  it("refuses malformed ranges and ranges of another length than the body", async () => {
    const part = slice(0, 10);
    for (const range of ["0-9/*", "bytes 9-0/*", "bytes 0-9"]) {
      await assert.rejects(
        sendPart(0, part, { range }),
        refusal(invalid, `Invalid Content-Range: ${range}`),
      );
    }
    for (const range of ["bytes 0-8/*", "bytes 0-10/*"]) {
      await assert.rejects(
        sendPart(0, part, { range }),
        refusal(invalid, `Content-Range: ${range} is incompatible with Content-Length: 10`),
      );
    }
  });

  it("refuses a misplaced, too long or 10 001st part before it reads the body", async () => {
    const body = {
      sizeBytes: 10,
      sha256: whole.sha256,
      // biome-ignore lint/correctness/useYield: it must never be asked for a chunk
      bytes: (async function* (): AsyncGenerator<Uint8Array> {
        assert.fail("the body was read");
      })(),
    };
    await assert.rejects(
      sendPart(0, slice(0, 10), { range: "bytes 1048576-1048585/*", body }),
      refusal(invalid, /must start at a multiple of the part size, 2097152/),
    );
    const start = 10_000 * PART_SIZE;
    await assert.rejects(
      sendPart(0, slice(0, 10), { range: `bytes ${start}-${start + 9}/*`, body }),
      refusal(
        invalid,
        "This is part number 10001 for the current multipart upload. It exceeds the limit of 10000 parts.",
      ),
    );
    await assert.rejects(
      sendPart(0, slice(0, PART_SIZE + 1), {}),
      refusal(invalid, /must not be longer than the part size/),
    );
    await assert.rejects(
      sendPart(0, slice(0, 10), { checksum: "nohash", body }),
      refusal(invalid, "Invalid x-amz-sha256-tree-hash: nohash"),
    );
  });

  it("refuses bytes of another hash and keeps the earlier part", async () => {
    const part = slice(0, 10);
    await sendPart(0, part);
    await assert.rejects(
      sendPart(0, slice(5, 15), { checksum: part.treeHash }),
      refusal(invalid, /^Checksum mismatch: expected /),
    );
    const page = await world.perform.ListParts({ uploadId });
    assert.equal(page.Parts?.[0]?.SHA256TreeHash, part.treeHash);
    assert.equal(world.blobs.contents.blobs.size, 1);
  });

  it("finds no upload that is unknown, malformed, of another vault, aborted or completed", async () => {
    const part = slice(0, PART_SIZE);
    for (const id of [world.ids.uploadId(), "nonsense"]) {
      await assert.rejects(sendPart(0, part, { uploadId: id }), uploadNotFound(id));
    }
    await world.perform.CreateVault({ vaultName: "other" });
    await assert.rejects(sendPart(0, part, { vaultName: "other" }), uploadNotFound());
    await sendAll();
    await complete();
    await assert.rejects(sendPart(0, part), uploadNotFound());
    uploadId = await initiate();
    await world.perform.AbortMultipartUpload({ uploadId });
    await assert.rejects(sendPart(0, part), uploadNotFound());
  });

  it("keeps nothing of a part whose upload ended while its body arrived", async () => {
    const part = slice(0, 10);
    const body = {
      ...bodyOf(part),
      bytes: (async function* () {
        await world.perform.AbortMultipartUpload({ uploadId });
        yield part.bytes;
      })(),
    };
    await assert.rejects(sendPart(0, part, { body }), uploadNotFound());
    assert.equal(world.blobs.contents.blobs.size, 0);
  });
});

describe("CompleteMultipartUpload", () => {
  it("makes an archive of the parts, created at completion, and copies no byte", async () => {
    uploadId = await initiate("holidays");
    await sendAll([2, 1, 0]);
    world.time.nowMs += 5000;
    const output = await complete();
    const archiveId = output.archiveId!;
    assert.deepEqual(output, {
      location: `${VAULT_PATH}/archives/${archiveId}`,
      checksum: whole.treeHash,
      archiveId,
    });
    const archive = await world.metadata.archives.find(archiveId as ArchiveId);
    const { manifestId, vaultId, ...facts } = archive!;
    assert.deepEqual(facts, {
      archiveId,
      createdAtMs: NOW_MS + 5000,
      createdSequence: 1,
      sizeBytes: whole.bytes.length,
      treeHash: whole.treeHash,
      sha256: undefined,
      description: "holidays",
      deletedSequence: undefined,
    });
    assert.equal(world.blobs.contents.blobs.size, 3);
    const vault = await world.getVault();
    assert.deepEqual([vault.archiveCount, vault.archiveBytes], [1, BigInt(whole.bytes.length)]);
    assert.equal((await world.metadata.manifests.summarize(manifestId)).partCount, 3);
    assert.equal(vaultId, vault.vaultId);
  });

  it("gives a repeated request the same archive and makes no second one", async () => {
    await sendAll();
    const first = await complete();
    world.time.nowMs += 23 * 60 * 60 * 1000;
    assert.deepEqual(await complete(), first);
    assert.deepEqual(await complete({ checksum: whole.treeHash.toUpperCase() }), first);
    assert.equal((await world.getVault()).archiveCount, 1);
  });

  it("makes one archive of two requests at the same moment", async () => {
    await sendAll();
    const [first, second] = await Promise.all([complete(), complete()]);
    assert.deepEqual(first, second);
    assert.equal((await world.getVault()).archiveCount, 1);
  });

  it("refuses a repetition with another size or hash", async () => {
    await sendAll();
    await complete();
    await assert.rejects(
      complete({ archiveSize: "17" }),
      refusal(
        invalid,
        `Invalid x-amz-archive-size: 17. The parts add up to ${whole.bytes.length} bytes.`,
      ),
    );
    const checksum = "ab".repeat(32);
    await assert.rejects(
      complete({ checksum }),
      refusal(invalid, `Invalid x-amz-sha256-tree-hash: ${checksum}`),
    );
  });

  it("refuses each flaw and leaves the upload to be mended and completed", async () => {
    await assert.rejects(complete(), refusal(invalid, "The multipart upload has no parts."));
    await sendAll([0, 2]);
    await assert.rejects(
      complete(),
      refusal(invalid, "The multipart upload is not complete: bytes 2097152-4194303 are missing."),
    );
    await sendPart(PART_SIZE, slice(0, PART_SIZE - 1));
    await assert.rejects(complete(), refusal(invalid, /^The part 2097152-4194302 is shorter than/));
    await sendAll([1]);
    for (const archiveSize of [whole.bytes.length - 1, whole.bytes.length + 1]) {
      await assert.rejects(
        complete({ archiveSize: String(archiveSize) }),
        refusal(
          invalid,
          new RegExp(`^Invalid x-amz-archive-size: ${archiveSize}\\. The parts add`),
        ),
      );
    }
    const checksum = whole.sha256;
    await assert.rejects(
      complete({ checksum }),
      refusal(invalid, `Invalid x-amz-sha256-tree-hash: ${checksum}`),
    );
    assert.equal((await world.getVault()).archiveCount, 0);
    await complete();
    assert.equal((await world.getVault()).archiveCount, 1);
  });

  it("reads the parts of large uploads page by page", async () => {
    for (const count of [1000, 1001]) {
      uploadId = (await world.perform.InitiateMultipartUpload({ partSize: `${MIB}` })).uploadId!;
      const upload = await world.metadata.uploads.find(uploadId as never);
      const hashes: string[] = [];
      await world.metadata.transaction(async ({ manifests }) => {
        for (let index = 0; index < count; index += 1) {
          const treeHash = index.toString(16).padStart(64, "0");
          hashes.push(treeHash);
          const part = {
            startBytes: index * MIB,
            sizeBytes: MIB,
            treeHash,
            blobId: world.ids.blobId(),
            leaves: Buffer.from(treeHash, "hex"),
          };
          await manifests.putPart(upload!.manifestId, part, world.ids.manifestId());
        }
      });
      const archiveSize = `${count * MIB}`;
      await complete({ archiveSize, checksum: combineTreeHashes(hashes) });
    }
    assert.equal((await world.getVault()).archiveCount, 2);
  });

  it("refuses a malformed size or hash whatever the upload", async () => {
    await assert.rejects(
      complete({ archiveSize: "all" }),
      refusal(invalid, "Invalid x-amz-archive-size: all. It must be a whole number of bytes."),
    );
    await assert.rejects(
      complete({ checksum: "none" }),
      refusal(invalid, "Invalid x-amz-sha256-tree-hash: none"),
    );
  });

  it("finds no upload that is unknown, of another vault or aborted", async () => {
    const unknown = world.ids.uploadId();
    await assert.rejects(complete({ uploadId: unknown }), uploadNotFound(unknown));
    await assert.rejects(complete({ uploadId: "x" }), uploadNotFound("x"));
    await world.perform.CreateVault({ vaultName: "other" });
    await assert.rejects(complete({ vaultName: "other" }), uploadNotFound());
    await world.perform.AbortMultipartUpload({ uploadId });
    await assert.rejects(complete(), uploadNotFound());
  });
});

describe("AbortMultipartUpload", () => {
  it("gives up the parts, and succeeds again when repeated", async () => {
    await sendAll();
    assert.deepEqual(await world.perform.AbortMultipartUpload({ uploadId }), {});
    assert.deepEqual(await world.perform.AbortMultipartUpload({ uploadId }), {});
    assert.equal((await world.metadata.manifests.listCollectable(10)).length, 1);
    await assert.rejects(world.perform.ListParts({ uploadId }), uploadNotFound());
    assert.deepEqual(await world.perform.ListMultipartUploads(), { Marker: null, UploadsList: [] });
  });

  it("finds no upload that is unknown, of another vault or completed", async () => {
    await assert.rejects(
      world.perform.AbortMultipartUpload({ uploadId: "nonsense" }),
      uploadNotFound("nonsense"),
    );
    await world.perform.CreateVault({ vaultName: "other" });
    await assert.rejects(
      world.perform.AbortMultipartUpload({ vaultName: "other", uploadId }),
      uploadNotFound(),
    );
    await sendAll();
    await complete();
    await assert.rejects(world.perform.AbortMultipartUpload({ uploadId }), uploadNotFound());
  });
});

describe("ListParts", () => {
  it("describes the upload, with no parts at first", async () => {
    uploadId = await initiate("holidays");
    assert.deepEqual(await world.perform.ListParts({ uploadId }), {
      ArchiveDescription: "holidays",
      CreationDate: NOW_MS,
      Marker: null,
      MultipartUploadId: uploadId,
      PartSizeInBytes: PART_SIZE,
      Parts: [],
      VaultARN: VAULT_ARN,
    });
  });

  it("lists 50 parts to a page at most and lets a walk see each once", async () => {
    const tiny = makePayload(1, 1);
    for (let part = 0; part < 52; part += 1) {
      await sendPart(part * PART_SIZE, tiny);
    }
    const expected = Array.from({ length: 52 }, (_, n) => `${n * PART_SIZE}-${n * PART_SIZE}`);
    const first = await world.perform.ListParts({ uploadId, limit: "1000" });
    assert.equal(first.ArchiveDescription, null);
    assert.equal(first.Parts?.length, 50);
    assert.deepEqual(await listRanges({ marker: first.Marker! }), expected.slice(50));
    const seen: unknown[] = [];
    let marker: string | null = "";
    while (marker !== null) {
      const page = await world.perform.ListParts({ uploadId, limit: "7", marker });
      seen.push(...page.Parts!.map((part) => part!.RangeInBytes));
      marker = page.Marker;
    }
    assert.deepEqual(seen, expected);
  });

  it("refuses foreign markers and bad limits", async () => {
    for (const marker of ["nonsense", uploadId, "AA"]) {
      await assert.rejects(
        world.perform.ListParts({ uploadId, marker }),
        refusal(invalid, `Invalid marker: ${marker}`),
      );
    }
    await assert.rejects(world.perform.ListParts({ uploadId, limit: "0" }), refusal(invalid));
  });

  it("finds no upload that is unknown or completed", async () => {
    await assert.rejects(world.perform.ListParts({ uploadId: "x" }), uploadNotFound("x"));
    await sendAll();
    await complete();
    await assert.rejects(world.perform.ListParts({ uploadId }), uploadNotFound());
  });
});

describe("ListMultipartUploads", () => {
  it("describes uploads in progress only, oldest first", async () => {
    const second = await initiate("second");
    const ended = await initiate();
    await world.perform.AbortMultipartUpload({ uploadId: ended });
    const facts = { CreationDate: NOW_MS, PartSizeInBytes: PART_SIZE, VaultARN: VAULT_ARN };
    assert.deepEqual(await world.perform.ListMultipartUploads(), {
      Marker: null,
      UploadsList: [
        { ArchiveDescription: null, MultipartUploadId: uploadId, ...facts },
        { ArchiveDescription: "second", MultipartUploadId: second, ...facts },
      ],
    });
    await sendAll();
    await complete();
    assert.equal((await world.perform.ListMultipartUploads()).UploadsList?.length, 1);
  });

  it("lists 50 to a page at most and goes on although the marker's upload has ended", async () => {
    const ids = [uploadId];
    while (ids.length < 52) {
      ids.push(await initiate());
    }
    const first = await world.perform.ListMultipartUploads({ limit: "51" });
    assert.equal(first.UploadsList?.length, 50);
    assert.equal(first.Marker, ids[50]);
    await world.perform.AbortMultipartUpload({ uploadId: ids[50]! });
    const rest = await world.perform.ListMultipartUploads({ marker: first.Marker! });
    assert.deepEqual(
      rest.UploadsList?.map((upload) => upload!.MultipartUploadId),
      [ids[51]],
    );
    assert.equal(rest.Marker, null);
  });

  it("refuses garbled markers", async () => {
    for (const marker of ["null", `${uploadId}A`]) {
      await assert.rejects(
        world.perform.ListMultipartUploads({ marker }),
        refusal(invalid, `Invalid marker: ${marker}`),
      );
    }
  });
});
