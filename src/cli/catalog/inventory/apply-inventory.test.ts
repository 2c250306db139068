import { deepEqual, rejects } from "node:assert/strict";
import { test } from "node:test";
import { buildCatalog } from "../build-catalog.ts";
import type { JournalRecord } from "../journal-record.ts";
import { applyInventory } from "./apply-inventory.ts";
import { type InventoryHead, type InventoryItem, recordOfItem } from "./inventory-item.ts";
import type { InventoryPart } from "./parse-inventory-json.ts";

const vaultArn = "arn:aws:glacier:eu-west-1:111122223333:vaults/family";
const takenAtMs = 1_000_000;

function item(archiveId: string): InventoryItem {
  const treeHash = "0f".repeat(32);
  return { archiveId, description: archiveId, createdAtMs: 1000, sizeBytes: 1, treeHash };
}

async function compare(
  journal: readonly JournalRecord[],
  items: readonly InventoryItem[],
  options: { readonly clockAheadMs?: number; readonly head?: Partial<InventoryHead> } = {},
) {
  const { clockAheadMs = 0 } = options;
  const head: InventoryHead = { vaultArn, takenAtMs, ...options.head };
  async function* parts(): AsyncGenerator<InventoryPart, InventoryHead> {
    for (const listed of items) {
      yield { head, item: listed };
    }
    return head;
  }
  const told: string[] = [];
  const records: JournalRecord[] = [];
  const catalog = buildCatalog(journal);
  const comparison = await applyInventory(parts(), {
    vaultArn,
    catalog,
    clockAheadMs,
    onDrift: async ({ kind, entry }, record) => {
      told.push(`${kind} ${entry.archiveId}`);
      records.push(record);
    },
  });
  return { comparison, told, after: buildCatalog([...journal, ...records]).entries };
}

test("an archive whose tree hash the journal lacks gets it and keeps its name and times", async () => {
  const { treeHash, ...known } = recordOfItem(item("x"));
  const journal = [{ ...known, name: "mine", modifiedAtMs: 5, atMs: 1234 }];
  const { told, after } = await compare(journal, [item("x")]);
  deepEqual(told, ["corrected x"]);
  const entry = after.get("x");
  deepEqual(
    [entry?.treeHash, entry?.name, entry?.modifiedAtMs, entry?.createdAtMs],
    [treeHash, "mine", 5, 1234],
  );
});

test("an archive from just before the inventory is not called missing", async () => {
  const journal = (atMs: number) => [{ ...recordOfItem(item("x")), atMs }];
  deepEqual((await compare(journal(takenAtMs - 1000), [])).told, []);
  deepEqual((await compare(journal(takenAtMs - 3000), [])).told, ["missing x"]);
  const ahead = { clockAheadMs: 60_000 };
  deepEqual((await compare(journal(takenAtMs + 50_000), [], ahead)).told, ["missing x"]);
  const behind = { clockAheadMs: -60_000 };
  deepEqual((await compare(journal(takenAtMs - 50_000), [], behind)).told, []);
});

test("a deletion that the inventory can't know yet is no drift", async () => {
  const journal = (atMs: number): JournalRecord[] => [
    recordOfItem(item("x")),
    { op: "DELETED", atMs, archiveId: "x" },
  ];
  deepEqual((await compare(journal(takenAtMs + 1), [item("x")])).told, []);
  const { told, after } = await compare(journal(takenAtMs - 5000), [item("x")]);
  deepEqual([told, after.size], [["found x"], 1]);
});

test("an inventory of another vault or without its instant is refused before anything is told", async () => {
  const other = { head: { vaultArn: `${vaultArn}2` } };
  await rejects(compare([], [item("x")], other), /the inventory is of .*family2, and not of/);
  const undated = { head: { takenAtMs: undefined } };
  await rejects(compare([], [item("x")], undated), /has no InventoryDate/);
});
