/** Encrypted archives on their way back: `get`, `restore`, `output` and `verify`. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { get } from "../../src/cli/verbs/get.ts";
import { output } from "../../src/cli/verbs/output.ts";
import { put } from "../../src/cli/verbs/put.ts";
import { restore } from "../../src/cli/verbs/restore.ts";
import { verify } from "../../src/cli/verbs/verify.ts";
import { startVerbWorld, type VerbWorld } from "../support/verb-world.ts";

const CHANGED_AT = "2024-05-06T07:08:09Z";
const PLAIN = "Dear diary, nothing happened.\n".repeat(50_000);

/** Stands for age: turns letters, and asks for the identity as age does. */
const ROT13 = `
if [ "$1" = --decrypt ]; then
  grep -q secret "$3" || { echo "no identity matched any of the recipients" >&2; exit 1; }
fi
LC_ALL=C exec tr A-Za-z N-ZA-Mn-za-m`;

describe("encrypted archives", () => {
  let world: VerbWorld;
  let vault = "";
  let count = 0;
  let withAge: { readonly env: Record<string, string> };
  let identity = "";

  before(async () => {
    world = await startVerbWorld();
    const bin = join(world.folder, "bin");
    await world.write("bin/age", `#!/bin/sh\n${ROT13}\n`);
    await chmod(join(bin, "age"), 0o755);
    withAge = { env: { ...world.env, PATH: `${bin}:${process.env["PATH"]}` } };
    identity = await world.write("identity", "secret");
  });
  after(async () => {
    await world.stop();
  });

  /** A vault with `diary.txt` encrypted by age, and `open.txt` as it is; resolves with a folder for the results. */
  const newVault = async () => {
    count += 1;
    vault = `secrets-${count}`;
    await world.client.createVault(vault);
    const diary = await world.write(`in-${count}/diary.txt`, PLAIN, CHANGED_AT);
    const open = await world.write(`in-${count}/open.txt`, "open", CHANGED_AT);
    const stored = await world.run(put, ["--encrypt", "age:me", diary, vault], withAge);
    assert.equal(stored.status, 0, stored.stderr);
    assert.equal((await world.run(put, [open, vault])).status, 0);
    const out = join(world.folder, `out-${count}`);
    await mkdir(out);
    return out;
  };
  const storedBytes = () =>
    execFileSync("/bin/sh", [join(world.folder, "bin/age")], { input: PLAIN, maxBuffer: 1e8 });
  const filesOf = async (folder: string) => (await readdir(folder)).toSorted();

  it("come back from get and restore under a name that says so, and verify compares them", async () => {
    const out = await newVault();
    const got = await world.run(get, [`${vault}/diary.txt`, "-o", join(out, "mine"), "--json"]);
    assert.equal(got.status, 0, got.stderr);
    assert.deepEqual(await filesOf(out), ["mine.age"]);
    assert.deepEqual(await readFile(join(out, "mine.age")), storedBytes());
    const { path, encryption, decrypted } = got.events.at(-1) ?? {};
    assert.deepEqual([path, encryption, decrypted], [join(out, "mine.age"), "age", false]);
    const again = await world.run(get, [`${vault}/diary.txt`, "-o", join(out, "mine.age")]);
    assert.match(again.stdout, /mine\.age is there already, identical/);
    const all = join(out, "all");
    const restored = await world.run(restore, [vault, all]);
    assert.equal(restored.status, 0, restored.stderr);
    assert.match(restored.stderr, /1 encrypted/);
    assert.match(restored.stderr, /diary\.txt\.age .* encrypted with age/);
    assert.deepEqual(await filesOf(all), ["diary.txt.age", "open.txt"]);
    assert.equal((await world.run(verify, [all, vault])).status, 0);
    assert.match(
      (await world.run(restore, [vault, all])).stderr,
      /0 files restored, 2 there already/,
    );
  });

  it("are decrypted by get and restore when they are told to, and get the file's time", async () => {
    const out = await newVault();
    const words = ["--decrypt", "--identity", identity, "--json"];
    const target = join(out, "diary.txt");
    const got = await world.run(get, [`${vault}/diary.txt`, "-o", target, ...words], withAge);
    assert.equal(got.status, 0, got.stderr);
    assert.equal(await readFile(target, "utf8"), PLAIN);
    assert.equal((await stat(target)).mtimeMs, Date.parse(CHANGED_AT));
    assert.equal(got.events.at(-1)?.["decrypted"], true);
    const again = await world.run(get, [`${vault}/diary.txt`, "-o", target, ...words], withAge);
    assert.equal(again.events.at(-1)?.["event"], "present");
    const all = join(out, "all");
    const restored = await world.run(restore, [vault, all, ...words], withAge);
    assert.equal(restored.status, 0, restored.stderr);
    assert.deepEqual(await filesOf(all), ["diary.txt", "open.txt"]);
    assert.equal(await readFile(join(all, "diary.txt"), "utf8"), PLAIN);
    const compared = await world.run(verify, [all, vault, "--json"]);
    assert.equal(compared.status, 1, compared.stderr);
    const finding = compared.events.find(({ path }) => path === "diary.txt");
    assert.equal(finding?.["event"], "not-compared");
    assert.match(String(finding?.["reason"]), /encrypted with age, not comparable/);
  });

  it("stay encrypted when the program fails or is missing, and the item fails", async () => {
    const out = await newVault();
    const wrong = await world.write("wrong-identity", "other");
    const words = [vault, out, "--decrypt", "--identity", wrong];
    const failed = await world.run(restore, words, withAge);
    assert.equal(failed.status, 1, failed.stderr);
    assert.match(
      failed.stderr,
      /age ended with status 1: no identity matched.*kept as .*diary\.txt\.age/,
    );
    assert.deepEqual(await filesOf(out), ["diary.txt.age", "open.txt"]);
    assert.deepEqual(await readFile(join(out, "diary.txt.age")), storedBytes());
    const missing = { env: { ...world.env, PATH: world.folder } };
    const target = join(out, "copy");
    const got = await world.run(
      get,
      [`${vault}/diary.txt`, "-o", target, "--decrypt", "--identity", wrong],
      missing,
    );
    assert.equal(got.status, 1);
    assert.match(got.stderr, /age is not installed.*kept as .*copy\.age/);
    assert.ok(!existsSync(target));
  });

  it("go to standard output with a remark, or decrypted", async () => {
    await newVault();
    const plainly = await world.run(get, [`${vault}/diary.txt`, "-o", "-"]);
    assert.equal(plainly.stdout, String(storedBytes()));
    assert.match(plainly.stderr, /diary\.txt is encrypted with age, and comes so; --decrypt/);
    const words = [`${vault}/diary.txt`, "-o", "-", "--decrypt", "--identity", identity];
    const decrypted = await world.run(get, words, withAge);
    assert.equal(decrypted.stdout, PLAIN, decrypted.stderr);
  });

  it("come from output under an encrypted name too, whatever -o says", async () => {
    const out = await newVault();
    const [archive] = await world.archives(vault);
    const jobId = await world.client.initiateJob(vault, {
      Type: "archive-retrieval",
      ArchiveId: archive?.archiveId ?? "",
    });
    await world.client.awaitJob(vault, jobId);
    const target = join(out, "diary.txt");
    const word = `${vault}/${jobId}`;
    const plainly = await world.run(output, [word, "-o", target]);
    assert.equal(plainly.status, 0, plainly.stderr);
    assert.deepEqual(await filesOf(out), ["diary.txt.age"]);
    const words = [word, "-o", target, "--decrypt", "--identity", identity];
    const decrypted = await world.run(output, words, withAge);
    assert.equal(decrypted.status, 0, decrypted.stderr);
    assert.equal(await readFile(target, "utf8"), PLAIN);
  });

  it("are not passed off as files where the catalogue does not know of the encryption", async () => {
    const out = await newVault();
    const folder = join(world.folder, ".data/moraine");
    const names = await readdir(folder, { recursive: true });
    const journal = join(folder, names.find((name) => name.endsWith(`${vault}.jsonl`)) ?? "");
    const lines = await readFile(journal, "utf8");
    await writeFile(journal, lines.replaceAll(/,"description":"[^"]*"/g, ""));
    const restored = await world.run(restore, [vault, out]);
    assert.equal(restored.status, 0, restored.stderr);
    assert.deepEqual(await filesOf(out), ["diary.txt.age", "open.txt"]);
    const got = await world.run(get, [`${vault}/diary.txt`, "-o", join(out, "x")]);
    assert.equal(got.status, 0, got.stderr);
    assert.ok(existsSync(join(out, "x.age")) && !existsSync(join(out, "x")));
  });

  it("are refused where words contradict each other, before anything is asked for", async () => {
    const out = await newVault();
    const cases = [
      {
        verb: get,
        words: [`${vault}/diary.txt`, "--identity", identity],
        text: /goes with --decrypt/,
      },
      {
        verb: get,
        words: [`${vault}/diary.txt`, "--decrypt"],
        text: /give it with --identity FILE/,
      },
      { verb: restore, words: [vault, out, "--decrypt"], text: /give it with --identity FILE/ },
      {
        verb: get,
        words: [`${vault}/diary.txt`, "--decrypt", "--range", "0-1048575"],
        text: /leave out --range/,
      },
    ];
    for (const { verb, words, text } of cases) {
      const { status, stderr } = await world.run(verb, words);
      assert.equal(status, 2, stderr);
      assert.match(stderr, text);
    }
    assert.deepEqual(await filesOf(out), []);
  });
});
