/**
 * Makes `test/fixtures/data-folders/<version>.tar.gz` and its `.json`: a small data folder with something of
 * everything, written by the program of a checkout, this one unless `--checkout DIR` names another (with its
 * dependencies installed). Run it once for each release that changes the format or the schema, and keep what it made.
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import {
  FIXTURE_FLAGS,
  type FixtureContent,
  fillFixture,
  packFolder,
} from "../test/support/data-folder-fixture.ts";
import { createGlacierClient } from "../test/support/glacier-client.ts";
import { startServer } from "../test/support/server-process.ts";

const repository = resolve(import.meta.dirname, "..");
const { values } = parseArgs({ options: { checkout: { type: "string", default: repository } } });
const checkout = resolve(values.checkout);
const { version } = JSON.parse(await readFile(join(checkout, "package.json"), "utf8"));
const target = join(repository, "test/fixtures/data-folders", String(version));
const dataDir = await mkdtemp(join(tmpdir(), "moraine-fixture-"));
try {
  const flags = [...FIXTURE_FLAGS, "--tier-delays", "Standard=0s"];
  const server = await startServer({ dataDir, flags, checkout });
  const client = createGlacierClient(server);
  const filled = await fillFixture(server, client);
  client.close();
  const end = await server.stop();
  if (end.code !== 0) {
    throw new Error(`the server ended with ${end.code}:\n${server.logs()}`);
  }
  const marker = JSON.parse(await readFile(join(dataDir, "moraine-format.json"), "utf8"));
  const content: FixtureContent = { version, format: marker.format, ...filled };
  await packFolder(dataDir, `${target}.tar.gz`);
  await writeFile(`${target}.json`, `${JSON.stringify(content, undefined, 2)}\n`);
  console.log(`${target}.tar.gz: format ${content.format}, ${content.archives.length} archives`);
} finally {
  await rm(dataDir, { recursive: true, force: true });
}
