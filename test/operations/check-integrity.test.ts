/** The check of stored data on stores that are really damaged: bytes, blobs and records. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { afterEach, beforeEach, describe, it } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { ArchiveId, BlobId } from "../../src/domain/ids.ts";
import { checkIntegrity } from "../../src/engine/integrity/check-integrity.ts";
import type { Finding } from "../../src/engine/integrity/finding.ts";
import { collectGarbage } from "../../src/engine/maintenance/collect-garbage.ts";
import { sha256 } from "../../src/std/hasher-node.ts";
import { NOW_MS, silentLogger } from "../support/metadata-builders.ts";
import { bodyOf, type OperationWorld, openOperationWorld } from "../support/operation-world.ts";
import { describePayload, MIB, makePayload, type Payload } from "../support/payload.ts";

const ONE = makePayload(3 * MIB + 5, "one");
const MANY = makePayload(4 * MIB + 7, "many");
const neverStops = new AbortController().signal;

let folder: string;
let file: string;
let world: OperationWorld;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "moraine-integrity-"));
  file = join(folder, "metadata.db");
  world = await openOperationWorld({ metadataFile: file });
  await world.metadata.boots.insert(1, NOW_MS);
});

afterEach(async () => {
  await world.close();
  await rm(folder, { recursive: true });
});

async function check(
  options: { readonly rehash?: boolean; readonly currentBoot?: number } = {},
  services: Partial<Parameters<typeof checkIntegrity>[0]> = {},
) {
  const findings: Finding[] = [];
  const { metadata, blobs } = world;
  const summary = await checkIntegrity(
    { metadata, blobs, clock: world.services.clock, sha256, ...services },
    {
      rehash: options.rehash ?? false,
      pace: { maxBytesPerSecond: undefined, restMs: 0 },
      currentBoot: options.currentBoot,
    },
    {
      finding: async (finding) => void findings.push(finding),
      progress: () => undefined,
    },
    neverStops,
  );
  assert.equal(summary.findings, findings.length);
  return { findings, summary };
}

/** The only finding, which has problems, as `kind first–last byte`. */
async function findProblems(options: { readonly rehash?: boolean } = {}) {
  const { findings } = await check(options);
  assert.equal(findings.length, 1, findings.map(({ kind }) => kind).join());
  const [finding] = findings;
  assert.ok(finding !== undefined && "problems" in finding);
  const problems = finding.problems.map(
    ({ kind, range }) => `${kind} ${range.start}-${range.endExclusive - 1}`,
  );
  return { finding, problems };
}

async function uploadInParts(payload: Payload, count?: number): Promise<string> {
  const partSize = String(MIB);
  const { uploadId } = await world.perform.InitiateMultipartUpload({ partSize });
  const parts = Math.ceil(payload.bytes.length / MIB);
  for (let part = 0; part < (count ?? parts); part += 1) {
    const bytes = payload.bytes.subarray(part * MIB, (part + 1) * MIB);
    const piece = describePayload(bytes);
    await world.perform.UploadMultipartPart({
      uploadId: uploadId ?? "",
      range: `bytes ${part * MIB}-${part * MIB + bytes.length - 1}/*`,
      checksum: piece.treeHash,
      body: bodyOf(piece),
    });
  }
  if (count !== undefined) {
    return uploadId ?? "";
  }
  const { archiveId } = await world.perform.CompleteMultipartUpload({
    uploadId: uploadId ?? "",
    archiveSize: String(payload.bytes.length),
    checksum: payload.treeHash,
  });
  return archiveId ?? "";
}

/** Blobs of a manifest in order of their parts. */
async function blobsOf(archiveId: string): Promise<readonly BlobId[]> {
  const archive = await world.metadata.archives.find(archiveId as ArchiveId);
  const page = { manifestId: archive!.manifestId, fromStartBytes: 0, limit: 100 };
  return (await world.metadata.manifests.listPartsPage(page)).map(({ blobId }) => blobId);
}

/** By somebody else, of whom reads learn in the next turn of the event loop. */
async function damageMetadata(sql: string, ...parameters: readonly SQLInputValue[]): Promise<void> {
  const database = new DatabaseSync(file);
  database.prepare(sql).run(...parameters);
  database.close();
  await nextTurn();
}

describe("a check of stored data", () => {
  it("finds nothing where all is sound, and counts what it looked at", async () => {
    await world.uploadArchive(ONE);
    await uploadInParts(MANY);
    await uploadInParts(MANY, 2);
    const { findings, summary } = await check({ rehash: true });
    assert.deepEqual(findings, []);
    assert.deepEqual(summary, {
      vaults: 1,
      archives: 2,
      parts: 8,
      bytesHashed: ONE.bytes.length + MANY.bytes.length + 2 * MIB,
      blobs: 8,
      leftovers: 0,
      blobsUnderWay: 0,
      findings: 0,
    });
  });

  it("names archive, vault and MiB of a changed byte when it reads all bytes again", async () => {
    const archiveId = await world.uploadArchive(ONE);
    await world.uploadArchive(makePayload(MIB, "other"));
    const [blobId] = await blobsOf(archiveId);
    world.blobs.corrupt(blobId!, 2 * MIB + 9);
    assert.deepEqual((await check()).findings, []);
    const { finding, problems } = await findProblems({ rehash: true });
    assert.deepEqual(problems, [`rotten ${2 * MIB}-${3 * MIB - 1}`]);
    assert.equal(finding.kind === "ArchiveDamaged" && finding.archiveId, archiveId);
    assert.equal(finding.kind === "ArchiveDamaged" && finding.vault.vaultName, "photos");
  });

  it("tells every damaged place of an archive, also in the parts of a multipart one", async () => {
    const archiveId = await uploadInParts(MANY);
    const blobs = await blobsOf(archiveId);
    world.blobs.corrupt(blobs[0]!, 0);
    world.blobs.drop(blobs[2]!);
    world.blobs.drop(blobs[3]!);
    world.blobs.corrupt(blobs[4]!, 6);
    const { problems } = await findProblems({ rehash: true });
    assert.deepEqual(problems, [
      `rotten 0-${MIB - 1}`,
      `missing ${2 * MIB}-${4 * MIB - 1}`,
      `rotten ${4 * MIB}-${4 * MIB + 6}`,
    ]);
  });

  it("finds blobs that are cut off or too long without reading them", async () => {
    const archiveId = await world.uploadArchive(ONE);
    const [blobId] = await blobsOf(archiveId);
    world.blobs.truncate(blobId!, MIB + 1);
    const truncated = [`truncated ${MIB}-${ONE.bytes.length - 1}`];
    assert.deepEqual((await findProblems()).problems, truncated);
    assert.deepEqual((await findProblems({ rehash: true })).problems, truncated);
    world.blobs.contents.blobs.set(blobId!, Buffer.concat([ONE.bytes, Buffer.from("x")]));
    assert.deepEqual((await findProblems()).problems, [`oversized 0-${ONE.bytes.length - 1}`]);
  });

  it("finds damage in the parts of an upload that is not finished", async () => {
    const uploadId = await uploadInParts(MANY, 3);
    const [blobId] = [...world.blobs.contents.blobs.keys()].slice(1);
    world.blobs.drop(blobId!);
    const { finding, problems } = await findProblems();
    assert.equal(finding.kind === "UploadDamaged" && finding.uploadId, uploadId);
    assert.deepEqual(problems, [`missing ${MIB}-${2 * MIB - 1}`]);
  });

  it("checks deleted archives as long as a job offers them, and not longer", async () => {
    const archiveId = await world.uploadArchive(ONE);
    const jobId = await world.initiateJob({ Type: "archive-retrieval", ArchiveId: archiveId });
    await world.finishRetrieval(jobId, ONE.treeHash);
    const [blobId] = await blobsOf(archiveId);
    await world.perform.DeleteArchive({ archiveId });
    await collectGarbage({ ...world, logger: silentLogger }, neverStops);
    assert.deepEqual((await check({ rehash: true })).findings, []);
    world.blobs.drop(blobId!);
    const { finding } = await findProblems();
    assert.ok(finding.kind === "OutputDamaged");
    assert.deepEqual([finding.jobId, finding.archiveId], [jobId, archiveId]);
    await world.metadata.jobs.remove(finding.jobId);
    assert.deepEqual((await check()).findings, []);
  });

  it("compares the counters with the archives, and those of the last inventory too", async () => {
    await world.uploadArchive(ONE);
    const vault = await world.getVault();
    const snapshot = { takenAtMs: NOW_MS, changeSequence: 1, archiveCount: 1 };
    const archiveBytes = BigInt(ONE.bytes.length);
    await world.metadata.vaults.setInventory(
      vault.vaultId,
      { ...snapshot, archiveBytes },
      undefined,
    );
    const second = await world.uploadArchive(makePayload(MIB, "second"));
    await world.perform.DeleteArchive({ archiveId: second });
    assert.deepEqual((await check()).findings, []);
    await damageMetadata("UPDATE vaults SET archive_count = 7, inventory_archive_bytes = 3");
    const { findings } = await check();
    const sums = findings.map((finding) =>
      finding.kind === "CountersWrong"
        ? [finding.counters, finding.recorded.archiveCount, finding.counted.archiveBytes]
        : finding.kind,
    );
    assert.deepEqual(sums, [
      ["live", 7, archiveBytes],
      ["inventory", 1, archiveBytes],
    ]);
  });

  it("finds records that contradict each other", async () => {
    const archiveId = await uploadInParts(MANY);
    await damageMetadata("UPDATE manifest_parts SET leaves = zeroblob(32) WHERE start_bytes = 0");
    assert.deepEqual((await findProblems()).problems, [`record 0-${MIB - 1}`]);
    await damageMetadata(`DELETE FROM manifest_parts WHERE start_bytes = ${2 * MIB}`);
    const { problems, finding } = await findProblems();
    assert.deepEqual(problems, [`record 0-${MIB - 1}`, `record ${2 * MIB}-${3 * MIB - 1}`]);
    assert.equal(finding.kind === "ArchiveDamaged" && finding.archiveId, archiveId);
  });

  it("finds a size that the parts do not have", async () => {
    await world.uploadArchive(ONE);
    await damageMetadata("UPDATE archives SET size_bytes = size_bytes - 1");
    const kinds = (await check()).findings.map(({ kind }) => kind);
    assert.deepEqual(kinds, ["ArchiveDamaged", "CountersWrong"]);
  });

  it("finds a tree hash that its parts do not make up", async () => {
    await uploadInParts(MANY);
    await damageMetadata("UPDATE archives SET tree_hash = zeroblob(32)");
    assert.deepEqual((await findProblems()).problems, [`record 0-${MANY.bytes.length - 1}`]);
  });

  it("explains blobs of known boots, and tells those of boots that nobody knows", async () => {
    const stray = (boot: string) => `${boot}${"5".repeat(24)}` as BlobId;
    world.blobs.contents.blobs.set(stray("00000001"), Buffer.from("left by a crash"));
    const { summary } = await check();
    assert.deepEqual([summary.leftovers, summary.blobsUnderWay], [1, 0]);
    const inUse = await check({ currentBoot: 1 });
    assert.deepEqual([inUse.summary.leftovers, inUse.summary.blobsUnderWay], [0, 1]);
    world.blobs.contents.blobs.set(stray("00000009"), Buffer.from("of a later life"));
    const { findings } = await check();
    assert.deepEqual(findings, [{ kind: "BlobUnexplained", blobId: stray("00000009"), boot: 9 }]);
  });

  it("takes what is deleted, aborted or sent again meanwhile for no damage", async () => {
    const archiveId = await world.uploadArchive(ONE);
    const uploadId = await uploadInParts(MANY, 1);
    const { blobs } = world;
    let calls = 0;
    const findSize = async (blobId: BlobId) => {
      calls += 1;
      if (calls === 1) {
        const bytes = describePayload(MANY.bytes.subarray(0, MIB));
        await world.perform.UploadMultipartPart({
          uploadId,
          range: `bytes 0-${MIB - 1}/*`,
          checksum: bytes.treeHash,
          body: bodyOf(bytes),
        });
      }
      if ((await blobsOf(archiveId)).includes(blobId)) {
        await world.perform.DeleteArchive({ archiveId });
      }
      await collectGarbage({ ...world, logger: silentLogger }, neverStops);
      return await blobs.findSize(blobId);
    };
    const inUse = new Proxy(blobs, {
      get: (target, name) => {
        const member = name === "findSize" ? findSize : Reflect.get(target, name, target);
        return typeof member === "function" ? member.bind(target) : member;
      },
    });
    const { findings } = await check({}, { blobs: inUse });
    assert.ok(calls >= 3);
    assert.deepEqual(findings, []);
  });

  it("ends when it is told to", async () => {
    await world.uploadArchive(ONE);
    const { metadata, blobs } = world;
    const report = { finding: async () => undefined, progress: () => undefined };
    const options = {
      rehash: true,
      pace: { maxBytesPerSecond: undefined, restMs: 0 },
      currentBoot: undefined,
    };
    await assert.rejects(
      checkIntegrity(
        { metadata, blobs, clock: world.services.clock, sha256 },
        options,
        report,
        AbortSignal.abort(new Error("enough")),
      ),
      /enough/,
    );
  });
});
