import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { Archive } from "./archive.ts";
import type { ArchiveId, ManifestId } from "./ids.ts";
import {
  formatInventoryHead,
  formatInventoryItem,
  formatInventoryTail,
} from "./inventory-output.ts";
import type { InventoryFormat } from "./job.ts";

const vaultArn = "arn:aws:glacier:us-west-2:012345678901:vaults/examplevault";
const takenAtMs = Date.parse("2015-04-07T00:26:18.999Z");

function buildArchive(facts: Partial<Archive>): Archive {
  return {
    archiveId: "archive-1" as ArchiveId,
    vaultId: 1,
    createdAtMs: Date.parse("2015-04-06T22:24:34.567Z"),
    createdSequence: 1,
    sizeBytes: 3_145_728,
    treeHash: "9628195fcdbcbbe76cdde932d4646fa7de5f219fb39823836d81f0cc0e18aa67",
    sha256: undefined,
    description: undefined,
    manifestId: "manifest" as ManifestId,
    deletedSequence: undefined,
    ...facts,
  };
}

function formatInventory(format: InventoryFormat, archives: readonly Archive[]): string {
  const items = archives.map((archive, index) => formatInventoryItem(format, archive, index === 0));
  return [
    formatInventoryHead(format, { vaultArn, takenAtMs }),
    ...items,
    formatInventoryTail(format),
  ].join("");
}

/** A reader by the contract's rules: `\"` is a quote, any other backslash stands for itself. */
function readCsvDescriptions(text: string): string[] {
  const descriptions: string[] = [];
  for (const line of text.split("\n").slice(1, -1)) {
    let at = line.indexOf('"') + 1;
    let description = "";
    while (line[at] !== '"') {
      const isEscape = line[at] === "\\" && line[at + 1] === '"';
      description += isEscape ? '"' : (line[at] ?? assert.fail("field without end"));
      at += isEscape ? 2 : 1;
    }
    descriptions.push(description);
  }
  return descriptions;
}

const printable = fc.string({
  unit: fc.oneof(
    fc.constantFrom("\\", '"', ","),
    fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
  ),
});

const instant = fc.integer({ min: 0, max: 253_402_300_799_999 });

describe("an inventory in JSON", () => {
  it("has the contract's members in their order, compact, with dates in seconds", () => {
    assert.equal(
      formatInventory("JSON", [
        buildArchive({ description: "my archive" }),
        buildArchive({ archiveId: "archive-2" as ArchiveId }),
      ]),
      '{"VaultARN":"arn:aws:glacier:us-west-2:012345678901:vaults/examplevault",' +
        '"InventoryDate":"2015-04-07T00:26:18Z","ArchiveList":[' +
        '{"ArchiveId":"archive-1","ArchiveDescription":"my archive",' +
        '"CreationDate":"2015-04-06T22:24:34Z","Size":3145728,' +
        '"SHA256TreeHash":"9628195fcdbcbbe76cdde932d4646fa7de5f219fb39823836d81f0cc0e18aa67"},' +
        '{"ArchiveId":"archive-2","ArchiveDescription":"",' +
        '"CreationDate":"2015-04-06T22:24:34Z","Size":3145728,' +
        '"SHA256TreeHash":"9628195fcdbcbbe76cdde932d4646fa7de5f219fb39823836d81f0cc0e18aa67"}]}',
    );
  });

  it("is byte for byte what the runtime writes, whatever the texts hold", () => {
    const anything = fc.string({ unit: "binary" });
    fc.assert(
      fc.property(
        anything,
        anything,
        instant,
        fc.maxSafeNat(),
        (id, description, createdAtMs, sizeBytes) => {
          const archive = buildArchive({
            archiveId: id as ArchiveId,
            description,
            createdAtMs,
            sizeBytes,
          });
          const expected = JSON.stringify({
            ArchiveId: id,
            ArchiveDescription: description,
            CreationDate: `${new Date(createdAtMs).toISOString().slice(0, 19)}Z`,
            Size: sizeBytes,
            SHA256TreeHash: archive.treeHash,
          });
          assert.equal(formatInventoryItem("JSON", archive, true), expected);
          assert.equal(formatInventoryItem("JSON", archive, false), `,${expected}`);
        },
      ),
    );
  });

  it("is an empty list when there are no archives", () => {
    assert.deepEqual(JSON.parse(formatInventory("JSON", [])), {
      VaultARN: vaultArn,
      InventoryDate: "2015-04-07T00:26:18Z",
      ArchiveList: [],
    });
  });

  it("parses back to every description", () => {
    fc.assert(
      fc.property(fc.array(printable), (descriptions) => {
        const archives = descriptions.map((description) => buildArchive({ description }));
        const parsed = JSON.parse(formatInventory("JSON", archives)) as {
          ArchiveList: { ArchiveDescription: string }[];
        };
        assert.deepEqual(
          parsed.ArchiveList.map((item) => item.ArchiveDescription),
          descriptions,
        );
      }),
    );
  });
});

describe("an inventory in CSV", () => {
  it("has a header and one line for each archive, each ended by LF", () => {
    assert.equal(
      formatInventory("CSV", [buildArchive({ description: "x" }), buildArchive({})]),
      "ArchiveId,ArchiveDescription,CreationDate,Size,SHA256TreeHash\n" +
        'archive-1,"x",2015-04-06T22:24:34Z,3145728,' +
        "9628195fcdbcbbe76cdde932d4646fa7de5f219fb39823836d81f0cc0e18aa67\n" +
        'archive-1,"",2015-04-06T22:24:34Z,3145728,' +
        "9628195fcdbcbbe76cdde932d4646fa7de5f219fb39823836d81f0cc0e18aa67\n",
    );
  });

  it("is the header alone when there are no archives", () => {
    assert.equal(
      formatInventory("CSV", []),
      "ArchiveId,ArchiveDescription,CreationDate,Size,SHA256TreeHash\n",
    );
  });

  for (const [description, field] of [
    ["my archive description,1", '"my archive description,1"'],
    ['my archive description,1"2', '"my archive description,1\\"2"'],
    ['my archive description,1\\"2', '"my archive description,1\\\\"2"'],
    ["abc\\", '"abc\\"'],
  ] as const) {
    it(`writes the description ${description} as ${field}`, () => {
      const line = formatInventoryItem("CSV", buildArchive({ description }), true);
      assert.ok(line.startsWith(`archive-1,${field},2015-`), line);
    });
  }

  it("gives every description back that does not end in a backslash", () => {
    const readable = printable.filter((description) => !description.endsWith("\\"));
    fc.assert(
      fc.property(fc.array(readable), (descriptions) => {
        const archives = descriptions.map((description) => buildArchive({ description }));
        assert.deepEqual(readCsvDescriptions(formatInventory("CSV", archives)), descriptions);
      }),
    );
  });
});
