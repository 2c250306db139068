/** `kill -9` while copies are scrubbed, a mirror is filled and blobs are repaired: every copy is whole in the end. */
import assert from "node:assert/strict";
import {
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  truncate,
  unlink,
  watch,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { createGlacierClient } from "../support/glacier-client.ts";
import { MIB, makePayload } from "../support/payload.ts";
import { type ServerProcess, startServer } from "../support/server-process.ts";
import { findBlobs, flipByte, until } from "../support/service-in-process.ts";
import { createRandom, runMoraine } from "./killed-command.ts";
import { compareBlobs } from "./stored-blobs.ts";

const rounds = Number(process.env["ROUNDS"] ?? 6);
const seed = Number(process.env["SEED"] ?? Math.floor(Math.random() * 2 ** 32));
const ARCHIVES = 10;

describe(`kill -9 while blobs are kept sound (SEED=${seed}, ROUNDS=${rounds})`, () => {
  const random = createRandom(seed);
  let folder: string;
  let dataDir: string;
  let mirrorDir: string;
  let server: ServerProcess | undefined;
  const bytesOf = new Map<number, Uint8Array>();

  const start = async (flags: readonly string[] = []): Promise<ServerProcess> => {
    const mirrored = ["--mirror-dir", mirrorDir, "--scrub-rate", "40MiB/s"];
    const paced = ["--scrub-interval", "1s", "--mirror-fill-rate", "20MiB/s"];
    server = await startServer({ dataDir, flags: [...mirrored, ...paced, ...flags] });
    return server;
  };

  /** Every blob has its bytes in `root`. */
  const isWhole = async (root: string): Promise<boolean> => {
    const found = await findBlobs(join(root, "blobs"));
    for (const [sizeBytes, bytes] of bytesOf) {
      const path = found.get(sizeBytes);
      if (path === undefined || !(await readFile(path)).equals(bytes)) {
        return false;
      }
    }
    return found.size === bytesOf.size;
  };

  /** Damages some blobs in one of the copies each, in every way there is. */
  const damageSome = async (roots: readonly string[]): Promise<void> => {
    const copies = await Promise.all(roots.map((root) => findBlobs(join(root, "blobs"))));
    for (const sizeBytes of bytesOf.keys()) {
      const paths = copies.map((copy) => copy.get(sizeBytes));
      if (random() < 0.6 || paths.some((path) => path === undefined)) {
        continue;
      }
      const path = String(paths[Math.floor(random() * paths.length)]);
      const offset = Math.floor(random() * sizeBytes);
      const ways = [flipByte, truncate, unlink] as const;
      await ways[Math.floor(random() * ways.length)]!(path, offset);
    }
  };

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "moraine-kept-"));
    [dataDir, mirrorDir] = [join(folder, "data"), join(folder, "mirror")];
    const running = await start();
    const client = createGlacierClient(running);
    await client.createVault("kept");
    for (let index = 0; index < ARCHIVES; index += 1) {
      const payload = makePayload(Math.floor(random() * 4 * MIB) + index + 1, `kept ${index}`);
      bytesOf.set(payload.bytes.length, payload.bytes);
      await client.uploadArchive("kept", payload);
    }
    client.close();
    await running.stop();
    assert.equal(bytesOf.size, ARCHIVES);
  });

  after(async () => {
    await server?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it("repairs both copies from each other, whenever it is killed", async () => {
    for (let round = 0; round < rounds; round += 1) {
      // Left half repaired, a copy may be damaged again: only what is whole in both is.
      if ((await isWhole(dataDir)) && (await isWhole(mirrorDir))) {
        await damageSome([dataDir, mirrorDir]);
      }
      const running = await start();
      await sleep(random() * 600);
      await running.kill9();
    }
    const running = await start();
    for (const root of [dataDir, mirrorDir]) {
      await until(`${root} whole`, async () => ((await isWhole(root)) ? true : undefined));
    }
    await running.stop();
    const { leftovers, missing, temporary } = await compareBlobs(dataDir);
    assert.deepEqual(
      { leftovers, missing, temporary },
      { leftovers: [], missing: [], temporary: [] },
    );
    assert.deepEqual(await readdir(join(mirrorDir, "blobs", "tmp")), []);
  });

  it("fills a new mirror, whenever it is killed", async () => {
    await rm(mirrorDir, { recursive: true });
    await mkdir(mirrorDir);
    await writeFile(join(mirrorDir, "moraine-new-mirror"), "");
    for (let round = 0; round < rounds; round += 1) {
      const running = await start(["--scrub-rate", "off"]);
      await sleep(random() * 200);
      await running.kill9();
    }
    const running = await start(["--scrub-rate", "off"]);
    await until("a whole mirror", async () => ((await isWhole(mirrorDir)) ? true : undefined));
    await running.stop();
    assert.ok(!(await readdir(mirrorDir)).includes("moraine-new-mirror"));
  });

  it("repairs a stopped folder from a copy after every kill of the command", async (test) => {
    const copy = join(folder, "copy");
    const temporary = join(dataDir, "blobs", "tmp");
    await cp(join(dataDir, "blobs"), copy, { recursive: true });
    const repair = ["fsck", "--data-dir", dataDir, "--repair-from", copy];
    let tookMs = 1000;
    let cutShort = 0;
    for (let round = 0; round < rounds; round += 1) {
      await damageSome([dataDir]);
      // Most kills come while blobs are written, some at any other time.
      const atMs = random() * (round % 3 === 2 ? tookMs : 40);
      await runMoraine(repair, async (ended) => {
        if (round % 3 !== 2) {
          await watch(temporary, { signal: ended })[Symbol.asyncIterator]().next();
        }
        await sleep(atMs, undefined, { signal: ended });
      });
      cutShort += (await readdir(temporary)).length;
      const startedAtMs = performance.now();
      const { code, output } = await runMoraine(repair);
      tookMs = performance.now() - startedAtMs;
      assert.equal(code, 0, `round ${round}: ${output}`);
      assert.ok(await isWhole(dataDir));
      assert.deepEqual(await readdir(temporary), []);
    }
    test.diagnostic(`${cutShort} of ${rounds} kills came in the middle of a blob`);
    const checked = await runMoraine(["fsck", "--data-dir", dataDir, "--rehash"]);
    assert.equal(checked.code, 0, checked.output);
  });
});
