/** The published package, installed where nothing else is, under the oldest Node.js that it supports. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { after, before, describe, it } from "node:test";
import { makeFolder, runCommand } from "../support/external-command.ts";
import { freePort } from "../support/free-port.ts";
import { rootCredentials } from "../support/server-process.ts";

const repository = resolve(import.meta.dirname, "../..");
/** The newest release of the oldest supported line that the registry's `node` package has. */
const OLDEST_NODE = "24.9.0";

describe("the package", () => {
  let folder: Awaited<ReturnType<typeof makeFolder>>;
  let env: Record<string, string>;

  before(async () => {
    folder = await makeFolder();
    const pack = ["pack", "--json", "--pack-destination", folder.path];
    const packed = await npm(pack, await copyRepository(join(folder.path, "repository")));
    const [{ filename }] = JSON.parse(packed.slice(packed.indexOf("["))) as [{ filename: string }];
    const manifest = {
      name: "user",
      version: "1.0.0",
      private: true,
      allowScripts: { node: true },
    };
    await writeFile(join(folder.path, "package.json"), JSON.stringify(manifest));
    await npm(["install", `node@${OLDEST_NODE}`, `./${filename}`], folder.path);
    const programs = join(folder.path, "node_modules", ".bin");
    env = { PATH: `${programs}:${process.env["PATH"]}` };
  });
  after(() => folder.remove());

  const moraine = (...words: string[]) =>
    runCommand("npx", ["moraine", ...words], { env, cwd: folder.path });

  it("runs on the oldest supported runtime", async () => {
    assert.equal((await runCommand("node", ["--version"], { env })).stdout, `v${OLDEST_NODE}\n`);
    const { version } = JSON.parse(await readFile(join(repository, "package.json"), "utf8"));
    assert.deepEqual(await moraine("--version"), {
      code: 0,
      stdout: `moraine ${version}\n`,
      stderr: "",
    });
  });

  it("has a manual page of every command", async () => {
    const list = await runCommand("ls", [join(folder.path, "node_modules/moraine/man")]);
    for (const page of ["moraine.1", "moraine-put.1", "moraine-glacier.1", "moraine-concepts.7"]) {
      assert.ok(list.stdout.split("\n").includes(page), page);
    }
  });

  it("serves, stores an archive and gives its tree hash", async () => {
    const [api, console] = [await freePort(), await freePort()];
    const { accessKeyId, secretAccessKey, accountId } = rootCredentials;
    const root = {
      MORAINE_ROOT_ACCESS_KEY_ID: accessKeyId,
      MORAINE_ROOT_SECRET_ACCESS_KEY: secretAccessKey,
      MORAINE_ROOT_ACCOUNT_ID: accountId,
    };
    const bin = join(folder.path, "node_modules/moraine/bin/moraine.mjs");
    const server = spawn(
      "node",
      [
        bin,
        "serve",
        ...["--data-dir", join(folder.path, "data")],
        ...["--listen", `127.0.0.1:${api}`, "--console-listen", `127.0.0.1:${console}`],
      ],
      { env: { ...process.env, ...env, ...root }, stdio: "ignore" },
    );
    const ended = once(server, "close");
    try {
      await awaitReady(`http://127.0.0.1:${console}/health/ready`);
      Object.assign(env, {
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
        AWS_REGION: "us-east-1",
        AWS_ENDPOINT_URL: `http://127.0.0.1:${api}`,
        XDG_DATA_HOME: folder.path,
        XDG_CONFIG_HOME: folder.path,
      });
      assert.equal((await moraine("vault", "create", "photos")).code, 0);
      const file = join(folder.path, "package.json");
      const words = ["--account-id", "-", "--vault-name", "photos", "--body", file];
      const stored = await moraine("glacier", "upload-archive", ...words);
      const { checksum } = JSON.parse(stored.stdout);
      assert.equal((await moraine("treehash", file)).stdout, `${checksum}  ${file}\n`);
      const put = await moraine("put", file, "photos");
      assert.equal(put.code, 0, put.stderr);
      assert.doesNotMatch(put.stderr, /Warning/);
      const listed = await moraine("ls", "photos");
      assert.match(listed.stdout, /package\.json$/m);
    } finally {
      server.kill("SIGTERM");
      await ended;
    }
  });
});

/** Packing builds into the folder it packs, where others run the sources meanwhile. */
async function copyRepository(to: string): Promise<string> {
  const from = (name: string) => join(repository, name);
  const names = (await readdir(repository)).filter(
    (name) => !["node_modules", ".git", "dist", "man", "moraine-data"].includes(name),
  );
  await mkdir(to);
  for (const name of names) {
    await cp(from(name), join(to, name), { recursive: true });
  }
  await symlink(from("node_modules"), join(to, "node_modules"));
  return to;
}

async function npm(words: readonly string[], cwd: string): Promise<string> {
  const result = await runCommand("npm", words, { cwd, timeoutMs: 180_000 });
  assert.equal(result.code, 0, result.stderr);
  return result.stdout;
}

async function awaitReady(url: string): Promise<void> {
  for (let round = 0; round < 200; round += 1) {
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.ok) {
      return;
    }
    await new Promise((wake) => setTimeout(wake, 100));
  }
  throw new Error(`${url} is not ready after 20 s`);
}
