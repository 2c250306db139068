/** The runners of inventories under their contract, and what is the threads' own: sealed texts, sudden ends. */
import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, it } from "node:test";
import { Worker } from "node:worker_threads";
import { seedVaults } from "../../bench/service/seed-vaults.ts";
import { createInventoryWorker } from "../../src/adapters/inventory-worker/inventory-worker.ts";
import { createKeyring, createMasterKey } from "../../src/adapters/master-keys/master-key.ts";
import { formatTextId } from "../../src/adapters/metadata-sql/columns.ts";
import { textContexts } from "../../src/adapters/metadata-sql/queries/sealed-texts.ts";
import { SnapshotReader } from "../../src/adapters/metadata-sql/snapshot-reader.ts";
import { openSqliteMetadata } from "../../src/adapters/metadata-sql/sqlite.ts";
import { createTextCipher } from "../../src/adapters/secret-cipher/keyring-ciphers.ts";
import { createSystemClock } from "../../src/adapters/system-clock/system-clock.ts";
import type { ArchiveId } from "../../src/domain/ids.ts";
import { createLoopInventory } from "../../src/engine/jobs/loop-inventory.ts";
import type { InventoryTask } from "../../src/ports/inventory-runner.ts";
import type { KeyId, Keyring } from "../../src/ports/keyring.ts";
import type { TextCipher } from "../../src/ports/text-cipher.ts";
import { createInventoryThreads } from "../../src/server/inventory-threads.ts";
import { makeFolder } from "../support/external-command.ts";
import { buildInventoryRequest, silentLogger } from "../support/metadata-builders.ts";
import { describeInventoryRunner } from "./inventory-runner.suite.ts";

const task: InventoryTask = { vaultId: 1, vaultArn: "arn", request: buildInventoryRequest() };

function masterKey(digit: number) {
  return createMasterKey(new Uint8Array(32).fill(digit));
}

describeInventoryRunner("an inventory on the event loop", {
  create: ({ metadata }) => createLoopInventory({ metadata, clock: createSystemClock() }),
});

describeInventoryRunner("an inventory in a thread", {
  create: ({ file }) => createInventoryThreads({ file, keyring: undefined }),
});

/** Texts are sealed under the earlier key, then the current one, as in the middle of a rotation. */
function rotatingTexts() {
  const keyring = createKeyring(masterKey(2), masterKey(1));
  const [current, earlier] = [
    createTextCipher(keyring),
    createTextCipher(createKeyring(masterKey(1))),
  ];
  let sealed = 0;
  const seal = (text: string, context: string) => {
    sealed += 1;
    return sealed % 1_000 < 500 ? earlier.seal(text, context) : current.seal(text, context);
  };
  return { keyring, texts: { ...current, seal } };
}

const rotating = rotatingTexts();
describeInventoryRunner("an inventory of sealed descriptions in a thread", {
  create: ({ file }) => createInventoryThreads({ file, keyring: rotating.keyring }),
  texts: rotating.texts,
});

/** The rotation ends when the thread asks for the earlier key: nothing is under that one any more, and it is gone. */
function rotateWhenAsked(file: string): Keyring {
  const [earlier, next] = [masterKey(1), masterKey(2)];
  const keyring = createKeyring(next);
  let isRotated = false;
  const find = (keyId: KeyId) => {
    if (keyId === earlier.keyId && !isRotated) {
      isRotated = true;
      sealAgain(file, createTextCipher(createKeyring(next, earlier)));
    }
    return keyring.find(keyId);
  };
  return { current: next, retiring: undefined, find };
}

function sealAgain(file: string, texts: TextCipher): void {
  const database = new DatabaseSync(file);
  database.function("seal_again", { deterministic: true }, (id, stored) => {
    const context = textContexts.archive(
      formatTextId<ArchiveId>(id instanceof Uint8Array ? id : new Uint8Array(0)),
    );
    return texts.seal(texts.open(String(stored), context), context);
  });
  database.exec(`update archives set description = seal_again(archive_id, description)
    where description is not null`);
  database.close();
}

describeInventoryRunner("an inventory in a thread whose page is older than the end of a rotation", {
  create: ({ file }) => createInventoryThreads({ file, keyring: rotateWhenAsked(file) }),
  texts: createTextCipher(createKeyring(masterKey(1))),
});

describe("the threads of inventories", () => {
  const runnerOf = (source: string) =>
    createInventoryWorker({
      start: () => new Worker(source, { eval: true }),
      findTextKey: () => undefined,
    });
  const ignore = async () => undefined;

  it("throw what their thread threw", async () => {
    const runner = runnerOf("throw new Error('out of luck')");
    await assert.rejects(runner.run(task, ignore), /out of luck/);
  });

  it("throw when their thread ends before the inventory does", async () => {
    await assert.rejects(runnerOf("").run(task, ignore), /stopped before its end/);
  });

  it("end wherever they are when they are closed", async () => {
    const runner = runnerOf("for (;;) {}");
    const run = runner.run(task, ignore);
    const rejected = assert.rejects(run, /stopped before its end/);
    await runner.close();
    await rejected;
  });

  it("throw when the metadata are not where they should be", async () => {
    const runner = createInventoryThreads({ file: "/nowhere/metadata.db", keyring: undefined });
    await assert.rejects(runner.run(task, ignore), /unable to open database file/);
  });
});

it("a reader of a snapshot gives the memory of each full page back when the next is asked for", async () => {
  const { path } = await makeFolder();
  const file = join(path, "metadata.db");
  await (await openSqliteMetadata({ file, logger: silentLogger })).close();
  seedVaults(file, [{ name: "large", archives: 2_500 }]);
  const reader = new SnapshotReader(file, task);
  let earlier: Uint8Array | undefined;
  let pages = 0;
  for (const page of reader.pages()) {
    assert.equal(earlier?.buffer.byteLength ?? 0, 0);
    while (page.next());
    earlier = page.bytes;
    assert.notEqual(earlier.buffer.byteLength, 0);
    pages += 1;
  }
  assert.equal(pages, 3);
  reader.close();
  await rm(path, { recursive: true });
});
