import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  statSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import {
  type FilesystemBlobs,
  openFilesystemBlobs,
} from "../../src/adapters/blobs-filesystem/filesystem-blobs.ts";
import type { ReceivedBytes } from "../../src/domain/body-bytes.ts";
import type { BlobId } from "../../src/domain/ids.ts";
import { MIB } from "../../src/domain/limits.ts";
import type { Logger } from "../../src/ports/logger.ts";
import { blobStoreSuite, nextBlobId, readBytes, storeBytes } from "./blob-store.suite.ts";
import { generatorBytes } from "./generator.ts";

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} };
const SOURCE = generatorBytes(3 * MIB);
const WORKER_URL = new URL("../../src/adapters/blobs-filesystem/blob-worker.ts", import.meta.url);

function makeFolder(): string {
  return mkdtempSync(join(tmpdir(), "moraine-blobs-"));
}

function pathOf(folder: string, blobId: BlobId): string {
  return join(folder, "data", blobId.slice(-2), blobId);
}

function openFileCount(): number {
  return readdirSync("/proc/self/fd").length;
}

/** Runs `work` with a store in a folder of its own, and looks for leaks afterwards. */
async function withStore(
  work: (blobs: FilesystemBlobs, folder: string) => Promise<void>,
  options: Partial<Parameters<typeof openFilesystemBlobs>[0]> = {},
): Promise<void> {
  const folder = options.folder ?? makeFolder();
  const blobs = await openFilesystemBlobs({ folder, logger: silent, ...options });
  try {
    await work(blobs, folder);
    assert.equal(blobs.slots.freeCount, blobs.slots.slotCount, "slots leaked");
    assert.equal(blobs.openWriterCount, 0, "writers leaked");
    assert.deepEqual(readdirSync(join(folder, "tmp")), [], "temporary files leaked");
  } finally {
    await blobs.close();
    if (options.folder === undefined) {
      rmSync(folder, { recursive: true, force: true });
    }
  }
}

blobStoreSuite("filesystem", async () => {
  const folder = makeFolder();
  return {
    open: () => openFilesystemBlobs({ folder, logger: silent }),
    flipByte: async (blobId, offset) => {
      const fd = openSync(pathOf(folder, blobId), "r+");
      const byte = Buffer.alloc(1);
      readSync(fd, byte, 0, 1, offset);
      writeSync(fd, Buffer.from([byte[0]! ^ 1]), 0, 1, offset);
      closeSync(fd);
    },
    truncate: async (blobId, sizeBytes) => truncateSync(pathOf(folder, blobId), sizeBytes),
    lose: async (blobId) => unlinkSync(pathOf(folder, blobId)),
    dispose: async () => rmSync(folder, { recursive: true }),
    hasPlaces: true,
  };
});

describe("a filesystem blob store", () => {
  it("keeps its files for the owner alone, in 256 shards named by the last digits", async () => {
    await withStore(async (blobs, folder) => {
      const { blobId } = await storeBytes(blobs, SOURCE);
      await blobs.beginBoot(3);
      assert.equal(readdirSync(join(folder, "data")).length, 256);
      assert.equal(statSync(pathOf(folder, blobId)).mode & 0o777, 0o600);
      assert.equal(statSync(join(folder, "boot")).mode & 0o777, 0o600);
      assert.equal(statSync(join(folder, "data")).mode & 0o777, 0o700);
      assert.equal(statSync(join(folder, "data", blobId.slice(-2))).mode & 0o777, 0o700);
    });
  });

  it("makes a shard again that a backup tool dropped because it was empty", async () => {
    const folder = makeFolder();
    await withStore((blobs) => blobs.beginBoot(1), { folder });
    rmSync(join(folder, "data", "5a"), { recursive: true });
    await withStore(async () => assert.ok(statSync(join(folder, "data", "5a")).isDirectory()), {
      folder,
    });
    rmSync(folder, { recursive: true });
  });

  it("refuses a boot file that holds no number", async () => {
    await withStore(async (blobs, folder) => {
      writeFileSync(join(folder, "boot"), "");
      await assert.rejects(blobs.lastBoot(), /boot must hold a boot number/);
    });
  });

  it("leaks no descriptor, slot or file over thousands of aborted, finished and failed writers", async () => {
    const before = openFileCount();
    await withStore(async (blobs, folder) => {
      await storeBytes(blobs, SOURCE);
      await storeBytes(blobs, SOURCE.subarray(0, 10));
      const [idle, threads] = [openFileCount(), 4];
      const spoil = async (round: number): Promise<void> => {
        const blobId = nextBlobId();
        const temporary = join(folder, "tmp", blobId);
        if (round % 7 === 0) {
          writeFileSync(temporary, "in the way");
        }
        const writer = await blobs.openWriter(blobId, 0);
        try {
          await writer.write(SOURCE.subarray(0, round % 3 === 0 ? 600_000 : 5_000));
          if (round % 2 === 0) {
            await writer.finish();
          }
        } catch (error) {
          assert.equal((error as NodeJS.ErrnoException).code, "EEXIST");
        } finally {
          await writer.abort();
        }
      };
      for (let round = 0; round < 2_000; round += 20) {
        await Promise.all(Array.from({ length: 20 }, (_, index) => spoil(round + index)));
      }
      assert.ok(openFileCount() <= idle + threads, `${openFileCount()} files open, was ${idle}`);
    });
    assert.ok(openFileCount() <= before + 4, "descriptors leaked past close");
  });

  it("keeps nothing of a blob whose commit failed", async () => {
    await withStore(async (blobs, folder) => {
      const blobId = nextBlobId();
      const writer = await blobs.openWriter(blobId, 10);
      await writer.write(SOURCE.subarray(0, 10));
      await writer.finish();
      rmSync(join(folder, "data", blobId.slice(-2)), { recursive: true });
      await assert.rejects(writer.commit(), { code: "ENOENT" });
      await writer.abort();
    });
  });

  it("lets more slow uploads than slots go on side by side", async () => {
    await withStore(
      async (blobs) => {
        const slow = await Promise.all(
          Array.from({ length: 20 }, async () => {
            const blobId = nextBlobId();
            const writer = await blobs.openWriter(blobId, 0);
            await writer.write(SOURCE.subarray(0, 1000));
            return { blobId, writer };
          }),
        );
        await storeBytes(blobs, SOURCE);
        for (const { blobId, writer } of slow) {
          await writer.write(SOURCE.subarray(1000, 400_000));
          await writer.finish();
          await writer.commit();
          const read = await readBytes(blobs, blobId, [0, 400_000]);
          assert.ok(read.equals(SOURCE.subarray(0, 400_000)));
        }
      },
      { bufferBytesMax: MIB },
    );
  });

  it("fails the uploads of a worker that stops, and replaces it", async () => {
    const workers: Worker[] = [];
    await withStore(
      async (blobs) => {
        const writer = await blobs.openWriter(nextBlobId(), 3 * MIB);
        await writer.write(SOURCE);
        await workers[0]!.terminate();
        await assert.rejects(writer.finish(), /the blob worker stopped/);
        await writer.abort();
        const { digest } = await storeBytes(blobs, SOURCE);
        assert.equal(digest.sizeBytes, SOURCE.length);
        assert.equal(workers.length, 2);
      },
      {
        workers: 1,
        startWorker: (start) => {
          const worker = new Worker(WORKER_URL, { workerData: start });
          workers.push(worker);
          return worker;
        },
      },
    );
  });

  it("gives a connection back, and keeps no copy of it, when no worker can be started", async (t) => {
    const folder = makeFolder();
    const blobs = await openFilesystemBlobs({
      folder,
      logger: silent,
      receive: true,
      startWorker: () => {
        throw new Error("no more threads");
      },
    });
    const descriptor = openSync("/dev/null", "r");
    try {
      const writer = await blobs.openWriter(nextBlobId(), 3 * MIB);
      if (writer.receive === undefined) {
        t.skip("the native addon was not built");
        return;
      }
      const openBefore = openFileCount();
      const given: ReceivedBytes[] = [];
      const rest = {
        descriptor,
        sizeBytes: 3 * MIB,
        idleTimeoutMs: 1000,
        signal: new AbortController().signal,
        giveBack: (received: ReceivedBytes) => given.push(received),
      };
      await assert.rejects(writer.receive(rest), /no more threads/);
      assert.deepEqual(given, [{ sizeBytes: 0, isIdle: false }]);
      assert.equal(openFileCount(), openBefore);
      await writer.abort();
    } finally {
      closeSync(descriptor);
      await blobs.close();
      rmSync(folder, { recursive: true });
    }
  });

  it("re-hashes leaves while an upload goes on", async () => {
    await withStore(
      async (blobs) => {
        const { blobId, digest } = await storeBytes(blobs, SOURCE);
        const [leaves, other] = await Promise.all([
          blobs.hashLeaves(blobId, { firstLeaf: 0, leafCount: 3 }),
          storeBytes(blobs, SOURCE),
        ]);
        assert.deepEqual(Buffer.from(leaves), Buffer.from(digest.leaves));
        assert.equal(other.digest.sha256, digest.sha256);
      },
      { workers: 1 },
    );
  });

  it("reports a blob that is not a readable file as unreadable", async () => {
    await withStore(async (blobs, folder) => {
      const blobId = nextBlobId();
      mkdirSync(pathOf(folder, blobId));
      const isUnreadable = { name: "BlobDamage", kind: "unreadable" };
      await assert.rejects(readBytes(blobs, blobId, [0, 1]), isUnreadable);
      await assert.rejects(blobs.hashLeaves(blobId, { firstLeaf: 0, leafCount: 1 }), isUnreadable);
      rmSync(pathOf(folder, blobId), { recursive: true });
    });
  });

  it("ends a read that its consumer leaves early, and closes the file", async () => {
    await withStore(async (blobs) => {
      const { blobId } = await storeBytes(blobs, SOURCE);
      const idle = openFileCount();
      for (let round = 0; round < 50; round += 1) {
        for await (const chunk of blobs.read(blobId, { start: 0, endExclusive: 3 * MIB })) {
          assert.ok(chunk.length > 0);
          break;
        }
      }
      assert.ok(openFileCount() <= idle + 1);
    });
  });

  it("opens the file that a range lies in, once it is known to be long enough", async () => {
    await withStore(async (blobs, folder) => {
      const { blobId } = await storeBytes(blobs, SOURCE);
      const idle = openFileCount();
      const file = await blobs.openFile?.(blobId, { start: 5, endExclusive: 2 * MIB });
      assert.ok(file !== undefined);
      const { descriptor, start, endExclusive } = file;
      assert.deepEqual({ start, endExclusive }, { start: 5, endExclusive: 2 * MIB });
      const direct = Buffer.alloc(endExclusive - start);
      assert.equal(readSync(descriptor, direct, 0, direct.length, start), direct.length);
      assert.ok(direct.equals(SOURCE.subarray(start, endExclusive)));
      const rest: Buffer[] = [];
      for await (const chunk of file.readFrom(MIB + 1)) {
        rest.push(Buffer.from(chunk));
      }
      assert.ok(Buffer.concat(rest).equals(SOURCE.subarray(MIB + 1, endExclusive)));
      truncateSync(pathOf(folder, blobId), MIB);
      const isTruncated = { name: "BlobDamage", kind: "truncated" };
      await assert.rejects(Array.fromAsync(file.readFrom(5)), isTruncated);
      await file.close();
      await assert.rejects(async () => blobs.openFile?.(blobId, file), isTruncated);
      rmSync(pathOf(folder, blobId));
      const isMissing = { name: "BlobDamage", kind: "missing" };
      await assert.rejects(async () => blobs.openFile?.(blobId, file), isMissing);
      assert.ok(openFileCount() <= idle);
    });
  });

  it("surfaces ENOSPC with its code, and stores again once there is room", async (t) => {
    const folder = makeFolder();
    try {
      const options = ["-t", "tmpfs", "-o", "size=8m,mode=0700", "tmpfs", folder];
      execFileSync("mount", options, { stdio: "ignore" });
    } catch {
      rmSync(folder, { recursive: true });
      t.skip("mounting a small tmpfs needs root");
      return;
    }
    try {
      await withStore(
        async (blobs) => {
          const full = join(folder, "filler");
          writeFileSync(full, Buffer.alloc(7 * MIB));
          await assert.rejects(failOn(blobs, 3 * MIB), { code: "ENOSPC" });
          writeFileSync(join(folder, "rest"), Buffer.alloc(0));
          fillUp(join(folder, "rest"));
          await assert.rejects(failOn(blobs, 5_000), { code: "ENOSPC" });
          unlinkSync(full);
          await storeBytes(blobs, SOURCE);
        },
        { folder },
      );
    } finally {
      await sleep(10);
      execFileSync("umount", [folder]);
      rmSync(folder, { recursive: true });
    }
  });

  it("surfaces the error of a folder that refuses new files", async (t) => {
    if (process.getuid?.() === 0) {
      t.skip("root may write anywhere");
      return;
    }
    await withStore(async (blobs, folder) => {
      chmodSync(join(folder, "tmp"), 0o500);
      await assert.rejects(failOn(blobs, 3 * MIB), { code: "EACCES" });
      chmodSync(join(folder, "tmp"), 0o700);
    });
  });
});

async function failOn(blobs: FilesystemBlobs, sizeBytes: number): Promise<void> {
  const writer = await blobs.openWriter(nextBlobId(), sizeBytes);
  try {
    await writer.write(SOURCE.subarray(0, sizeBytes));
    await writer.finish();
  } finally {
    await writer.abort();
  }
}

function fillUp(path: string): void {
  const fd = openSync(path, "w");
  try {
    for (;;) {
      writeSync(fd, Buffer.alloc(4096));
    }
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, "ENOSPC");
  } finally {
    closeSync(fd);
  }
}
