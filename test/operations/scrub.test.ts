/** The scrub over stores that are really damaged, under a clock that only waiting moves. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { type MemoryBlobs, openMemoryBlobs } from "../../src/adapters/blobs-memory/memory-blobs.ts";
import type { ArchiveId, BlobId } from "../../src/domain/ids.ts";
import { createPace } from "../../src/engine/integrity/pace.ts";
import { attachMirror, detachMirror } from "../../src/engine/scrub/fill-mirror.ts";
import type { BlobSource } from "../../src/engine/scrub/heal-part.ts";
import { type RepairEvent, repairBlobs } from "../../src/engine/scrub/repair-blobs.ts";
import { createScrub } from "../../src/engine/scrub/scrub.ts";
import type { ScrubServices, ScrubSettings } from "../../src/engine/scrub/scrub-services.ts";
import type { Clock } from "../../src/ports/clock.ts";
import type { Logger } from "../../src/ports/logger.ts";
import type { ScrubState } from "../../src/ports/metrics.ts";
import { sha256 } from "../../src/std/hasher-node.ts";
import { type OperationWorld, openOperationWorld } from "../support/operation-world.ts";
import { MIB, makePayload } from "../support/payload.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const ONE = makePayload(3 * MIB + 5, "one");
const TWO = makePayload(2 * MIB, "two");
const neverStops = new AbortController().signal;

let world: OperationWorld;
let mirror: MemoryBlobs;
let state: ScrubState | undefined;
let scrubbed: { blobs: number; bytes: number };
let copies: string[];
let lines: { level: string; message: string }[];

/** Waiting is what moves time. */
const clock: Clock = {
  nowMs: () => world.time.nowMs,
  sleep: async (delayMs, signal) => {
    if (!signal.aborted) {
      world.time.nowMs += delayMs;
    }
  },
};

beforeEach(async () => {
  world = await openOperationWorld();
  mirror = openMemoryBlobs();
  state = undefined;
  scrubbed = { blobs: 0, bytes: 0 };
  copies = [];
  lines = [];
});

afterEach(() => world.close());

const logger: Logger = {
  debug() {},
  info: (_, message) => void lines.push({ level: "info", message }),
  warn: (_, message) => void lines.push({ level: "warn", message }),
  error: (_, message) => void lines.push({ level: "error", message }),
};

function makeScrub(
  settings: Partial<ScrubSettings> = {},
  options: { readonly mirrored?: boolean; readonly services?: Partial<ScrubServices> } = {},
) {
  const primary = { name: "primary", blobs: world.blobs };
  const second = { name: "mirror", blobs: mirror, mirrorId: "m1" };
  return createScrub({
    metadata: world.metadata,
    copies: options.mirrored === true ? [primary, second] : [primary],
    mirror: options.mirrored === true ? second : undefined,
    clock,
    logger,
    sha256,
    metrics: {
      requestFinished() {},
      jobFinished() {},
      maintenance() {},
      scrubbed: (facts) => {
        scrubbed = { blobs: scrubbed.blobs + facts.blobs, bytes: scrubbed.bytes + facts.bytes };
      },
      copyRepaired: ({ copy, outcome }) => void copies.push(`${copy} ${outcome}`),
      scrubState: (known) => {
        state = known;
      },
    },
    settings: {
      bytesPerSecond: MIB,
      intervalMs: 30 * DAY_MS,
      fillBytesPerSecond: undefined,
      ...settings,
    },
    ...options.services,
  });
}

async function blobOf(archiveId: string): Promise<BlobId> {
  const archive = await world.metadata.archives.find(archiveId as ArchiveId);
  const page = { manifestId: archive!.manifestId, fromStartBytes: 0, limit: 1 };
  return (await world.metadata.manifests.listPartsPage(page))[0]!.blobId;
}

async function listDamages(withRepaired = false) {
  const page = { fromDamageId: 0, withRepaired, limit: 100 };
  return await world.metadata.damages.listPage(page);
}

/** The mirror gets what the primary has. */
function copyToMirror(): void {
  for (const [blobId, bytes] of world.blobs.contents.blobs) {
    mirror.contents.blobs.set(blobId, bytes.slice());
  }
}

function isEqualInBoth(blobId: BlobId): boolean {
  const [left, right] = [world.blobs.contents.blobs.get(blobId), mirror.contents.blobs.get(blobId)];
  return left !== undefined && right !== undefined && Buffer.from(left).equals(right);
}

describe("a pass of the scrub", () => {
  it("reads every blob again at the rate that it was given, and records its end", async () => {
    await world.uploadArchive(ONE);
    await world.uploadArchive(TWO);
    const startedAtMs = world.time.nowMs;
    await makeScrub().runOnce();
    assert.deepEqual(scrubbed, { blobs: 2, bytes: ONE.bytes.length + TWO.bytes.length });
    const tookMs = world.time.nowMs - startedAtMs;
    // The first read waits for nothing; a MiB takes a second.
    assert.ok(tookMs >= 1000 && tookMs <= 6000, `${tookMs} ms`);
    const walk = await world.metadata.scrub.findWalk("scrub");
    assert.equal(walk?.pass, 1);
    assert.notEqual(walk?.endedAtMs, undefined);
    assert.deepEqual(await listDamages(), []);
    assert.deepEqual(state, {
      damagedArchives: 0,
      oldestVerifiedAtMs: startedAtMs,
      isTooSlow: false,
      isMirrorReady: undefined,
    });
  });

  it("begins again when it is due, and not before", async () => {
    await world.uploadArchive(TWO);
    await makeScrub().runOnce();
    await makeScrub().runOnce();
    assert.equal(scrubbed.blobs, 1);
    world.time.nowMs += 29 * DAY_MS;
    await makeScrub().runOnce();
    assert.equal(scrubbed.blobs, 1);
    world.time.nowMs += DAY_MS;
    await makeScrub().runOnce();
    assert.equal(scrubbed.blobs, 2);
    assert.equal((await world.metadata.scrub.findWalk("scrub"))?.pass, 2);
  });

  it("goes on where a stopped process was, and reads nothing twice", async () => {
    for (let index = 0; index < 5; index += 1) {
      await world.uploadArchive(makePayload(MIB, `part ${index}`));
    }
    const first: { scrub?: ReturnType<typeof makeScrub> } = {};
    const stoppingClock: Clock = {
      nowMs: clock.nowMs,
      sleep: async (delayMs, signal) => {
        await clock.sleep(delayMs, signal);
        if (scrubbed.blobs === 2) {
          void first.scrub?.stop();
        }
      },
    };
    first.scrub = makeScrub({}, { services: { clock: stoppingClock } });
    await assert.rejects(first.scrub.runOnce(), /told to stop/);
    assert.equal(scrubbed.blobs, 2);
    await makeScrub().runOnce();
    assert.equal(scrubbed.blobs, 5);
    assert.equal((await world.metadata.scrub.findWalk("scrub"))?.pass, 1);
  });

  it("reads archives that are uploaded while it walks", async () => {
    await world.uploadArchive(ONE);
    let uploaded: Promise<string> | undefined;
    const uploadingClock: Clock = {
      nowMs: clock.nowMs,
      sleep: async (delayMs, signal) => {
        uploaded ??= world.uploadArchive(TWO);
        await uploaded;
        await clock.sleep(delayMs, signal);
      },
    };
    await makeScrub({}, { services: { clock: uploadingClock } }).runOnce();
    assert.equal(scrubbed.blobs, 2);
  });

  it("reads nothing when it is switched off", async () => {
    await world.uploadArchive(ONE);
    await makeScrub({ bytesPerSecond: undefined }).runOnce();
    assert.equal(scrubbed.blobs, 0);
    assert.equal(await world.metadata.scrub.findWalk("scrub"), undefined);
  });

  it("says once per pass that its rate is too low for the interval", async () => {
    await world.uploadArchive(ONE);
    await makeScrub({ bytesPerSecond: MIB, intervalMs: 2000 }).runOnce();
    assert.equal(state?.isTooSlow, true);
    assert.equal(lines.filter(({ message }) => /too low/.test(message)).length, 1);
  });

  it("tries a blob again that can't be read for want of descriptors, and then goes on without it", async () => {
    const archiveId = await world.uploadArchive(ONE);
    await world.uploadArchive(TWO);
    const bad = await blobOf(archiveId);
    let tries = 0;
    const blobs = {
      findSize: (blobId: BlobId) => world.blobs.findSize(blobId),
      read: world.blobs.read.bind(world.blobs),
      openWriter: world.blobs.openWriter.bind(world.blobs),
      hashLeaves: async (blobId: BlobId, range: { firstLeaf: number; leafCount: number }) => {
        if (blobId === bad) {
          tries += 1;
          throw Object.assign(new Error("too many open files"), { code: "EMFILE" });
        }
        return await world.blobs.hashLeaves(blobId, range);
      },
    };
    await makeScrub({}, { services: { copies: [{ name: "primary", blobs }] } }).runOnce();
    assert.equal(tries, 4);
    assert.equal(scrubbed.blobs, 1);
    assert.deepEqual(await listDamages(), []);
  });
});

describe("damage that the scrub finds", () => {
  async function passAgain(settings: Partial<ScrubSettings> = {}): Promise<void> {
    world.time.nowMs += 30 * DAY_MS;
    await makeScrub(settings).runOnce();
  }

  it("is recorded once for each range, seen again, grown, and closed when the range is sound", async () => {
    const archiveId = await world.uploadArchive(ONE);
    const blobId = await blobOf(archiveId);
    world.blobs.corrupt(blobId, MIB + 3);
    await makeScrub().runOnce();
    const [first, ...none] = await listDamages();
    assert.deepEqual(none, []);
    assert.equal(first?.archiveId, archiveId);
    assert.equal(first?.kind, "rotten");
    assert.equal(first?.vaultName, "photos");
    assert.deepEqual(first?.range, { start: MIB, endExclusive: 2 * MIB });
    assert.equal(state?.damagedArchives, 1);
    world.blobs.corrupt(blobId, 2 * MIB + 3);
    await passAgain();
    const [grown, ...others] = await listDamages();
    assert.deepEqual(others, []);
    assert.deepEqual(grown?.range, { start: MIB, endExclusive: 3 * MIB });
    assert.equal(grown?.firstSeenAtMs, first?.firstSeenAtMs);
    assert.ok(grown!.lastSeenAtMs > first!.lastSeenAtMs);
    const logged = lines.filter(({ message }) => message === "an archive is damaged in storage");
    assert.equal(logged.length, 1);
    world.blobs.corrupt(blobId, MIB + 3);
    world.blobs.corrupt(blobId, 2 * MIB + 3);
    await passAgain();
    assert.deepEqual(await listDamages(), []);
    const [closed] = await listDamages(true);
    assert.equal(closed?.damageId, first?.damageId);
    assert.ok(closed!.repairedAtMs! > grown!.lastSeenAtMs);
    assert.equal(state?.damagedArchives, 0);
  });

  for (const [kind, damage, start] of [
    ["missing", (blobId: BlobId) => world.blobs.drop(blobId), 0],
    ["truncated", (blobId: BlobId) => world.blobs.truncate(blobId, MIB + 7), MIB],
  ] as const) {
    it(`is recorded for a blob that is ${kind}`, async () => {
      const archiveId = await world.uploadArchive(ONE);
      damage(await blobOf(archiveId));
      await makeScrub().runOnce();
      const found = (await listDamages()).map((it) => [it.kind, it.range]);
      assert.deepEqual(found, [[kind, { start, endExclusive: ONE.bytes.length }]]);
    });
  }

  it("goes with its archive when that is deleted", async () => {
    const archiveId = await world.uploadArchive(ONE);
    world.blobs.drop(await blobOf(archiveId));
    await makeScrub().runOnce();
    assert.equal((await listDamages()).length, 1);
    await world.perform.DeleteArchive({ archiveId });
    assert.deepEqual(await listDamages(true), []);
    await passAgain();
    assert.deepEqual(await listDamages(true), []);
    assert.equal(state?.damagedArchives, 0);
  });

  it("is looked for at once in a blob that somebody met damage in", async () => {
    const archiveId = await world.uploadArchive(ONE);
    const blobId = await blobOf(archiveId);
    const scrub = makeScrub();
    await scrub.runOnce();
    world.blobs.corrupt(blobId, 0);
    scrub.suspect(blobId);
    scrub.suspect(blobId);
    await scrub.runOnce();
    assert.equal(scrubbed.blobs, 1, "no pass was due");
    assert.equal((await listDamages()).length, 1);
  });
});

describe("the scrub over two copies", () => {
  for (const which of ["primary", "mirror"] as const) {
    for (const [name, damage] of [
      ["rotten", (it: MemoryBlobs, blobId: BlobId) => it.corrupt(blobId, 2 * MIB)],
      ["cut off", (it: MemoryBlobs, blobId: BlobId) => it.truncate(blobId, 1)],
      ["missing", (it: MemoryBlobs, blobId: BlobId) => it.drop(blobId)],
    ] as const) {
      it(`puts a ${name} copy in the ${which} back from the other, and calls no archive damaged`, async () => {
        const blobId = await blobOf(await world.uploadArchive(ONE));
        copyToMirror();
        damage(which === "primary" ? world.blobs : mirror, blobId);
        await makeScrub({}, { mirrored: true }).runOnce();
        assert.ok(isEqualInBoth(blobId));
        assert.ok(Buffer.from(ONE.bytes).equals(mirror.contents.blobs.get(blobId)!));
        assert.deepEqual(copies, [`${which} repaired`]);
        assert.deepEqual(await listDamages(true), []);
      });
    }
  }

  it("joins what each copy has sound", async () => {
    const blobId = await blobOf(await world.uploadArchive(ONE));
    copyToMirror();
    world.blobs.corrupt(blobId, 0);
    mirror.truncate(blobId, 2 * MIB);
    await makeScrub({}, { mirrored: true }).runOnce();
    assert.deepEqual(copies, ["primary repaired", "mirror repaired"]);
    assert.ok(isEqualInBoth(blobId));
  });

  it("records what neither copy has, and leaves both as they are", async () => {
    const blobId = await blobOf(await world.uploadArchive(ONE));
    copyToMirror();
    world.blobs.corrupt(blobId, 0);
    world.blobs.corrupt(blobId, MIB);
    mirror.corrupt(blobId, MIB + 1);
    const before = mirror.contents.blobs.get(blobId)?.slice();
    await makeScrub({}, { mirrored: true }).runOnce();
    const found = (await listDamages()).map((it) => [it.kind, it.range]);
    assert.deepEqual(found, [["rotten", { start: MIB, endExclusive: 2 * MIB }]]);
    assert.deepEqual(mirror.contents.blobs.get(blobId), before);
  });

  it("tells of a copy that can't be written, and still finds the archive whole", async () => {
    const blobId = await blobOf(await world.uploadArchive(ONE));
    const blobs = Object.assign(Object.create(mirror), {
      openWriter: async () => {
        throw Object.assign(new Error("no space left"), { code: "ENOSPC" });
      },
    });
    const second = { name: "mirror", blobs, mirrorId: "m1" };
    const primary = { name: "primary", blobs: world.blobs };
    const services = { copies: [primary, second], mirror: second };
    await makeScrub({}, { services }).runOnce();
    assert.deepEqual(copies, ["mirror failed"]);
    assert.equal(mirror.contents.blobs.has(blobId), false);
    assert.deepEqual(await listDamages(), []);
  });
});

describe("a mirror that is attached later", () => {
  it("gets every blob at its own rate, also with the scrub switched off, and then is ready", async () => {
    await world.uploadArchive(ONE);
    await world.uploadArchive(TWO);
    await attachMirror({ metadata: world.metadata, clock }, "m1");
    const settings = { bytesPerSecond: undefined, fillBytesPerSecond: MIB };
    const scrub = makeScrub(settings, { mirrored: true });
    assert.equal((await scrub.describe()).fill?.endedAtMs, undefined);
    const startedAtMs = world.time.nowMs;
    await scrub.runOnce();
    assert.ok(world.time.nowMs - startedAtMs >= 4000);
    assert.equal(mirror.contents.blobs.size, 2);
    assert.equal(state?.isMirrorReady, true);
    assert.notEqual((await scrub.describe()).fill?.endedAtMs, undefined);
  });

  it("is filled from where the last process was", async () => {
    const blobs: BlobId[] = [];
    for (let index = 0; index < 4; index += 1) {
      blobs.push(await blobOf(await world.uploadArchive(makePayload(MIB, `part ${index}`))));
    }
    await attachMirror({ metadata: world.metadata, clock }, "m1");
    const walk = await world.metadata.scrub.findWalk("fill");
    await world.metadata.scrub.saveWalk({ ...walk!, position: blobs[1] });
    await attachMirror({ metadata: world.metadata, clock }, "m1");
    await makeScrub({ bytesPerSecond: undefined }, { mirrored: true }).runOnce();
    assert.deepEqual([...mirror.contents.blobs.keys()], blobs.slice(2));
  });

  it("is filled again after blobs were written without it", async () => {
    await attachMirror({ metadata: world.metadata, clock }, "m1");
    await makeScrub({ bytesPerSecond: undefined }, { mirrored: true }).runOnce();
    await detachMirror({ metadata: world.metadata, clock });
    const blobId = await blobOf(await world.uploadArchive(TWO));
    await attachMirror({ metadata: world.metadata, clock }, "m1");
    await makeScrub({ bytesPerSecond: undefined }, { mirrored: true }).runOnce();
    assert.ok(mirror.contents.blobs.has(blobId));
  });

  it("is ready although a blob is lost, which is recorded", async () => {
    const archiveId = await world.uploadArchive(TWO);
    world.blobs.drop(await blobOf(archiveId));
    await attachMirror({ metadata: world.metadata, clock }, "m1");
    await makeScrub({ bytesPerSecond: undefined }, { mirrored: true }).runOnce();
    assert.equal(state?.isMirrorReady, true);
    assert.equal((await listDamages())[0]?.archiveId, archiveId);
  });
});

describe("a repair from a second copy", () => {
  async function repair(source: BlobSource, knownOnly = false) {
    const events: RepairEvent[] = [];
    const sums = await repairBlobs(
      {
        metadata: world.metadata,
        healer: makeScrub().healer,
        source: { open: async () => source, release: async () => undefined },
        pace: createPace(clock, { maxBytesPerSecond: undefined, restMs: 0 }, neverStops),
      },
      knownOnly,
      { event: async (event) => void events.push(event), progress: () => undefined },
    );
    return { events: events.map(({ kind, part }) => [kind, part.blobId]), sums };
  }

  it("puts back what is damaged, closes its record, and never writes a sound blob", async () => {
    const [one, two] = [await world.uploadArchive(ONE), await world.uploadArchive(TWO)];
    const [bad, good] = [await blobOf(one), await blobOf(two)];
    copyToMirror();
    mirror.corrupt(good, 5);
    world.blobs.corrupt(bad, MIB);
    await makeScrub().runOnce();
    assert.equal((await listDamages()).length, 1);
    const { events, sums } = await repair(mirror);
    assert.deepEqual(events, [["Repaired", bad]]);
    assert.equal(sums.repairedBytes, ONE.bytes.length);
    assert.ok(Buffer.from(ONE.bytes).equals(world.blobs.contents.blobs.get(bad)!));
    assert.ok(Buffer.from(TWO.bytes).equals(world.blobs.contents.blobs.get(good)!));
    assert.deepEqual(await listDamages(), []);
    assert.equal((await listDamages(true)).length, 1);
  });

  it("takes nothing from a copy that is damaged in the same place, and says so", async () => {
    const blobId = await blobOf(await world.uploadArchive(ONE));
    copyToMirror();
    world.blobs.corrupt(blobId, MIB);
    mirror.corrupt(blobId, MIB + 9);
    const before = world.blobs.contents.blobs.get(blobId)?.slice();
    const { events, sums } = await repair(mirror);
    assert.deepEqual(events, [["Unrepaired", blobId]]);
    assert.equal(sums.unrepaired, 1);
    assert.deepEqual(world.blobs.contents.blobs.get(blobId), before);
    assert.equal((await listDamages()).length, 1);
  });

  it("compares what it wrote before it counts, whatever the copy said of itself", async () => {
    const blobId = await blobOf(await world.uploadArchive(ONE));
    copyToMirror();
    world.blobs.drop(blobId);
    // Sound when it is hashed, and not when it is read.
    const lying = {
      findSize: (id: BlobId) => mirror.findSize(id),
      hashLeaves: mirror.hashLeaves.bind(mirror),
      async *read(_: BlobId, { start, endExclusive }: { start: number; endExclusive: number }) {
        yield new Uint8Array(endExclusive - start);
      },
    };
    const { events } = await repair(lying);
    assert.deepEqual(events, [["Unrepaired", blobId]]);
    assert.equal(world.blobs.contents.blobs.has(blobId), false);
    assert.equal(world.blobs.contents.temporary.size, 0);
  });

  it("joins its sound MiB with those that are left here", async () => {
    const blobId = await blobOf(await world.uploadArchive(ONE));
    copyToMirror();
    world.blobs.corrupt(blobId, 0);
    mirror.corrupt(blobId, 2 * MIB);
    const { events } = await repair(mirror);
    assert.deepEqual(events, [["Repaired", blobId]]);
    assert.ok(Buffer.from(ONE.bytes).equals(world.blobs.contents.blobs.get(blobId)!));
  });

  it("looks only at known damage when told to", async () => {
    const [known, other] = [
      await blobOf(await world.uploadArchive(ONE)),
      await blobOf(await world.uploadArchive(TWO)),
    ];
    copyToMirror();
    world.blobs.corrupt(known, 0);
    await makeScrub().runOnce();
    world.blobs.corrupt(other, 0);
    const { events, sums } = await repair(mirror, true);
    assert.deepEqual(events, [["Repaired", known]]);
    assert.equal(sums.parts, 1);
  });
});
