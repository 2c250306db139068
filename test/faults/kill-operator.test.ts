/** `kill -9` while keys are rotated, a backup is written and one is restored: the next run ends what was begun. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, stat, watch, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { createMasterKey } from "../../src/adapters/master-keys/master-key.ts";
import { createAdminClient } from "../../src/client/admin-client.ts";
import { hmacSha256, sha256 } from "../../src/std/hasher-node.ts";
import { createGlacierClient } from "../support/glacier-client.ts";
import { makePayload } from "../support/payload.ts";
import { type ServerProcess, startServer } from "../support/server-process.ts";
import { createRandom, runMoraine } from "./killed-command.ts";

const rounds = Number(process.env["ROUNDS"] ?? 2);
const seed = Number(process.env["SEED"] ?? Math.floor(Math.random() * 2 ** 32));
const ARCHIVES = 40;
const DESCRIPTION = "kept through every rotation";
const neverStops = new AbortController().signal;

describe(`kill -9 of an operator's work (SEED=${seed}, ROUNDS=${rounds})`, () => {
  const random = createRandom(seed);
  let folder: string;
  let dataDir: string;
  let keyFile: string;
  let keyCount = 0;
  let stored = 0;
  let server: ServerProcess | undefined;
  /** Of an account whose secret the service keeps sealed. */
  let account: { readonly accessKeyId: string; readonly secretAccessKey: string };

  const makeKeyFile = async (): Promise<string> => {
    keyCount += 1;
    const path = join(folder, `key-${keyCount}`);
    await writeFile(path, randomBytes(32));
    return path;
  };
  const start = async (): Promise<ServerProcess> => {
    const flags = ["--encryption-key-file", keyFile, "--scrub-rate", "off"];
    server = await startServer({ dataDir, flags });
    return server;
  };
  const adminOf = ({ consoleUrl, credentials }: ServerProcess) =>
    createAdminClient({
      adminUrl: consoleUrl,
      credentials,
      fetch,
      nowMs: Date.now,
      sha256,
      hmacSha256,
    });
  const rotate = (running: ServerProcess, next: string) =>
    adminOf(running).rotateKeys({
      request: { NewKeyFile: next, NewKmsKeyId: null, KmsEndpoint: null },
      onEvent: () => undefined,
      signal: neverStops,
    });
  const backUp = (running: ServerProcess, place: string) =>
    adminOf(running).createBackup({
      request: { Directory: place, Blobs: true },
      onEvent: () => undefined,
      signal: neverStops,
    });

  /** Uploads archives of up to 64 KiB, some at a time. */
  const upload = async (running: ServerProcess, count: number): Promise<void> => {
    const client = createGlacierClient(running);
    for (let done = 0; done < count; done += 8) {
      const batch = Array.from({ length: Math.min(8, count - done) }, () => {
        stored += 1;
        return makePayload(Math.floor(random() * 65_536) + 1, `archive ${stored}`);
      });
      await Promise.all(batch.map((body) => client.uploadArchive("kept", body, DESCRIPTION)));
    }
    client.close();
  };

  /** Bytes, descriptions and secrets of a running service are as they were stored. */
  const checkService = async (running: ServerProcess): Promise<void> => {
    const checked = await adminOf(running).checkIntegrity({
      request: { Rehash: true, MaxBytesPerSecond: null },
      onEvent: (event) => assert.notEqual(event.Event, "Finding", JSON.stringify(event)),
      signal: neverStops,
    });
    assert.deepEqual([checked["Findings"], checked["Archives"]], [0, stored]);
    const client = createGlacierClient(running);
    const jobId = await client.initiateJob("kept", { Type: "inventory-retrieval" });
    await client.awaitJob("kept", jobId);
    const { body } = await client.getJobOutput("kept", jobId);
    client.close();
    const { ArchiveList } = JSON.parse(String(body));
    assert.equal(ArchiveList.length, stored);
    for (const { ArchiveDescription } of ArchiveList) {
      assert.equal(ArchiveDescription, DESCRIPTION);
    }
    const other = createGlacierClient({ ...running, credentials: account });
    await other.must({ method: "GET", path: "/-/vaults" });
    other.close();
  };

  const readState = async () =>
    JSON.parse(await readFile(join(dataDir, "encryption.json"), "utf8"));
  const idOf = async (path: string) => createMasterKey(await readFile(path)).keyId;

  /** What is stored is readable with `next` alone. */
  const checkRotated = async (next: string): Promise<void> => {
    const { current, retiring } = await readState();
    assert.deepEqual([current.keyId, retiring], [await idOf(next), undefined]);
    keyFile = next;
    const running = await start();
    await checkService(running);
    await running.stop();
  };

  /** A data folder at rest has `archives` archives or more, all sound. */
  const checkFolder = async (path: string, archives: number): Promise<void> => {
    const words = ["fsck", "--rehash", "--json", "--encryption-key-file", keyFile];
    const { code, output } = await runMoraine([...words, "--data-dir", path]);
    assert.equal(code, 0, output);
    const summary = JSON.parse(String(output.trimEnd().split("\n").at(-1)));
    assert.ok(summary.Archives >= archives, output);
  };

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "moraine-operator-"));
    dataDir = join(folder, "data");
    keyFile = await makeKeyFile();
    const running = await start();
    const client = createGlacierClient(running);
    await client.createVault("kept");
    client.close();
    const made = await adminOf(running).createAccount(undefined);
    account = { accessKeyId: made.AccessKeyId, secretAccessKey: made.SecretAccessKey };
    await upload(running, ARCHIVES);
    await running.stop();
  });

  after(async () => {
    await server?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it("goes on with a rotation of keys after kills of the running service", async (test) => {
    let tookMs = 300;
    let cutShort = 0;
    for (let round = 0; round < rounds; round += 1) {
      const next = await makeKeyFile();
      let running = await start();
      const ended = rotate(running, next).catch(() => undefined);
      await sleep(random() * tookMs);
      await running.kill9();
      await ended;
      const { current, retiring } = await readState();
      cutShort += retiring === undefined ? 0 : 1;
      // The service starts with the key that it names, whatever was done with it.
      keyFile = current.keyId === (await idOf(next)) ? next : keyFile;
      running = await start();
      await checkService(running);
      const startedAtMs = performance.now();
      await rotate(running, next);
      tookMs = Math.max(50, performance.now() - startedAtMs);
      await running.stop();
      await checkRotated(next);
    }
    test.diagnostic(`${cutShort} of ${rounds} kills came in the middle of a rotation`);
  });

  it("goes on with a rotation of keys of a stopped folder after kills of the command", async (test) => {
    let cutShort = 0;
    for (let round = 0; round < rounds; round += 1) {
      const next = await makeKeyFile();
      const words = ["key", "rotate", "--data-dir", dataDir, "--new-key-file", next];
      const command = [...words, "--encryption-key-file", keyFile];
      await runMoraine(command, async (ended) => {
        for await (const { filename } of watch(dataDir, { signal: ended })) {
          if (filename === "encryption.json") {
            break;
          }
        }
        await sleep(random() * 150, undefined, { signal: ended });
      });
      cutShort += (await readState()).retiring === undefined ? 0 : 1;
      const { code, output } = await runMoraine(command);
      assert.equal(code, 0, output);
      await checkRotated(next);
    }
    test.diagnostic(`${cutShort} of ${rounds} kills came in the middle of a rotation`);
  });

  it("keeps the earlier backup usable when the service is killed, and goes on with the next", async () => {
    const place = join(folder, "backup");
    let inBackup = 0;
    let tookMs = 300;
    for (let round = 0; round < rounds; round += 1) {
      const running = await start();
      const ended = backUp(running, place).then(
        () => true,
        () => false,
      );
      await sleep(random() * tookMs);
      await running.kill9();
      inBackup = (await ended) ? stored : inBackup;
      if (inBackup > 0) {
        await expectRestored(place, inBackup);
      }
      const again = await start();
      const startedAtMs = performance.now();
      await backUp(again, place);
      tookMs = Math.max(50, performance.now() - startedAtMs);
      inBackup = stored;
      await expectRestored(place, inBackup);
      await upload(again, 8);
      await again.stop();
    }
  });

  it("keeps a backup usable, with both keys, that was killed while it brought new keys in", async () => {
    const place = join(folder, "rotated-backup");
    let running = await start();
    await backUp(running, place);
    for (let round = 0; round < rounds; round += 1) {
      const [earlier, next] = [keyFile, await makeKeyFile()];
      await rotate(running, next);
      keyFile = next;
      const changes = watch(join(place, "blobs"), { recursive: true });
      const ended = backUp(running, place).catch(() => undefined);
      // The first of them has come to its place.
      await changes[Symbol.asyncIterator]().next();
      await sleep(random() * 10);
      await running.kill9();
      await ended;
      const target = join(folder, "mixed");
      const restored = await runMoraine(["restore-backup", place, "--data-dir", target]);
      assert.equal(restored.code, 0, restored.output);
      // Some blobs are under the new key already; a rotation to it brings the others and the state.
      const words = ["--data-dir", target, "--encryption-key-file", earlier];
      const joined = await runMoraine(["key", "rotate", ...words, "--new-key-file", next]);
      assert.equal(joined.code, 0, joined.output);
      await checkFolder(target, stored);
      await rm(target, { recursive: true });
      running = await start();
      await backUp(running, place);
      await expectRestored(place, stored);
    }
    await running.stop();
  });

  it("makes a whole data folder or none when the restoring of a backup is killed", async (test) => {
    const place = join(folder, "restored-backup");
    const running = await start();
    await backUp(running, place);
    await running.stop();
    const target = join(folder, "restored");
    const words = ["restore-backup", place, "--data-dir", target];
    let cutShort = 0;
    for (let round = 0; round < rounds; round += 1) {
      await runMoraine(words, async (ended) => {
        for await (const { filename } of watch(folder, { signal: ended })) {
          if (filename?.startsWith("restored.restoring-")) {
            break;
          }
        }
        await sleep(random() * 400, undefined, { signal: ended });
      });
      const wasMade = await stat(target).then(
        () => true,
        () => false,
      );
      cutShort += wasMade ? 0 : 1;
      const repeated = await runMoraine(words);
      assert.equal(repeated.code, wasMade ? 1 : 0, repeated.output);
      await checkFolder(target, stored);
      for (const name of await readdir(folder)) {
        if (name.startsWith("restored.restoring-") || name === "restored") {
          await rm(join(folder, name), { recursive: true });
        }
      }
    }
    test.diagnostic(`${cutShort} of ${rounds} kills left no data folder`);
  });

  /** The backup makes a sound data folder of `archives` archives or more. */
  async function expectRestored(place: string, archives: number): Promise<void> {
    const target = join(folder, "from-backup");
    const { code, output } = await runMoraine(["restore-backup", place, "--data-dir", target]);
    assert.equal(code, 0, output);
    await checkFolder(target, archives);
    await rm(target, { recursive: true });
  }
});
