/** The program as the build joins it: what it moves must still be found where it runs. */
import assert from "node:assert/strict";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { describeHashing } from "../../src/adapters/blobs-filesystem/accelerator.ts";
import { findFileSender } from "../../src/adapters/native-sendfile/native-file-sender.ts";
import { buildPackage } from "../support/built-package.ts";
import { awsEnvironment, makeFolder, runCommand } from "../support/external-command.ts";
import { type ServerProcess, startServer } from "../support/server-process.ts";

/** More than what is kept as a row, so that a thread writes it. */
const ROWS = 20_000;
const csv = Array.from({ length: ROWS }, (_, row) => `${row},name ${row}\n`).join("");

describe("the built program", () => {
  let folder: Awaited<ReturnType<typeof makeFolder>>;
  let checkout: string;
  let server: ServerProcess;

  before(async () => {
    folder = await makeFolder();
    checkout = join(folder.path, "package");
    await buildPackage(checkout);
    // Nothing but what was built can run.
    await rm(join(checkout, "src"), { recursive: true });
    server = await startServer({ checkout, dataDir: join(folder.path, "data") });
  });
  after(async () => {
    await server?.stop();
    await folder.remove();
  });

  const moraine = (...words: string[]) =>
    runCommand(process.execPath, [join(checkout, "bin/moraine.mjs"), ...words], {
      cwd: folder.path,
      env: {
        ...awsEnvironment(server.credentials),
        AWS_ENDPOINT_URL: server.apiUrl,
        MORAINE_ADMIN_URL: server.consoleUrl,
        XDG_DATA_HOME: folder.path,
        XDG_CONFIG_HOME: folder.path,
      },
    });

  it("tells the version of the package", async () => {
    const { version } = JSON.parse(await readFile(join(checkout, "package.json"), "utf8"));
    assert.equal((await moraine("--version")).stdout, `moraine ${version}\n`);
  });

  it("hashes and sends with the addons that the sources find", () => {
    const hashing = JSON.stringify(describeHashing(true));
    assert.match(server.logs(), new RegExp(`"hashing":${hashing}`));
    const sending = findFileSender(true) === undefined ? "copying" : "sendfile";
    assert.match(server.logs(), new RegExp(`"sending":"${sending}"`));
  });

  it("stores an archive and queries it, in threads of its own", async () => {
    const file = join(folder.path, "people.csv");
    await writeFile(file, csv);
    assert.equal((await moraine("vault", "create", "tables")).code, 0);
    const stored = await moraine("put", file, "tables", "--json");
    assert.equal(stored.code, 0, stored.stderr);
    const query = "SELECT _2 FROM archive WHERE _1 = '19999'";
    const found = await moraine("select", query, "tables/people.csv");
    assert.equal(found.stdout, "name 19999\n", found.stderr);
    assert.doesNotMatch(server.logs(), /worker stopped/);
  });

  it("holds what the thread of a query reads stored files with, which it would do without in silence", async () => {
    const module = await import(join(checkout, "dist/program/leaf-reader.js"));
    assert.equal(typeof module.openLeaves, "function");
  });

  it("reads settings from a file, with a package that is installed beside it", async () => {
    const file = join(folder.path, "settings.yaml");
    await writeFile(file, "noSuchSetting: 1\n");
    const refused = await moraine("serve", "--config", file);
    assert.match(refused.stderr, /unknown key "?noSuchSetting/);
  });

  it("names the licence of each package in it", async () => {
    const text = await readFile(join(checkout, "dist/third-party-licences.txt"), "utf8");
    for (const name of ["zod", "kysely", "pino", "sonic-boom", "prom-client", "rolldown"]) {
      assert.match(text, new RegExp(`^${name} [\\d.]+ \\((MIT|Apache-2.0)\\)$`, "m"));
    }
  });
});
