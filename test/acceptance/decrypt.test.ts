/** Archives that real programs encrypted, decrypted by them on the way back. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { get } from "../../src/cli/verbs/get.ts";
import { put } from "../../src/cli/verbs/put.ts";
import { restore } from "../../src/cli/verbs/restore.ts";
import { MIB, makePayload } from "../support/payload.ts";
import { startVerbWorld, type VerbWorld } from "../support/verb-world.ts";

const isMissing = (program: string) =>
  spawnSync(program, ["--version"]).status !== 0 && `${program} is not installed`;

describe("decryption by real programs", () => {
  let world: VerbWorld;
  let env: Record<string, string>;
  const { bytes } = makePayload(5 * MIB + 3, "decrypt");

  before(async () => {
    world = await startVerbWorld();
    const home = join(world.folder, "gnupg");
    await mkdir(home, { mode: 0o700 });
    env = { ...world.env, GNUPGHOME: home, PATH: process.env["PATH"] ?? "" };
  });
  after(async () => {
    spawnSync("gpgconf", ["--kill", "all"], { env });
    await world.stop();
  });

  const roundTrip = async (recipient: string, words: readonly string[]) => {
    const vault = recipient.slice(0, 3);
    await world.client.createVault(vault);
    const path = await world.write(`${vault}/photo.raw`, bytes, "2023-01-02T03:04:05Z");
    const stored = await world.run(put, ["--encrypt", recipient, path, vault], { env });
    assert.equal(stored.status, 0, stored.stderr);
    const target = join(world.folder, `${vault}.raw`);
    const got = await world.run(get, [`${vault}/photo.raw`, "-o", target, ...words], { env });
    assert.equal(got.status, 0, got.stderr);
    assert.deepEqual(await readFile(target), bytes);
    const out = join(world.folder, `out-${vault}`);
    const restored = await world.run(restore, [vault, out, ...words], { env });
    assert.equal(restored.status, 0, restored.stderr);
    assert.deepEqual(await readFile(join(out, "photo.raw")), bytes);
  };

  it("brings back what gpg encrypted", { skip: isMissing("gpg") }, async () => {
    const words = ["--passphrase", "", "--quick-generate-key", "test@example.org"];
    execFileSync("gpg", ["--batch", "--no-tty", ...words, "future-default", "default", "never"], {
      env,
      stdio: "ignore",
    });
    await roundTrip("gpg:test@example.org", ["--decrypt"]);
  });

  it("brings back what age encrypted", { skip: isMissing("age") }, async () => {
    const identity = join(world.folder, "identity.txt");
    execFileSync("age-keygen", ["-o", identity], { env, stdio: "ignore" });
    const recipient = execFileSync("age-keygen", ["-y", identity], { env }).toString().trim();
    await roundTrip(`age:${recipient}`, ["--decrypt", "--identity", identity]);
  });
});
