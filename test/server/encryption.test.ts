/** Encryption at rest, over a running service and its data folder: turning it on, refusals, rotation, backups. */
import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { createMasterKey } from "../../src/adapters/master-keys/master-key.ts";
import { EXIT } from "../../src/cli/exit-codes.ts";
import { backup, restoreBackup } from "../../src/cli/high-level/backup.ts";
import { fsck } from "../../src/cli/high-level/fsck.ts";
import { key } from "../../src/cli/high-level/key.ts";
import { user } from "../../src/cli/high-level/user.ts";
import { loadStoppedFolder } from "../../src/cli/stopped-folder.ts";
import { buildServer, type RunningServer } from "../../src/server/build-server.ts";
import { parseSettings } from "../../src/server/config.ts";
import { drain } from "../../src/server/shutdown.ts";
import { createGlacierClient } from "../support/glacier-client.ts";
import { startKmsEndpoint } from "../support/kms-endpoint.ts";
import { silentLogger } from "../support/metadata-builders.ts";
import { MIB, makePayload } from "../support/payload.ts";

const ROOT = {
  accessKeyId: "AKIDMORAINEENCRYPT01",
  secretAccessKey: "moraineEncrypt/moraineEncrypt/0000000001",
};
const ACCOUNT_ID = "111122223333";
const SMALL = makePayload(1000, "small");
const LARGE = makePayload(2 * MIB + 3, "large");
const SECRET_NAME = "grandmother's diary, 1931";
const JOB_NAME = `reading ${SECRET_NAME}`;

const OLD = Buffer.alloc(32, 1);
const NEW = Buffer.alloc(32, 2);
const idOf = (bytes: Uint8Array) => createMasterKey(bytes).keyId;

let folder: string;
let dataDir: string;
let oldFile: string;
let newFile: string;
let running: World | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "moraine-encryption-"));
  dataDir = join(folder, "data");
  oldFile = join(folder, "old.key");
  newFile = join(folder, "new.key");
  await writeFile(oldFile, OLD);
  await writeFile(newFile, NEW.toString("hex"));
});

afterEach(async () => {
  await running?.stop();
  await rm(folder, { recursive: true, force: true });
});

interface World {
  readonly server: RunningServer;
  readonly adminUrl: string;
  readonly apiUrl: string;
  readonly glacier: ReturnType<typeof createGlacierClient>;
  stop(): Promise<void>;
}

async function start(more: Readonly<Record<string, string>> = {}): Promise<World> {
  const settings = {
    "data-dir": dataDir,
    listen: "127.0.0.1:0",
    "console-listen": "127.0.0.1:0",
    "root-access-key-id": ROOT.accessKeyId,
    "root-secret-access-key": ROOT.secretAccessKey,
    "root-account-id": ACCOUNT_ID,
    ...more,
  };
  const server = await buildServer(
    parseSettings({
      flags: new Map(Object.entries(settings)),
      unknownFlags: [],
      strayWords: [],
      env: {},
      readFile: () => "",
    }),
    silentLogger,
  );
  const apiUrl = `http://127.0.0.1:${server.api.port}`;
  const world: World = {
    server,
    apiUrl,
    adminUrl: `http://127.0.0.1:${server.console?.port}`,
    glacier: createGlacierClient({ apiUrl, credentials: ROOT }),
    stop: async () => {
      running = undefined;
      world.glacier.close();
      await drain(server.drainSteps, { boundMs: 20_000, logger: silentLogger });
    },
  };
  running = world;
  return world;
}

const withKey = (file: string) => start({ "encryption-key-file": file });

async function run(
  command: typeof key | typeof fsck | typeof backup | typeof restoreBackup | typeof user,
  words: readonly string[],
) {
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
      AWS_CONFIG_FILE: join(folder, "no-config"),
      AWS_SHARED_CREDENTIALS_FILE: join(folder, "no-credentials"),
      ...(running && { MORAINE_ADMIN_URL: running.adminUrl, AWS_ENDPOINT_URL: running.apiUrl }),
    },
    fetch: globalThis.fetch,
    nowMs: Date.now,
    isTty: false,
    loadStoppedFolder,
    readStdin: async () => "",
  };
  const status = await command(words, terminal, surroundings);
  return { status, ...output };
}

async function fill({ glacier }: World, vault: string): Promise<readonly string[]> {
  await glacier.createVault(vault);
  return [
    await glacier.uploadArchive(vault, SMALL, SECRET_NAME),
    await glacier.uploadArchive(vault, LARGE, SECRET_NAME),
  ];
}

async function retrieve({ glacier }: World, vault: string, parameters: object): Promise<Buffer> {
  const path = `/-/vaults/${vault}/jobs`;
  const body = Buffer.from(JSON.stringify({ Description: JOB_NAME, ...parameters }));
  const made = await glacier.must({ method: "POST", path, body });
  const jobPath = `${path}/${made.headers["x-amz-job-id"]}`;
  for (;;) {
    const job = JSON.parse(String((await glacier.must({ method: "GET", path: jobPath })).body));
    if (job.Completed) {
      assert.equal(job.StatusCode, "Succeeded", String(job.StatusMessage));
      assert.equal(job.JobDescription, JOB_NAME);
      return (await glacier.must({ method: "GET", path: `${jobPath}/output` })).body;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Archives, their descriptions and a key of a user are as they were. */
async function expectWhole(world: World, vault: string, ids: readonly string[]): Promise<void> {
  for (const [index, payload] of [SMALL, LARGE].entries()) {
    const parameters = { Type: "archive-retrieval", ArchiveId: ids[index] };
    assert.ok((await retrieve(world, vault, parameters)).equals(payload.bytes));
  }
  const text = await retrieve(world, vault, { Type: "inventory-retrieval", Format: "JSON" });
  const { ArchiveList } = JSON.parse(text.toString());
  const found = ArchiveList.map((archive: { readonly ArchiveDescription: string }) => [
    archive.ArchiveDescription,
  ]);
  assert.deepEqual(
    found,
    ids.map(() => [SECRET_NAME]),
  );
}

/** Bytes of every file below the data folder, with its name. */
async function readFolder(): Promise<readonly (readonly [string, Buffer])[]> {
  const names = await readdir(dataDir, { recursive: true });
  const files: [string, Buffer][] = [];
  for (const name of names) {
    const path = join(dataDir, name);
    if ((await stat(path)).isFile()) {
      files.push([name, await readFile(path)]);
    }
  }
  return files;
}

describe("encryption at rest", () => {
  it("leaves no byte of archives, descriptions and jobs readable on disk", async () => {
    const world = await withKey(oldFile);
    const ids = await fill(world, "vault");
    await expectWhole(world, "vault", ids);
    await world.glacier.initiateMultipartUpload("vault", MIB, SECRET_NAME);
    await world.stop();
    for (const [name, bytes] of await readFolder()) {
      if (!name.startsWith("audit")) {
        assert.ok(!bytes.includes("grandmother"), `${name} tells a description`);
        assert.ok(
          !bytes.includes(SMALL.bytes.subarray(0, 64)),
          `${name} holds bytes of an archive`,
        );
      }
    }
  });

  it("is turned on for an existing folder, whose earlier archives stay readable", async () => {
    let world = await start();
    const before = await fill(world, "before");
    await run(user, ["create", "anna"]);
    await world.stop();
    assert.ok((await readdir(dataDir)).includes("secrets.key"));
    world = await withKey(oldFile);
    assert.ok(!(await readdir(dataDir)).includes("secrets.key"));
    const after = await fill(world, "after");
    await world.stop();
    world = await withKey(oldFile);
    await expectWhole(world, "before", before);
    await expectWhole(world, "after", after);
    const check = await run(fsck, ["--rehash"]);
    assert.equal(check.status, 0, check.stdout + check.stderr);
  });

  it("refuses to start without the key or with another, naming the key it needs", async () => {
    await (await withKey(oldFile)).stop();
    await assert.rejects(start(), (error: Error) => {
      assert.equal(error.name, "EncryptionKeyError");
      assert.match(error.message, new RegExp(`encrypted with key ${idOf(OLD)}`));
      return true;
    });
    await assert.rejects(withKey(newFile), (error: Error) => {
      assert.equal(error.name, "EncryptionKeyError");
      assert.ok(error.message.includes(idOf(OLD)) && error.message.includes(idOf(NEW)));
      return true;
    });
    const check = await run(fsck, ["--data-dir", dataDir]);
    assert.notEqual(check.status, 0);
    assert.match(check.stderr, new RegExp(idOf(OLD)));
    await rm(join(dataDir, "encryption.json"));
    await assert.rejects(start(), /encryption\.json is missing/);
    const format = JSON.parse(await readFile(join(dataDir, "moraine-format.json"), "utf8"));
    assert.equal(format.format, 4);
  });

  it("reports a changed byte of an encrypted archive as damage, and checks a stopped folder", async () => {
    const world = await withKey(oldFile);
    await fill(world, "vault");
    await world.stop();
    const words = ["--data-dir", dataDir, "--rehash", "--encryption-key-file", oldFile];
    assert.equal((await run(fsck, words)).status, 0);
    const blobs = await readdir(join(dataDir, "blobs/data"), { recursive: true });
    for (const name of blobs.filter((it) => it.length > 30)) {
      const path = join(dataDir, "blobs/data", name);
      const bytes = await readFile(path);
      bytes[300] = (bytes[300] ?? 0) ^ 1;
      await writeFile(path, bytes);
    }
    const found = await run(fsck, words);
    assert.equal(found.status, EXIT.damaged, found.stdout);
  });
});

describe("moraine key rotate", () => {
  it("puts a running service's archives, descriptions and secrets under the new key", async () => {
    let world = await withKey(oldFile);
    const ids = await fill(world, "vault");
    await run(user, ["create", "anna"]);
    const made = await run(key, ["create", "--user", "anna"]);
    assert.equal(made.status, 0, made.stderr);
    const rotated = await run(key, ["rotate", "--new-key-file", newFile]);
    assert.equal(rotated.status, 0, rotated.stderr);
    const result = JSON.parse(rotated.stdout);
    assert.equal(result.KeyId, idOf(NEW));
    assert.equal(result.EarlierKeyId, idOf(OLD));
    assert.deepEqual([result.DataKeys, result.DamagedBlobs], [2, 0]);
    assert.deepEqual([result.Texts, result.Secrets], [2, 2]);
    await expectWhole(world, "vault", ids);
    const later = await fill(world, "later");
    await world.stop();
    await assert.rejects(withKey(oldFile), new RegExp(`encrypted with key ${idOf(NEW)}`));
    world = await withKey(newFile);
    await expectWhole(world, "vault", ids);
    await expectWhole(world, "later", later);
    const listed = await run(key, ["list", "--user", "anna"]);
    assert.equal(listed.status, 0, listed.stderr);
    const again = await run(key, ["rotate", "--new-key-file", newFile]);
    assert.equal(JSON.parse(again.stdout).DataKeys, 0);
  });

  it("rotates a stopped folder, and goes on after every point where it may break off", async () => {
    let world = await withKey(oldFile);
    const ids = await fill(world, "vault");
    await world.stop();
    const verbs = await loadStoppedFolder();
    const settings = (keyFile: string) => ({
      keyFile,
      kmsKeyId: undefined,
      kmsEndpoint: undefined,
    });
    const request = { dataDir, encryption: settings(oldFile), next: settings(newFile) };
    for (let events = 1; events < 4; events += 1) {
      const stop = new AbortController();
      let seen = 0;
      const tell = async () => {
        seen += 1;
        if (seen === events) {
          throw new Error("cut short");
        }
      };
      await assert.rejects(verbs.rotateStoppedFolder(request, tell, stop.signal), /cut short/);
    }
    // In the middle of it both settings start: the earlier one by the path that the rotation noted.
    for (const file of [oldFile, newFile]) {
      world = await withKey(file);
      await expectWhole(world, "vault", ids);
      await world.stop();
    }
    const thirdFile = join(folder, "third.key");
    await writeFile(thirdFile, Buffer.alloc(32, 3));
    const third = await run(key, ["rotate", "--data-dir", dataDir, "--new-key-file", thirdFile]);
    assert.equal(third.status, 1);
    assert.ok(third.stderr.includes(idOf(NEW)), third.stderr);
    const words = ["rotate", "--data-dir", dataDir, "--new-key-file", newFile];
    const rotated = await run(key, [...words, "--encryption-key-file", oldFile]);
    assert.equal(rotated.status, 0, rotated.stderr);
    const state = await readFile(join(dataDir, "encryption.json"), "utf8");
    assert.ok(!state.includes(idOf(OLD)));
    // Killed before it could say so, it would be repeated.
    const repeated = await run(key, [...words, "--encryption-key-file", oldFile]);
    assert.equal(repeated.status, 0, repeated.stderr);
    assert.equal(JSON.parse(repeated.stdout).DataKeys, 0);
    world = await withKey(newFile);
    await expectWhole(world, "vault", ids);
  });

  it("refuses a folder that is not encrypted, and words that name no new key", async () => {
    await (await start()).stop();
    const plain = await run(key, ["rotate", "--data-dir", dataDir, "--new-key-file", newFile]);
    assert.equal(plain.status, 1);
    assert.match(plain.stderr, /not encrypted/);
    const none = await run(key, ["rotate", "--data-dir", dataDir]);
    assert.equal(none.status, 2);
  });
});

describe("backups of an encrypted service", () => {
  it("restore with the key of their time, before and after a rotation", async () => {
    let world = await withKey(oldFile);
    const ids = await fill(world, "vault");
    const place = join(folder, "backup");
    const first = await run(backup, [place, "--blobs"]);
    assert.equal(first.status, 0, first.stderr);
    assert.equal((await run(key, ["rotate", "--new-key-file", newFile])).status, 0);
    await world.stop();
    const keptDir = dataDir;
    for (const file of [oldFile, newFile]) {
      dataDir = join(folder, `restored-${file === oldFile ? "old" : "new"}`);
      const restored = await run(restoreBackup, [place, "--data-dir", dataDir]);
      assert.equal(restored.status, 0, restored.stderr);
      world = await withKey(file);
      await expectWhole(world, "vault", ids);
      await world.stop();
      dataDir = keptDir;
      world = await withKey(newFile);
      const again = await run(backup, [place, "--blobs"]);
      assert.equal(again.status, 0, again.stderr);
      await world.stop();
    }
  });
});

describe("a key that KMS keeps", () => {
  it("is asked for once at each start, and replaced by a rotation", async () => {
    const kms = await startKmsEndpoint();
    const env = { AWS_ACCESS_KEY_ID: kms.credentials.accessKeyId };
    const saved = { ...process.env };
    Object.assign(process.env, env, {
      AWS_SECRET_ACCESS_KEY: kms.credentials.secretAccessKey,
      AWS_REGION: "eu-west-1",
    });
    try {
      const settings = { "encryption-kms-key-id": kms.keyId, "kms-endpoint": kms.url };
      let world = await start(settings);
      const ids = await fill(world, "vault");
      await world.stop();
      assert.deepEqual(kms.calls, ["Encrypt"]);
      world = await start(settings);
      await expectWhole(world, "vault", ids);
      assert.deepEqual(kms.calls, ["Encrypt", "Decrypt"]);
      const words = ["rotate", "--new-kms-key-id", kms.keyId, "--kms-endpoint", kms.url];
      const rotated = await run(key, words);
      assert.equal(rotated.status, 0, rotated.stderr);
      // Two archives and the inventory that was retrieved.
      assert.equal(JSON.parse(rotated.stdout).DataKeys, 3);
      await world.stop();
      world = await start(settings);
      await expectWhole(world, "vault", ids);
      await world.stop();
      await assert.rejects(start(), /encryption-kms-key-id/);
      kms.refuse = true;
      await assert.rejects(start(settings), { name: "KeyWrapperError" });
    } finally {
      for (const name of ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"]) {
        delete process.env[name];
      }
      Object.assign(process.env, saved);
      await kms.close();
    }
  });
});
