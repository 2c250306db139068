import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { appendFile, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { AssertionError } from "../../std/assert.ts";
import { VerbFailure } from "../session/verb-failure.ts";
import { formatHeader, formatRecord } from "./format-record.ts";
import type { CreatedRecord } from "./journal-record.ts";
import type { JournalPlace } from "./load-journal.ts";
import { findCatalogAt, openJournalAt } from "./open-journal.ts";
import { LINE_MAX_BYTES } from "./read-journal.ts";

const vaultArn = "arn:aws:glacier:eu-west-1:111122223333:vaults/family";
let folder: string;
let counter = 0;
const told: string[] = [];

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "moraine-journal-"));
});
after(async () => {
  await rm(folder, { recursive: true });
});

function newPlace(): JournalPlace {
  counter += 1;
  told.length = 0;
  return {
    path: join(folder, "deep", `folder${counter}`, "family.jsonl"),
    vaultArn,
    vaultName: "family",
    reporter: { failed: (_event, line) => void told.push(line) },
  };
}

function created(archiveId: string, rest: Partial<CreatedRecord> = {}): CreatedRecord {
  return {
    op: "CREATED",
    atMs: 1000,
    archiveId,
    sizeBytes: 1,
    name: `name of ${archiveId}`,
    ...rest,
  };
}

async function writeJournal(place: JournalPlace, ...texts: string[]): Promise<void> {
  await (await openJournalAt(place)).close();
  await appendFile(place.path, texts.join(""));
}

async function idsOf(place: JournalPlace): Promise<string[] | undefined> {
  const catalog = await findCatalogAt(place);
  return catalog && [...catalog.entries.keys()];
}

test("a journal is made with its folders, for its owner only", async () => {
  const place = newPlace();
  equal(await findCatalogAt(place), undefined);
  const journal = await openJournalAt(place);
  await journal.append(created("x"));
  await journal.close();
  equal((await stat(place.path)).mode & 0o777, 0o600);
  equal((await stat(join(folder, "deep"))).mode & 0o777, 0o700);
  equal(await readFile(place.path, "utf8"), formatHeader(vaultArn) + formatRecord(created("x")));
});

test("what is appended is in the catalogue of the journal and of later readers alike", async () => {
  const place = newPlace();
  const journal = await openJournalAt(place);
  await journal.append(created("x", { atMs: 1000.7 }), created("y"));
  deepEqual([...journal.entries.keys()], ["x", "y"]);
  equal(journal.entries.get("x")?.createdAtMs, 1000);
  deepEqual(journal.versionsOf("name of y").length, 1);
  deepEqual(await idsOf(place), ["x", "y"]);
  await journal.close();
  const again = await openJournalAt(place);
  deepEqual([...again.entries.keys()], ["x", "y"]);
  await again.close();
});

test("records of calls that wait together are written in the order of the calls", async () => {
  const place = newPlace();
  const journal = await openJournalAt(place);
  const ids = Array.from({ length: 200 }, (_, index) => `x${index}`);
  await Promise.all(ids.map((id) => journal.append(created(id))));
  await journal.close();
  const lines = (await readFile(place.path, "utf8")).trim().split("\n").slice(1);
  deepEqual(
    lines.map((line) => JSON.parse(line).id),
    ids,
  );
});

test("closing waits for what is being written", async () => {
  const place = newPlace();
  const journal = await openJournalAt(place);
  const written = journal.append(created("x"));
  await journal.close();
  await written;
  deepEqual(await idsOf(place), ["x"]);
});

test("a record that can't be read back is refused and the journal goes on", async () => {
  const place = newPlace();
  const journal = await openJournalAt(place);
  await rejects(journal.append(created("x"), created("y", { name: "" })), AssertionError);
  await journal.append(created("z"));
  await journal.close();
  deepEqual(await idsOf(place), ["z"]);
});

test("a torn last line is ignored by readers and cut off before the next record", async () => {
  const place = newPlace();
  const torn = formatRecord(created("y")).slice(0, 30);
  await writeJournal(place, formatRecord(created("x")), torn);
  deepEqual(await idsOf(place), ["x"]);
  const journal = await openJournalAt(place);
  await journal.append(created("z"));
  await journal.close();
  deepEqual(await idsOf(place), ["x", "z"]);
  deepEqual(told, []);
});

test("a whole last line that lacks its line feed counts and gets it", async () => {
  const place = newPlace();
  await writeJournal(place, formatRecord(created("x")).trim());
  deepEqual(await idsOf(place), ["x"]);
  const journal = await openJournalAt(place);
  await journal.append(created("z"));
  await journal.close();
  deepEqual(await idsOf(place), ["x", "z"]);
});

test("every way to cut a journal off leaves the records before the cut", async () => {
  const place = newPlace();
  await writeJournal(place, formatRecord(created("x")), formatRecord(created("ü")));
  const whole = await readFile(place.path);
  const firstEnd = Buffer.byteLength(formatHeader(vaultArn));
  const secondEnd = firstEnd + Buffer.byteLength(formatRecord(created("x")));
  for (let length = 0; length <= whole.length; length += 7) {
    await writeFile(place.path, whole.subarray(0, length));
    const left = length < secondEnd - 1 ? [] : length < whole.length - 1 ? ["x"] : ["x", "ü"];
    deepEqual(await idsOf(place), left);
    const journal = await openJournalAt(place);
    await journal.append(created("z"));
    await journal.close();
    deepEqual(await idsOf(place), [...left, "z"]);
  }
});

test("malformed lines in the middle are told with their numbers and skipped", async () => {
  const place = newPlace();
  const notUtf8 = Buffer.concat([Buffer.from('{"op":"'), Buffer.from([0xff]), Buffer.from('"}\n')]);
  await writeJournal(place, formatRecord(created("x")), '{"t":"20\n');
  await appendFile(place.path, notUtf8);
  await appendFile(place.path, `${"y".repeat(3 * LINE_MAX_BYTES)}\n${formatRecord(created("z"))}`);
  deepEqual(await idsOf(place), ["x", "z"]);
  deepEqual(told, [
    `${place.path}: line 3 is skipped: it is not JSON`,
    `${place.path}: line 4 is skipped: it is not UTF-8`,
    `${place.path}: line 5 is skipped: it has more than 1048576 bytes`,
  ]);
});

test("records on both sides of a chunk's end are read", async () => {
  const place = newPlace();
  const records = Array.from({ length: 9 }, (_, index) =>
    formatRecord(created(`x${index}`, { description: "é".repeat(200_000 + index) })),
  );
  await writeJournal(place, ...records);
  equal((await findCatalogAt(place))?.entries.size, 9);
});

test("a journal of another vault is refused", async () => {
  const place = newPlace();
  await writeJournal(place, formatHeader(`${vaultArn}2`));
  const message = /it holds records of .*family2, and not of .*family$/;
  await rejects(findCatalogAt(place), { name: "VerbFailure", exitCode: 1, message });
  await rejects(openJournalAt(place), { name: "VerbFailure", exitCode: 1, message });
  const free = openJournalAt({ ...place, path: `${place.path}2` });
  await (await free).close();
});

test("a file that is no journal is refused and left as it is", async () => {
  const place = newPlace();
  await writeJournal(place);
  for (const text of ["dear diary", "dear diary\n", "\n", formatRecord(created("x"))]) {
    await writeFile(place.path, text);
    await rejects(openJournalAt(place), /can't be used as the journal: its first line must be/);
    equal(await readFile(place.path, "utf8"), text);
  }
});

test("a journal of a newer form is refused", async () => {
  const place = newPlace();
  await writeJournal(place);
  await writeFile(place.path, formatHeader(vaultArn).replace('"version":1', '"version":2'));
  await rejects(findCatalogAt(place), /the form 2 of a newer moraine/);
});

test("a second writer is told which process has the journal, and a killed one frees it", async () => {
  const place = newPlace();
  const child = fork(join(import.meta.dirname, "testing/hold-journal.ts"), [place.path, vaultArn], {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  try {
    await once(child, "message");
    await rejects(openJournalAt(place), (error) => {
      equal(error instanceof VerbFailure && error.exitCode, 75);
      match(String(error), new RegExp(`another run of moraine, process ${child.pid}\\.`));
      return true;
    });
    deepEqual(await idsOf(place), []);
  } finally {
    child.kill("SIGKILL");
    await once(child, "close");
  }
  await (await openJournalAt(place)).close();
});

test("the same process can't open a journal twice, and closing frees it", async () => {
  const place = newPlace();
  const journal = await openJournalAt(place);
  await rejects(openJournalAt(place), { name: "VerbFailure", exitCode: 75 });
  await journal.close();
  await journal.close();
  await (await openJournalAt(place)).close();
});
