/** A full disk refuses uploads with the contract's error, keeps serving, and is forgotten once there is space. */
import assert from "node:assert/strict";
import { mkdtemp, rm, statfs, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { runCommand } from "../support/external-command.ts";
import {
  createGlacierClient,
  type GlacierClient,
  GlacierError,
} from "../support/glacier-client.ts";
import { MIB, makePayload, type Payload } from "../support/payload.ts";
import { type ServerProcess, startServer } from "../support/server-process.ts";
import { awaitSoundBlobs } from "./stored-blobs.ts";

const VAULT = "full";
const DISK = "48m";
/** So many vaults find no room in files that exist; an account may have 1 000. */
const GROWTH_MAX = 850;

describe("a full disk", { skip: await whyNot() }, () => {
  let dataDir: string;
  let server: ServerProcess;
  let client: GlacierClient;
  let mounted = false;
  const kept = makePayload(3 * MIB, "kept");
  let archiveId: string;
  let uploadId: string;
  let readyJobId: string;
  const vaults = [VAULT];
  /** Small archives that found room, with their ids. */
  const found: { readonly id: string; readonly payload: Payload }[] = [];

  const isUnavailable = (error: unknown): boolean => {
    assert.ok(error instanceof GlacierError, String(error));
    assert.equal(error.status, 500);
    assert.equal(error.code, "ServiceUnavailableException");
    return true;
  };

  /** Resolves with the id of the finished job. */
  const prepare = async (id: string): Promise<string> => {
    const parameters = { Type: "archive-retrieval", ArchiveId: id };
    const jobId = await client.initiateJob(VAULT, parameters);
    const job = await client.awaitJob(VAULT, jobId);
    assert.equal(job.StatusCode, "Succeeded", job.StatusMessage);
    return jobId;
  };
  const retrieve = async (id: string): Promise<Buffer> =>
    (await client.getJobOutput(VAULT, await prepare(id))).body;

  before(async () => {
    dataDir = await mkdtemp(join(tmpdir(), "moraine-full-"));
    const mount = await runCommand("mount", [
      ...["-t", "tmpfs", "-o", `size=${DISK},mode=0700`, "moraine-test", dataDir],
    ]);
    assert.equal(mount.code, 0, mount.stderr);
    mounted = true;
    server = await startServer({ dataDir });
    client = createGlacierClient(server);
    await client.createVault(VAULT);
    archiveId = await client.uploadArchive(VAULT, kept, "kept");
    readyJobId = await prepare(archiveId);
    uploadId = await client.initiateMultipartUpload(VAULT, 4 * MIB);
  });
  after(async () => {
    client?.close();
    await server?.stop();
    if (mounted) {
      await runCommand("umount", [dataDir]);
    }
    await rm(dataDir, { recursive: true, force: true });
  });

  it("refuses an archive and a part that do not fit, and keeps nothing of them", async () => {
    const big = makePayload(60 * MIB, "too big");
    await assert.rejects(client.uploadArchive(VAULT, big), isUnavailable);
    await awaitSpace(dataDir, 30 * MIB);
    await fill(dataDir, 2 * MIB);
    const part = makePayload(4 * MIB, "part");
    const upload = { vault: VAULT, uploadId };
    await assert.rejects(client.uploadPart(upload, { start: 0, body: part }), isUnavailable);
  });

  it("keeps serving reads while nothing fits", async (t) => {
    await fill(dataDir, 0);
    await assert.rejects(client.uploadArchive(VAULT, makePayload(MIB, "more")), isUnavailable);
    const vault = await client.must({ method: "GET", path: `/-/vaults/${VAULT}` });
    assert.equal(JSON.parse(vault.body.toString()).NumberOfArchives, 1);
    assert.deepEqual(await client.listParts(VAULT, uploadId), []);
    assert.ok(kept.bytes.equals((await client.getJobOutput(VAULT, readyJobId)).body));
    // Small changes may still find room in files that exist; what is refused must not be seen later.
    const names = Array.from({ length: 100 }, (_, index) => `small-${index}`);
    const changes = await Promise.allSettled(names.map((name) => client.createVault(name)));
    for (const [index, change] of changes.entries()) {
      if (change.status === "fulfilled") {
        vaults.push(names[index]!);
      } else {
        isUnavailable(change.reason);
      }
    }
    t.diagnostic(`${vaults.length - 1} of ${names.length} small changes found room`);
    await assert.rejects(growMetadata(client, vaults), isUnavailable);
    const health = await fetch(`${server.consoleUrl}/health/live`);
    assert.equal(health.status, 200);
    await health.arrayBuffer();
  });

  it("refuses small archives whole once the metadata have no room for their bytes", async (t) => {
    const payloads = Array.from({ length: 40 }, (_, index) => makePayload(60_000 + index, index));
    let refused = 0;
    for (const payload of payloads) {
      try {
        found.push({ id: await client.uploadArchive(VAULT, payload), payload });
      } catch (error) {
        isUnavailable(error);
        refused += 1;
      }
    }
    t.diagnostic(`${found.length} of ${payloads.length} small archives found room`);
    assert.ok(refused > 0);
    const vault = await client.must({ method: "GET", path: `/-/vaults/${VAULT}` });
    assert.equal(JSON.parse(vault.body.toString()).NumberOfArchives, 1 + found.length);
  });

  it("takes uploads again as soon as there is space", async () => {
    await rm(join(dataDir, "filler"), { force: true });
    await rm(join(dataDir, "filler-rest"), { force: true });
    // What was refused before: the metadata takes changes again too.
    await client.createVault(`grown-${GROWTH_MAX}`);
    vaults.push(`grown-${GROWTH_MAX}`);
    const again = makePayload(4 * MIB, "again");
    const stored = await client.uploadArchive(VAULT, again);
    const part = makePayload(4 * MIB, "part");
    await client.uploadPart({ vault: VAULT, uploadId }, { start: 0, body: part });
    assert.ok(again.bytes.equals(await retrieve(stored)));
    const small = makePayload(60_000, "small again");
    const smallId = await client.uploadArchive(VAULT, small);
    for (const { id, payload } of [...found, { id: smallId, payload: small }]) {
      assert.ok(payload.bytes.equals(await retrieve(id)));
    }
    assert.ok(kept.bytes.equals(await retrieve(archiveId)));
    const { sound, ...unsound } = await awaitSoundBlobs(dataDir, 10_000);
    assert.deepEqual(unsound, { leftovers: [], missing: [], temporary: [] });
    assert.equal(sound, 4 + found.length);
    assert.deepEqual(await listVaults(client), vaults.sort());
  });

  it("can be started again, with everything that was acknowledged", async () => {
    client.close();
    assert.deepEqual(await server.stop(), { code: 0, signal: null });
    server = await startServer({ dataDir });
    client = createGlacierClient(server);
    assert.ok(kept.bytes.equals(await retrieve(archiveId)));
    assert.equal((await client.listParts(VAULT, uploadId)).length, 1);
    assert.deepEqual(await listVaults(client), vaults.sort());
  });
});

async function listVaults(client: GlacierClient): Promise<string[]> {
  const names: string[] = [];
  for (let query = ""; ; ) {
    const { body } = await client.must({ method: "GET", path: "/-/vaults", query });
    const page = JSON.parse(body.toString());
    names.push(...page.VaultList.map((vault: { VaultName: string }) => vault.VaultName));
    if (page.Marker === null) {
      return names;
    }
    query = `marker=${encodeURIComponent(page.Marker)}`;
  }
}

/** Makes vaults until one is refused for want of room; adds the names of those that were made to `made`. */
async function growMetadata(client: GlacierClient, made: string[]): Promise<void> {
  for (let index = 0; index < GROWTH_MAX; index += 1) {
    await client.createVault(`grown-${index}`);
    made.push(`grown-${index}`);
  }
}

/** Takes all space but `restBytes`. */
async function fill(folder: string, restBytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const name = restBytes === 0 ? "filler-rest" : "filler";
  await writeFile(join(folder, name), Buffer.alloc(Math.max(0, bavail * bsize - restBytes)));
}

async function awaitSpace(folder: string, wantedBytes: number): Promise<void> {
  for (const deadline = performance.now() + 10_000; performance.now() < deadline; ) {
    const { bavail, bsize } = await statfs(folder);
    if (bavail * bsize >= wantedBytes) {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`a refused upload still holds space in ${folder}`);
}

/** Why no small file system can be mounted here, or `false`. */
async function whyNot(): Promise<string | false> {
  if (process.platform !== "linux" || process.getuid?.() !== 0) {
    return "a small file system can be mounted by root on Linux only";
  }
  const folder = await mkdtemp(join(tmpdir(), "moraine-mount-"));
  const mount = await runCommand("mount", ["-t", "tmpfs", "-o", "size=1m", "moraine-try", folder]);
  if (mount.code === 0) {
    await runCommand("umount", [folder]);
  }
  await rm(folder, { recursive: true, force: true });
  return mount.code === 0 ? false : `no file system can be mounted here: ${mount.stderr.trim()}`;
}
