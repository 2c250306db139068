/** SQLite under the metadata contract, and what is SQLite's own: migrations, full disks, sudden death. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { DatabaseSync } from "node:sqlite";
import { describe, it } from "node:test";
import { noCommitLog } from "../../src/adapters/metadata-sql/commit-log.ts";
import { GroupCommit } from "../../src/adapters/metadata-sql/group-commit.ts";
import { NewerSchemaError } from "../../src/adapters/metadata-sql/migrations/index.ts";
import {
  makeWriterConnection,
  openSqliteMetadata,
} from "../../src/adapters/metadata-sql/sqlite.ts";
import type { ArchiveId } from "../../src/domain/ids.ts";
import {
  addArchive,
  buildVaultKey,
  IdBuilder,
  NOW_MS,
  silentLogger,
} from "../support/metadata-builders.ts";
import { describeMetadataStore } from "./metadata-store.suite.ts";
import type { OpenedMetadata } from "./metadata-store-harness.ts";

describeMetadataStore("SQLite metadata in a file", async (): Promise<OpenedMetadata> => {
  const { file, remove } = await makeFolder();
  const open = () => openSqliteMetadata({ file, logger: silentLogger });
  const store = await open();
  let current = store;
  return {
    store,
    reopen: async () => {
      await current.close();
      current = await open();
      return current;
    },
    dispose: async () => {
      await current.close();
      await remove();
    },
  };
});

describeMetadataStore("SQLite metadata in memory", async (): Promise<OpenedMetadata> => {
  const store = await openSqliteMetadata({ file: ":memory:", logger: silentLogger });
  return { store, dispose: () => store.close() };
});

describe("SQLite metadata", () => {
  it("refuses a file of a newer program and leaves it as it is", async () => {
    await inFolder(async (file) => {
      await (await openSqliteMetadata({ file, logger: silentLogger })).close();
      const database = new DatabaseSync(file);
      database.exec(`insert into schema_migrations values ('0099-later', '2030-01-01T00:00:00Z')`);
      database.close();
      await assert.rejects(openSqliteMetadata({ file, logger: silentLogger }), (error: Error) => {
        assert.ok(error instanceof NewerSchemaError);
        assert.match(error.message, /0099-later/);
        assert.match(error.message, /is 0099-later, which is newer than \d{4}-/);
        return true;
      });
    });
  });

  it("keeps identifiers and hashes as byte strings", async () => {
    await inFolder(async (file) => {
      const store = await openSqliteMetadata({ file, logger: silentLogger });
      const vault = await store.vaults.insert({ ...buildVaultKey(), createdAtMs: NOW_MS });
      await store.transaction((session) =>
        addArchive(session, new IdBuilder(), { vaultId: vault.vaultId }),
      );
      await store.close();
      const database = new DatabaseSync(file);
      const lengths = database
        .prepare(
          `select typeof(archive_id) as type, length(archive_id) as archive_bytes,
             length(manifest_id) as manifest_bytes, length(tree_hash) as hash_bytes from archives`,
        )
        .get();
      database.close();
      const expected = { type: "blob", archive_bytes: 103, manifest_bytes: 16, hash_bytes: 32 };
      assert.deepEqual({ ...lengths }, expected);
    });
  });

  it("keeps every acknowledged transaction when its process is killed", async () => {
    await inFolder(async (file) => {
      const acknowledged = await runUntilKilled(file, 200);
      const store = await openSqliteMetadata({ file, logger: silentLogger });
      for (const archiveId of acknowledged) {
        assert.notEqual(await store.archives.find(archiveId), undefined, archiveId);
      }
      const vault = await store.vaults.find(buildVaultKey());
      assert.ok(vault);
      const page = { createdFromMs: undefined, createdBeforeMs: undefined, from: undefined };
      const archives = await store.archives.listSnapshotPage({
        ...page,
        vaultId: vault.vaultId,
        changeSequence: vault.changeSequence,
        limit: 100_000,
      });
      // Counters and records changed together or not at all.
      assert.equal(vault.archiveCount, archives.length);
      await store.close();
    });
  });
});

describe("group commit on a full database", () => {
  it("rejects the transaction that finds no room, and goes on afterwards", async () => {
    const database = new DatabaseSync(":memory:");
    database.exec("create table notes (note blob); pragma max_page_count = 20");
    const failures: number[] = [];
    const groupCommit = new GroupCommit({
      connection: makeWriterConnection(database),
      log: noCommitLog,
      adder: { add: () => assert.fail(), close: async () => {} },
      events: {
        failed: (_error, transactions) => failures.push(transactions),
        lost: assert.fail,
      },
    });
    const insert = (bytes: number) =>
      groupCommit.run(async () => {
        database.prepare("insert into notes values (zeroblob(?))").run(bytes);
        return bytes;
      });
    const results = await Promise.allSettled([insert(10), insert(10_000_000), insert(11)]);
    assert.equal(results[1].status, "rejected");
    const kept = results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
    const stored = database.prepare("select length(note) as bytes from notes").all();
    assert.deepEqual(
      stored.map((row) => row["bytes"]),
      kept,
    );
    assert.equal(await insert(12), 12);
    await groupCommit.close();
    database.close();
  });
});

/** Starts a writer, kills it after `count` acknowledged archives, and returns what it acknowledged. */
async function runUntilKilled(file: string, count: number): Promise<readonly ArchiveId[]> {
  const writer = join(import.meta.dirname, "../support/metadata-writer.ts");
  const child = spawn(process.execPath, [writer, file], { stdio: ["ignore", "pipe", "inherit"] });
  const exited = new Promise<NodeJS.Signals | null>((resolve) => {
    child.on("exit", (_code, signal) => resolve(signal));
  });
  const acknowledged: ArchiveId[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    acknowledged.push(line as ArchiveId);
    if (acknowledged.length === count) {
      child.kill("SIGKILL");
    }
  }
  assert.equal(await exited, "SIGKILL");
  assert.ok(acknowledged.length >= count);
  return acknowledged;
}

async function makeFolder(): Promise<{ file: string; remove: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), "moraine-metadata-"));
  return {
    file: join(folder, "metadata.sqlite"),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

async function inFolder(run: (file: string) => Promise<void>): Promise<void> {
  const { file, remove } = await makeFolder();
  try {
    await run(file);
  } finally {
    await remove();
  }
}
