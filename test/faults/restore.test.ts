/** `moraine restore` with odd names, kills, a restarting service, damage on the way, and jobs that expire. */
import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { mapPaths } from "../../src/cli/verbs/restore/map-paths.ts";
import type { GlacierClient } from "../support/glacier-client.ts";
import { MIB, makePayload } from "../support/payload.ts";
import { type ServerProcess, startServer } from "../support/server-process.ts";
import { describeFiles, namesAndPaths } from "./restore-names.ts";
import {
  connectTo,
  createRestoreWorld,
  listRetrievals,
  type RestoreWorld,
  readTree,
  type StoredFile,
  smallContent,
  storeFiles,
} from "./restore-world.ts";

const VAULT = "family";
const FILES = Number(process.env["FILES"] ?? 2000);
const ROUNDS = Number(process.env["ROUNDS"] ?? 12);

let dataDir: string;
let server: ServerProcess;
let client: GlacierClient;
let files: StoredFile[];
let world: RestoreWorld | undefined;

before(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "moraine-restore-server-"));
  server = await startServer({ dataDir });
  client = connectTo(server);
  await client.createVault(VAULT);
  const descriptions = describeFiles(FILES - namesAndPaths.length - 2);
  const large = ["large 1.bin", "large 2.bin"].map((description, index) => ({
    description,
    content: makePayload((9 + index) * MIB + 12_345, description),
  }));
  const small = descriptions.map((description, index) => ({
    description,
    content: smallContent(index),
  }));
  files = await storeFiles(client, VAULT, [...small, ...large]);
});
after(async () => {
  client?.close();
  await world?.remove();
  await server?.stop();
  await rm(dataDir, { recursive: true, force: true });
});

async function freshWorld(stored = files, endpoint?: string): Promise<RestoreWorld> {
  await world?.remove();
  world = await createRestoreWorld(
    server,
    VAULT,
    stored,
    endpoint === undefined ? {} : { endpoint },
  );
  return world;
}

/** Compares all that is below `out` with the archives, byte for byte and to the second. */
async function checkRestored(out: string, stored: readonly StoredFile[]): Promise<void> {
  const found = await readTree(out);
  const mapped = mapPaths(stored);
  for (const [index, file] of stored.entries()) {
    const path = mapped[index]?.path ?? "";
    const there = found.get(path);
    assert.equal(there?.sha256, file.content.sha256, JSON.stringify([file.name, path]));
    if (file.modifiedAtMs !== undefined) {
      assert.equal(there?.modifiedAtMs, file.modifiedAtMs, path);
    }
    found.delete(path);
  }
  assert.deepEqual([...found.keys()], [], "nothing else is there");
}

/** How many retrievals each archive has, beyond one. */
async function countRepeats(since: ReadonlySet<string> = new Set()): Promise<number> {
  const jobs = await listRetrievals(client, VAULT);
  const ours = jobs.filter(({ JobDescription }) => !since.has(JobDescription ?? ""));
  return ours.length - new Set(ours.map(({ ArchiveId }) => ArchiveId)).size;
}

describe("moraine restore", () => {
  it("brings back thousands of oddly named files, and nothing outside the folder", async (t) => {
    const { folder, out, run } = await freshWorld();
    await mkdir(join(folder, "out-of-reach"));
    const end = await run(["restore", VAULT, "out", "--json", "--concurrency", "8"]);
    assert.equal(end.code, 0, end.stderr);
    await checkRestored(out, files);
    const mapped = mapPaths(files);
    for (const [index, [name, path]] of namesAndPaths.entries()) {
      const actual = mapped[index]?.path ?? "";
      assert.ok(
        typeof path === "string" ? actual === path : path.test(actual),
        `${name}: ${actual}`,
      );
    }
    const names = await readdir(folder);
    assert.deepEqual(names.toSorted(), ["data", "out", "out-of-reach"]);
    assert.deepEqual(await readdir(join(folder, "out-of-reach")), []);
    const events = end.stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    const renamed = new Map(
      events
        .filter(({ event }) => event === "renamed")
        .map((event) => [event.archiveId, event.path]),
    );
    for (const [index, { path, reasons }] of mapped.entries()) {
      assert.equal(renamed.get(files[index]!.archiveId), reasons.length > 0 ? path : undefined);
    }
    assert.equal(await countRepeats(), 0);
    t.diagnostic(JSON.stringify(events.at(-1)));
  });

  it("finds everything in place when it is run again, and asks for nothing", async () => {
    assert.ok(world);
    const jobs = (await listRetrievals(client, VAULT)).length;
    const end = await world.run(["restore", VAULT, "out", "--json"]);
    assert.equal(end.code, 0, end.stderr);
    const lines = end.stdout.trimEnd().split("\n");
    const { restored, present } = JSON.parse(lines.at(-1) ?? "");
    assert.deepEqual([restored, present], [0, files.length]);
    assert.equal((await listRetrievals(client, VAULT)).length, jobs);
  });
});
