import { deepEqual, equal, ok, throws } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { AssertionError } from "../../std/assert.ts";
import { formatHeader, formatRecord, parseJournalLine } from "./format-record.ts";
import type { JournalRecord } from "./journal-record.ts";

const created: JournalRecord = {
  op: "CREATED",
  atMs: Date.UTC(2026, 0, 31, 12),
  archiveId: "a".repeat(138),
  sizeBytes: 6,
  treeHash: "0f".repeat(32),
  name: "photos/ünï.txt",
  modifiedAtMs: Date.UTC(2025, 0, 1) + 5,
};

test("a CREATED record is one line with short members and times in ISO 8601", () => {
  equal(
    formatRecord(created),
    `{"t":"2026-01-31T12:00:00.000Z","op":"CREATED","id":"${"a".repeat(138)}","size":6,` +
      `"mtime":"2025-01-01T00:00:00.005Z","treeHash":"${"0f".repeat(32)}","name":"photos/ünï.txt"}\n`,
  );
});

test("every record is read back as it was written", () => {
  const id = fc.stringMatching(/^[\w-]{1,138}$/);
  const atMs = fc.integer({ min: 0, max: 253_402_300_799_999 });
  const sizeBytes = fc.nat(Number.MAX_SAFE_INTEGER);
  const name = fc.string({ unit: "binary", minLength: 1 }).filter((text) => text.trim() !== "");
  const maybe = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined });
  const treeHash = fc.stringMatching(/^[0-9a-f]{64}$/);
  const record: fc.Arbitrary<JournalRecord> = fc.oneof(
    fc.record({
      op: fc.constant("CREATED" as const),
      atMs,
      archiveId: id,
      sizeBytes,
      treeHash: maybe(treeHash),
      name,
      modifiedAtMs: maybe(atMs),
      description: maybe(fc.string({ unit: "binary" })),
      uploadId: maybe(id),
    }),
    fc.record({
      op: fc.constantFrom("DELETED" as const, "FOUND" as const, "DOWNLOADED" as const),
      atMs,
      archiveId: id,
    }),
    fc.record({ op: fc.constant("RETRIEVED" as const), atMs, archiveId: id, jobId: id }),
    fc.record({
      op: fc.constant("UPLOAD_STARTED" as const),
      atMs,
      uploadId: id,
      partSizeBytes: sizeBytes,
      sizeBytes: maybe(sizeBytes),
      modifiedAtMs: maybe(atMs),
      name,
      path: maybe(name),
    }),
    fc.record({ op: fc.constant("UPLOAD_ENDED" as const), atMs, uploadId: id }),
  );
  fc.assert(
    fc.property(record, (given) => {
      const line = formatRecord(given);
      ok(!line.slice(0, -1).includes("\n"));
      deepEqual(parseJournalLine(line.slice(0, -1)), { kind: "record", record: { ...given } });
    }),
  );
});

test("a PACKED record tells where a file lies, and is refused without its permissions", () => {
  const line =
    `{"t":"2026-01-31T12:00:00.000Z","op":"PACKED","id":"p","offset":2560,"of":2,"size":3,` +
    `"mtime":"2025-01-01T00:00:00.005Z","mode":"644","treeHash":"${"0f".repeat(32)}","name":"a"}`;
  const parsed = parseJournalLine(line);
  deepEqual(parsed.kind === "record" && formatRecord(parsed.record), `${line}\n`);
  const without = parseJournalLine(line.replace('"mode":"644"', '"mode":"999"'));
  equal(without.kind, "malformed");
});

test("operations and members of a newer program are ignored", () => {
  deepEqual(parseJournalLine('{"op":"REPACKED","whatever":1}'), { kind: "ignored" });
  deepEqual(parseJournalLine('{"t":"2026-01-31T12:00:00Z","op":"DELETED","id":"x","by":["me"]}'), {
    kind: "record",
    record: { op: "DELETED", atMs: Date.UTC(2026, 0, 31, 12), archiveId: "x" },
  });
  deepEqual(parseJournalLine("  "), { kind: "ignored" });
});

test("a header is read back with its vault and version", () => {
  const vaultArn = "arn:aws:glacier:eu-west-1:111122223333:vaults/family";
  deepEqual(parseJournalLine(formatHeader(vaultArn).trim()), {
    kind: "header",
    vaultArn,
    version: 1,
  });
});

for (const [text, reason] of [
  ['{"t":"2026-01-31T12:0', "it is not JSON"],
  ["[1]", "it is not a JSON object"],
  ["{}", '"op" must be a text that is not blank; got nothing'],
  [
    '{"op":"DELETED","t":5,"id":"x"}',
    '"t" must be an instant such as 2026-01-31T12:00:00.000Z; got 5',
  ],
  [
    '{"op":"CREATED","t":"2026-01-31T12:00:00Z","id":"x","size":-1,"name":"n"}',
    '"size" must be a whole number of at most 2^53-1; got -1',
  ],
  [
    '{"op":"CREATED","t":"2026-01-31T12:00:00Z","id":"x","size":1,"name":"n","treeHash":"AB"}',
    '"treeHash" must be 64 lower-case hex digits; got "AB"',
  ],
  [
    '{"op":"CREATED","t":"2026-01-31T12:00:00Z","id":"x","size":1,"name":" "}',
    '"name" must be a text that is not blank; got " "',
  ],
] as const) {
  test(`a malformed line says what is wrong: ${reason}`, () => {
    deepEqual(parseJournalLine(text), { kind: "malformed", reason });
  });
}

test("a record that could not be read back is not written", () => {
  throws(() => formatRecord({ ...created, name: " " }), AssertionError);
  throws(() => formatRecord({ ...created, sizeBytes: 0.5 }), AssertionError);
  throws(() => formatRecord({ ...created, atMs: Number.NaN }), AssertionError);
  throws(() => formatRecord({ ...created, atMs: 253_402_300_800_000 }), AssertionError);
});
