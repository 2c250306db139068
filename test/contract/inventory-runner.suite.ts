/** Contract of `InventoryRunner`, over metadata in a file. */
import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import fc from "fast-check";
import { openSqliteMetadata } from "../../src/adapters/metadata-sql/sqlite.ts";
import type { Archive } from "../../src/domain/archive.ts";
import type { InventoryPosition, InventoryRetrievalRequest } from "../../src/domain/job.ts";
import type { InventoryRunner } from "../../src/ports/inventory-runner.ts";
import type { MetadataStore } from "../../src/ports/metadata-store.ts";
import type { TextCipher } from "../../src/ports/text-cipher.ts";
import { concatBytes, utf8Text } from "../../src/std/bytes.ts";
import { makeFolder } from "../support/external-command.ts";
import {
  addArchive,
  buildInventoryRequest,
  buildVaultKey,
  deleteArchive,
  IdBuilder,
  NOW_MS,
  silentLogger,
} from "../support/metadata-builders.ts";

export interface RunnerUnderTest {
  readonly create: (opened: {
    readonly file: string;
    readonly metadata: MetadataStore;
  }) => InventoryRunner;
  /** Seals descriptions; they are stored as they are unless given. */
  readonly texts?: TextCipher;
}

const vaultArn = "arn:aws:glacier:us-east-1:123456789012:vaults/photos";

/** More than two pages of any runner. */
const MANY = 2_345;

export function describeInventoryRunner(name: string, under: RunnerUnderTest): void {
  const test = declareTests(under);
  describe(name, () => {
    test("lists every archive once, in order of creation, then id, in both formats", async (given) => {
      const archives = await given.add(MANY, (index) => ({
        createdAtMs: NOW_MS + Math.floor(index / 7) * 400,
        sizeBytes: 1 + index * 4_194_304_001,
        description: index % 3 === 0 ? undefined : `number ${index}, "quoted" \\ slashed`,
        treeHash: index.toString(16).padStart(64, "0"),
      }));
      assert.deepEqual(await given.list({}), { text: jsonOf(archives), next: undefined });
      const csv = await given.list({ format: "CSV" });
      assert.deepEqual(csv, { text: csvOf(archives), next: undefined });
    });

    test("lists none of a vault without archives", async (given) => {
      assert.deepEqual(await given.list({}), { text: jsonOf([]), next: undefined });
      const csv = await given.list({ format: "CSV" });
      assert.deepEqual(csv, { text: csvOf([]), next: undefined });
    });

    test("lists what the snapshot holds, whatever came and went since", async (given) => {
      const archives = await given.add(20, (index) => ({ createdAtMs: NOW_MS + index }));
      const [first, second] = archives;
      assert.ok(first && second);
      await deleteArchive(given.metadata, first);
      const snapshot = await given.snapshot();
      await deleteArchive(given.metadata, second);
      await given.add(5, () => ({ createdAtMs: NOW_MS + 10 }));
      assert.equal((await given.list({ snapshot })).text, jsonOf(archives.slice(1)));
    });

    test("lists nothing of thousands of deleted archives", async (given) => {
      const archives = await given.add(MANY, () => ({}));
      await given.metadata.transaction(async (session) => {
        for (const { archiveId, createdSequence } of archives.slice(1, -1)) {
          await session.archives.markDeleted(archiveId, createdSequence);
        }
      });
      const [first, last] = [archives[0], archives.at(-1)];
      assert.ok(first && last);
      assert.equal((await given.list({})).text, jsonOf([first, last]));
      assert.deepEqual(await given.list({ limit: 1 }), {
        text: jsonOf([first]),
        next: { createdAtMs: last.createdAtMs, archiveId: last.archiveId },
      });
    });

    test("ends at the limit and goes on from the position it told", async (given) => {
      const archives = await given.add(MANY, (index) => ({ createdAtMs: NOW_MS + (index >> 2) }));
      for (const limit of [1, 999, 1000, 1001, MANY - 1]) {
        let position: InventoryPosition | undefined;
        for (let start = 0; start < MANY; start += limit) {
          const page = await given.list(position === undefined ? { limit } : { limit, position });
          assert.equal(page.text, jsonOf(archives.slice(start, start + limit)));
          position = page.next;
          assert.equal(position?.archiveId, archives[start + limit]?.archiveId);
          if (limit === 1 && start > 3) {
            break;
          }
        }
      }
      assert.equal((await given.list({ limit: MANY })).next, undefined);
    });

    test("cuts by creation time: from inclusive, before exclusive", async (given) => {
      const archives = await given.add(6, (index) => ({ createdAtMs: NOW_MS + index }));
      const date = (atMs: number) => ({ text: "", atMs });
      const dates = { startDate: date(NOW_MS + 1), endDate: date(NOW_MS + 4) };
      assert.equal((await given.list(dates)).text, jsonOf(archives.slice(1, 4)));
      const { next } = await given.list({ ...dates, limit: 1 });
      assert.ok(next);
      const rest = await given.list({ ...dates, position: next });
      assert.equal(rest.text, jsonOf(archives.slice(2, 4)));
    });

    test("writes any description as the contract says", describesAnything);

    test("throws what the writing of a piece throws, and lists again afterwards", async (given) => {
      const archives = await given.add(MANY, () => ({}));
      let pieces = 0;
      const failing = given.run({}, async () => {
        pieces += 1;
        if (pieces === 2) {
          throw new Error("the disk is full");
        }
      });
      await assert.rejects(failing, /the disk is full/);
      assert.equal(pieces, 2);
      assert.equal((await given.list({})).text, jsonOf(archives));
    });
  });
}

/** All code points but surrogates, which no stored text holds, and what is special in either format. */
async function describesAnything(given: RunnerTest): Promise<void> {
  const texts = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.string({ unit: fc.constantFrom('"', "\\", ",", "\n", "\0", "\t", "\u007f", "é", "😀", "") }),
  );
  const everything = fc.sample(texts, { numRuns: 300, seed: 21 });
  const singles = Array.from({ length: 0x300 }, (_, code) => String.fromCodePoint(code));
  const descriptions = [
    ...everything,
    ...singles,
    "\u2028\u2029\ufeff\uffff\u{10ffff}",
    "x".repeat(1024),
  ]
    // No text may begin like a sealed one.
    .filter((text) => !text.startsWith("\u0001"));
  const archives = await given.add(descriptions.length, (index) => ({
    description: descriptions[index],
  }));
  assert.equal((await given.list({})).text, jsonOf(archives));
  assert.equal((await given.list({ format: "CSV" })).text, csvOf(archives));
}

type RunnerTest = Awaited<ReturnType<typeof setUp>>;

function declareTests(under: RunnerUnderTest) {
  return (name: string, run: (given: RunnerTest) => Promise<void>): void => {
    it(name, async () => {
      const given = await setUp(under);
      try {
        await run(given);
      } finally {
        await given.tearDown();
      }
    });
  };
}

async function setUp({ create, texts }: RunnerUnderTest) {
  const folder = await makeFolder();
  const file = join(folder.path, "metadata.db");
  const metadata = await openSqliteMetadata({ file, logger: silentLogger, texts });
  const { vaultId } = await metadata.vaults.insert({ ...buildVaultKey(), createdAtMs: NOW_MS });
  const ids = new IdBuilder();
  const runner = create({ file, metadata });
  const snapshot = async () => {
    const vault = await metadata.vaults.get(vaultId);
    const { changeSequence = 0, archiveCount = 0, archiveBytes = 0n } = vault ?? {};
    return { takenAtMs: NOW_MS, changeSequence, archiveCount, archiveBytes };
  };
  const run = async (
    fields: Partial<InventoryRetrievalRequest>,
    write: (bytes: Uint8Array) => Promise<void>,
  ) => {
    const request = buildInventoryRequest({ snapshot: await snapshot(), ...fields });
    return await runner.run({ vaultId, vaultArn, request }, write);
  };
  return {
    metadata,
    snapshot,
    run,
    add: (count: number, fieldsOf: (index: number) => Partial<Archive>) =>
      metadata.transaction(async (session) => {
        const archives: Archive[] = [];
        for (let index = 0; index < count; index += 1) {
          archives.push(await addArchive(session, ids, { vaultId, ...fieldsOf(index) }));
        }
        return archives;
      }),
    list: async (fields: Partial<InventoryRetrievalRequest>) => {
      const pieces: Uint8Array[] = [];
      const next = await run(fields, async (bytes) => {
        // The buffer is used again.
        pieces.push(Uint8Array.from(bytes));
      });
      return { text: utf8Text(concatBytes(pieces)), next };
    },
    tearDown: async () => {
      await runner.close();
      await metadata.close();
      await rm(folder.path, { recursive: true });
    },
  };
}

/** What the contract (§4.4) shows, by the runtime's own means. */
function jsonOf(archives: readonly Archive[]): string {
  return JSON.stringify({
    VaultARN: vaultArn,
    InventoryDate: secondsOf(NOW_MS),
    ArchiveList: archives.map((archive) => ({
      ArchiveId: archive.archiveId,
      ArchiveDescription: archive.description ?? "",
      CreationDate: secondsOf(archive.createdAtMs),
      Size: archive.sizeBytes,
      SHA256TreeHash: archive.treeHash,
    })),
  });
}

function csvOf(archives: readonly Archive[]): string {
  const lines = archives.map((archive) =>
    [
      archive.archiveId,
      `"${(archive.description ?? "").replaceAll('"', '\\"')}"`,
      secondsOf(archive.createdAtMs),
      archive.sizeBytes,
      archive.treeHash,
    ].join(","),
  );
  const head = "ArchiveId,ArchiveDescription,CreationDate,Size,SHA256TreeHash";
  return [head, ...lines, ""].join("\n");
}

function secondsOf(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, 19)}Z`;
}
