/** `moraine restore` with odd names, kills, a restarting service, damage on the way, and jobs that expire. */
import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { mapPaths } from "../../src/cli/verbs/restore/map-paths.ts";
import type { GlacierClient } from "../support/glacier-client.ts";
import { MIB, makePayload } from "../support/payload.ts";
import {
  connectTo,
  createRestoreWorld,
  listRetrievals,
  type RestoreWorld,
  readTree,
  type StoredFile,
  smallContent,
  storeFiles,
} from "../support/restore-world.ts";
import { type ServerProcess, startServer } from "../support/server-process.ts";
import { startTamperingProxy } from "../support/tampering-proxy.ts";
import { describeFiles, namesAndPaths } from "./restore-names.ts";

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
    assert.equal((await listRetrievals(client, VAULT)).length, files.length);
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

/** Kinds of trouble need fewer files than odd names do. */
describe("moraine restore in trouble", () => {
  let few: StoredFile[];

  before(() => {
    const count = Math.min(files.length - 2, 250);
    few = [...files.slice(0, count), ...files.slice(-2)];
  });

  async function planIds({ folder, environment }: RestoreWorld): Promise<string[]> {
    const host = new URL(environment["AWS_ENDPOINT_URL"] ?? "").host.replaceAll(":", "_");
    const plans = join(folder, "data", "moraine", host, "plans");
    const names = await readdir(plans).catch(() => []);
    return names.filter((name) => name.endsWith(".jsonl")).map((name) => name.slice(0, -6));
  }

  it("goes on after kill -9 at any moment, and requests nothing twice", async (t) => {
    const { stored, vault } = await ownVault("killed", 250);
    const own = await createRestoreWorld(server, vault, stored);
    try {
      let kills = 0;
      for (let round = 1; round <= ROUNDS; round += 1) {
        const [id] = await planIds(own);
        const words = id === undefined ? [vault, "out"] : ["--resume", id];
        const cli = own.start(["restore", ...words, "--quiet", "--concurrency", "2"]);
        const killed = await Promise.race([
          sleep(300 + Math.random() * 900).then(() => cli.child.kill("SIGKILL")),
          cli.ended.then(() => false),
        ]);
        const end = await cli.ended;
        kills += killed ? 1 : 0;
        if (!killed) {
          assert.equal(end.code, 0, end.stderr);
          break;
        }
      }
      const [id] = await planIds(own);
      const words = id === undefined ? [vault, "out"] : ["--resume", id];
      const end = await own.run(["restore", ...words]);
      assert.equal(end.code, 0, end.stderr);
      await checkRestored(own.out, stored);
      const jobs = await listRetrievals(client, vault);
      assert.equal(jobs.length, stored.length, "each archive was requested once");
      assert.deepEqual(await planIds(own), []);
      t.diagnostic(`${kills} kills, ${jobs.length} retrievals of ${stored.length} archives`);
    } finally {
      await own.remove();
    }
  });

  it("saves its plan on ^C, says how to go on, and does", async () => {
    const { stored, vault } = await ownVault("interrupted", 150);
    const own = await createRestoreWorld(server, vault, stored);
    try {
      const cli = own.start(["restore", vault, "out"]);
      while (!cli.stderr().includes("restored")) {
        await sleep(20);
      }
      cli.child.kill("SIGINT");
      const end = await cli.ended;
      assert.equal(end.code, 75, end.stderr);
      const [, id = ""] =
        /Continue with: moraine restore --resume (r-[0-9a-f]+)$/m.exec(end.stderr) ?? [];
      const resumed = await own.run(["restore", "--resume", id]);
      assert.equal(resumed.code, 0, resumed.stderr);
      await checkRestored(own.out, stored);
      assert.equal((await listRetrievals(client, vault)).length, stored.length);
    } finally {
      await own.remove();
    }
  });

  it("outlives a crash of the service", async () => {
    const { hostname, port } = new URL(server.apiUrl);
    const { stored, vault } = await ownVault("crashed", 250);
    const own = await createRestoreWorld(server, vault, stored);
    try {
      const cli = own.start(["restore", vault, "out"]);
      while (!cli.stderr().includes("restored")) {
        await sleep(20);
      }
      await server.kill9();
      client.close();
      await sleep(300);
      server = await startServer({ dataDir, flags: ["--listen", `${hostname}:${port}`] });
      client = connectTo(server);
      const end = await cli.ended;
      assert.equal(end.code, 0, end.stderr);
      await checkRestored(own.out, stored);
      assert.equal((await listRetrievals(client, vault)).length, stored.length);
    } finally {
      await own.remove();
    }
  });

  it("leaves no file of an output that is damaged, twice, and restores the others", async () => {
    const proxy = await startTamperingProxy(server.apiUrl, ({ range }) =>
      range?.startsWith("bytes=4194304-") ? { flipAt: 100 } : {},
    );
    try {
      const { out, run } = await freshWorld(few, proxy.url);
      const end = await run(["restore", VAULT, "out"]);
      assert.equal(end.code, 5, end.stderr);
      assert.match(end.stderr, /failed +large 1\.bin: bytes 4194304-8388607 .* are damaged, twice/);
      await checkRestored(out, few.slice(0, -2));
    } finally {
      await proxy.close();
    }
  });

  it("fetches what was damaged once a second time, and what was cut off over a new connection", async () => {
    const proxy = await startTamperingProxy(server.apiUrl, ({ count }) => {
      const kind = count < 12 ? count % 4 : 3;
      return [{ flipAt: 0 }, { cutAfter: 1 }, { cutAfter: 100 }, {}][kind] ?? {};
    });
    try {
      const { out, run } = await freshWorld(few, proxy.url);
      const end = await run(["restore", VAULT, "out", "--concurrency", "1"]);
      assert.equal(end.code, 0, end.stderr);
      await checkRestored(out, few);
      assert.ok(proxy.outputs() > few.length);
    } finally {
      await proxy.close();
    }
  });

  it("finds damage by the whole tree hash where the service states none of ranges", async () => {
    const large = few.slice(-1);
    for (const flipAt of [undefined, 5]) {
      const proxy = await startTamperingProxy(server.apiUrl, () => ({
        hideTreeHash: true,
        ...(flipAt === undefined ? {} : { flipAt }),
      }));
      try {
        const { out, run } = await freshWorld(large, proxy.url);
        const end = await run(["restore", VAULT, "out"]);
        assert.equal(end.code, flipAt === undefined ? 0 : 5, end.stderr);
        await checkRestored(out, flipAt === undefined ? large : []);
      } finally {
        await proxy.close();
      }
    }
  });

  it("does not follow links that lead out of the folder", async () => {
    const { folder, out, run } = await freshWorld(few);
    const outside = join(folder, "outside");
    await mkdir(outside);
    await mkdir(out);
    await symlink(outside, join(out, "photos"));
    await symlink(join(outside, "target"), join(out, "plain.txt"));
    const end = await run(["restore", VAULT, "out"]);
    assert.equal(end.code, 1, end.stderr);
    assert.match(end.stderr, /failed +photos\/2025\/IMG 1\.MOV: .*photos is a symbolic link/);
    assert.match(end.stderr, /failed +plain\.txt: another file has this name/);
    assert.deepEqual(await readdir(outside), []);
    const replaced = await run(["restore", `${VAULT}/plain.txt`, "out", "--overwrite"]);
    assert.equal(replaced.code, 0, replaced.stderr);
    assert.deepEqual(await readdir(outside), []);
  });

  it("requests again what expires while it is downloaded", async () => {
    const short = await startServer({ flags: ["--job-retention", "3s"] });
    const its = connectTo(short);
    try {
      await its.createVault(VAULT);
      const content = makePayload(17 * MIB, "expiring");
      const stored = await storeFiles(its, VAULT, [{ description: "film.mkv", content }]);
      const own = await createRestoreWorld(short, VAULT, stored);
      const words = [
        "restore",
        VAULT,
        "out",
        "--max-rate",
        "3MiB/s",
        "--concurrency",
        "1",
        "--json",
      ];
      const end = await own.run(words);
      assert.equal(end.code, 0, end.stderr);
      await checkRestored(own.out, stored);
      const done = JSON.parse(end.stdout.trimEnd().split("\n").at(-1) ?? "");
      assert.ok(done.expired >= 1 && done.requested === done.expired + 1, end.stdout);
      await own.remove();
    } finally {
      its.close();
      await short.stop();
    }
  });

  /** A vault of its own, so that its jobs are those of one test. */
  async function ownVault(vault: string, count: number) {
    await client.createVault(vault);
    const descriptions = describeFiles(count - namesAndPaths.length - 1);
    const small = descriptions.map((description, index) => ({
      description,
      content: smallContent(index),
    }));
    const large = { description: "large.bin", content: makePayload(13 * MIB + 1, vault) };
    return { vault, stored: await storeFiles(client, vault, [...small, large]) };
  }
});
