import { deepEqual, equal, rejects, throws } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  formatInventoryHead,
  formatInventoryItem,
  formatInventoryTail,
} from "../../../domain/inventory-output.ts";
import type { InventoryItem } from "./inventory-item.ts";
import { parseCsvLine } from "./parse-inventory-csv.ts";
import { parseInventoryJson } from "./parse-inventory-json.ts";

const vaultArn = "arn:aws:glacier:eu-west-1:111122223333:vaults/family";
const takenAtMs = Date.UTC(2026, 0, 31);

const item: fc.Arbitrary<InventoryItem> = fc
  .record({
    archiveId: fc.stringMatching(/^[\w-]{1,20}$/),
    description: fc.oneof(
      fc.string({ unit: "binary" }),
      fc.string({ unit: fc.constantFrom("{", "}", "[", "]", '"', "\\", ",") }),
    ),
    createdAtMs: fc.integer({ min: 0, max: 4_000_000_000 }).map((seconds) => seconds * 1000),
    sizeBytes: fc.nat(Number.MAX_SAFE_INTEGER),
    treeHash: fc.stringMatching(/^[0-9a-f]{64}$/),
  })
  .map((given) => ({ ...given }));

function formatJson(items: readonly InventoryItem[]): string {
  return [
    formatInventoryHead("JSON", { vaultArn, takenAtMs }),
    ...items.map((given, index) => formatInventoryItem("JSON", given, index === 0)),
    formatInventoryTail("JSON"),
  ].join("");
}

async function* inChunks(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let start = 0; start < bytes.length; start += size) {
    yield bytes.subarray(start, start + size);
  }
}

async function parse(text: string, chunkBytes = 7) {
  const parts = parseInventoryJson(inChunks(text, chunkBytes));
  const items: InventoryItem[] = [];
  let next = await parts.next();
  for (; !next.done; next = await parts.next()) {
    deepEqual(next.value.head, { vaultArn, takenAtMs });
    items.push(next.value.item);
  }
  return { items, head: next.value };
}

test("every JSON inventory is read back, however its bytes are cut into chunks", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(item), fc.integer({ min: 1, max: 50 }), async (items, chunkBytes) => {
      const wellFormed = items.map((given) => ({
        ...given,
        description: given.description.toWellFormed(),
      }));
      deepEqual(await parse(formatJson(wellFormed), chunkBytes), {
        items: wellFormed,
        head: { vaultArn, takenAtMs },
      });
    }),
  );
});

test("an indented inventory is read as well", async () => {
  const given = fc.sample(item, { numRuns: 3, seed: 1 });
  const text = JSON.stringify(JSON.parse(formatJson(given)), undefined, 2);
  deepEqual((await parse(text)).items.length, 3);
});

test("an inventory that is cut off anywhere is refused at the end", async () => {
  const text = formatJson(fc.sample(item, { numRuns: 2, seed: 2 }));
  for (let length = 0; length < text.length; length += 1) {
    await rejects(parse(text.slice(0, length)), { name: "InventoryFormatError" });
  }
});

test("a malformed archive is named by its number, member and rule", async () => {
  const [given] = fc.sample(item, { numRuns: 1, seed: 3 });
  const text = formatJson([given!, { ...given!, sizeBytes: -1 }]);
  await rejects(parse(text), {
    message: /^archive 2 of the inventory: Size must be a whole number .*; got -1$/,
  });
  await rejects(parse("[]"), /must be a JSON object/);
  await rejects(parse('{"a":1}'), /must have the member ArchiveList/);
});

/** What CSV can't tell apart: `\"` in a description looks like an escaped quote (contract §4.4). */
const csvItem = item.filter(
  ({ description }) => !/\\"|[\r\n]|""/.test(description) && !description.startsWith('"'),
);

test("every line of a CSV inventory is read back", () => {
  fc.assert(
    fc.property(csvItem, (given) => {
      const line = formatInventoryItem("CSV", given, false).slice(0, -1);
      deepEqual(parseCsvLine(line, 2), given);
    }),
  );
});

for (const [field, description] of [
  ['"my archive description,1"', "my archive description,1"],
  ['"my archive description,1\\"2"', 'my archive description,1"2'],
  ['"abc\\"', "abc\\"],
  ['""', ""],
  ["plain", "plain"],
  ['"say ""hello"""', 'say "hello"'],
] as const) {
  test(`the CSV field ${field} is the description ${JSON.stringify(description)}`, () => {
    const line = `x,${field},2026-01-31T12:00:00Z,6,${"0".repeat(64)}`;
    equal(parseCsvLine(line, 2).description, description);
  });
}

test("a malformed CSV line is named by its number", () => {
  throws(() => parseCsvLine("x,y", 7), /^InventoryFormatError: line 7: it must have the 5 fields/);
  throws(() => parseCsvLine(`x,"",today,6,${"0".repeat(64)}`, 8), /line 8: CreationDate must be/);
});
