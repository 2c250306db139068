/** Files of a running service that are really damaged: found by the scrub, told, mended. */
import assert from "node:assert/strict";
import {
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  truncate,
  unlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { backup } from "../../src/cli/high-level/backup.ts";
import { fsck } from "../../src/cli/high-level/fsck.ts";
import { stats } from "../../src/cli/high-level/stats.ts";
import { MIB, makePayload, type Payload } from "../support/payload.ts";
import { type S3Endpoint, startS3Endpoint } from "../support/s3-endpoint.ts";
import {
  findBlobs,
  flipByte,
  runVerb,
  type ServiceInProcess,
  startService,
  until,
} from "../support/service-in-process.ts";

const LARGE = makePayload(4 * MIB + 3, "large");
const OTHER = makePayload(2 * MIB + 1, "other");
const THIRD = makePayload(MIB + 9, "third");

let folder: string;
let dataDir: string;
let mirrorDir: string;
let service: ServiceInProcess | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "moraine-scrub-"));
  dataDir = join(folder, "data");
  mirrorDir = join(folder, "mirror");
});

afterEach(async () => {
  await service?.stop();
  service = undefined;
  await rm(folder, { recursive: true, force: true });
});

/** Passes follow each other at once, so that what is damaged is found while the test waits. */
async function start(settings: Readonly<Record<string, string>> = {}): Promise<ServiceInProcess> {
  await service?.stop();
  service = await startService({
    "data-dir": dataDir,
    "scrub-rate": "900MiB/s",
    "scrub-interval": "1s",
    ...settings,
  });
  return service;
}

async function upload(running: ServiceInProcess, ...payloads: readonly Payload[]) {
  await running.glacier.createVault("photos");
  const ids: string[] = [];
  for (const payload of payloads) {
    ids.push(await running.glacier.uploadArchive("photos", payload));
  }
  return ids;
}

async function listKnown(running: ServiceInProcess, repaired = false) {
  return await Array.fromAsync(running.admin.listDamages(repaired));
}

async function blobPath(root: string, payload: Payload): Promise<string> {
  const path = (await findBlobs(join(root, "blobs"))).get(payload.bytes.length);
  assert.ok(path !== undefined, `no blob in ${root} has ${payload.bytes.length} bytes`);
  return path;
}

async function hasBytes(root: string, payload: Payload): Promise<boolean> {
  const path = (await findBlobs(join(root, "blobs"))).get(payload.bytes.length);
  return path !== undefined && (await readFile(path)).equals(payload.bytes);
}

async function retrieve(running: ServiceInProcess, archiveId: string, range?: string) {
  const given = range === undefined ? {} : { RetrievalByteRange: range };
  const request = { Type: "archive-retrieval", ArchiveId: archiveId, ...given };
  const jobId = await running.glacier.initiateJob("photos", request);
  return await running.glacier.awaitJob("photos", jobId);
}

describe("the scrub of a running service", () => {
  it("finds damaged files; jobs fail for bad ranges only; a repair mends them and the records close", async () => {
    const running = await start();
    const [large, other, third] = await upload(running, LARGE, OTHER, THIRD);
    const copy = join(folder, "copy");
    await cp(join(dataDir, "blobs"), join(copy, "blobs"), { recursive: true });
    await flipByte(await blobPath(dataDir, LARGE), 2 * MIB + 1);
    await truncate(await blobPath(dataDir, OTHER), MIB);
    await unlink(await blobPath(dataDir, THIRD));
    const known = await until("three damages", async () => {
      const found = await listKnown(running);
      return found.length === 3 ? found : undefined;
    });
    const told = new Map(known.map((it) => [it.ArchiveId, [it.Kind, it.FirstMiB, it.LastMiB]]));
    assert.deepEqual(told.get(large!), ["rotten", 2, 2]);
    assert.deepEqual(told.get(other!), ["truncated", 1, 2]);
    assert.deepEqual(told.get(third!), ["missing", 0, 1]);

    const failed = await retrieve(running, large!);
    assert.equal(failed.StatusCode, "Failed");
    assert.match(String(failed.StatusMessage), /damaged in storage: .*MiB 2\) differ/);
    const range = `0-${2 * MIB - 1}`;
    assert.equal((await retrieve(running, large!, range)).StatusCode, "Succeeded");

    const listed = await runVerb(fsck, ["--known"], running.adminUrl);
    assert.equal(listed.code, 5);
    assert.match(listed.stdout, new RegExp(`damaged archive ${large} in .*MiB 2, .*first seen`));
    assert.match(listed.stdout, /3 damaged ranges are known/);
    const shown = await running.admin.describeService();
    assert.equal(shown.Scrub.DamagedArchives, 3);
    const metrics = await (await fetch(`${running.adminUrl}/metrics`)).text();
    assert.match(metrics, /^moraine_scrub_bytes_total [1-9]/m);
    assert.match(metrics, /^moraine_scrub_blobs_total [1-9]/m);
    assert.match(metrics, /^moraine_scrub_oldest_verification_age_seconds \d/m);
    assert.doesNotMatch(metrics, /^moraine_mirror_ready/m);

    const words = ["--repair-from", copy, "--known", "--max-rate", "unlimited"];
    const mended = await runVerb(fsck, words, running.adminUrl);
    assert.equal(mended.code, 0, mended.stdout + mended.stderr);
    assert.equal(mended.stdout.match(/^put back blob /gm)?.length, 3);
    for (const payload of [LARGE, OTHER, THIRD]) {
      assert.ok(await hasBytes(dataDir, payload));
    }
    assert.deepEqual(await listKnown(running), []);
    assert.equal((await listKnown(running, true)).length, 3);
    assert.equal((await runVerb(fsck, ["--rehash"], running.adminUrl)).code, 0);
    assert.equal((await runVerb(fsck, ["--known"], running.adminUrl)).code, 0);
    assert.equal((await retrieve(running, large!)).StatusCode, "Succeeded");
  });

  it("records damage that a job meets before the scrub comes by", async () => {
    const running = await start({ "scrub-rate": "off" });
    const [large] = await upload(running, LARGE);
    await flipByte(await blobPath(dataDir, LARGE), 5);
    assert.equal((await retrieve(running, large!)).StatusCode, "Failed");
    const [damage] = await until("a record", async () => {
      const found = await listKnown(running);
      return found.length > 0 ? found : undefined;
    });
    assert.equal(damage?.ArchiveId, large);
  });

  it("refuses questions about damages that it does not understand", async () => {
    const running = await start();
    const call = running.admin.listDamages("perhaps" as never).next();
    await assert.rejects(call, /repaired must be true or false; got "perhaps"/);
  });
});

describe("fsck --repair-from of a stopped folder", () => {
  let s3: S3Endpoint;
  const environment = { ...process.env };

  beforeEach(async () => {
    s3 = await startS3Endpoint();
    process.env["AWS_ENDPOINT_URL_S3"] = s3.url;
    process.env["AWS_ACCESS_KEY_ID"] = s3.credentials.accessKeyId;
    process.env["AWS_SECRET_ACCESS_KEY"] = s3.credentials.secretAccessKey;
  });

  afterEach(async () => {
    for (const name of ["AWS_ENDPOINT_URL_S3", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]) {
      const before = environment[name];
      if (before === undefined) {
        delete process.env[name];
      } else {
        process.env[name] = before;
      }
    }
    await s3.close();
  });

  async function fillBucket(prefix: string): Promise<void> {
    const objects = new Map();
    for (const path of (await findBlobs(join(dataDir, "blobs"))).values()) {
      const id = basename(path);
      const body = await readFile(path);
      objects.set(`${prefix}data/${id.slice(-2)}/${id}`, { body, headers: {}, region: "" });
    }
    s3.buckets.set("copies", objects);
  }

  it("takes blobs from a bucket, verifies them, and leaves nothing else in the folder", async () => {
    await upload(await start(), LARGE, OTHER);
    await service?.stop();
    await fillBucket("photos/blobs/");
    await unlink(await blobPath(dataDir, LARGE));
    await flipByte(await blobPath(dataDir, OTHER), MIB);
    const before = await readdir(dataDir);
    for (const from of ["s3://copies/photos", "s3://copies/photos/blobs/"]) {
      await rm(await blobPath(dataDir, OTHER));
      const words = ["--data-dir", dataDir, "--repair-from", from];
      const mended = await runVerb(fsck, words);
      assert.equal(mended.code, 0, mended.stdout + mended.stderr);
      assert.ok(await hasBytes(dataDir, LARGE));
      assert.ok(await hasBytes(dataDir, OTHER));
    }
    assert.deepEqual(await readdir(dataDir), before);
    assert.equal((await runVerb(fsck, ["--data-dir", dataDir, "--rehash"])).code, 0);
  });

  it("ends with 5 and changes nothing when the bucket's copy is damaged too", async () => {
    await upload(await start(), LARGE);
    await service?.stop();
    await flipByte(await blobPath(dataDir, LARGE), MIB);
    await fillBucket("");
    const before = await readFile(await blobPath(dataDir, LARGE));
    const words = ["--data-dir", dataDir, "--repair-from", "s3://copies"];
    const ended = await runVerb(fsck, words);
    assert.equal(ended.code, 5);
    assert.match(ended.stdout, /^not put back: blob .* of archive .*\(MiB 1, /m);
    assert.match(ended.stdout, /0 blobs .* were put back, 1 could not be put back/);
    assert.ok((await readFile(await blobPath(dataDir, LARGE))).equals(before));
  });

  it("says why a copy can't be used, and changes nothing", async () => {
    await upload(await start(), LARGE);
    await service?.stop();
    await unlink(await blobPath(dataDir, LARGE));
    const empty = join(folder, "empty");
    await mkdir(empty);
    for (const [from, message] of [
      [empty, /is no data folder, backup with blobs, or mirror/],
      [dataDir, /is what is to be repaired; give a second copy/],
      ["s3://none/x", /bucket none: the S3 service says NoSuchBucket/],
      ["s3:///x", /must be s3:\/\/bucket or s3:\/\/bucket\/prefix/],
    ] as const) {
      const ended = await runVerb(fsck, ["--data-dir", dataDir, "--repair-from", from]);
      assert.equal(ended.code, 1, ended.stdout);
      assert.match(ended.stderr, message);
    }
  });

  it("goes on after a run that was killed in the middle of a blob", async () => {
    await upload(await start(), LARGE);
    await service?.stop();
    const copy = join(folder, "copy");
    await cp(join(dataDir, "blobs"), join(copy, "blobs"), { recursive: true });
    const path = await blobPath(dataDir, LARGE);
    await flipByte(path, MIB);
    // What such a run leaves: the start of the blob under its temporary name.
    const leftover = join(dataDir, "blobs", "tmp", basename(path));
    await writeFile(leftover, LARGE.bytes.subarray(0, 2 * MIB));
    const mended = await runVerb(fsck, ["--data-dir", dataDir, "--repair-from", copy]);
    assert.equal(mended.code, 0, mended.stdout + mended.stderr);
    assert.ok(await hasBytes(dataDir, LARGE));
    assert.deepEqual(await readdir(join(dataDir, "blobs", "tmp")), []);
  });

  it("takes blobs from a backup", async () => {
    const running = await start();
    await upload(running, LARGE);
    const place = join(folder, "backup");
    assert.equal((await runVerb(backup, [place, "--blobs"], running.adminUrl)).code, 0);
    await running.stop();
    // Not flipped in place: the backup's file is a hard link to it.
    await unlink(await blobPath(dataDir, LARGE));
    const mended = await runVerb(fsck, ["--data-dir", dataDir, "--repair-from", place]);
    assert.equal(mended.code, 0, mended.stdout + mended.stderr);
    assert.ok(await hasBytes(dataDir, LARGE));
  });
});

describe("a service with a mirror", () => {
  const mirrored = () => ({ "mirror-dir": mirrorDir });

  it("has every archive in both folders when it is acknowledged, and removes both", async () => {
    const running = await start({ ...mirrored(), "scrub-rate": "off" });
    const [large] = await upload(running, LARGE);
    assert.ok(await hasBytes(dataDir, LARGE));
    assert.ok(await hasBytes(mirrorDir, LARGE));
    await running.glacier.deleteArchive("photos", String(large));
    await until("removal", async () => {
      const left = [...(await findBlobs(join(dataDir, "blobs"))).keys()];
      left.push(...(await findBlobs(join(mirrorDir, "blobs"))).keys());
      return left.length === 0 ? true : undefined;
    });
  });

  it("gives sound bytes although a copy is damaged, and puts that back, also without passes", async () => {
    const running = await start({ ...mirrored(), "scrub-rate": "off" });
    const [large, other] = await upload(running, LARGE, OTHER);
    await flipByte(await blobPath(dataDir, LARGE), 3 * MIB);
    await unlink(await blobPath(dataDir, OTHER));
    for (const [archiveId, payload] of [
      [large, LARGE],
      [other, OTHER],
    ] as const) {
      const job = await retrieve(running, String(archiveId));
      assert.equal(job.StatusCode, "Succeeded", String(job.StatusMessage));
      const output = await running.glacier.getJobOutput("photos", job.JobId);
      assert.ok(Buffer.from(output.body).equals(payload.bytes));
      await until("repair", async () => ((await hasBytes(dataDir, payload)) ? true : undefined));
    }
    assert.deepEqual(await listKnown(running, true), []);
  });

  it("scrubs both copies against each other", async () => {
    const running = await start(mirrored());
    await upload(running, LARGE, OTHER, THIRD);
    await flipByte(await blobPath(mirrorDir, LARGE), 1);
    await truncate(await blobPath(dataDir, OTHER), MIB);
    await unlink(await blobPath(mirrorDir, THIRD));
    for (const payload of [LARGE, OTHER, THIRD]) {
      await until("repair", async () => {
        const both = [await hasBytes(dataDir, payload), await hasBytes(mirrorDir, payload)];
        return both.every(Boolean) ? true : undefined;
      });
    }
    assert.deepEqual(await listKnown(running, true), []);
    const metrics = await (await fetch(`${running.adminUrl}/metrics`)).text();
    assert.match(
      metrics,
      /moraine_scrub_copies_repaired_total\{copy="mirror",outcome="repaired"\} 2/,
    );
    assert.match(metrics, /^moraine_mirror_ready 1/m);
  });

  it("is not checked by checks and repairs of the stopped folder, which say so and take blobs from it", async () => {
    const running = await start({ ...mirrored(), "scrub-rate": "off" });
    await upload(running, LARGE);
    await running.stop();
    await unlink(await blobPath(dataDir, LARGE));
    const found = await runVerb(fsck, ["--data-dir", dataDir]);
    assert.equal(found.code, 5);
    assert.match(found.stdout, /^Mirror [0-9a-f]{32} was not checked: /m);
    const mended = await runVerb(fsck, ["--data-dir", dataDir, "--repair-from", mirrorDir]);
    assert.equal(mended.code, 0, mended.stdout + mended.stderr);
    assert.match(mended.stdout, /^Mirror [0-9a-f]{32} was not checked: /m);
    assert.ok(await hasBytes(dataDir, LARGE));
    const json = await runVerb(fsck, ["--data-dir", dataDir, "--json"]);
    assert.match(json.stdout, /"Notes":\["Mirror /);
  });

  it("fills a mirror that is attached later, and shows when that is done", async () => {
    await upload(await start(), LARGE, OTHER);
    const running = await start({ ...mirrored(), "scrub-rate": "off" });
    await until("a filled mirror", async () =>
      (await running.admin.describeService()).Mirror?.Ready === true ? true : undefined,
    );
    assert.ok(await hasBytes(mirrorDir, LARGE));
    assert.ok(await hasBytes(mirrorDir, OTHER));
    assert.match((await runVerb(stats, [], running.adminUrl)).stdout, /has every blob/);
    // Written without the mirror, blobs are brought in once it is back.
    await running.glacier.uploadArchive("photos", THIRD);
    await upload(await start({ "scrub-rate": "off" }), makePayload(7, "alone"));
    await start({ ...mirrored(), "scrub-rate": "off" });
    await until("the rest", async () =>
      (await findBlobs(join(mirrorDir, "blobs"))).has(7) ? true : undefined,
    );
  });

  it("refuses an empty folder, another mirror and other folders in the place of its own", async () => {
    await upload(await start(mirrored()), LARGE);
    await service?.stop();
    const away = join(folder, "away");
    await cp(mirrorDir, away, { recursive: true });
    await rm(mirrorDir, { recursive: true });
    await assert.rejects(start(mirrored()), /can't be used \(ENOENT\); is its disk mounted\?/);
    await mkdir(mirrorDir);
    const refused = /is empty, and mirror [0-9a-f]{32} is expected: is its disk mounted\?/;
    await assert.rejects(start(mirrored()), refused);
    await writeFile(join(mirrorDir, "letters.txt"), "x");
    await assert.rejects(start(mirrored()), /neither empty nor a mirror: it holds "letters.txt"/);
    await unlink(join(mirrorDir, "letters.txt"));
    await assert.rejects(start({ "mirror-dir": join(dataDir, "m") }), /ENOENT/);
    await assert.rejects(start({ "mirror-dir": dataDir }), /must not lie inside each other/);
    const identity = JSON.parse(await readFile(join(away, "moraine-mirror.json"), "utf8"));
    const other = JSON.stringify({ ...identity, id: "0".repeat(32) });
    await writeFile(join(mirrorDir, "moraine-mirror.json"), other);
    await assert.rejects(start(mirrored()), /is mirror 0{32}, and that of this service is /);
    await rm(mirrorDir, { recursive: true });
    await mkdir(mirrorDir);
    // On a disk that is to be the new mirror, the operator says so.
    await writeFile(join(mirrorDir, "moraine-new-mirror"), "");
    await start(mirrored());
    await until("a filled mirror", async () =>
      (await hasBytes(mirrorDir, LARGE)) ? true : undefined,
    );
    assert.ok(!(await readdir(mirrorDir)).includes("moraine-new-mirror"));
    await start(mirrored());
    await assert.rejects(start({ "mirror-dir": away }), /is it the right disk\?/);
  });
});
