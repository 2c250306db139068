import { deepEqual, ok } from "node:assert/strict";
import { test } from "node:test";
import { formatArchiveTable, type ListedEntry } from "./archive-table.ts";

const listed: ListedEntry = {
  vaultName: "family",
  version: 1,
  shownName: "photos/2025/summer/IMG_2291 of a long day.MOV",
  entry: {
    archiveId: "x".repeat(138),
    name: "photos/2025/summer/IMG_2291 of a long day.MOV",
    sizeBytes: 4_500_000_000,
    treeHash: "c8b40d2b".repeat(8),
    createdAtMs: Date.UTC(2026, 0, 3, 9, 12, 40),
    modifiedAtMs: Date.UTC(2025, 6, 14, 18, 2, 11),
    description: undefined,
  },
};
const options = { long: true, fullIds: false, withVault: false, columns: undefined };

test("a listing in a file has every column and the whole name last", () => {
  deepEqual(formatArchiveTable([listed], options), [
    "   SIZE  MODIFIED             UPLOADED             TREE HASH  FROM     NAME",
    "4.2 GiB  2025-07-14 18:02:11  2026-01-03 09:12:40  c8b40d2b…  moraine  photos/2025/summer/IMG_2291 of a long day.MOV",
  ]);
});

test("a narrow screen gets fewer columns and a name that is cut in its middle", () => {
  for (const columns of [40, 60, 80, 100, 120]) {
    const lines = formatArchiveTable([listed], { ...options, columns });
    ok(
      lines.every((line) => [...line].length <= columns),
      lines.join("\n"),
    );
    ok(lines[1]?.endsWith("long day.MOV"));
  }
});

test("control characters of names reach no terminal", () => {
  const [, line] = formatArchiveTable([{ ...listed, shownName: "a\u001b[31m\nb" }], options);
  ok(line?.endsWith("a\\u{1b}[31m\\u{a}b"));
});
