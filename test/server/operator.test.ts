/** The operator verbs against a running service and its data folder: checks, backups, restoring, inventories. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { appendFile, mkdir, mkdtemp, open, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, it } from "node:test";
import { backup, restoreBackup } from "../../src/cli/high-level/backup.ts";
import { fsck } from "../../src/cli/high-level/fsck.ts";
import { inventory } from "../../src/cli/high-level/inventory.ts";
import { key } from "../../src/cli/high-level/key.ts";
import { stats } from "../../src/cli/high-level/stats.ts";
import { user } from "../../src/cli/high-level/user.ts";
import { loadStoppedFolder } from "../../src/cli/stopped-folder.ts";
import { buildServer, type RunningServer } from "../../src/server/build-server.ts";
import { parseSettings } from "../../src/server/config.ts";
import { openBackupPlace } from "../../src/server/operator/backup-place.ts";
import { writeBackup } from "../../src/server/operator/write-backup.ts";
import { drain } from "../../src/server/shutdown.ts";
import { createGlacierClient, type GlacierClient } from "../support/glacier-client.ts";
import { silentLogger } from "../support/metadata-builders.ts";
import { describePayload, MIB, makePayload } from "../support/payload.ts";

const ROOT = {
  accessKeyId: "AKIDMORAINEOPERATOR1",
  secretAccessKey: "moraineOperator/moraineOperator/00000001",
};
const ACCOUNT_ID = "111122223333";
/** Just too large for a row. */
const SMALL = makePayload(70_000, "small");
const LARGE = makePayload(2 * MIB + 3, "large");

const POLICY = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "glacier:ListVaults", Resource: "*" }],
};

interface World {
  readonly folder: string;
  readonly dataDir: string;
  readonly running: RunningServer;
  readonly glacier: GlacierClient;
  readonly adminUrl: string;
  readonly apiUrl: string;
  stop(): Promise<void>;
}

async function startWorld(
  folder: string,
  options: { readonly dataDir?: string; readonly inventory?: string } = {},
): Promise<World> {
  const dataDir = options.dataDir ?? join(folder, "data");
  const settings = {
    "data-dir": dataDir,
    listen: "127.0.0.1:0",
    "console-listen": "127.0.0.1:0",
    "root-access-key-id": ROOT.accessKeyId,
    "root-secret-access-key": ROOT.secretAccessKey,
    "root-account-id": ACCOUNT_ID,
    inventory: options.inventory ?? "live",
  };
  const running = await buildServer(
    parseSettings({
      flags: new Map(Object.entries(settings)),
      unknownFlags: [],
      strayWords: [],
      env: {},
      readFile: () => "",
    }),
    silentLogger,
  );
  const apiUrl = `http://127.0.0.1:${running.api.port}`;
  const glacier = createGlacierClient({ apiUrl, credentials: ROOT });
  let stopped = false;
  return {
    folder,
    dataDir,
    running,
    glacier,
    apiUrl,
    adminUrl: `http://127.0.0.1:${running.console?.port}`,
    stop: async () => {
      if (!stopped) {
        stopped = true;
        glacier.close();
        await drain(running.drainSteps, { boundMs: 20_000, logger: silentLogger });
      }
    },
  };
}

type Verb = (words: readonly string[], terminal: never, surroundings: never) => Promise<number>;

/** Runs a verb as the command line does; `lines` are those of standard output as JSON. */
async function run(world: World, verb: unknown, words: readonly string[], signal?: AbortSignal) {
  const output = { stdout: "", stderr: "" };
  const terminal = {
    stdout: (text: string) => {
      output.stdout += text;
    },
    stderr: (text: string) => {
      output.stderr += text;
    },
  };
  const surroundings = {
    env: {
      AWS_ACCESS_KEY_ID: ROOT.accessKeyId,
      AWS_SECRET_ACCESS_KEY: ROOT.secretAccessKey,
      AWS_ENDPOINT_URL: world.apiUrl,
      AWS_CONFIG_FILE: join(world.folder, "no-config"),
      AWS_SHARED_CREDENTIALS_FILE: join(world.folder, "no-credentials"),
      MORAINE_ADMIN_URL: world.adminUrl,
    },
    fetch,
    nowMs: Date.now,
    isTty: false,
    loadStoppedFolder,
    readStdin: async () => JSON.stringify(POLICY),
    ...(signal === undefined ? {} : { signal }),
  };
  // Each verb takes a part of these surroundings.
  const code = await (verb as Verb)(words, terminal as never, surroundings as never);
  const json = () =>
    output.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
  return { code, ...output, json };
}

let folder: string;
const worlds: World[] = [];

async function start(options: Parameters<typeof startWorld>[1] = {}): Promise<World> {
  const world = await startWorld(folder, options);
  worlds.push(world);
  return world;
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "moraine-operator-"));
});

afterEach(async () => {
  for (const world of worlds.splice(0)) {
    await world.stop();
  }
  await rm(folder, { recursive: true, force: true });
});

async function listFiles(root: string): Promise<readonly string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** The only blob of that size. */
async function findBlob(dataDir: string, sizeBytes: number): Promise<string> {
  for (const path of await listFiles(join(dataDir, "blobs", "data"))) {
    if ((await stat(path)).size === sizeBytes) {
      return path;
    }
  }
  throw new Error(`no blob has ${sizeBytes} bytes`);
}

async function flipByte(path: string, offset: number): Promise<void> {
  const file = await open(path, "r+");
  const byte = Buffer.alloc(1);
  await file.read(byte, 0, 1, offset);
  byte[0] = byte[0]! ^ 1;
  await file.write(byte, 0, 1, offset);
  await file.close();
}

describe("moraine fsck", () => {
  it("names damaged archives of a running service and of its stopped folder, and ends with 5", async () => {
    const world = await start();
    await world.glacier.createVault("photos");
    const sound = await world.glacier.uploadArchive("photos", SMALL);
    const rotten = await world.glacier.uploadArchive("photos", LARGE);
    assert.equal((await run(world, fsck, ["--rehash"])).code, 0);
    await flipByte(await findBlob(world.dataDir, LARGE.bytes.length), MIB + 5);
    assert.equal((await run(world, fsck, [])).code, 0);
    const online = await run(world, fsck, ["--rehash", "--max-rate", "unlimited"]);
    assert.equal(online.code, 5);
    assert.match(
      online.stdout,
      new RegExp(`^damaged archive ${rotten} in vault ${ACCOUNT_ID}/us-east-1/photos: `),
    );
    assert.match(
      online.stdout,
      /differ from what was uploaded \(MiB 1, bytes 1048576-2097151, blob /,
    );
    assert.ok(!online.stdout.includes(sound));
    const busy = await run(world, fsck, ["--data-dir", world.dataDir]);
    assert.equal(busy.code, 1);
    assert.match(busy.stderr, /is in use by process \d+ .*give --admin-url/);
    await world.stop();
    const gone = await run(world, fsck, []);
    assert.equal(gone.code, 4);
    const offline = await run(world, fsck, ["--rehash", "--json", "--data-dir", world.dataDir]);
    assert.equal(offline.code, 5);
    const [finding, summary] = offline.json();
    assert.deepEqual(
      [finding.Kind, finding.ArchiveId, finding.Problems[0].FirstMiB, summary.Findings],
      ["ArchiveDamaged", rotten, 1, 1],
    );
  });

  it("finds lost, cut off and stray blobs and wrong counters on disk", async () => {
    const world = await start();
    await world.glacier.createVault("photos");
    const lost = await world.glacier.uploadArchive("photos", SMALL);
    const cut = await world.glacier.uploadArchive("photos", LARGE);
    await world.stop();
    await rm(await findBlob(world.dataDir, SMALL.bytes.length));
    const path = await findBlob(world.dataDir, LARGE.bytes.length);
    const file = await open(path, "r+");
    await file.truncate(MIB);
    await file.close();
    await appendFile(join(world.dataDir, "blobs/data/00", `000000ff${"0".repeat(24)}`), "stray");
    await appendFile(join(world.dataDir, "blobs/data/00", `00000001${"0".repeat(24)}`), "left");
    const database = new DatabaseSync(join(world.dataDir, "metadata.db"));
    database.exec("UPDATE vaults SET archive_bytes = archive_bytes + 1");
    database.close();
    const result = await run(world, fsck, ["--data-dir", world.dataDir]);
    assert.equal(result.code, 5);
    assert.match(
      result.stdout,
      new RegExp(`archive ${lost} .*: the blob is missing \\(MiB 0, bytes 0-69999`),
    );
    assert.match(
      result.stdout,
      new RegExp(`archive ${cut} .*: the blob ends too early \\(MiB 1 to 2`),
    );
    assert.match(result.stdout, /wrong counters of vault .*: 2 archives of 2167156 bytes recorded/);
    assert.match(result.stdout, /unexplained blob 000000ff0+: .* boot 255/);
    assert.match(result.stdout, /^4 findings: .*; 1 leftovers for the sweep\.$/m);
  });

  it("refuses what is no data folder, and makes nothing", async () => {
    const world = await start();
    const missing = await run(world, fsck, ["--data-dir", join(folder, "none")]);
    assert.equal(missing.code, 1);
    assert.ok(!existsSync(join(folder, "none")));
    await mkdir(join(folder, "empty"));
    const empty = await run(world, fsck, ["--data-dir", join(folder, "empty")]);
    assert.match(empty.stderr, /is no data folder of Moraine/);
    assert.deepEqual(await readdir(join(folder, "empty")), []);
    const rate = await run(world, fsck, ["--max-rate", "fast"]);
    assert.deepEqual([rate.code, /--max-rate must be a rate such as/.test(rate.stderr)], [2, true]);
  });

  it("tells what SQLite itself finds in the metadata file", async () => {
    const world = await start();
    await world.glacier.createVault("photos");
    await world.stop();
    const file = await open(join(world.dataDir, "metadata.db"), "r+");
    // An index page in the middle of the file, found by its first byte (SQLite file format, 1.6).
    const bytes = await readFile(join(world.dataDir, "metadata.db"));
    const pages = bytes.length / 4096;
    const page = Array.from({ length: pages }, (_, index) => index).find(
      (index) =>
        index > 3 && bytes[index * 4096] === 10 && bytes.readUInt16BE(index * 4096 + 3) > 0,
    );
    await file.write(Buffer.from([0, 0]), 0, 2, page! * 4096 + 3);
    await file.close();
    const result = await run(world, fsck, ["--data-dir", world.dataDir]);
    assert.equal(result.code, 5);
    assert.match(result.stdout, /^damaged metadata file: /);
  });

  it("ends with 5 when the metadata file is beyond reading", async () => {
    const world = await start();
    await world.stop();
    const file = await open(join(world.dataDir, "metadata.db"), "r+");
    await file.write(randomBytes(4096 * 20), 0, 4096 * 20, 100);
    await file.close();
    const result = await run(world, fsck, ["--data-dir", world.dataDir]);
    assert.equal(result.code, 5);
    assert.match(result.stdout, /^damaged metadata file: /);
    assert.match(result.stderr, /too damaged to check archives by it; restore a backup/);
  });

  it("runs once at a time, and stops when its caller goes away", async () => {
    const world = await start();
    await world.glacier.createVault("photos");
    await world.glacier.uploadArchive("photos", LARGE);
    const stop = new AbortController();
    const slow = run(world, fsck, ["--rehash", "--max-rate", "1B/s"], stop.signal);
    let second: Awaited<ReturnType<typeof run>>;
    do {
      second = await run(world, fsck, []);
    } while (second.code === 0);
    assert.equal(second.code, 1);
    assert.match(second.stderr, /OperationInProgress: Another integrity check is running/);
    stop.abort();
    const stopped = await slow;
    assert.deepEqual([stopped.code, stopped.stderr], [130, "moraine fsck: interrupted\n"]);
    let third: Awaited<ReturnType<typeof run>>;
    do {
      third = await run(world, fsck, []);
    } while (third.code === 1);
    assert.equal(third.code, 0);
  });

  it("lets the service stop in the middle of a check", async () => {
    const world = await start();
    await world.glacier.createVault("photos");
    await world.glacier.uploadArchive("photos", LARGE);
    await world.glacier.uploadArchive("photos", LARGE);
    const slow = run(world, fsck, ["--rehash", "--max-rate", "1B/s"]);
    let other: Awaited<ReturnType<typeof run>>;
    do {
      other = await run(world, fsck, []);
    } while (other.code === 0);
    await world.stop();
    const result = await slow;
    assert.equal(result.code, 4);
    assert.match(result.stderr, /The service stops/);
  });
});

describe("moraine backup", () => {
  it("is whole after uploads and deletes beside it, and restores what was acknowledged before", async () => {
    const world = await start();
    await world.glacier.createVault("photos");
    const before: string[] = [];
    for (let index = 0; index < 30; index += 1) {
      before.push(await world.glacier.uploadArchive("photos", makePayload(500 + index, index)));
    }
    const uploadId = await world.glacier.initiateMultipartUpload("photos", MIB);
    await world.glacier.uploadPart(
      { vault: "photos", uploadId },
      { start: 0, body: makePayload(MIB, "part") },
    );
    const kept = before.slice(0, 20);
    const doomed = before.slice(20);
    let going = true;
    const busy = (async () => {
      for (let index = 0; going; index += 1) {
        await world.glacier.uploadArchive("photos", makePayload(2000 + index, `busy ${index}`));
        const archiveId = doomed.pop();
        if (archiveId !== undefined) {
          await world.glacier.deleteArchive("photos", archiveId);
        }
      }
    })();
    const target = join(folder, "backup");
    const written = await run(world, backup, ["--blobs", target]);
    going = false;
    await busy;
    assert.equal(written.code, 0, written.stderr);
    const [result] = written.json();
    assert.equal(result.DamagedBlobs, 0);
    assert.ok(result.InMetadata >= 30);
    assert.ok(result.Linked + result.InMetadata >= 31);
    await world.stop();
    await rm(world.dataDir, { recursive: true });
    const dataDir = join(folder, "restored");
    const restored = await run(world, restoreBackup, [target, "--data-dir", dataDir]);
    assert.equal(restored.code, 0, restored.stderr);
    const checked = await run(world, fsck, ["--rehash", "--data-dir", dataDir]);
    assert.deepEqual([checked.code, /; 0 leftovers/.test(checked.stdout)], [0, true]);
    const again = await start({ dataDir });
    for (const archiveId of kept) {
      await again.glacier.deleteArchive("photos", archiveId);
    }
    assert.equal((await run(again, fsck, ["--rehash"])).code, 0);
    assert.ok(again.running.stores.boot > 1);
  });

  it("holds the collector back from before the metadata are copied until all blobs are", async () => {
    const world = await start();
    await world.glacier.createVault("photos");
    await world.glacier.uploadArchive("photos", SMALL);
    const { folder: dataFolder } = world.running.stores;
    const place = await openBackupPlace(join(folder, "backup"), dataFolder.path);
    const states = async () =>
      (await readdir(place.path)).filter((name) => name.startsWith("state-")).length;
    const seen: (number | boolean)[] = [];
    const release = () => {
      seen.push(existsSync(join(place.path, "blobs")));
    };
    const hold = {
      acquire: async () => {
        seen.push(await states());
        return release;
      },
    };
    const options = { folder: dataFolder, place, blobs: true, hold, nowMs: Date.now() };
    const tell = async () => undefined;
    await writeBackup({ ...options, tell }, new AbortController().signal);
    assert.deepEqual(seen, [0, true]);
    const stopped = writeBackup({ ...options, tell }, AbortSignal.abort(new Error("enough")));
    await assert.rejects(stopped, /enough/);
    assert.equal(seen.length, 4);
    await place.lock.release();
  });

  it("goes on where an earlier one ended, and forgets what was deleted since", async () => {
    const world = await start();
    await world.glacier.createVault("photos");
    await world.glacier.uploadArchive("photos", SMALL);
    const deleted = await world.glacier.uploadArchive("photos", LARGE);
    const target = join(folder, "backup");
    const first = (await run(world, backup, [target, "--blobs"])).json()[0];
    assert.deepEqual([first.Present, first.Linked, first.Copied], [0, 2, 0]);
    await world.glacier.deleteArchive("photos", deleted);
    await world.glacier.uploadArchive("photos", makePayload(70_700, "later"));
    const second = (await run(world, backup, [target, "--blobs"])).json()[0];
    assert.deepEqual([second.Present, second.Linked, second.BlobCount], [1, 1, 2]);
    assert.equal((await listFiles(join(target, "blobs"))).length, 2);
    const states = (await readdir(target)).filter((name) => name.startsWith("state-"));
    assert.equal(states.length, 1);
    for (const path of await listFiles(target)) {
      assert.equal((await stat(path)).mode & 0o777, 0o600, path);
    }
    const without = await run(world, backup, [target]);
    assert.match(without.stderr, /is a backup with blobs/);
    await world.stop();
    const offline = await run(world, backup, [target, "--blobs", "--data-dir", world.dataDir]);
    assert.equal(offline.json()[0].Present, 2);
  });

  it("copies what can't be linked, and leaves the earlier state when it is cut short", async () => {
    const world = await start();
    await world.glacier.createVault("photos");
    await world.glacier.uploadArchive("photos", SMALL);
    const target = join(folder, "backup");
    assert.equal((await run(world, backup, [target, "--blobs"])).code, 0);
    const marker = await readFile(join(target, "moraine-backup.json"), "utf8");
    await world.glacier.uploadArchive("photos", LARGE);
    const stop = new AbortController();
    stop.abort();
    assert.equal((await run(world, backup, [target, "--blobs"], stop.signal)).code, 130);
    assert.equal(await readFile(join(target, "moraine-backup.json"), "utf8"), marker);
    const dataDir = join(folder, "restored");
    assert.equal((await run(world, restoreBackup, [target, "--data-dir", dataDir])).code, 0);
    const [blob] = await listFiles(join(dataDir, "blobs", "data"));
    // A restored blob is a file of its own.
    assert.equal((await stat(blob!)).nlink, 1);
  });

  it("writes only to new, empty and earlier folders outside the data folder, one at a time", async () => {
    const world = await start();
    const other = join(folder, "other");
    await mkdir(other);
    await appendFile(join(other, "letter.txt"), "dear");
    const cases: [directory: string, message: RegExp][] = [
      ["backup", /must be an absolute path/],
      [join(world.dataDir, "x", "..", "backup"), /must not lie inside the data folder/],
      [world.dataDir, /must not lie inside the data folder/],
      [folder, /the data folder .* lies inside/],
      [other, /neither empty nor an earlier backup: it holds "letter.txt"/],
      [join(other, "letter.txt"), /can't be (made|used)|is a file/],
      ["/dev/null/x", /can't be used/],
    ];
    for (const [directory, message] of cases) {
      const result = await run(world, backup, [directory]);
      assert.equal(result.code, 1, directory);
      assert.match(result.stderr, message);
    }
    assert.deepEqual(await readdir(other), ["letter.txt"]);
    const target = join(folder, "backup");
    assert.equal((await run(world, backup, [target])).code, 0);
    const strange = await startWorld(join(folder, "strange"));
    const refused = await run(strange, backup, [target]);
    await strange.stop();
    assert.match(refused.stderr, /is a backup of another service/);
  });

  it("tells blobs that the service lost, and backs up the rest", async () => {
    const world = await start();
    await world.glacier.createVault("photos");
    await world.glacier.uploadArchive("photos", SMALL);
    await world.glacier.uploadArchive("photos", LARGE);
    await rm(await findBlob(world.dataDir, SMALL.bytes.length));
    const target = join(folder, "backup");
    const result = await run(world, backup, [target, "--blobs"]);
    assert.equal(result.code, 5);
    assert.deepEqual([result.json()[0].DamagedBlobs, result.json()[0].BlobCount], [1, 1]);
    const dataDir = join(folder, "restored");
    const refused = await run(world, restoreBackup, [target, "--data-dir", dataDir]);
    assert.match(refused.stderr, /lacks 1 blobs .* --allow-damaged/);
    assert.ok(!existsSync(dataDir));
    const words = [target, "--data-dir", dataDir, "--allow-damaged"];
    assert.equal((await run(world, restoreBackup, words)).code, 5);
    assert.deepEqual(
      (await readdir(folder)).filter((name) => name.includes("restoring")),
      [],
    );
  });
});

describe("moraine restore-backup", () => {
  it("refuses a target with something in it, and what is no backup or none of blobs", async () => {
    const world = await start();
    const target = join(folder, "backup");
    assert.equal((await run(world, backup, [target])).code, 0);
    const cases: [words: string[], message: RegExp][] = [
      [[target, "--data-dir", world.dataDir], /must be missing or empty/],
      [[folder, "--data-dir", join(folder, "new")], /is no backup/],
      [
        [target, "--data-dir", join(folder, "new")],
        /backup of the metadata alone; give --without-blobs/,
      ],
    ];
    for (const [words, message] of cases) {
      const result = await run(world, restoreBackup, words);
      assert.equal(result.code, 1);
      assert.match(result.stderr, message);
    }
    await mkdir(join(folder, "new"));
    const words = [target, "--data-dir", join(folder, "new"), "--without-blobs"];
    const result = await run(world, restoreBackup, words);
    assert.equal(result.code, 0);
    assert.match(result.stderr, /Put the folder blobs into it/);
    assert.ok((await readdir(join(folder, "new"))).includes("metadata.db"));
  });

  it("refuses a backup whose metadata are damaged", async () => {
    const world = await start();
    const target = join(folder, "backup");
    await run(world, backup, [target]);
    const [metadata] = (await listFiles(target)).filter((path) => path.endsWith("metadata.db"));
    const file = await open(metadata!, "r+");
    await file.write(randomBytes(4096 * 3), 0, 4096 * 3, 4096);
    await file.close();
    const dataDir = join(folder, "new");
    const result = await run(world, restoreBackup, [
      target,
      "--data-dir",
      dataDir,
      "--without-blobs",
    ]);
    assert.equal(result.code, 1);
    assert.match(result.stderr, /the metadata of the backup are damaged/);
    assert.ok(!existsSync(dataDir));
  });
});

describe("moraine inventory now", () => {
  it("takes an inventory at once, and none while nothing changes", async () => {
    const world = await start({ inventory: "24h" });
    await world.glacier.createVault("photos");
    const never = await run(world, inventory, ["now", "photos"]);
    assert.deepEqual([never.code, never.json()[0].Taken], [0, false]);
    assert.match(never.stderr, /never had an archive/);
    await world.glacier.uploadArchive("photos", SMALL);
    const taken = (await run(world, inventory, ["now", "photos"])).json()[0];
    assert.deepEqual(
      [taken.Taken, taken.NumberOfArchives, taken.SizeInBytes, taken.Note],
      [true, 1, 70_000 + 32 * 1024, null],
    );
    const again = (await run(world, inventory, ["now", "photos"])).json()[0];
    assert.deepEqual([again.Taken, again.LastInventoryDate], [false, taken.LastInventoryDate]);
    const missing = await run(world, inventory, ["now", "none"]);
    assert.equal(missing.code, 1);
    assert.match(
      missing.stderr,
      /Vault not found for ARN: arn:aws:glacier:us-east-1:111122223333:vaults\/none/,
    );
    const wrong = await run(world, inventory, ["now", "photos", "--account-id", "12"]);
    assert.match(wrong.stderr, /AccountId must be 12 digits; got "12"/);
  });

  it("says that live inventories are always fresh", async () => {
    const world = await start();
    await world.glacier.createVault("photos");
    const result = await run(world, inventory, ["now", "photos"]);
    assert.deepEqual([result.code, result.json()[0].Taken], [0, false]);
    assert.match(result.stderr, /every inventory job takes a fresh snapshot/);
  });
});

describe("moraine stats", () => {
  it("counts what is stored by account and region, in a table and as JSON", async () => {
    const world = await start();
    await world.glacier.createVault("photos");
    await world.glacier.uploadArchive("photos", makePayload(1000, "tiny"));
    const uploadId = await world.glacier.initiateMultipartUpload("photos", MIB);
    await world.glacier.uploadPart(
      { vault: "photos", uploadId },
      { start: 0, body: describePayload(LARGE.bytes.subarray(0, MIB)) },
    );
    const [found] = (await run(world, stats, ["--json"])).json();
    const owner = {
      AccountId: ACCOUNT_ID,
      Region: "us-east-1",
      Vaults: 1,
      Archives: 1,
      Bytes: 1000,
      UploadsInProgress: 1,
      Jobs: { InProgress: 0, Succeeded: 0, Failed: 0 },
    };
    assert.deepEqual(found.Owners, [owner]);
    assert.deepEqual([found.Boot, found.Blobs.Bytes], [1, 1000 + MIB]);
    assert.ok(found.Blobs.FreeBytes > 0 && found.Blobs.TotalBytes > found.Blobs.FreeBytes);
    const table = await run(world, stats, []);
    assert.match(table.stdout, /│ 111122223333 │ us-east-1 │ +1 │ +1 │ 1000 B │ +1 │/);
  });
});

describe("moraine user and key", () => {
  it("make a user with a policy and a key, and remove them again", async () => {
    const world = await start();
    const created = await run(world, user, ["create", "bob", "--path", "/x/"]);
    assert.equal(created.json()[0].User.Arn, `arn:aws:iam::${ACCOUNT_ID}:user/x/bob`);
    await run(world, user, ["policy", "put", "bob", "p", "-"]);
    const policy = (await run(world, user, ["policy", "get", "bob", "p"])).json()[0];
    assert.deepEqual(policy.PolicyDocument, POLICY);
    const made = (await run(world, key, ["create", "--user", "bob"])).json()[0].AccessKey;
    assert.match(made.SecretAccessKey, /^\S{40}$/);
    await run(world, key, ["disable", made.AccessKeyId, "--user", "bob"]);
    const keys = await run(world, key, ["list", "--user", "bob"]);
    assert.equal(keys.json()[0].AccessKeyMetadata[0].Status, "Inactive");
    assert.ok(!keys.stdout.includes(made.SecretAccessKey));
    const refused = await run(world, user, ["rm", "bob"]);
    assert.deepEqual([refused.code, /DeleteConflict/.test(refused.stderr)], [1, true]);
    assert.equal((await run(world, key, ["rm", made.AccessKeyId, "--user", "bob"])).code, 0);
    assert.equal((await run(world, user, ["policy", "rm", "bob", "p"])).code, 0);
    assert.equal((await run(world, user, ["rm", "bob"])).code, 0);
    assert.deepEqual((await run(world, user, ["list"])).json()[0], { Users: [] });
    assert.equal(
      (await run(world, user, ["create", "bob", "--endpoint-url", "http://127.0.0.1:1"])).code,
      4,
    );
  });
});

describe("the audit log of the operator verbs", () => {
  it("has a line for each call, with its parameters", async () => {
    const world = await start();
    await run(world, stats, ["--json"]);
    await run(world, fsck, []);
    await run(world, inventory, ["now", "none"]);
    await run(world, backup, [join(folder, "backup")]);
    await world.stop();
    const [day] = await listFiles(join(world.dataDir, "audit"));
    const events = (await readFile(day!, "utf8"))
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line))
      .map(({ eventName, readOnly, requestParameters }) => [
        eventName,
        readOnly,
        requestParameters,
      ]);
    assert.deepEqual(
      events.toSorted((left, right) => (left[0] < right[0] ? -1 : 1)),
      [
        ["CheckIntegrity", true, { rehash: false, maxBytesPerSecond: 64 * MIB }],
        ["CreateBackup", false, { directory: join(folder, "backup"), blobs: false }],
        ["DescribeService", true, null],
        ["TakeInventory", false, { vault: "none" }],
      ],
    );
  });
});
