/** The files of the audit log: days, torn lines, files that can't be written. */
import assert from "node:assert/strict";
import {
  appendFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import {
  type AuditFile,
  AuditFolderError,
  openAuditFile,
} from "../../src/adapters/audit-file/audit-file.ts";
import { describeLostLines } from "../../src/adapters/audit-file/lost-lines-event.ts";
import type { AuditEvent } from "../../src/ports/audit-log.ts";
import { silentLogger } from "../support/metadata-builders.ts";

const DAY_MS = 86_400_000;
const MIDNIGHT_MS = Date.UTC(2026, 0, 2);

let folder: string;
let audit: AuditFile;
const time = { nowMs: MIDNIGHT_MS };
const errors: string[] = [];

/** An event that is told apart by its request id. */
function eventOf(requestID: string, nowMs = time.nowMs): AuditEvent {
  return {
    ...describeLostLines({ count: 0, firstAt: "", lastAt: "" }, nowMs),
    eventName: "Test",
    requestID,
  };
}

async function open(waitingMaxCharacters?: number): Promise<AuditFile> {
  return openAuditFile({
    folder,
    clock: { nowMs: () => time.nowMs, sleep: () => Promise.resolve() },
    logger: { ...silentLogger, error: (_fields, message) => void errors.push(message) },
    ...(waitingMaxCharacters !== undefined && { waitingMaxCharacters }),
  });
}

function pathOf(day: string): string {
  return join(folder, `${day}.jsonl`);
}

async function listIds(day: string): Promise<readonly string[]> {
  const text = await readFile(pathOf(day), "utf8");
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line).requestID);
}

describe("the files of the audit log", () => {
  beforeEach(async () => {
    folder = join(await mkdtemp(join(tmpdir(), "moraine-audit-")), "audit");
    time.nowMs = MIDNIGHT_MS;
    errors.length = 0;
    audit = await open();
  });
  afterEach(async () => {
    await audit.close();
    await rm(join(folder, ".."), { recursive: true });
  });

  it("has a recorded line in the file when the call resolves, readable by its owner alone", async () => {
    await audit.record(eventOf("one"));
    assert.deepEqual(await listIds("2026-01-02"), ["one"]);
    assert.equal((await stat(pathOf("2026-01-02"))).mode & 0o777, 0o600);
    assert.equal((await stat(folder)).mode & 0o777, 0o700);
  });

  it("writes buffered lines within a second, and with the next recorded one before it", async () => {
    audit.buffer(eventOf("read"));
    await sleep(1000);
    assert.deepEqual(await listIds("2026-01-02"), ["read"]);
    audit.buffer(eventOf("second read"));
    await audit.record(eventOf("write"));
    assert.deepEqual(await listIds("2026-01-02"), ["read", "second read", "write"]);
  });

  it("keeps the order of lines that come all at once, each exactly one time", async () => {
    const ids = Array.from({ length: 500 }, (_, index) => String(index));
    await Promise.all(ids.map((id) => audit.record(eventOf(id))));
    assert.deepEqual(await listIds("2026-01-02"), ids);
  });

  it("begins a new file at midnight UTC and writes a late line into the file of its day", async () => {
    time.nowMs = MIDNIGHT_MS - 1;
    await audit.record(eventOf("before"));
    time.nowMs = MIDNIGHT_MS;
    await audit.record(eventOf("after"));
    await audit.record(eventOf("late", MIDNIGHT_MS - DAY_MS));
    audit.buffer(eventOf("mixed late", MIDNIGHT_MS - DAY_MS));
    await audit.record(eventOf("mixed"));
    assert.deepEqual(await listIds("2026-01-01"), ["before", "late", "mixed late"]);
    assert.deepEqual(await listIds("2026-01-02"), ["after", "mixed"]);
  });

  it("starts a new line after one that a crash tore", async () => {
    await audit.record(eventOf("whole"));
    await audit.close();
    await appendFile(pathOf("2026-01-02"), '{"torn":');
    audit = await open();
    await audit.record(eventOf("next"));
    const lines = (await readFile(pathOf("2026-01-02"), "utf8")).split("\n");
    assert.equal(lines[1], '{"torn":');
    assert.equal(JSON.parse(lines[2]!).requestID, "next");
    assert.equal(lines.length, 4);
  });

  it("writes what waits when it is closed", async () => {
    audit.buffer(eventOf("waiting"));
    await audit.close();
    assert.deepEqual(await listIds("2026-01-02"), ["waiting"]);
  });

  it("rejects a line that can't be written, and writes all lines once that is possible", async () => {
    await symlink("/dev/full", pathOf("2026-01-02"));
    await audit.check();
    await assert.rejects(audit.record(eventOf("refused")), /ENOSPC/);
    await assert.rejects(audit.check(), /ENOSPC/);
    audit.buffer(eventOf("read"));
    await rm(pathOf("2026-01-02"));
    // The file that failed is still open; the writer looks for the folder's again after its failure.
    await audit.check();
    assert.deepEqual(await listIds("2026-01-02"), ["refused", "read"]);
    assert.deepEqual(errors, ["the audit log can't be written"]);
  });

  it("counts the lines it had to give up in a line of their own", async () => {
    await audit.close();
    audit = await open(2000);
    await symlink("/dev/full", pathOf("2026-01-02"));
    for (let round = 0; round < 10; round += 1) {
      await audit.record(eventOf(`line ${round}`)).catch(() => undefined);
    }
    await rm(pathOf("2026-01-02"));
    await audit.check();
    await audit.close();
    const text = await readFile(pathOf("2026-01-02"), "utf8");
    const events: AuditEvent[] = text
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    const kept = events.filter(({ eventName }) => eventName === "Test").length;
    const [loss] = events.filter(({ eventName }) => eventName === "AuditLinesLost");
    assert.ok(kept > 0 && kept < 10);
    assert.equal(loss?.additionalEventData["count"], 10 - kept);
    assert.ok(errors.includes("lines of the audit log are being lost"));
  });

  it("says which folder can't be used", async () => {
    await rm(folder, { recursive: true });
    await writeFile(folder, "");
    await assert.rejects(open(), (error: unknown) => {
      assert.ok(error instanceof AuditFolderError);
      assert.ok(error.message.includes(folder));
      return true;
    });
    await rm(folder);
    await mkdir(folder);
    assert.deepEqual(await readdir(folder), []);
  });
});
