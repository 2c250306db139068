/** Archives of few bytes, which lie in the metadata: everything that an operator does to files is done to them too. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, it } from "node:test";
import { backup, restoreBackup } from "../../src/cli/high-level/backup.ts";
import { fsck } from "../../src/cli/high-level/fsck.ts";
import { key } from "../../src/cli/high-level/key.ts";
import { makePayload, type Payload } from "../support/payload.ts";
import { startS3Endpoint } from "../support/s3-endpoint.ts";
import {
  findBlobs,
  runVerb,
  type ServiceInProcess,
  startService,
  until,
} from "../support/service-in-process.ts";

const ONE = makePayload(4096, "one");
const TWO = makePayload(64 * 1024, "two");
const LARGE = makePayload(64 * 1024 + 1, "large");

let folder: string;
let dataDir: string;
let service: ServiceInProcess | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "moraine-small-"));
  dataDir = join(folder, "data");
});

afterEach(async () => {
  await service?.stop();
  service = undefined;
  await rm(folder, { recursive: true, force: true });
});

/** The scrub rests unless it is asked for. */
async function start(settings: Readonly<Record<string, string>> = {}): Promise<ServiceInProcess> {
  await service?.stop();
  service = await startService({ "data-dir": dataDir, "scrub-rate": "off", ...settings });
  return service;
}

async function stop(): Promise<void> {
  await service?.stop();
  service = undefined;
}

/** Starts a service with two archives that are rows; their ids in order. */
async function startWithRows(settings: Readonly<Record<string, string>> = {}) {
  const running = await start(settings);
  await running.glacier.createVault("photos");
  const archiveIds: string[] = [];
  for (const payload of [ONE, TWO]) {
    archiveIds.push(await running.glacier.uploadArchive("photos", payload));
  }
  return { running, archiveIds };
}

/** Runs SQL on the metadata, as rot or an operator's shell may. */
function inMetadata<T>(work: (database: DatabaseSync) => T, path = dataDir): T {
  const database = new DatabaseSync(join(path, "metadata.db"), { timeout: 5000 });
  try {
    return work(database);
  } finally {
    database.close();
  }
}

function countRows(path = dataDir): number {
  return inMetadata(
    (db) => Number(db.prepare("SELECT count(*) AS n FROM small_blobs").get()?.["n"]),
    path,
  );
}

/** Turns the last bytes of the first row round. */
function rotFirstRow(): void {
  inMetadata((db) =>
    db.exec(
      `UPDATE small_blobs SET bytes = CAST(substr(bytes, 1, length(bytes) - 2) || X'5a5a' AS BLOB)
       WHERE blob_id = (SELECT min(blob_id) FROM small_blobs)`,
    ),
  );
}

async function countFiles(path = dataDir): Promise<number> {
  return (await findBlobs(join(path, "blobs"))).size;
}

async function retrieve(running: ServiceInProcess, archiveId: string) {
  const request = { Type: "archive-retrieval", ArchiveId: archiveId };
  const jobId = await running.glacier.initiateJob("photos", request);
  const job = await running.glacier.awaitJob("photos", jobId);
  const output =
    job.StatusCode === "Succeeded"
      ? Buffer.from((await running.glacier.getJobOutput("photos", jobId)).body)
      : undefined;
  return { job, output };
}

async function expectBytes(
  running: ServiceInProcess,
  archiveId: string | undefined,
  payload: Payload,
): Promise<void> {
  const { job, output } = await retrieve(running, String(archiveId));
  assert.equal(job.StatusCode, "Succeeded", String(job.StatusMessage));
  assert.ok(output?.equals(payload.bytes));
}

async function runFsck(words: readonly string[], running?: ServiceInProcess) {
  const where = running === undefined ? ["--data-dir", dataDir] : [];
  return await runVerb(fsck, [...words, ...where], running?.adminUrl);
}

describe("archives of up to 64 KiB", () => {
  it("are rows without any file, and larger ones are files", async () => {
    const { running, archiveIds } = await startWithRows();
    assert.deepEqual([countRows(), await countFiles()], [2, 0]);
    archiveIds.push(await running.glacier.uploadArchive("photos", LARGE));
    assert.deepEqual([countRows(), await countFiles()], [2, 1]);
    await expectBytes(running, archiveIds[0], ONE);
    await expectBytes(running, archiveIds[1], TWO);
    await expectBytes(running, archiveIds[2], LARGE);
    const again = await start();
    await expectBytes(again, archiveIds[0], ONE);
    await again.glacier.deleteArchive("photos", String(archiveIds[1]));
    // The job above still offers its bytes; the next start collects what is free.
    assert.equal(countRows(), 2);
  });

  it("are read without the service, as the page about the format says", {
    skip: spawnSync("sqlite3", ["--version"]).status !== 0 && "sqlite3 is not installed",
  }, async () => {
    const { running } = await startWithRows();
    const page = await readFile(new URL("../../docs/format.md", import.meta.url), "utf8");
    const command = /```\n(sqlite3 metadata\.db[^`]*)```/.exec(page)?.[1];
    for (const payload of [ONE, TWO, LARGE]) {
      const archiveId = await running.glacier.uploadArchive("photos", payload, "photos 2025");
      execFileSync("bash", ["-c", String(command)], { cwd: dataDir });
      assert.ok((await readFile(join(dataDir, "restored"))).equals(payload.bytes));
      await running.glacier.deleteArchive("photos", archiveId);
    }
  });

  it("leave nothing once they are deleted", async () => {
    const { running, archiveIds } = await startWithRows();
    for (const archiveId of archiveIds) {
      await running.glacier.deleteArchive("photos", archiveId);
    }
    await start();
    await until("collection", async () => (countRows() === 0 ? true : undefined));
    assert.equal((await runFsck([], service)).code, 0);
  });

  it("are files where a mirror is, and earlier rows come to it", async () => {
    const mirrorDir = join(folder, "mirror");
    const { archiveIds } = await startWithRows();
    const busy = { "scrub-rate": "100MiB/s", "scrub-interval": "1s" };
    const running = await start({ "mirror-dir": mirrorDir, ...busy });
    await until("filling", async () => ((await countFiles(mirrorDir)) === 2 ? true : undefined));
    await running.glacier.uploadArchive("photos", makePayload(5000, "mirrored"));
    assert.deepEqual([countRows(), await countFiles(), await countFiles(mirrorDir)], [2, 1, 3]);
    // A read that meets the damage is served from the mirror, and the row is put back.
    rotFirstRow();
    await expectBytes(running, archiveIds[0], ONE);
    await until("repair of the row", async () => {
      const row = inMetadata((db) =>
        db.prepare("SELECT bytes FROM small_blobs ORDER BY blob_id LIMIT 1").get(),
      );
      return ONE.bytes.equals(row?.["bytes"] as Uint8Array) ? true : undefined;
    });
    const [file] = [...(await findBlobs(join(mirrorDir, "blobs"))).entries()]
      .filter(([size]) => size === ONE.bytes.length)
      .map(([, path]) => path);
    await rm(String(file));
    await expectBytes(running, archiveIds[0], ONE);
    await until("repair of the mirror", async () =>
      (await countFiles(mirrorDir)) === 3 ? true : undefined,
    );
  });
});

for (const isEncrypted of [false, true]) {
  describe(`rows of ${isEncrypted ? "an encrypted" : "a plain"} folder`, () => {
    let settings: Record<string, string>;
    let words: string[];

    beforeEach(async () => {
      const keyFile = join(folder, "old.key");
      await writeFile(keyFile, Buffer.alloc(32, 1));
      settings = isEncrypted ? { "encryption-key-file": keyFile } : {};
      words = isEncrypted ? ["--encryption-key-file", keyFile] : [];
    });

    it("are checked by fsck in both directions, in a running service and a stopped folder", async () => {
      const { running } = await startWithRows(settings);
      const sound = await runFsck(["--rehash"], running);
      assert.equal(sound.code, 0, sound.stdout + sound.stderr);
      rotFirstRow();
      assert.equal((await runFsck([], running)).code, 0, "the length is right");
      assert.match((await runFsck(["--rehash"], running)).stdout, /differ from what was uploaded/);
      await stop();
      assert.match((await runFsck(["--rehash", ...words])).stdout, /differ from what was uploaded/);
      inMetadata((db) =>
        db.exec("DELETE FROM small_blobs WHERE blob_id = (SELECT min(blob_id) FROM small_blobs)"),
      );
      assert.match((await runFsck(words)).stdout, /missing/);
      // Boot 9 never was: whose bytes are these?
      inMetadata((db) =>
        db.exec("INSERT INTO small_blobs VALUES (X'000000090000000000000000deadbeef', X'00')"),
      );
      assert.match((await runFsck(words)).stdout, /00000009.*deadbeef/s);
    });

    it("are found damaged by a retrieval, which fails, and by the scrub, which records it", async () => {
      const { archiveIds } = await startWithRows(settings);
      rotFirstRow();
      const running = await start({ ...settings, "scrub-rate": "100MiB/s" });
      const { job } = await retrieve(running, String(archiveIds[0]));
      assert.equal(job.StatusCode, "Failed");
      assert.match(String(job.StatusMessage), /damaged/i);
      const known = await until("record", async () => {
        const result = await runFsck(["--known"], running);
        return result.code === 0 ? undefined : result;
      });
      assert.match(known.stdout, /differ from what was uploaded/);
      await expectBytes(running, archiveIds[1], TWO);
    });

    it("are in every backup, counted, and restored with it", async () => {
      const { running, archiveIds } = await startWithRows(settings);
      archiveIds.push(await running.glacier.uploadArchive("photos", LARGE));
      const target = join(folder, "backup");
      const written = await runVerb(backup, ["--blobs", target], running.adminUrl);
      assert.equal(written.code, 0, written.stderr);
      const result = JSON.parse(written.stdout);
      assert.deepEqual([result.InMetadata, result.Linked, result.BlobCount], [2, 1, 3]);
      const sizes = [ONE, TWO, LARGE].map(({ bytes }) => bytes.length);
      assert.equal(result.BlobBytes, sizes[0]! + sizes[1]! + sizes[2]!);
      // What is deleted later stays in the backup.
      await running.glacier.deleteArchive("photos", String(archiveIds[0]));
      await stop();
      await rm(dataDir, { recursive: true });
      const restored = await runVerb(restoreBackup, [target, "--data-dir", dataDir]);
      assert.equal(restored.code, 0, restored.stderr);
      const checked = await runFsck(["--rehash", ...words]);
      assert.equal(checked.code, 0, checked.stdout + checked.stderr);
      const again = await start(settings);
      await expectBytes(again, archiveIds[0], ONE);
      await expectBytes(again, archiveIds[2], LARGE);
    });

    it("that are cut off are counted as damaged by a backup", async () => {
      const { running } = await startWithRows(settings);
      inMetadata((db) =>
        db.exec(
          `UPDATE small_blobs SET bytes = substr(bytes, 1, length(bytes) - 1)
           WHERE blob_id = (SELECT min(blob_id) FROM small_blobs)`,
        ),
      );
      const target = join(folder, "backup");
      const written = await runVerb(backup, ["--blobs", target], running.adminUrl);
      const result = JSON.parse(written.stdout);
      assert.deepEqual([written.code, result.DamagedBlobs, result.BlobCount], [5, 1, 1]);
      const dataDir = join(folder, "restored");
      const refused = await runVerb(restoreBackup, [target, "--data-dir", dataDir]);
      assert.match(refused.stderr, /lacks 1 blobs/);
    });

    it("are repaired from a copied data folder, a backup and a bucket", async () => {
      const { running, archiveIds } = await startWithRows(settings);
      const target = join(folder, "backup");
      await runVerb(backup, ["--blobs", target], running.adminUrl);
      await stop();
      const copied = join(folder, "copied");
      await cp(dataDir, copied, { recursive: true });
      const before = (await readdir(copied)).sort();
      const s3 = await startS3Endpoint();
      process.env["AWS_ENDPOINT_URL_S3"] = s3.url;
      process.env["AWS_ACCESS_KEY_ID"] = s3.credentials.accessKeyId;
      process.env["AWS_SECRET_ACCESS_KEY"] = s3.credentials.secretAccessKey;
      try {
        s3.buckets.set("copies", new Map());
        for (const [prefix, from] of [
          ["folder", copied],
          ["backup", target],
        ] as const) {
          await putAll(s3.buckets.get("copies"), prefix, from);
        }
        for (const from of [copied, target, "s3://copies/folder", "s3://copies/backup/"]) {
          rotFirstRow();
          const repaired = await runFsck(["--repair-from", from, ...words]);
          assert.equal(repaired.code, 0, from + repaired.stdout + repaired.stderr);
          assert.equal((await runFsck(["--rehash", ...words])).code, 0, from);
        }
      } finally {
        await s3.close();
        for (const name of ["AWS_ENDPOINT_URL_S3", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]) {
          delete process.env[name];
        }
      }
      assert.deepEqual((await readdir(copied)).sort(), before, "a source is only read");
      const again = await start(settings);
      rotFirstRow();
      const online = await runFsck(["--repair-from", copied], again);
      assert.equal(online.code, 0, online.stdout + online.stderr);
      await expectBytes(again, archiveIds[0], ONE);
      assert.equal(await countFiles(), 0, "a row is put back as a row");
    });
  });
}

async function putAll(
  bucket: Map<string, object> | undefined,
  prefix: string,
  from: string,
): Promise<void> {
  for (const entry of await readdir(from, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) {
      const path = join(entry.parentPath, entry.name);
      const object = { body: await readFile(path), headers: {}, region: "us-east-1" };
      bucket?.set(`${prefix}/${relative(from, path)}`, object);
    }
  }
}

describe("a rotation of keys", () => {
  it("puts the rows under the new key, in a running service and a stopped folder", async () => {
    const files = ["a.key", "b.key", "c.key"].map((name) => join(folder, name));
    const [first = "", second = "", third = ""] = files;
    for (const [index, file] of files.entries()) {
      await writeFile(file, Buffer.alloc(32, index + 1));
    }
    const { running, archiveIds } = await startWithRows({ "encryption-key-file": first });
    const online = await runVerb(key, ["rotate", "--new-key-file", second], running.adminUrl);
    assert.equal(online.code, 0, online.stderr);
    assert.equal(JSON.parse(online.stdout).DataKeys, 2);
    await expectBytes(running, archiveIds[0], ONE);
    await stop();
    const words = ["rotate", "--data-dir", dataDir, "--encryption-key-file", second];
    const offline = await runVerb(key, [...words, "--new-key-file", third]);
    assert.equal(offline.code, 0, offline.stderr);
    assert.equal(JSON.parse(offline.stdout).DataKeys, 2);
    const again = await start({ "encryption-key-file": third });
    await expectBytes(again, archiveIds[0], ONE);
    await expectBytes(again, archiveIds[1], TWO);
    assert.equal((await runFsck(["--rehash"], again)).code, 0);
  });
});
