/** get, verify, jobs, wait, output, estimate and the refusals of restore, as processes. */
import assert from "node:assert/strict";
import { appendFile, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { formatMt2 } from "../../src/domain/descriptions/encode-mt2.ts";
import type { GlacierClient } from "../support/glacier-client.ts";
import { MIB, makePayload } from "../support/payload.ts";
import {
  type CliEnd,
  connectTo,
  createRestoreWorld,
  listRetrievals,
  type RestoreWorld,
  type StoredFile,
  storeFiles,
} from "../support/restore-world.ts";
import { type ServerProcess, startServer } from "../support/server-process.ts";
import { startTamperingProxy } from "../support/tampering-proxy.ts";

const VAULT = "family";
const MODIFIED_MS = Date.UTC(2020, 1, 3, 4, 5, 6);

let server: ServerProcess;
let client: GlacierClient;
let files: StoredFile[];
let world: RestoreWorld;

before(async () => {
  server = await startServer({ flags: ["--tier-delays", "Bulk=1h"] });
  client = connectTo(server);
  await client.createVault(VAULT);
  const name = (path: string, mode?: number) =>
    formatMt2({ name: path, modifiedAtMs: MODIFIED_MS, ...(mode === undefined ? {} : { mode }) });
  files = await storeFiles(client, VAULT, [
    { description: name("photos/small.jpg", 0o4751), content: makePayload(1000, "small") },
    { description: name("big.tar"), content: makePayload(9 * MIB + 77, "big") },
    { description: name("photos/other.jpg"), content: makePayload(2000, "other") },
  ]);
  world = await createRestoreWorld(server, VAULT, files);
});
after(async () => {
  await world?.remove();
  client?.close();
  await server?.stop();
});

function lastEvent({ stdout }: CliEnd) {
  return JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "");
}

describe("moraine get", () => {
  it("brings a file with its time and permissions, without those that raise privileges", async () => {
    const end = await world.run(["get", `${VAULT}/photos/small.jpg`, "--json"]);
    assert.equal(end.code, 0, end.stderr);
    const path = join(world.folder, "small.jpg");
    assert.deepEqual(await readFile(path), files[0]!.content.bytes);
    const { mtimeMs, mode } = await stat(path);
    assert.deepEqual([mtimeMs, mode & 0o7777], [MODIFIED_MS, 0o751]);
    const { archiveId, treeHash } = lastEvent(end);
    assert.deepEqual([archiveId, treeHash], [files[0]!.archiveId, files[0]!.content.treeHash]);
  });

  it("uses the job again that is there, and leaves identical files alone", async () => {
    const jobs = (await listRetrievals(client, VAULT)).length;
    const again = await world.run(["get", `${VAULT}/photos/small.jpg`]);
    assert.match(again.stdout, /small\.jpg is there already, identical/);
    const elsewhere = await world.run(["get", `${VAULT}/photos/small.jpg`, "-o", "copy.jpg"]);
    assert.equal(elsewhere.code, 0, elsewhere.stderr);
    assert.match(elsewhere.stderr, /found +job .*Succeeded/);
    assert.equal((await listRetrievals(client, VAULT)).length, jobs);
  });

  it("replaces another file only when it is told to", async () => {
    await writeFile(join(world.folder, "copy.jpg"), "mine");
    const refused = await world.run(["get", `${VAULT}/photos/small.jpg`, "-o", "copy.jpg"]);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /is there already, and differs; --overwrite replaces it/);
    assert.equal(await readFile(join(world.folder, "copy.jpg"), "utf8"), "mine");
    const words = ["get", `${VAULT}/photos/small.jpg`, "-o", "copy.jpg", "--overwrite"];
    assert.equal((await world.run(words)).code, 0);
    assert.deepEqual(await readFile(join(world.folder, "copy.jpg")), files[0]!.content.bytes);
  });

  it("takes an id in place of a name, and a range of bytes", async () => {
    const words = ["get", `${VAULT}/${files[1]!.archiveId}`, "-o", "-"];
    const whole = await world.run(words);
    assert.equal(whole.code, 0, whole.stderr);
    assert.ok(whole.stdoutBytes.equals(files[1]!.content.bytes));
    const range = `${MIB}-${3 * MIB - 1}`;
    const part = await world.run(["get", `${VAULT}/big.tar`, "--range", range, "-o", "part.bin"]);
    assert.equal(part.code, 0, part.stderr);
    const expected = files[1]!.content.bytes.subarray(MIB, 3 * MIB);
    assert.ok((await readFile(join(world.folder, "part.bin"))).equals(expected));
    const odd = await world.run(["get", `${VAULT}/big.tar`, "--range", "5-9"]);
    assert.equal(odd.code, 2);
  });

  it("writes nothing of a damaged range to standard output, and leaves no damaged file", async () => {
    const proxy = await startTamperingProxy(server.apiUrl, ({ range }) =>
      range?.startsWith("bytes=4194304-") ? { flipAt: 9 } : {},
    );
    const through = await createRestoreWorld(server, VAULT, files, { endpoint: proxy.url });
    try {
      const streamed = await through.run(["get", `${VAULT}/big.tar`, "-o", "-"]);
      assert.equal(streamed.code, 5, streamed.stderr);
      assert.ok(streamed.stdoutBytes.equals(files[1]!.content.bytes.subarray(0, 4 * MIB)));
      const saved = await through.run(["get", `${VAULT}/big.tar`]);
      assert.equal(saved.code, 5, saved.stderr);
      assert.deepEqual((await readdir(through.folder)).toSorted(), ["data"]);
    } finally {
      await through.remove();
      await proxy.close();
    }
  });

  it("ends with 75 when it need not wait, and says what to do when there is no such archive", async () => {
    const queued = await world.run([
      "get",
      `${VAULT}/big.tar`,
      "--range",
      `0-${MIB - 1}`,
      "--tier",
      "Bulk",
      "--no-wait",
    ]);
    assert.equal(queued.code, 75, queued.stderr);
    const missing = await world.run(["get", `${VAULT}/nothing`]);
    assert.equal(missing.code, 1);
    assert.match(missing.stderr, /has no archive "nothing"; `moraine ls family` lists/);
    const dry = await world.run(["get", `${VAULT}/photos/other.jpg`, "--dry-run"]);
    assert.match(dry.stdout, /would request photos\/other\.jpg/);
  });
});

describe("moraine jobs, wait and output", () => {
  it("list jobs by the names of their archives", async () => {
    const table = await world.run(["jobs", VAULT]);
    assert.equal(table.code, 0, table.stderr);
    assert.match(table.stdout, /^JOB +VAULT +TYPE +TIER +STATE +AGE +EXPIRES +NAME$/m);
    assert.match(table.stdout, /family +archive +Standard +Succeeded .* photos\/small\.jpg$/m);
    assert.match(table.stdout, /family +archive +Bulk +InProgress .* big\.tar$/m);
    const json = await world.run(["jobs", "--json"]);
    const jobs = json.stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    assert.ok(jobs.every(({ event, jobId }) => event === "job" && jobId.length > 60));
  });

  it("wait for jobs until they have ended or the time is over", async () => {
    const jobId = await client.initiateJob(VAULT, { Type: "inventory-retrieval" });
    const ended = await world.run(["wait", `${VAULT}/${jobId.slice(0, 20)}`]);
    assert.equal(ended.code, 0, ended.stderr);
    assert.match(ended.stderr, /ready +family\//);
    const late = await world.run(["wait", "--all", "--vault", VAULT, "--timeout", "0s"]);
    assert.equal(late.code, 75, late.stderr);
    assert.equal((await world.run(["wait"])).code, 2);
  });

  it("bring the output of inventories and archives", async () => {
    const jobId = await client.initiateJob(VAULT, { Type: "inventory-retrieval" });
    await client.awaitJob(VAULT, jobId);
    const inventory = await world.run(["output", `${VAULT}/${jobId}`]);
    assert.equal(inventory.code, 0, inventory.stderr);
    assert.equal(JSON.parse(inventory.stdout).ArchiveList.length, files.length);
    const parameters = { Type: "archive-retrieval", ArchiveId: files[2]!.archiveId };
    const archive = await client.initiateJob(VAULT, parameters);
    await client.awaitJob(VAULT, archive);
    const saved = await world.run(["output", archive, "--vault", VAULT, "-o", "other.bin"]);
    assert.equal(saved.code, 0, saved.stderr);
    const bytes = await readFile(join(world.folder, "other.bin"));
    assert.ok(bytes.equals(files[2]!.content.bytes));
  });
});

describe("moraine restore and verify", () => {
  it("restore what a glob selects, and verify it", async () => {
    const dry = await world.run(["restore", `${VAULT}/photos/*`, "out", "--dry-run"]);
    assert.equal(dry.code, 0, dry.stderr);
    assert.match(dry.stderr, /^Match +2 archives · 2\.9 KiB · Standard/m);
    const end = await world.run(["restore", `${VAULT}/photos/*`, "out"]);
    assert.equal(end.code, 0, end.stderr);
    const found = (await readdir(join(world.folder, "out", "photos"))).toSorted();
    assert.deepEqual(found, ["other.jpg", "small.jpg"]);
    const whole = await world.run(["verify", "out/photos", `${VAULT}/photos`]);
    assert.equal(whole.code, 0, whole.stdout + whole.stderr);
  });

  it("verify names what is missing, extra and different", async () => {
    const missing = await world.run(["verify", "out", VAULT]);
    assert.equal(missing.code, 1);
    assert.match(missing.stdout, /^missing +big\.tar$/m);
    await appendFile(join(world.folder, "out", "photos", "small.jpg"), "x");
    await writeFile(join(world.folder, "out", "mine"), "x");
    const different = await world.run(["verify", "out", VAULT, "--json"]);
    assert.equal(different.code, 5);
    const { missing: gone, different: changed, extra, identical } = lastEvent(different);
    assert.deepEqual(
      { gone, changed, extra, identical },
      { gone: 1, changed: 1, extra: 1, identical: 1 },
    );
  });

  it("restore keeps files that differ unless it is told otherwise", async () => {
    const path = join(world.folder, "out", "photos", "small.jpg");
    const changed = await readFile(path);
    const kept = await world.run(["restore", `${VAULT}/photos`, "out"]);
    assert.equal(kept.code, 1);
    assert.match(kept.stderr, /failed +photos\/small\.jpg: another file has this name/);
    const skipped = await world.run(["restore", `${VAULT}/photos`, "out", "--skip-existing"]);
    assert.equal(skipped.code, 0, skipped.stderr);
    assert.deepEqual(await readFile(path), changed);
    const replaced = await world.run(["restore", `${VAULT}/photos`, "out", "--overwrite"]);
    assert.equal(replaced.code, 0, replaced.stderr);
    assert.deepEqual(await readFile(path), files[0]!.content.bytes);
  });

  it("restore refuses what --max-bytes or the policy never lets through", async () => {
    const limited = await world.run(["restore", VAULT, "out", "--max-bytes", "1MiB"]);
    assert.equal(limited.code, 6, limited.stderr);
    assert.match(limited.stderr, /--max-bytes is 1 MiB/);
    const policy = (Rules: object[]) =>
      client.must({
        method: "PUT",
        path: "/-/policies/data-retrieval",
        body: Buffer.from(JSON.stringify({ Policy: { Rules } })),
      });
    await policy([{ Strategy: "BytesPerHour", BytesPerHour: 2 * MIB }]);
    try {
      const refused = await world.run(["restore", VAULT, "out"]);
      assert.equal(refused.code, 6, refused.stderr);
      assert.match(refused.stderr, /^Policy +2 MiB\/h$/m);
      assert.match(refused.stderr, /never lets 9\.0 MiB through at once/);
    } finally {
      await policy([{ Strategy: "None" }]);
    }
    assert.equal((await world.run(["restore", "--resume", "r-00000000"])).code, 2);
    assert.equal((await world.run(["restore", VAULT])).code, 2);
  });

  it("estimate tells batches, and money only by prices that are given", async () => {
    const plain = await world.run(["estimate", VAULT, "--max-rate", "5MiB/h"]);
    assert.equal(plain.code, 0, plain.stderr);
    assert.match(plain.stdout, /^Match +3 archives · 9\.0 MiB · 3 requests$/m);
    assert.match(plain.stdout, /^Bulk +first ready in 5–12 h \(AWS\) · 2 batches under 5 MiB\/h/m);
    assert.match(plain.stderr, /none known/);
    const prices = join(world.folder, "prices.toml");
    await writeFile(prices, 'currency = "EUR"\n[Bulk]\nper_1000_requests = 1000\n');
    const priced = await world.run(["estimate", VAULT, "--tier", "Bulk", "--prices", prices]);
    assert.match(priced.stdout, / · 3\.00 EUR$/m);
    await rm(prices);
  });
});
