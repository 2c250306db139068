import assert from "node:assert/strict";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { openSqliteMetadata } from "../../src/adapters/metadata-sql/sqlite.ts";
import { loadFolderKeys } from "../../src/server/master-keys.ts";
import { openSecretCipher } from "../../src/server/secrets.ts";
import { silentLogger } from "../support/metadata-builders.ts";

async function begin(test: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), "moraine-secrets-"));
  const metadata = await openSqliteMetadata({ file: ":memory:", logger: silentLogger });
  test.after(async () => {
    await metadata.close();
    await rm(folder, { recursive: true });
  });
  const { identities } = metadata;
  const ownPath = join(folder, "secrets.key");
  /** A start of the service with the key file that its settings give. */
  const start = async (given?: string) => {
    const settings = { keyFile: given, wrapper: undefined };
    const keys = await loadFolderKeys(
      { encryptionStatePath: join(folder, "encryption.json"), isEncrypted: false },
      settings,
    );
    const signingKeyPath = join(folder, "notification-signing.json");
    return await openSecretCipher({
      keys,
      ownPath,
      signingKeyPath,
      metadata,
      logger: silentLogger,
    });
  };
  const path = (name: string) => join(folder, name);
  return { folder, ownPath, path, identities, start };
}

describe("openSecretCipher", () => {
  it("opens at the next start what it sealed at the first", async (test) => {
    const { start } = await begin(test);
    const sealed = (await start()).seal("secret", "context");
    assert.equal((await start()).open(sealed, "context"), "secret");
  });

  it("makes no new key once secrets depend on one", async (test) => {
    const { folder, ownPath, start } = await begin(test);
    await start();
    await rm(ownPath);
    await assert.rejects(start(), {
      name: "EncryptionKeyError",
      message: /is missing; restore it/,
    });
    assert.deepEqual(await readdir(folder), []);
  });

  it("keeps a key that a start cut short has made", async (test) => {
    const { ownPath, start } = await begin(test);
    await writeFile(ownPath, "ab".repeat(32));
    const sealed = (await start()).seal("secret", "context");
    assert.equal((await start(ownPath)).open(sealed, "context"), "secret");
  });

  it("puts secrets under a key that is given later, and removes the folder's own", async (test) => {
    const { folder, path, start } = await begin(test);
    const sealed = (await start()).seal("secret", "access-key:A");
    await writeFile(path("given.key"), "cd".repeat(32));
    const cipher = await start(path("given.key"));
    assert.equal(cipher.open(sealed, "access-key:A"), undefined);
    assert.deepEqual(await readdir(folder), ["given.key"]);
    const again = await start(path("given.key"));
    assert.equal(again.open(cipher.seal("new", "c"), "c"), "new");
  });

  it("refuses another key and goes on to take the right one", async (test) => {
    const { path, identities, start } = await begin(test);
    await writeFile(path("first.key"), "ab".repeat(32));
    await start(path("first.key"));
    const check = await identities.findSealedCheck();
    await writeFile(path("other.key"), "cd".repeat(32));
    await assert.rejects(start(path("other.key")), {
      name: "EncryptionKeyError",
      message: /other\.key is not the one that the stored secrets were encrypted with/,
    });
    assert.deepEqual(await identities.findSealedCheck(), check);
    await start(path("first.key"));
  });

  it("makes no file at a path that the settings give", async (test) => {
    const { folder, path, start } = await begin(test);
    await assert.rejects(start(path("given.key")), { name: "EncryptionKeyError" });
    assert.deepEqual(await readdir(folder), []);
    await writeFile(path("given.key"), Buffer.alloc(32, 5));
    await start(path("given.key"));
    assert.deepEqual(await readdir(folder), ["given.key"]);
  });
});
