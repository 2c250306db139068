import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { put } from "../../src/cli/verbs/put.ts";
import { decodeDescription } from "../../src/domain/descriptions/decode-description.ts";
import { MIB, makePayload } from "../support/payload.ts";
import { startVerbWorld, type VerbWorld } from "../support/verb-world.ts";

const hasGpg = spawnSync("gpg", ["--version"]).status === 0;

describe("moraine put --encrypt", () => {
  let world: VerbWorld;
  let vault = "";
  let count = 0;

  before(async () => {
    world = await startVerbWorld();
  });
  after(async () => {
    spawnSync("gpgconf", ["--kill", "all"], {
      env: { ...process.env, GNUPGHOME: join(world.folder, "gnupg") },
    });
    await world.stop();
  });

  const newVault = async () => {
    count += 1;
    vault = `encrypted-${count}`;
    await world.client.createVault(vault);
  };
  /** An environment whose `age` is the script. */
  const withAge = async (script: string) => {
    const folder = join(world.folder, `bin-${count}`);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "age"), `#!/bin/sh\n${script}\n`);
    await chmod(join(folder, "age"), 0o755);
    return { env: { ...world.env, PATH: `${folder}:${process.env["PATH"]}` } };
  };
  const retrieve = async (archiveId: string) => {
    const jobId = await world.client.initiateJob(vault, {
      Type: "archive-retrieval",
      ArchiveId: archiveId,
    });
    await world.client.awaitJob(vault, jobId);
    return (await world.client.getJobOutput(vault, jobId)).body;
  };
  const nothingIsLeft = async () => {
    assert.deepEqual(await world.archives(vault), []);
    assert.deepEqual(await world.client.listMultipartUploads(vault), []);
  };

  it("stores what the program makes of the file, and says so in the description", async () => {
    await newVault();
    const env = await withAge('echo "$@"; exec cat');
    const { bytes } = makePayload(3 * MIB, "plain");
    const path = await world.write("secret", bytes);
    const words = ["--encrypt", "age:age1recipient", "--part-size", "1MiB", path, vault];
    const { status, stderr } = await world.run(put, words, env);
    assert.equal(status, 0, stderr);
    const [archive] = await world.archives(vault);
    const described = decodeDescription(archive?.description);
    assert.deepEqual(
      [described.name, described.sizeBytes, described.encryption],
      ["secret", bytes.length, "age"],
    );
    const header = Buffer.from("--encrypt --recipient age1recipient\n");
    assert.deepEqual(await retrieve(archive?.archiveId ?? ""), Buffer.concat([header, bytes]));
    assert.match((await world.run(put, words, env)).stderr, /0 uploaded, 1 skipped/);
  });

  it("encrypts what is in the vault as it was, and leaves encrypted what a plain put finds", async () => {
    await newVault();
    const env = await withAge("exec cat");
    const path = await world.write("later", "plain");
    await world.run(put, [path, vault]);
    const encrypted = await world.run(put, ["--encrypt", "age:r", path, vault], env);
    assert.match(encrypted.stderr, /Done {4}1 uploaded/);
    assert.match((await world.run(put, [path, vault])).stderr, /0 uploaded, 1 skipped/);
  });

  it("encrypts standard input", async () => {
    await newVault();
    const env = await withAge("exec tr a-z A-Z");
    const words = ["--encrypt", "age:r", "-", `${vault}/input`];
    const { status } = await world.run(put, words, { ...env, stdin: [Buffer.from("abc")] });
    assert.equal(status, 0);
    const [archive] = await world.archives(vault);
    assert.equal(String(await retrieve(archive?.archiveId ?? "")), "ABC");
    assert.equal(decodeDescription(archive?.description).encryption, "age");
  });

  it("stores nothing when the program fails, early or late, and goes on with the next file", async () => {
    const { bytes } = makePayload(3 * MIB, "fails");
    for (const script of [
      "echo no such recipient >&2; exit 3",
      "head -c 2500000; echo no such recipient >&2; exit 3",
    ]) {
      await newVault();
      const env = await withAge(script);
      const one = await world.write("fails/one", bytes);
      const two = await world.write("fails/two", bytes);
      const words = ["--encrypt", "age:r", "--part-size", "1MiB", one, two, vault];
      const { status, stderr } = await world.run(put, words, env);
      assert.equal(status, 1);
      assert.match(stderr, /failed {4}one: age ended with status 3: no such recipient/);
      assert.match(stderr, /failed {4}two: age ended with status 3/);
      await nothingIsLeft();
    }
  });

  it("says that the program is not installed", async () => {
    await newVault();
    const path = await world.write("missing", "x");
    const env = { env: { ...world.env, PATH: world.folder } };
    const { status, stderr } = await world.run(put, ["--encrypt", "age:r", path, vault], env);
    assert.equal(status, 1);
    assert.match(stderr, /failed {4}missing: age is not installed/);
    await nothingIsLeft();
  });

  it("refuses other programs, and recipients that are missing", async () => {
    for (const given of ["rot13:me", "age", "age:", "gpg"]) {
      const { status, stderr } = await world.run(put, ["--encrypt", given, "x", "v"]);
      assert.equal(status, 2);
      assert.match(stderr, /It must be age: or gpg: and a recipient/);
    }
  });

  it("makes archives that gpg decrypts", { skip: !hasGpg && "gpg is not installed" }, async () => {
    await newVault();
    const home = join(world.folder, "gnupg");
    await mkdir(home, { mode: 0o700 });
    const env = { ...process.env, ...world.env, GNUPGHOME: home };
    const gpg = (...words: readonly string[]) =>
      execFileSync("gpg", ["--batch", "--no-tty", ...words], {
        env,
        stdio: ["ignore", "pipe", "pipe"],
      });
    gpg(
      "--passphrase",
      "",
      "--quick-generate-key",
      "test@example.org",
      "future-default",
      "default",
      "never",
    );
    const { bytes } = makePayload(2 * MIB + 3, "gpg");
    const path = await world.write("for-gpg", bytes);
    const words = ["--encrypt", "gpg:test@example.org", "--part-size", "1MiB", path, vault];
    const { status, stderr } = await world.run(put, words, { env: env as Record<string, string> });
    assert.equal(status, 0, stderr);
    const [archive] = await world.archives(vault);
    const stored = await world.write("for-gpg.gpg", await retrieve(archive?.archiveId ?? ""));
    const out = join(world.folder, "decrypted");
    gpg("--output", out, "--decrypt", stored);
    assert.deepEqual(await readFile(out), bytes);
  });
});
