/** Encrypted blobs in two copies: rotation of keys reaches both, and damage of one is mended from the other. */
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, unlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { fsck } from "../../src/cli/high-level/fsck.ts";
import { key } from "../../src/cli/high-level/key.ts";
import { MIB, makePayload } from "../support/payload.ts";
import {
  findBlobs,
  runVerb,
  type ServiceInProcess,
  startService,
  until,
} from "../support/service-in-process.ts";

const PAYLOAD = makePayload(2 * MIB + 3, "sealed");

let folder: string;
let dataDir: string;
let mirrorDir: string;
let oldFile: string;
let newFile: string;
let service: ServiceInProcess | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "moraine-encrypted-copies-"));
  dataDir = join(folder, "data");
  mirrorDir = join(folder, "mirror");
  oldFile = join(folder, "old.key");
  newFile = join(folder, "new.key");
  await writeFile(oldFile, Buffer.alloc(32, 1));
  await writeFile(newFile, Buffer.alloc(32, 2));
});

afterEach(async () => {
  await service?.stop();
  service = undefined;
  await rm(folder, { recursive: true, force: true });
});

/** The scrub rests, so that only what is asked for mends anything. */
async function start(settings: Readonly<Record<string, string>>): Promise<ServiceInProcess> {
  await service?.stop();
  service = await startService({ "data-dir": dataDir, "scrub-rate": "off", ...settings });
  return service;
}

async function upload(running: ServiceInProcess): Promise<string> {
  await running.glacier.createVault("photos");
  return await running.glacier.uploadArchive("photos", PAYLOAD);
}

/** The only blob in a folder. */
async function findBlob(root: string): Promise<string | undefined> {
  return [...(await findBlobs(join(root, "blobs"))).values()][0];
}

async function readOnlyBlob(root: string): Promise<Buffer> {
  const path = await findBlob(root);
  assert.ok(path !== undefined, `there is no blob in ${root}`);
  return await readFile(path);
}

async function loseBlob(root: string): Promise<void> {
  await unlink(String(await findBlob(root)));
}

async function expectReadable(running: ServiceInProcess, archiveId: string): Promise<void> {
  const request = { Type: "archive-retrieval", ArchiveId: archiveId };
  const jobId = await running.glacier.initiateJob("photos", request);
  const job = await running.glacier.awaitJob("photos", jobId);
  assert.equal(job.StatusCode, "Succeeded", String(job.StatusMessage));
  const output = await running.glacier.getJobOutput("photos", job.JobId);
  assert.ok(Buffer.from(output.body).equals(PAYLOAD.bytes));
}

describe("an encrypted service with a mirror", () => {
  it("encrypts both copies, and puts the data keys of both under a new key", async () => {
    const mirrored = { "mirror-dir": mirrorDir };
    let running = await start({ ...mirrored, "encryption-key-file": oldFile });
    const archiveId = await upload(running);
    for (const root of [dataDir, mirrorDir]) {
      assert.ok(!(await readOnlyBlob(root)).includes(PAYLOAD.bytes.subarray(0, 64)), root);
    }
    const rotated = await runVerb(key, ["rotate", "--new-key-file", newFile], running.adminUrl);
    assert.equal(rotated.code, 0, rotated.stderr);
    assert.equal(JSON.parse(rotated.stdout).DataKeys, 2);
    running = await start({ ...mirrored, "encryption-key-file": newFile });
    await loseBlob(dataDir);
    await expectReadable(running, archiveId);
    await until("repair", () => findBlob(dataDir));
    await loseBlob(mirrorDir);
    await expectReadable(running, archiveId);
  });

  it("fills the mirror anew after the keys of the stopped folder were rotated", async () => {
    const mirrored = { "mirror-dir": mirrorDir };
    let running = await start({ ...mirrored, "encryption-key-file": oldFile });
    const archiveId = await upload(running);
    await running.stop();
    const before = await readOnlyBlob(mirrorDir);
    const words = ["rotate", "--data-dir", dataDir, "--encryption-key-file", oldFile];
    const rotated = await runVerb(key, [...words, "--new-key-file", newFile]);
    assert.equal(rotated.code, 0, rotated.stderr);
    assert.match(rotated.stderr, /the mirror is filled again at the next start/);
    running = await start({ ...mirrored, "encryption-key-file": newFile });
    await until("new copy", async () => {
      const path = await findBlob(mirrorDir);
      const bytes = path === undefined ? before : await readFile(path);
      return bytes.equals(before) ? undefined : true;
    });
    await loseBlob(dataDir);
    await expectReadable(running, archiveId);
  });
});

describe("fsck --repair-from an encrypted copy", () => {
  it("puts blobs back, in a running service and in a stopped folder", async () => {
    const encrypted = { "encryption-key-file": oldFile };
    let running = await start({ ...encrypted, "mirror-dir": mirrorDir });
    const archiveId = await upload(running);
    running = await start(encrypted);
    const words = ["--repair-from", mirrorDir];
    await loseBlob(dataDir);
    const online = await runVerb(fsck, words, running.adminUrl);
    assert.equal(online.code, 0, online.stdout + online.stderr);
    await expectReadable(running, archiveId);
    await running.stop();
    await loseBlob(dataDir);
    const stopped = ["--data-dir", dataDir, "--encryption-key-file", oldFile];
    const offline = await runVerb(fsck, [...words, ...stopped]);
    assert.equal(offline.code, 0, offline.stdout + offline.stderr);
    assert.equal((await runVerb(fsck, ["--rehash", ...stopped])).code, 0);
    const known = await runVerb(fsck, ["--known", ...stopped]);
    assert.equal(known.code, 0, known.stdout + known.stderr);
    await expectReadable(await start(encrypted), archiveId);
  });
});
