/** `kill -9` of `put` and `sync` at random moments: the same command finishes what was begun, and nothing twice. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { createGlacierClient, type GlacierClient } from "../support/glacier-client.ts";
import { MIB, makePayload, treeHashOf } from "../support/payload.ts";
import { rootCredentials, type ServerProcess, startServer } from "../support/server-process.ts";
import { listArchives } from "../support/verb-world.ts";

const script = join(import.meta.dirname, "../../bin/moraine.mjs");
const rounds = Number(process.env["ROUNDS"] ?? 12);
const seed = Number(process.env["SEED"] ?? Math.floor(Math.random() * 2 ** 32));
const CONCURRENCY = 3;
const TRANSFER_FLAGS = ["--part-size", "1MiB", "--concurrency", String(CONCURRENCY)];

interface Ended {
  readonly code: number | null;
  readonly stderr: string;
}

describe(`kill -9 of uploads (SEED=${seed})`, () => {
  const random = createRandom(seed);
  let folder: string;
  let tree: string;
  let server: ServerProcess;
  let client: GlacierClient;
  /** What should be in a vault: size of content by name, and its seed. */
  const contents = new Map<string, Buffer>();
  const children = new Set<ChildProcess>();

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "moraine-put-"));
    tree = join(folder, "tree");
    server = await startServer({ dataDir: join(folder, "server"), flags: ["--log-level", "warn"] });
    client = createGlacierClient(server);
  });
  after(async () => {
    for (const child of children) {
      child.kill("SIGKILL");
    }
    client?.close();
    await server?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const fill = async (name: string, sizeBytes: number) => {
    const { bytes } = makePayload(sizeBytes, `${name} ${random()}`);
    await mkdir(join(tree, name, ".."), { recursive: true });
    await writeFile(join(tree, name), bytes);
    contents.set(name, bytes);
  };
  const plant = async () => {
    await rm(tree, { recursive: true, force: true });
    contents.clear();
    for (const [name, sizeBytes] of [
      ["large/one", 5 * MIB + 1],
      ["large/two", 3 * MIB],
      ["large/three", 7 * MIB - 1],
      ["small/a", 10],
      ["small/b", 1000],
      ["small/c", MIB],
    ] as const) {
      await fill(name, sizeBytes);
    }
  };
  const launch = (words: readonly string[]) => {
    const { accessKeyId, secretAccessKey } = rootCredentials;
    const child = spawn(process.execPath, [script, ...words], {
      env: {
        ...{ PATH: process.env["PATH"], HOME: folder, TMPDIR: folder },
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
        AWS_REGION: "us-east-1",
        AWS_ENDPOINT_URL: server.apiUrl,
        XDG_DATA_HOME: join(folder, "data"),
        XDG_CONFIG_HOME: join(folder, "config"),
      },
      stdio: ["ignore", "ignore", "pipe"],
    });
    children.add(child);
    let stderr = "";
    let onPlan: () => void = () => undefined;
    const planned = new Promise<void>((resolve) => {
      onPlan = resolve;
    });
    child.stderr.on("data", (chunk: Buffer) => {
      stderr += chunk.toString();
      if (stderr.includes("Plan ")) {
        onPlan();
      }
    });
    const ended = new Promise<Ended>((resolve) => {
      child.once("close", (code) => {
        children.delete(child);
        onPlan();
        resolve({ code, stderr });
      });
    });
    return { child, planned, ended };
  };
  /** Runs the words and kills them some time after their plan; whether they were killed. */
  const runKilled = async (words: readonly string[], upToMs: number) => {
    const { child, planned, ended } = launch(words);
    await planned;
    await sleep(random() * upToMs);
    child.kill("SIGKILL");
    return (await ended).code === null;
  };
  const finish = async (words: readonly string[]) => {
    const { code, stderr } = await launch(words).ended;
    assert.equal(code, 0, `SEED=${seed}\n${stderr}`);
    return stderr;
  };
  /** Every file is in the vault, those in parts once; the journal is sound, and no upload is open. */
  const check = async (vault: string, kills: number) => {
    const archives = await listArchives(client, vault);
    const hashes = Map.groupBy(archives, ({ name }) => name);
    assert.deepEqual(new Set(hashes.keys()), new Set(contents.keys()), `SEED=${seed}`);
    let duplicates = 0;
    for (const [name, bytes] of contents) {
      const stored = hashes.get(name) ?? [];
      assert.ok(
        stored.some(({ treeHash }) => treeHash === treeHashOf(bytes)),
        name,
      );
      const isInParts = bytes.length > MIB;
      assert.ok(stored.length === 1 || !isInParts, `${name} is stored twice, SEED=${seed}`);
      duplicates += stored.length - 1;
    }
    // A file of one request is stored twice when the kill came between the answer and its record.
    assert.ok(duplicates <= kills * CONCURRENCY, `${duplicates} duplicates, SEED=${seed}`);
    const lines = (await readFile(await journalOf(vault), "utf8")).trimEnd().split("\n");
    for (const line of lines) {
      JSON.parse(line);
    }
    await abortOrphans(vault);
    assert.deepEqual(await client.listMultipartUploads(vault), []);
    return duplicates;
  };
  /** What a kill leaves between the answer of the service and UPLOAD_STARTED has no parts. */
  const abortOrphans = async (vault: string) => {
    for (const { MultipartUploadId } of await client.listMultipartUploads(vault)) {
      assert.deepEqual(await client.listParts(vault, MultipartUploadId), [], `SEED=${seed}`);
      await finish(["uploads", "abort", MultipartUploadId, "--vault", vault, "--yes"]);
    }
  };
  const journalOf = async (vault: string) => {
    const files = await readdir(join(folder, "data"), { recursive: true });
    return join(folder, "data", String(files.find((file) => file.endsWith(`${vault}.jsonl`))));
  };

  it(`finishes a put that was killed, over ${rounds} kills`, async (t) => {
    let killed = 0;
    let duplicates = 0;
    for (let series = 0; killed < rounds && series < rounds; series += 1) {
      const vault = `put-${series}`;
      await client.createVault(vault);
      await plant();
      const words = ["put", ...TRANSFER_FLAGS, `${tree}/`, vault];
      let kills = 0;
      while (kills < 4 && (await runKilled(words, 700))) {
        kills += 1;
      }
      await finish(words);
      duplicates += await check(vault, kills);
      assert.match(await finish(words), /Done {4}0 uploaded, 6 skipped/);
      killed += kills;
    }
    t.diagnostic(`${killed} kills, ${duplicates} duplicates of files sent in one request`);
    assert.ok(killed > 0);
  });

  it(`finishes a sync that was killed, over ${rounds} kills`, async (t) => {
    const vault = "sync";
    await client.createVault(vault);
    await plant();
    const modes = ["--new", "--replace-modified", "--delete-removed", "--yes"];
    const words = ["sync", ...TRANSFER_FLAGS, ...modes, tree, vault];
    await finish(words);
    let killed = 0;
    let duplicates = 0;
    for (let series = 0; killed < rounds && series < 3 * rounds; series += 1) {
      await fill("large/two", 3 * MIB + series);
      await fill("small/a", 11 + series);
      await fill(`new/${series}`, 2 * MIB + series);
      contents.delete(`new/${series - 1}`);
      await rm(join(tree, `new/${series - 1}`), { force: true });
      let kills = 0;
      while (kills < 4 && (await runKilled(words, 300))) {
        kills += 1;
      }
      await finish(words);
      killed += kills;
      duplicates = await check(vault, killed);
    }
    t.diagnostic(`${killed} kills, ${duplicates} duplicates of files sent in one request`);
    assert.ok(killed > 0);
  });

  it("goes on when the service is killed and comes back meanwhile", async () => {
    const vault = "restart";
    await client.createVault(vault);
    await plant();
    const words = ["put", ...TRANSFER_FLAGS, "--max-rate", "4MiB/s", `${tree}/`, vault];
    const { port } = new URL(server.apiUrl);
    const { planned, ended } = launch(words);
    await planned;
    await sleep(500);
    await server.kill9();
    server = await startServer({
      dataDir: join(folder, "server"),
      flags: ["--log-level", "warn", "--listen", `127.0.0.1:${port}`],
    });
    client.close();
    client = createGlacierClient(server);
    const first = await ended;
    // A slow start may outlast the pauses of a request; the same command goes on then.
    assert.ok([0, 1, 4].includes(Number(first.code)), first.stderr);
    await finish(words);
    await check(vault, 1);
  });

  it("waits for a service that stands still for some seconds", async () => {
    const vault = "pause";
    await client.createVault(vault);
    await plant();
    const words = ["put", ...TRANSFER_FLAGS, `${tree}/`, vault];
    const { planned, ended } = launch(words);
    await planned;
    server.signal("SIGSTOP");
    await sleep(3000);
    server.signal("SIGCONT");
    const { code, stderr } = await ended;
    assert.equal(code, 0, stderr);
    await check(vault, 0);
  });

  it("ends with 130 on SIGINT and goes on later", async () => {
    const vault = "interrupted";
    await client.createVault(vault);
    await plant();
    const words = ["put", ...TRANSFER_FLAGS, `${tree}/`, vault];
    const { child, planned, ended } = launch([...words, "--max-rate", "2MiB/s"]);
    await planned;
    while ((await client.listMultipartUploads(vault)).length === 0) {
      await sleep(20);
    }
    child.kill("SIGINT");
    assert.equal((await ended).code, 130);
    assert.notDeepEqual(await client.listMultipartUploads(vault), []);
    await finish(words);
    await check(vault, 1);
  });
});

/** Mulberry32: small, and the same for the same seed. */
function createRandom(start: number): () => number {
  let state = start >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
