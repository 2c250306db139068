/** Small files that are stored together: `put --pack`, and all that knows of them. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, readdir, readFile, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { catalog } from "../../src/cli/verbs/catalog.ts";
import { estimate } from "../../src/cli/verbs/estimate.ts";
import { get } from "../../src/cli/verbs/get.ts";
import { ls } from "../../src/cli/verbs/ls.ts";
import { put } from "../../src/cli/verbs/put.ts";
import { restore } from "../../src/cli/verbs/restore.ts";
import { rm as remove } from "../../src/cli/verbs/rm.ts";
import { sync } from "../../src/cli/verbs/sync.ts";
import { verify } from "../../src/cli/verbs/verify.ts";
import { MIB, makePayload } from "../support/payload.ts";
import { startVerbWorld, type VerbWorld } from "../support/verb-world.ts";

const CHANGED_AT = "2021-02-03T04:05:06Z";
const LONG = `${"long ".repeat(30)}ünï.txt`;

describe("moraine put --pack", () => {
  let world: VerbWorld;
  let vault = "";
  let count = 0;
  let source = "";
  const contents = new Map<string, Buffer>();

  before(async () => {
    world = await startVerbWorld();
  });
  after(async () => {
    await world.stop();
  });

  /** Six small files and a large one in `source`, below `m/`. */
  const newVault = async () => {
    count += 1;
    vault = `packed-${count}`;
    await world.client.createVault(vault);
    source = join(world.folder, `in-${count}`);
    contents.clear();
    const sizes: readonly (readonly [string, number])[] = [
      ["a.txt", 1],
      ["b/c.txt", 700_000],
      ["b/d.txt", MIB],
      ["b/e.txt", 512],
      [LONG, 900_001],
      ["z.txt", 3000],
      ["large.bin", MIB + 1],
    ];
    for (const [name, size] of sizes) {
      const { bytes } = makePayload(size, `${vault} ${name}`);
      contents.set(name, bytes);
      await world.write(`in-${count}/${name}`, bytes, CHANGED_AT);
    }
  };
  const putAll = async (...words: readonly string[]) => {
    const run = await world.run(put, ["--pack", ...words, `${source}/`, `${vault}/m`]);
    assert.equal(run.status, 0, run.stderr);
    return run;
  };
  const checkTree = async (folder: string, names: Iterable<string> = contents.keys()) => {
    for (const name of names) {
      const path = join(folder, name);
      assert.ok((await readFile(path)).equals(contents.get(name) ?? Buffer.of()), name);
      assert.equal((await stat(path)).mtimeMs, Date.parse(CHANGED_AT), name);
    }
  };
  const jobsOf = async () => {
    const path = `/-/vaults/${vault}/jobs`;
    const { body } = await world.client.must({ method: "GET", path });
    const jobs: readonly Record<string, string>[] = JSON.parse(body.toString()).JobList;
    return jobs.filter(({ Action }) => Action === "ArchiveRetrieval");
  };
  const ask = (line: string) => JSON.parse(line);

  it("stores small files in one archive that tar reads, and larger ones alone", async () => {
    await newVault();
    const run = await putAll();
    assert.match(run.stderr, /Done {4}7 uploaded/);
    const archives = await world.archives(vault);
    assert.equal(archives.length, 2);
    const pack = archives.find(({ name }) => name !== "m/large.bin");
    assert.match(pack?.name ?? "", /^m\/\.pack\/\d{8}T\d{6}Z-[0-9a-f]{8}\.tar$/);
    const got = await world.run(get, [
      `${vault}/${pack?.archiveId}`,
      "-o",
      join(world.folder, `${vault}.tar`),
    ]);
    assert.equal(got.status, 0, got.stderr);
    const out = join(world.folder, `tar-${count}`);
    await mkdir(out);
    execFileSync("tar", ["-xf", join(world.folder, `${vault}.tar`), "-C", out]);
    await checkTree(
      join(out, "m"),
      [...contents.keys()].filter((name) => name !== "large.bin"),
    );
    const index = await readFile(join(out, ".moraine-pack.jsonl"), "utf8");
    const [head, first] = index.split("\n").map((line) => (line === "" ? {} : ask(line)));
    assert.deepEqual(head, { moraine: "pack", version: 1, members: 6 });
    assert.equal(first.name, "m/a.txt");
  });

  it("lists, skips and verifies the files as any others, and never the pack", async () => {
    await newVault();
    await putAll();
    const listed = await world.run(ls, [vault, "--json"]);
    const names = listed.events.map(({ name }) => String(name)).toSorted();
    assert.deepEqual(names, [...contents.keys()].map((name) => `m/${name}`).toSorted());
    assert.match((await putAll()).stderr, /0 uploaded, 7 skipped/);
    const plainly = await world.run(put, ["--checksum", `${source}/`, `${vault}/m`]);
    assert.match(plainly.stderr, /0 uploaded, 7 skipped/);
    const verified = await world.run(verify, [source, `${vault}/m`]);
    assert.equal(verified.status, 0, verified.stdout);
    const estimated = await world.run(estimate, [vault, "--json"]);
    assert.equal(estimated.events[0]?.["archives"], 2);
  });

  it("restores all files with one job for the pack, and leaves those that are there", async () => {
    await newVault();
    await putAll();
    const out = join(world.folder, `out-${count}`);
    const run = await world.run(restore, [vault, out]);
    assert.equal(run.status, 0, run.stderr);
    await checkTree(join(out, "m"));
    assert.deepEqual(
      (await readdir(join(out, "m"))).toSorted(),
      ["a.txt", "b", "large.bin", LONG, "z.txt"].toSorted(),
    );
    assert.equal((await jobsOf()).length, 2);
    await rm(join(out, "m/z.txt"));
    const again = await world.run(restore, [vault, out]);
    assert.match(again.stderr, /1 file restored, 6 there already/);
    await checkTree(join(out, "m"));
  });

  it("retrieves only the aligned range that holds the files that are wanted", async () => {
    await newVault();
    await putAll();
    const target = join(world.folder, `one-${count}`);
    const run = await world.run(get, [`${vault}/m/b/e.txt`, "-o", target]);
    assert.equal(run.status, 0, run.stderr);
    assert.ok((await readFile(target)).equals(contents.get("b/e.txt") ?? Buffer.of()));
    assert.equal((await stat(target)).mtimeMs, Date.parse(CHANGED_AT));
    const [job] = await jobsOf();
    assert.equal(job?.["RetrievalByteRange"], `${MIB}-${2 * MIB - 1}`);
    const out = join(world.folder, `out-${count}`);
    const restored = await world.run(restore, [`${vault}/m/b/**`, out]);
    assert.equal(restored.status, 0, restored.stderr);
    await checkTree(join(out, "m"), ["b/c.txt", "b/d.txt", "b/e.txt"]);
    const ranges = (await jobsOf()).map((known) => known["RetrievalByteRange"]);
    assert.ok(ranges.includes(`0-${2 * MIB - 1}`), String(ranges));
    const big = await world.run(get, [`${vault}/m/${LONG}`, "-o", "-"]);
    assert.equal(big.status, 0, big.stderr);
  });

  it("deletes the pack with the last of its files, and knows until then which are left", async () => {
    await newVault();
    await putAll();
    const some = await world.run(remove, [`${vault}/m/b/**`, "--yes"]);
    assert.equal(some.status, 0, some.stderr);
    assert.equal((await world.archives(vault)).length, 2);
    const left = (await world.run(ls, [vault, "--json"])).events.map(({ name }) => name);
    assert.deepEqual(left, ["m/a.txt", "m/large.bin", `m/${LONG}`, "m/z.txt"]);
    const rest = await world.run(remove, [`${vault}/m/**`, "--yes"]);
    assert.equal(rest.status, 0, rest.stderr);
    assert.deepEqual(await world.archives(vault), []);
    assert.equal((await world.run(ls, [vault, "--json"])).events.length, 0);
  });

  it("keeps sync true: replaced and removed files go, and no pack goes before its last file", async () => {
    await newVault();
    const words = ["--pack", "--new", "--replace-modified", "--delete-removed", "--yes"];
    const first = await world.run(sync, [source, `${vault}/m`, ...words]);
    assert.equal(first.status, 0, first.stderr);
    assert.match(first.stderr, /7 uploaded/);
    const nothing = await world.run(sync, [source, `${vault}/m`, ...words]);
    assert.match(nothing.stderr, /0 uploaded, 7 skipped, 0 deleted/);
    await rm(join(source, "b"), { recursive: true });
    for (const name of ["a.txt", "z.txt"]) {
      const bytes = makePayload(100, `new ${name}`).bytes;
      contents.set(name, bytes);
      await world.write(`in-${count}/${name}`, bytes);
      await utimes(join(source, name), new Date(CHANGED_AT), new Date(CHANGED_AT));
    }
    const changed = await world.run(sync, [source, `${vault}/m`, ...words]);
    assert.equal(changed.status, 0, changed.stderr);
    assert.match(changed.stderr, /2 uploaded, 2 skipped, 5 deleted/);
    const out = join(world.folder, `out-${count}`);
    assert.equal((await world.run(restore, [vault, out])).status, 0);
    assert.deepEqual(
      (await readdir(join(out, "m"))).toSorted(),
      ["a.txt", "large.bin", LONG, "z.txt"].toSorted(),
    );
    await checkTree(join(out, "m"), ["a.txt", "large.bin", LONG, "z.txt"]);
  });

  it("survives export, import and rebuild, and a pack without a journal is never removed", async () => {
    await newVault();
    await putAll();
    const idsIn = async (...words: readonly string[]) =>
      (await world.run(ls, [vault, "--json", ...words])).events.map(({ name, archiveId }) => [
        name,
        archiveId,
      ]);
    const ids = await idsIn();
    const exported = await world.run(catalog, ["export", vault]);
    assert.equal(exported.status, 0, exported.stderr);
    const copy = await world.write(`copy-${count}.jsonl`, exported.stdout);
    const rebuilt = await world.run(catalog, ["rebuild", vault, "--json"]);
    assert.deepEqual(
      [rebuilt.events.at(-1)?.["added"], rebuilt.events.at(-1)?.["missing"]],
      [0, 0],
    );
    const elsewhere = ["--journal", join(world.folder, `other-${count}.jsonl`)];
    await world.run(catalog, ["rebuild", vault, ...elsewhere]);
    const bare = await world.run(ls, [vault, "--json", ...elsewhere]);
    assert.equal(bare.events.length, 2);
    const third = ["--journal", join(world.folder, `third-${count}.jsonl`)];
    await world.run(catalog, ["rebuild", vault, ...third]);
    const unpacked = await world.run(catalog, ["unpack", vault, ...third]);
    assert.equal(unpacked.status, 0, unpacked.stderr);
    assert.match(unpacked.stderr, /unpacked .* 6 files/);
    assert.deepEqual(await idsIn(...third), ids);
    await rm(join(source, "b"), { recursive: true });
    const words = ["--delete-removed", "--yes", ...elsewhere];
    const synced = await world.run(sync, [source, `${vault}/m`, ...words]);
    assert.match(synced.stderr, / 0 deleted/);
    const imported = await world.run(catalog, ["import", vault, copy, ...elsewhere]);
    assert.equal(imported.status, 0, imported.stderr);
    assert.deepEqual(await idsIn(...elsewhere), ids);
  });

  it("fills packs up to --pack-size, and refuses flags that contradict each other", async () => {
    await newVault();
    await putAll("--pack-size", "2MiB");
    assert.equal((await world.archives(vault)).length, 3);
    const out = join(world.folder, `out-${count}`);
    assert.equal((await world.run(restore, [vault, out])).status, 0);
    await checkTree(join(out, "m"));
    for (const [words, text] of [
      [["--pack-size", "2MiB"], /--pack-size goes with --pack/],
      [["--pack", "--pack-size", "1MiB"], /from 2 MiB to 64 MiB/],
      [["--pack", "--encrypt", "age:x"], /can't go together/],
    ] as const) {
      const refused = await world.run(put, [...words, source, vault]);
      assert.equal(refused.status, 2);
      assert.match(refused.stderr, text);
    }
  });
});
