import assert from "node:assert/strict";
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import type { AccountId } from "../../domain/ids.ts";
import type { IdentitySource } from "../../ports/identity-source.ts";
import { openRootCredentials, type RootCredentialsOptions } from "./credentials-file.ts";

const ACCOUNT_ID = "012345678901" as AccountId;
const KEYS = { accessKeyId: "AKIDEXAMPLE1234567890", secretAccessKey: "wJalrXUtnFEMI/K7MDENG" };

/** Numbers what it makes, so that nothing is made twice. */
function createSource(): IdentitySource {
  let count = 100;
  const next = () => {
    count += 1;
    return String(count);
  };
  return {
    accountId: () => `123456789${next()}` as AccountId,
    userId: () => `AIDA${next()}`,
    accessKeyId: () => `MORAEXAMPLE000000${next()}`,
    secretAccessKey: () => `exampleSecret/exampleSecret/exampleSec${next()}`,
  };
}

async function inFolder(test: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), "moraine-credentials-"));
  test.after(() => rm(folder, { recursive: true }));
  const path = join(folder, "root-credentials.json");
  const warnings: string[] = [];
  const logger = {
    debug: () => {},
    info: () => {},
    warn: (_fields: object, message: string) => void warnings.push(message),
    error: () => {},
  };
  const source = createSource();
  const open = (given: Partial<RootCredentialsOptions> = {}) =>
    openRootCredentials({ path, keys: undefined, accountId: undefined, source, logger, ...given });
  return { folder, path, warnings, open };
}

describe("openRootCredentials", () => {
  it("keeps what it generates in a file of its own", async (test) => {
    const { open, path } = await inFolder(test);
    const { root, generated } = await open();
    assert.equal(generated, true);
    assert.match(root.accessKeyId, /^MORAEXAMPLE000000\d{3}$/);
    assert.match(root.secretAccessKey, /^exampleSecret/);
    assert.match(root.accountId, /^123456789\d{3}$/);
    assert.equal((await stat(path)).mode & 0o777, 0o600);
  });

  it("finds the same credentials at the next start", async (test) => {
    const { open } = await inFolder(test);
    const first = await open();
    const second = await open();
    assert.deepEqual(second.root, first.root);
    assert.equal(second.generated, false);
  });

  it("neither reads nor writes the file when settings give everything", async (test) => {
    const { open, folder } = await inFolder(test);
    const { root, generated } = await open({ keys: KEYS, accountId: ACCOUNT_ID });
    assert.deepEqual(root, { ...KEYS, accountId: ACCOUNT_ID });
    assert.equal(generated, false);
    assert.deepEqual(await readdir(folder), []);
  });

  it("lets settings win over the file and leaves the file as it is", async (test) => {
    const { open, path } = await inFolder(test);
    const kept = await open();
    const text = await readFile(path, "utf8");
    const { root } = await open({ keys: KEYS });
    assert.deepEqual(root, { ...KEYS, accountId: kept.root.accountId });
    const other = await open({ accountId: ACCOUNT_ID });
    assert.deepEqual(other.root, { ...kept.root, accountId: ACCOUNT_ID });
    assert.equal(await readFile(path, "utf8"), text);
  });

  it("keeps the account made for given keys, but not the keys", async (test) => {
    const { open, path } = await inFolder(test);
    const first = await open({ keys: KEYS });
    assert.equal(first.generated, false);
    assert.doesNotMatch(await readFile(path, "utf8"), /secret|wJalr/i);
    const second = await open({ keys: KEYS });
    assert.deepEqual(second.root, first.root);
    const third = await open();
    assert.equal(third.generated, true);
    assert.equal(third.root.accountId, first.root.accountId);
  });

  it("generates keys for a given account", async (test) => {
    const { open } = await inFolder(test);
    const { root, generated } = await open({ accountId: ACCOUNT_ID });
    assert.equal(generated, true);
    assert.equal(root.accountId, ACCOUNT_ID);
    assert.deepEqual((await open()).root, root);
  });

  it("closes a file that others may read, with a warning", async (test) => {
    const { open, path, warnings } = await inFolder(test);
    await open();
    assert.deepEqual(warnings, []);
    await chmod(path, 0o644);
    await open();
    assert.equal(warnings.length, 1);
    assert.equal((await stat(path)).mode & 0o777, 0o600);
  });

  it("refuses a damaged file without showing what it holds", async (test) => {
    const { open, path } = await inFolder(test);
    const damaged = [
      "",
      "{",
      "[]",
      '{"accountId":"12"}',
      '{"accountId":"123456789012","accessKeyId":"AKIDEXAMPLE123456"}',
      '{"accountId":"123456789012","accessKeyId":"short","secretAccessKey":"hunter2hunter2"}',
      '{"accountId":"123456789012","accessKeyId":"AKIDEXAMPLE123456","secretAccessKey":"hunter2 x"}',
    ];
    for (const text of damaged) {
      await writeFile(path, text, { mode: 0o600 });
      await assert.rejects(open(), (error: Error) => {
        assert.equal(error.name, "CredentialsFileError");
        assert.ok(error.message.includes(path) && !error.message.includes("hunter2"));
        return true;
      });
    }
  });

  it("finds the root identity by its key id and nobody else", async (test) => {
    const { open } = await inFolder(test);
    const { store } = await open({ keys: KEYS, accountId: ACCOUNT_ID });
    assert.deepEqual(await store.findAccessKey(KEYS.accessKeyId), {
      ...KEYS,
      principal: {
        accountId: ACCOUNT_ID,
        arn: "arn:aws:iam::012345678901:root",
        isRoot: true,
        userId: ACCOUNT_ID,
      },
    });
    assert.equal(await store.findAccessKey("AKIDEXAMPLE1234567891"), undefined);
    assert.equal(await store.findAccessKey(""), undefined);
  });
});
