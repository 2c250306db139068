import assert from "node:assert/strict";
import { copyFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { put } from "../../src/cli/verbs/put.ts";
import { uploads } from "../../src/cli/verbs/uploads.ts";
import { formatMt2 } from "../../src/domain/descriptions/encode-mt2.ts";
import { describePayload, MIB, makePayload } from "../support/payload.ts";
import { startVerbWorld, type VerbWorld } from "../support/verb-world.ts";

describe("moraine uploads", () => {
  let world: VerbWorld;
  let vault = "";
  let count = 0;

  before(async () => {
    world = await startVerbWorld();
  });
  after(async () => {
    await world.stop();
  });

  const newVault = async () => {
    count += 1;
    vault = `uploads-${count}`;
    await world.client.createVault(vault);
  };
  /** An upload that another program began: two parts of three are there. */
  const beginElsewhere = async (bytes: Buffer, name = "far/file") => {
    const uploadId = await world.client.initiateMultipartUpload(
      vault,
      MIB,
      formatMt2({ name, modifiedAtMs: Date.UTC(2026, 0, 2) }),
    );
    for (const index of [0, 2]) {
      const start = index * MIB;
      const body = describePayload(bytes.subarray(start, start + MIB));
      await world.client.uploadPart({ vault, uploadId }, { start, body });
    }
    return uploadId;
  };
  /** A put that is refused in the middle, as by a network that fails, with its journal. */
  const beginHere = async (name: string, bytes: Buffer) => {
    const path = await world.write(name, bytes);
    const words = [
      "--part-size",
      "1MiB",
      "--concurrency",
      "1",
      "--max-rate",
      "1MiB/s",
      path,
      vault,
    ];
    const running = world.run(put, words);
    let uploadId = "";
    for (let parts = 0; parts < 2; ) {
      const [upload] = await world.client.listMultipartUploads(vault);
      uploadId = upload?.MultipartUploadId ?? "";
      parts = upload ? (await world.client.listParts(vault, uploadId)).length : 0;
    }
    process.emit("SIGINT");
    assert.equal((await running).status, 130);
    return { path, uploadId };
  };

  it("lists those of the journal and others, with age, parts and bytes", async () => {
    await newVault();
    const { bytes } = makePayload(3 * MIB, 1);
    const elsewhere = await beginElsewhere(bytes);
    const { status, events } = await world.run(uploads, ["--json", vault]);
    assert.equal(status, 0);
    assert.equal(events.length, 1);
    const { ageMs, startedAt, ...event } = events[0] ?? {};
    assert.ok(Number(ageMs) >= 0 && typeof startedAt === "string");
    assert.deepEqual(event, {
      ...{ event: "upload", vault, uploadId: elsewhere, name: "far/file", state: "open" },
      ...{ partSizeBytes: MIB, parts: 2, storedBytes: 2 * MIB, inJournal: false },
    });
    const text = (await world.run(uploads, [vault])).stdout;
    assert.match(text, /2 parts +2 MiB {2}uploads-\d+\/far\/file {2}\(not in the journal\)/);
    assert.ok(text.includes(elsewhere));
    assert.ok((await world.run(uploads, [])).stdout.includes(elsewhere));
  });

  it("says when there are none", async () => {
    await newVault();
    const { status, stdout, stderr } = await world.run(uploads, [vault]);
    assert.deepEqual([status, stdout, stderr], [0, "", "no unfinished uploads\n"]);
  });

  it("continues an upload from another machine with the same bytes", async () => {
    await newVault();
    const { bytes, treeHash } = makePayload(3 * MIB, 2);
    const uploadId = await beginElsewhere(bytes);
    const path = await world.write("copy-of-file", bytes);
    const { status, events, stderr } = await world.run(uploads, [
      "resume",
      "--json",
      uploadId,
      path,
    ]);
    assert.equal(status, 0, stderr);
    assert.deepEqual([events[0]?.["name"], events[0]?.["treeHash"]], ["far/file", treeHash]);
    const [archive] = await world.archives(vault);
    assert.deepEqual([archive?.name, archive?.treeHash], ["far/file", treeHash]);
    assert.deepEqual(await world.client.listMultipartUploads(vault), []);
  });

  it("refuses a file with other bytes or another size, and keeps the upload", async () => {
    await newVault();
    const { bytes } = makePayload(3 * MIB, 3);
    const uploadId = await beginElsewhere(bytes);
    const other = Buffer.from(bytes);
    other[2 * MIB + 5] = (other[2 * MIB + 5] ?? 0) ^ 1;
    for (const [wrong, pattern] of [
      [other, /bytes 2097152 to 3145728 have another tree hash\. Nothing was sent/],
      [bytes.subarray(0, 2 * MIB + 7), /as a part, the file has 2097159 bytes/],
    ] as const) {
      const path = await world.write("wrong", wrong);
      const { status, stderr } = await world.run(uploads, ["resume", uploadId, path]);
      assert.equal(status, 1);
      assert.match(stderr, pattern);
    }
    assert.equal((await world.client.listParts(vault, uploadId)).length, 2);
    assert.match((await world.run(uploads, [vault])).stdout, /\(not in the journal\)/);
  });

  it("is continued by the same put, which sends only what is missing", async () => {
    await newVault();
    const { bytes, treeHash } = makePayload(4 * MIB, 4);
    const { path, uploadId } = await beginHere("mine", bytes);
    const listed = await world.run(uploads, [vault]);
    assert.ok(listed.stdout.includes(`from ${path}`), listed.stdout);
    const stored = (await world.client.listParts(vault, uploadId)).length;
    const words = ["--debug", "--part-size", "1MiB", path, vault];
    const { status, stderr } = await world.run(put, words);
    assert.equal(status, 0);
    const sent = stderr.match(/"kind":"request".*"method":"PUT"/g) ?? [];
    assert.equal(sent.length, 4 - stored, stderr);
    const [archive] = await world.archives(vault);
    assert.equal(archive?.treeHash, treeHash);
    const again = await world.client.completeMultipartUpload(
      { vault, uploadId },
      { sizeBytes: bytes.length, treeHash },
    );
    assert.equal(again, archive?.archiveId);
  });

  it("is continued without a file's name when the journal knows it", async () => {
    await newVault();
    const { bytes, treeHash } = makePayload(4 * MIB, 5);
    const { uploadId } = await beginHere("known", bytes);
    assert.equal((await world.run(uploads, ["resume", uploadId])).status, 0);
    assert.equal((await world.archives(vault))[0]?.treeHash, treeHash);
  });

  it("starts over when the upload was aborted elsewhere", async () => {
    await newVault();
    const { bytes, treeHash } = makePayload(4 * MIB, 6);
    const { path, uploadId } = await beginHere("expired", bytes);
    await world.client.send({
      method: "DELETE",
      path: `/-/vaults/${vault}/multipart-uploads/${uploadId}`,
    });
    assert.match((await world.run(uploads, [vault])).stdout, /\(over: the next put of the file/);
    assert.equal((await world.run(put, ["--part-size", "1MiB", path, vault])).status, 0);
    assert.equal((await world.archives(vault))[0]?.treeHash, treeHash);
    assert.equal((await world.run(uploads, [vault])).stderr, "no unfinished uploads\n");
  });

  it("finds the archive of an upload that was completed without a record of it", async () => {
    await newVault();
    const { bytes, treeHash } = makePayload(4 * MIB, 7);
    const { path, uploadId } = await beginHere("completed", bytes);
    for (let start = 0; start < bytes.length; start += MIB) {
      const body = describePayload(bytes.subarray(start, start + MIB));
      await world.client.uploadPart({ vault, uploadId }, { start, body });
    }
    const upload = { vault, uploadId };
    const archiveId = await world.client.completeMultipartUpload(upload, {
      sizeBytes: bytes.length,
      treeHash,
    });
    const { status, events } = await world.run(put, ["--json", "--part-size", "1MiB", path, vault]);
    assert.equal(status, 0);
    assert.equal(events.find(({ event }) => event === "uploaded")?.["archiveId"], archiveId);
    assert.equal((await world.archives(vault)).length, 1);
  });

  it("is aborted and begun anew when the file changed since", async () => {
    await newVault();
    const { path } = await beginHere("changed", makePayload(4 * MIB, 8).bytes);
    const { bytes, treeHash } = makePayload(2 * MIB, 9);
    await writeFile(path, bytes);
    assert.equal((await world.run(put, ["--part-size", "1MiB", path, vault])).status, 0);
    const archives = await world.archives(vault);
    assert.deepEqual(
      archives.map((archive) => archive.treeHash),
      [treeHash],
    );
    assert.deepEqual(await world.client.listMultipartUploads(vault), []);
  });

  it("aborts one with --yes only, whether the flag stands before or after the word", async () => {
    await newVault();
    const uploadId = await beginElsewhere(makePayload(3 * MIB, 10).bytes);
    const asked = await world.run(uploads, ["abort", uploadId]);
    assert.equal(asked.status, 2);
    assert.match(asked.stderr, /this discards 2 parts \(2 MiB\) of an unfinished upload/);
    for (const words of [
      ["--dry-run", "abort", "--yes", uploadId],
      ["abort", uploadId, "--yes", "--dry-run"],
    ]) {
      assert.match((await world.run(uploads, words)).stdout, /^would abort/);
    }
    assert.equal((await world.client.listMultipartUploads(vault)).length, 1);
    assert.equal((await world.run(uploads, ["abort", uploadId, "--yes"])).status, 0);
    assert.deepEqual(await world.client.listMultipartUploads(vault), []);
  });

  it("refuses ids that no vault knows, and a file that nobody named", async () => {
    await newVault();
    const unknown = await world.run(uploads, ["abort", "--yes", "nonsense", "--vault", vault]);
    assert.equal(unknown.status, 1);
    assert.match(unknown.stderr, /has no unfinished upload nonsense/);
    const uploadId = await beginElsewhere(makePayload(3 * MIB, 11).bytes);
    const nameless = await world.run(uploads, ["resume", uploadId]);
    assert.equal(nameless.status, 2);
    assert.match(nameless.stderr, /write moraine uploads resume ID FILE/);
  });

  it("takes a journal that was lost and copied files for what they are", async () => {
    await newVault();
    const { bytes, treeHash } = makePayload(4 * MIB, 12);
    const { path, uploadId } = await beginHere("lost-journal", bytes);
    const copy = join(world.folder, "copied");
    await copyFile(path, copy);
    await rm(join(world.folder, ".data"), { recursive: true });
    assert.equal((await world.run(uploads, ["resume", uploadId, copy])).status, 0);
    const archives = await world.archives(vault);
    assert.deepEqual(
      archives.map(({ name }) => name),
      ["lost-journal"],
    );
    assert.equal(archives[0]?.treeHash, treeHash);
  });
});
