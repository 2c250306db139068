import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import {
  appendFile,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rm,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { formatHeader, formatRecord } from "./format-record.ts";
import type { JournalRecord } from "./journal-record.ts";
import { type JournalPlace, loadJournal } from "./load-journal.ts";

const vaultArn = "arn:aws:glacier:eu-west-1:111122223333:vaults/family";
const told: string[] = [];
let folder: string;
let place: JournalPlace;
let cachePath: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "moraine-cache-"));
  const path = join(folder, "family.jsonl");
  cachePath = `${path}.cache`;
  place = {
    path,
    vaultArn,
    vaultName: "family",
    reporter: { failed: (_, line) => told.push(line) },
  };
});
after(async () => {
  await rm(folder, { recursive: true });
});
beforeEach(async () => {
  told.length = 0;
  await rm(cachePath, { force: true, recursive: true });
  await writeFile(place.path, formatHeader(vaultArn) + lines.join(""));
});

const records: readonly JournalRecord[] = [
  { op: "CREATED", atMs: 1, archiveId: "x", sizeBytes: 1, name: "a\nb", modifiedAtMs: 7 },
  { op: "CREATED", atMs: 2, archiveId: "y", sizeBytes: 2, name: "ü", treeHash: "0".repeat(64) },
  { op: "CREATED", atMs: 3, archiveId: "z", sizeBytes: 3, name: "ü", description: "free text" },
  { op: "DELETED", atMs: 4, archiveId: "z" },
  { op: "UPLOAD_STARTED", atMs: 5, uploadId: "u", name: "a", partSizeBytes: 9, path: "/a" },
];
const lines = [...records.map(formatRecord), "torn in the middle\n"];
const CACHE_AFTER = 5;

async function load() {
  const file = await open(place.path, "r");
  try {
    const { builder, end, readLineCount } = await loadJournal(place, file, CACHE_AFTER);
    const { catalog } = builder;
    return {
      entries: [...catalog.entries.values()],
      versions: catalog.versionsOf("ü"),
      uploads: [...catalog.openUploads.values()],
      end,
      readLineCount,
    };
  } finally {
    await file.close();
  }
}

const isCached = async () => (await readdir(folder)).includes("family.jsonl.cache");

test("a cached catalogue is the one that the lines make, with the lines that were skipped", async () => {
  const first = await load();
  ok(await isCached());
  equal(first.readLineCount, 7);
  const second = await load();
  deepEqual(second, { ...first, readLineCount: 0 });
  equal(told.length, 2);
  equal(told[1], told[0]);
});

test("lines after the cached ones are added to them", async () => {
  await load();
  await appendFile(place.path, formatRecord({ op: "FOUND", atMs: 9, archiveId: "z" }));
  await appendFile(place.path, formatRecord({ op: "DELETED", atMs: 9, archiveId: "x" }));
  await appendFile(place.path, "malformed\n");
  const { entries, end, readLineCount } = await load();
  equal(readLineCount, 3);
  deepEqual(
    entries.map(({ archiveId }) => archiveId),
    ["y", "z"],
  );
  equal(end.lineCount, 10);
  equal(told.at(-1), `${place.path}: line 10 is skipped: it is not JSON`);
});

test("a journal with few new lines keeps its cache", async () => {
  await load();
  const before = await readFile(cachePath);
  await appendFile(place.path, formatRecord({ op: "DELETED", atMs: 9, archiveId: "x" }));
  await load();
  deepEqual(await readFile(cachePath), before);
});

for (const [how, change] of [
  ["damaged in a byte", (bytes: Buffer) => bytes.fill(bytes.at(40) === 1 ? 2 : 1, 40, 41)],
  ["cut off", (bytes: Buffer) => bytes.subarray(0, bytes.length >> 1)],
  ["empty", () => Buffer.alloc(0)],
  ["of another form", (bytes: Buffer) => Buffer.concat([Buffer.from("x"), bytes])],
] as const) {
  test(`a cache that is ${how} is made anew`, async () => {
    const first = await load();
    const whole = await readFile(cachePath);
    await writeFile(cachePath, change(Buffer.from(whole)));
    deepEqual(await load(), first);
    deepEqual(await readFile(cachePath), whole);
  });
}

test("the cache of a journal that was edited since is made anew", async () => {
  await load();
  const text = await readFile(place.path, "utf8");
  await writeFile(place.path, text.replace("free text", "true text"));
  const { readLineCount } = await load();
  equal(readLineCount, 7);
  await writeFile(place.path, text.split("\n").slice(0, 3).join("\n"));
  equal((await load()).entries.length, 2);
});

test("a cache does not let a journal of another vault through", async () => {
  await load();
  const file = await open(place.path, "r");
  try {
    const other = { ...place, vaultArn: `${vaultArn}2` };
    await rejects(loadJournal(other, file, CACHE_AFTER), /it holds records of/);
  } finally {
    await file.close();
  }
});

test("a cache that can't be written is done without", async () => {
  await mkdir(cachePath);
  const { entries } = await load();
  equal(entries.length, 2);
  deepEqual((await readdir(folder)).sort(), ["family.jsonl", "family.jsonl.cache"]);
});
