/** Uploads, repairs and deletions in two copies, with a crash between any two of their effects. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { emptyContents, openMemoryBlobs } from "../../src/adapters/blobs-memory/memory-blobs.ts";
import { createMirroredBlobs } from "../../src/adapters/blobs-mirrored/mirrored-blobs.ts";
import { openSqliteMetadata } from "../../src/adapters/metadata-sql/sqlite.ts";
import type { Archive } from "../../src/domain/archive.ts";
import type { BlobId } from "../../src/domain/ids.ts";
import { MIB } from "../../src/domain/limits.ts";
import { treeHashOfNodes } from "../../src/domain/tree-hash.ts";
import { collectGarbage } from "../../src/engine/maintenance/collect-garbage.ts";
import { createLeftoverSweep } from "../../src/engine/maintenance/sweep-leftovers.ts";
import { attachMirror } from "../../src/engine/scrub/fill-mirror.ts";
import { createScrub } from "../../src/engine/scrub/scrub.ts";
import type { MetadataStore } from "../../src/ports/metadata-store.ts";
import { sha256 } from "../../src/std/hasher-node.ts";
import {
  buildArchive,
  buildVaultKey,
  deleteArchive,
  IdBuilder,
  NOW_MS,
  silentLogger,
} from "../support/metadata-builders.ts";
import { makePayload } from "../support/payload.ts";
import { CrashPlan, Process, wrapBlobs, wrapMetadata } from "./crash.ts";

const KEPT = makePayload(2 * MIB + 5, "kept").bytes;
const GONE = makePayload(MIB, "gone").bytes;
const LATE = makePayload(MIB + 1, "late").bytes;
/** Boots of blobs made by `IdBuilder` are 0, so they are of an earlier one. */
const BOOT = 1;
/** Every second point is the one right after an effect; `ALL_POINTS=1` dies right before each as well. */
const stride = process.env["ALL_POINTS"] === undefined ? 2 : 1;
const neverStops = new AbortController().signal;

type Contents = ReturnType<typeof emptyContents>;

/** What outlives a process. */
interface Disks {
  readonly metadata: MetadataStore;
  readonly primary: Contents;
  readonly mirror: Contents;
  readonly ids: IdBuilder;
  readonly vaultId: number;
  /** Archives whose upload was acknowledged, and is not known to be deleted. */
  readonly acknowledged: Map<BlobId, Uint8Array>;
  nowMs: number;
}

async function makeDisks(): Promise<Disks> {
  const metadata = await openSqliteMetadata({ file: ":memory:", logger: silentLogger });
  const { vaultId } = await metadata.vaults.insert({ ...buildVaultKey(), createdAtMs: NOW_MS });
  await metadata.boots.insert(0, NOW_MS);
  const [primary, mirror] = [emptyContents(), emptyContents()];
  const ids = new IdBuilder();
  return { metadata, primary, mirror, ids, vaultId, acknowledged: new Map(), nowMs: NOW_MS };
}

function startProcess(disks: Disks, plan: CrashPlan) {
  const process = new Process(plan, () => undefined);
  const metadata = wrapMetadata(process, disks.metadata);
  const [primary, mirror] = [disks.primary, disks.mirror].map((contents) =>
    wrapBlobs(process, openMemoryBlobs(contents)),
  );
  const clock = {
    nowMs: () => disks.nowMs,
    sleep: async (delayMs: number) => {
      disks.nowMs += delayMs;
    },
  };
  const second = { name: "mirror", blobs: mirror!, mirrorId: "m1" };
  const scrub = createScrub({
    metadata,
    clock,
    sha256,
    copies: [{ name: "primary", blobs: primary! }, second],
    mirror: second,
    logger: silentLogger,
    metrics: {
      requestFinished() {},
      jobFinished() {},
      maintenance() {},
      scrubbed() {},
      copyRepaired() {},
      scrubState() {},
    },
    settings: { bytesPerSecond: 64 * MIB, intervalMs: 1000, fillBytesPerSecond: undefined },
  });
  const blobs = createMirroredBlobs({
    primary: primary!,
    mirror: mirror!,
    findLeaves: (blobId) => metadata.scrub.findPart(blobId),
    suspect: () => undefined,
  });
  const stores = { metadata, blobs, clock, logger: silentLogger };
  return { metadata, blobs, scrub, stores, clock };
}

type Running = ReturnType<typeof startProcess>;

async function upload({ blobs, metadata }: Running, disks: Disks, bytes: Uint8Array) {
  const { ids, vaultId } = disks;
  const blobId = ids.blobId();
  const writer = await blobs.openWriter(blobId, bytes.length);
  await writer.write(bytes);
  const { leaves, sizeBytes } = await writer.finish();
  await writer.commit();
  const treeHash = treeHashOfNodes(leaves, sha256);
  const archive = buildArchive(ids, { vaultId, sizeBytes, treeHash });
  const displaced = ids.manifestId();
  await metadata.transaction(async (session) => {
    const part = { startBytes: 0, sizeBytes, treeHash, blobId, leaves };
    await session.manifests.putPart(archive.manifestId, part, displaced);
    await session.archives.insert(archive);
  });
  disks.acknowledged.set(blobId, bytes);
  return { blobId, archive: { ...archive, deletedSequence: undefined } satisfies Archive };
}

/** A life of a service whose copies rot. */
async function live(disks: Disks, plan: CrashPlan): Promise<void> {
  const running = startProcess(disks, plan);
  await attachMirror({ metadata: running.metadata, clock: running.clock }, "m1");
  const kept = await upload(running, disks, KEPT);
  const gone = await upload(running, disks, GONE);
  openMemoryBlobs(disks.primary).corrupt(kept.blobId, 3);
  openMemoryBlobs(disks.mirror).truncate(kept.blobId, 2 * MIB);
  await running.scrub.runOnce();
  disks.acknowledged.delete(gone.blobId);
  await deleteArchive(running.metadata, gone.archive);
  await collectGarbage(running.stores, neverStops);
  openMemoryBlobs(disks.mirror).drop(kept.blobId);
  disks.nowMs += 1000;
  await upload(running, disks, LATE);
  await running.scrub.runOnce();
}

/** What the next start does, without any crash. */
async function recover(disks: Disks): Promise<void> {
  const running = startProcess(disks, new CrashPlan());
  await attachMirror({ metadata: running.metadata, clock: running.clock }, "m1");
  await collectGarbage(running.stores, neverStops);
  await createLeftoverSweep(running.stores, BOOT)(neverStops);
  disks.nowMs += 1000;
  await running.scrub.runOnce();
  disks.nowMs += 1000;
  await running.scrub.runOnce();
}

async function checkDisks(disks: Disks, where: string): Promise<void> {
  const named = new Set<BlobId>();
  for (const part of await disks.metadata.scrub.listParts({ after: undefined, limit: 100 })) {
    named.add(part.blobId);
  }
  for (const contents of [disks.primary, disks.mirror]) {
    assert.equal(contents.temporary.size, 0, `temporary files, ${where}`);
    assert.deepEqual(new Set(contents.blobs.keys()), named, `blobs beside metadata, ${where}`);
    for (const [blobId, bytes] of disks.acknowledged) {
      const stored = contents.blobs.get(blobId);
      assert.ok(stored !== undefined && Buffer.from(stored).equals(bytes), `a copy, ${where}`);
    }
  }
  const page = { fromDamageId: 0, withRepaired: false, limit: 10 };
  assert.deepEqual(await disks.metadata.damages.listPage(page), [], where);
  const fill = await disks.metadata.scrub.findWalk("fill");
  assert.notEqual(fill?.endedAtMs, undefined, `the mirror is not ready, ${where}`);
}

describe("two copies with a crash between any two effects", () => {
  it("are both whole, and nothing else is there, after the next start", async (test) => {
    const undisturbed = new CrashPlan();
    const disks = await makeDisks();
    await live(disks, undisturbed);
    await recover(disks);
    await checkDisks(disks, "without a crash");
    await disks.metadata.close();
    const places = new Set<string>();
    for (let point = 3; point <= 2 * undisturbed.effectCount + 1; point += stride) {
      const plan = new CrashPlan();
      plan.point = point;
      const crashed = await makeDisks();
      await live(crashed, plan).catch(() => undefined);
      const where = `crashed ${plan.crashedAt} (point ${point})`;
      assert.notEqual(plan.crashedAt, undefined, where);
      places.add(String(plan.crashedAt));
      // Both copies of what was acknowledged may be damaged in different places: that can be mended.
      await recover(crashed);
      await checkDisks(crashed, where);
      await crashed.metadata.close();
    }
    test.diagnostic(`${undisturbed.effectCount} effects, ${places.size} kinds of places`);
    assert.ok(places.size >= 10);
  });
});
