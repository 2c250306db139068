/**
 * Power cuts under SQLite metadata in a file. The disk keeps what was synced and nothing else: whenever the log is
 * synced, the test takes a copy of the files as they are, and a power cut leaves the last copy.
 */
import assert from "node:assert/strict";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, it } from "node:test";
import { createCheckpointer } from "../../src/adapters/metadata-sql/checkpointer.ts";
import { openSqliteMetadata } from "../../src/adapters/metadata-sql/sqlite.ts";
import type { ArchiveId } from "../../src/domain/ids.ts";
import type { MetadataStore } from "../../src/ports/metadata-store.ts";
import { parseBase64 } from "../../src/std/bytes.ts";
import {
  addArchive,
  buildSmallArchive,
  buildVaultKey,
  IdBuilder,
  NOW_MS,
  silentLogger,
} from "../support/metadata-builders.ts";

const ROUNDS = 12;
const WRITERS = 6;

/** What is on the disk whenever power goes. */
class DurableCopy {
  readonly #file: string;
  readonly #copy: string;
  count = 0;

  constructor(folder: string) {
    this.#file = join(folder, "metadata.db");
    this.#copy = join(folder, "durable.db");
  }

  /** To be given to the metadata. It takes some turns of the event loop, as a disk would. */
  readonly sync = async (): Promise<void> => {
    for (let turn = 0; turn < 3; turn += 1) {
      await new Promise(setImmediate);
    }
    copyFileSync(this.#file, this.#copy);
    copyFileSync(`${this.#file}-wal`, `${this.#copy}-wal`);
    this.count += 1;
  };

  /** The archives that a start after a power cut would find, and what the vault counts. */
  read(): { readonly archiveIds: readonly string[]; readonly counted: number } {
    const database = new DatabaseSync(this.#copy, { readOnly: true });
    try {
      const rows = database.prepare("SELECT hex(archive_id) AS id FROM archives").all();
      const vault = database.prepare("SELECT sum(archive_count) AS counted FROM vaults").get();
      return {
        archiveIds: rows.map(({ id }) => String(id).toLowerCase()),
        counted: Number(vault?.["counted"]),
      };
    } finally {
      database.close();
    }
  }

  has(archiveId: ArchiveId): boolean {
    const id = Buffer.from(parseBase64(archiveId, "base64url")).toString("hex");
    return this.read().archiveIds.includes(id);
  }
}

describe("SQLite metadata and a power cut", () => {
  it("keeps what was acknowledged, and what any read has shown", async () => {
    await inFolder(async (folder) => {
      const disk = new DurableCopy(folder);
      const store = await open(folder, disk);
      const { vaultId } = await store.vaults.insert({ ...buildVaultKey(), createdAtMs: NOW_MS });
      const ids = new IdBuilder();
      let acknowledged = 0;
      let seen = 0;
      const write = async (index: number): Promise<void> => {
        const archive = await store.transaction(async (session) => {
          const added = await addArchive(session, ids, { vaultId });
          looks.push(look(added.archiveId));
          if (index % 4 === 3) {
            throw new Error("changed its mind");
          }
          return added;
        });
        assert.ok(disk.has(archive.archiveId), "an acknowledged archive is not on the disk");
        acknowledged += 1;
      };
      const looks: Promise<void>[] = [];
      /** Looks for an archive again and again while its commit is on its way. */
      const look = async (archiveId: ArchiveId): Promise<void> => {
        for (let turn = 0; turn < 12; turn += 1) {
          await new Promise(setImmediate);
          if ((await store.archives.find(archiveId)) !== undefined) {
            assert.ok(disk.has(archiveId), "a read has shown an archive that is not on the disk");
            seen += 1;
          }
        }
      };
      for (let round = 0; round < ROUNDS; round += 1) {
        await Promise.allSettled(Array.from({ length: WRITERS }, (_, index) => write(index)));
        const { archiveIds, counted } = disk.read();
        assert.equal(counted, archiveIds.length);
      }
      await Promise.all(looks);
      assert.equal(acknowledged, ROUNDS * (WRITERS - 1));
      assert.ok(seen > 0 && disk.count >= ROUNDS);
      await store.close();
    });
  });

  it("keeps small archives that were acknowledged or read, whose commits come from a thread", async () => {
    await inFolder(async (folder) => {
      const disk = new DurableCopy(folder);
      const store = await open(folder, disk);
      const { vaultId } = await store.vaults.insert({ ...buildVaultKey(), createdAtMs: NOW_MS });
      const ids = new IdBuilder();
      let isOver = false;
      const look = async (): Promise<void> => {
        while (!isOver) {
          await new Promise(setImmediate);
          const { archiveCount = 0 } = (await store.vaults.get(vaultId)) ?? {};
          assert.ok(
            archiveCount <= disk.read().counted,
            "a read has shown what is not on the disk",
          );
        }
      };
      const looking = look();
      for (let round = 0; round < ROUNDS; round += 1) {
        const added = Array.from({ length: WRITERS }, () => buildSmallArchive(ids));
        await Promise.all(
          added.map(async (archive) => {
            await store.smallArchives.add(vaultId, () => archive);
            assert.ok(disk.has(archive.archiveId), "an acknowledged archive is not on the disk");
          }),
        );
        const { archiveIds, counted } = disk.read();
        assert.equal(counted, archiveIds.length);
      }
      isOver = true;
      await looking;
      await store.close();
    });
  });

  it("syncs nothing for a transaction that changed nothing", async () => {
    await inFolder(async (folder) => {
      const disk = new DurableCopy(folder);
      const store = await open(folder, disk);
      const { count } = disk;
      await store.transaction(async (session) => {
        assert.equal(await session.vaults.find(buildVaultKey()), undefined);
      });
      assert.equal(disk.count, count);
      await store.close();
    });
  });

  it("acknowledges nothing more after a failed sync, and reads stay at what is on the disk", async () => {
    await inFolder(async (folder) => {
      const disk = new DurableCopy(folder);
      const failure = new Error("I/O error");
      const losses: unknown[] = [];
      let isBroken = false;
      const store = await openSqliteMetadata({
        file: join(folder, "metadata.db"),
        logger: silentLogger,
        sync: async () => (isBroken ? await Promise.reject(failure) : await disk.sync()),
        onLost: (error) => losses.push(error),
      });
      const { vaultId } = await store.vaults.insert({ ...buildVaultKey(), createdAtMs: NOW_MS });
      const ids = new IdBuilder();
      isBroken = true;
      const add = () => store.transaction((session) => addArchive(session, ids, { vaultId }));
      await assert.rejects(add, failure);
      isBroken = false;
      await assert.rejects(add, failure);
      assert.equal((await store.vaults.find(buildVaultKey()))?.archiveCount, 0);
      assert.deepEqual(losses, [failure]);
      await store.close();
    });
  });

  it("makes durable, before anybody reads, what a killed process left unsynced in the log", async () => {
    await inFolder(async (folder) => {
      const file = join(folder, "metadata.db");
      const store = await open(folder, new DurableCopy(folder));
      const { vaultId } = await store.vaults.insert({ ...buildVaultKey(), createdAtMs: NOW_MS });
      const ids = new IdBuilder();
      await store.transaction((session) => addArchive(session, ids, { vaultId }));
      // The files of the killed process, with its log.
      const left = join(folder, "left.db");
      copyFileSync(file, left);
      copyFileSync(`${file}-wal`, `${left}-wal`);
      await store.close();
      const next = await openSqliteMetadata({ file: left, logger: silentLogger });
      const alone = join(folder, "alone.db");
      copyFileSync(left, alone);
      const database = new DatabaseSync(alone);
      assert.equal(database.prepare("SELECT count(*) AS n FROM archives").get()?.["n"], 1);
      database.close();
      await next.close();
    });
  });
});

describe("checkpoints", () => {
  it("copy the log into the file beside a connection that writes, as far as it is not read", async () => {
    await inFolder(async (folder) => {
      const file = join(folder, "metadata.db");
      const writer = new DatabaseSync(file);
      writer.exec("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; CREATE TABLE t (a)");
      const checkpointer = createCheckpointer({ file, busyTimeoutMs: 1000 });
      const first = await checkpointer.run();
      assert.ok("logPages" in first && first.logPages > 0);
      assert.equal(first.copiedPages, first.logPages);
      const reader = new DatabaseSync(file);
      reader.exec("BEGIN; SELECT * FROM t");
      writer.exec("INSERT INTO t VALUES (1)");
      const [second, same] = await Promise.all([checkpointer.run(), checkpointer.run()]);
      assert.equal(second, same);
      assert.ok("logPages" in second && second.copiedPages < second.logPages);
      reader.close();
      await checkpointer.close();
      writer.close();
    });
  });

  it("are made in a thread of their own, and by nobody else", async () => {
    await assert.rejects(
      import("../../src/adapters/metadata-sql/checkpoint-thread.ts"),
      /must run in a worker thread/,
    );
  });

  it("tell why one could not be made", async () => {
    await inFolder(async (folder) => {
      const file = join(folder, "missing", "metadata.db");
      const checkpointer = createCheckpointer({ file, busyTimeoutMs: 1000 });
      const outcome = await checkpointer.run();
      assert.ok("error" in outcome);
      assert.match(String(outcome.error), /unable to open/);
      await checkpointer.close();
    });
  });
});

function open(folder: string, { sync }: DurableCopy): Promise<MetadataStore> {
  return openSqliteMetadata({ file: join(folder, "metadata.db"), logger: silentLogger, sync });
}

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "moraine-power-"));
  try {
    await run(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
