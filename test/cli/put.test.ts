import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  appendFile,
  chmod,
  mkdir,
  open,
  readFile,
  rename,
  symlink,
  truncate,
  utimes,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { put } from "../../src/cli/verbs/put.ts";
import { MIB, makePayload, treeHashOf } from "../support/payload.ts";
import { startVerbWorld, type VerbWorld } from "../support/verb-world.ts";

const isRoot = process.getuid?.() === 0;

describe("moraine put", () => {
  let world: VerbWorld;
  let vault = "";
  let vaults = 0;

  before(async () => {
    world = await startVerbWorld();
  });
  after(async () => {
    await world.stop();
  });

  const newVault = async () => {
    vaults += 1;
    vault = `put-${vaults}`;
    await world.client.createVault(vault);
    return vault;
  };
  const namesIn = async () => (await world.archives(vault)).map(({ name }) => name);

  it("stores a folder with names below its own, hidden files included", async () => {
    await newVault();
    await world.write("tree/a", "a");
    await world.write("tree/.hidden/b", "bb");
    const { status, stderr, stdout } = await world.run(put, [
      join(world.folder, "tree"),
      `${vault}/p`,
    ]);
    assert.equal(status, 0, stderr);
    assert.equal(stdout, "");
    assert.deepEqual(await namesIn(), ["p/tree/.hidden/b", "p/tree/a"]);
    assert.match(stderr, /^Plan {4}2 files · 3 B to store · 4 at once$/m);
    assert.match(
      stderr,
      /^Done {4}2 uploaded, 0 skipped, 0 failed · 3 B in 0:0\d · journal \S+\.jsonl$/m,
    );
  });

  it("stores what is in a folder that is written with a slash", async () => {
    await newVault();
    await world.write("slash/a", "a");
    assert.equal((await world.run(put, [`${join(world.folder, "slash")}/`, vault])).status, 0);
    assert.deepEqual(await namesIn(), ["a"]);
  });

  it("keeps odd names byte for byte", async () => {
    await newVault();
    const names = [
      "ü",
      "u\u0308",
      " lead",
      "tab\tand\nline",
      "-dash",
      "quo\"te's",
      "a%2Fb",
      "x".repeat(255),
      "é".repeat(127),
    ];
    for (const name of names) {
      await world.write(`odd/${name}`, name);
    }
    const { status, stderr } = await world.run(put, [`${join(world.folder, "odd")}/`, vault]);
    assert.equal(status, 0, stderr);
    const stored = await world.archives(vault);
    assert.deepEqual(new Set(stored.map(({ name }) => name)), new Set(names));
    for (const { name, treeHash } of stored) {
      assert.equal(treeHash, treeHashOf(Buffer.from(name)));
    }
    assert.match(stderr, /tab\\u\{9\}and\\u\{a\}line/);
  });

  it("takes a name that begins with a dash after --", async () => {
    await newVault();
    await world.write("-n", "dash");
    assert.equal((await world.run(put, ["--", join(world.folder, "-n"), vault])).status, 0);
    assert.deepEqual(await namesIn(), ["-n"]);
  });

  it("fails a file whose name fits no description, by the rule, and stores the rest", async () => {
    await newVault();
    const deep = Array.from({ length: 4 }, () => "d".repeat(200)).join("/");
    await world.write(`deep/${deep}/f`, "f");
    await world.write("deep/g", "g");
    const { status, stderr } = await world.run(put, [join(world.folder, "deep"), vault]);
    assert.equal(status, 1);
    assert.match(stderr, /at most 1024 are allowed\. Shorten the name/);
    assert.deepEqual(await namesIn(), ["deep/g"]);
  });

  it("sends a file in parts of the size asked for, with the tree hash of the whole", async () => {
    await newVault();
    const { bytes, treeHash } = makePayload(5 * MIB + 17, "parts");
    await world.write("parts.bin", bytes);
    const { status, events } = await world.run(put, [
      "--json",
      "--part-size",
      "1MiB",
      join(world.folder, "parts.bin"),
      vault,
    ]);
    assert.equal(status, 0);
    const [archive] = await world.archives(vault);
    assert.deepEqual(
      { size: archive?.sizeBytes, hash: archive?.treeHash },
      { size: bytes.length, hash: treeHash },
    );
    const uploaded = events.find(({ event }) => event === "uploaded");
    assert.deepEqual(
      [
        uploaded?.["name"],
        uploaded?.["archiveId"],
        uploaded?.["treeHash"],
        uploaded?.["sizeBytes"],
      ],
      ["parts.bin", archive?.archiveId, treeHash, bytes.length],
    );
    assert.deepEqual(await world.client.listMultipartUploads(vault), []);
  });

  it("sends a large sparse file in parts of 16 MiB", async () => {
    await newVault();
    const path = await world.write("sparse", "x");
    await truncate(path, 101 * MIB);
    const { status, stderr } = await world.run(put, [path, vault]);
    assert.equal(status, 0, stderr);
    assert.match(stderr, /part size 16 MiB/);
    assert.equal((await world.archives(vault))[0]?.treeHash, treeHashOf(await readFile(path)));
  });

  it("skips what is there, stores what changed, and everything with --force", async () => {
    await newVault();
    const path = await world.write("again/a", "one", "2026-01-01T00:00:00Z");
    const folder = join(world.folder, "again");
    await world.run(put, [folder, vault]);
    assert.match((await world.run(put, [folder, vault])).stderr, /Done {4}0 uploaded, 1 skipped/);
    await writeFile(path, "two");
    assert.match((await world.run(put, [folder, vault])).stderr, /Done {4}1 uploaded, 0 skipped/);
    assert.match((await world.run(put, ["--force", folder, vault])).stderr, /Done {4}1 uploaded/);
    assert.equal((await world.archives(vault)).length, 3);
  });

  it("compares tree hashes with --checksum, whatever the times say", async () => {
    await newVault();
    const path = await world.write("sum/a", "one", "2026-01-01T00:00:00Z");
    const folder = join(world.folder, "sum");
    await world.run(put, [folder, vault]);
    await utimes(path, new Date(), new Date());
    assert.match(
      (await world.run(put, ["--checksum", folder, vault])).stderr,
      /0 uploaded, 1 skipped/,
    );
    await world.write("sum/a", "two", "2026-01-01T00:00:00Z");
    assert.match((await world.run(put, [folder, vault])).stderr, /0 uploaded, 1 skipped/);
    assert.match(
      (await world.run(put, ["--checksum", folder, vault])).stderr,
      /1 uploaded, 0 skipped/,
    );
  });

  it("lists empty files and goes on, but fails one that is named", async () => {
    await newVault();
    await world.write("empties/none", "");
    await world.write("empties/some", "x");
    const { status, stderr } = await world.run(put, [join(world.folder, "empties"), vault]);
    assert.equal(status, 0);
    assert.match(
      stderr,
      /^skipped {3}empties\/none: it is empty, and an archive has at least 1 byte$/m,
    );
    assert.match(stderr, /· 1 empty ·/);
    const named = await world.run(put, [join(world.folder, "empties/none"), vault]);
    assert.equal(named.status, 1);
    assert.match(named.stderr, /failed {4}none: it is empty/);
    assert.deepEqual(await namesIn(), ["empties/some"]);
  });

  it("skips links and pipes with a note, and follows links when asked to", async () => {
    await newVault();
    await world.write("links/real/a", "a");
    await symlink("real/a", join(world.folder, "links/link"));
    await symlink("..", join(world.folder, "links/real/up"));
    await symlink("nowhere", join(world.folder, "links/broken"));
    execFileSync("mkfifo", [join(world.folder, "links/pipe")]);
    const folder = join(world.folder, "links");
    const first = await world.run(put, [folder, vault]);
    assert.equal(first.status, 0);
    assert.match(first.stderr, /skipped {3}links\/link: a symbolic link/);
    assert.match(first.stderr, /skipped {3}links\/pipe: a pipe/);
    assert.deepEqual(await namesIn(), ["links/real/a"]);
    const second = await world.run(put, ["--follow", folder, vault]);
    assert.equal(second.status, 1);
    assert.match(second.stderr, /failed {4}links\/broken: there is no such file/);
    assert.match(second.stderr, /skipped {3}links\/real\/up: a link that leads back/);
    assert.deepEqual(await namesIn(), ["links/link", "links/real/a"]);
  });

  it("leaves out what --exclude and the profile name", async () => {
    await newVault();
    for (const name of ["a.tmp", "keep", "cache/x", "deep/b.tmp", "deep/er/y", ".git/config"]) {
      await world.write(`ex/${name}`, "x");
    }
    await world.write(".config/moraine/config.toml", '[profile.ex]\nexclude = [".git"]\n');
    const words = ["--profile", "ex", "--exclude", "*.tmp", "--exclude", "deep/er"];
    const { status, stderr } = await world.run(put, [
      ...words,
      "--exclude",
      "cache",
      join(world.folder, "ex"),
      vault,
    ]);
    assert.equal(status, 0, stderr);
    assert.deepEqual(await namesIn(), ["ex/keep"]);
  });

  it("reports what can't be read and stores the rest", {
    skip: isRoot && "root reads everything",
  }, async () => {
    await newVault();
    const path = await world.write("locked/secret", "x");
    await world.write("locked/open", "x");
    await chmod(path, 0);
    const { status, stderr } = await world.run(put, [join(world.folder, "locked"), vault]);
    assert.equal(status, 1);
    assert.match(stderr, /failed {4}locked\/secret: EACCES/);
    assert.deepEqual(await namesIn(), ["locked/open"]);
  });

  it("fails a path that is not there, and stores the others", async () => {
    await newVault();
    const path = await world.write("there", "x");
    const { status, stderr } = await world.run(put, [join(world.folder, "gone"), path, vault]);
    assert.equal(status, 1);
    assert.match(stderr, /failed {4}gone: there is no such file/);
    assert.match(stderr, /^Failed\n {2}gone: there is no such file$/m);
    assert.deepEqual(await namesIn(), ["there"]);
  });

  it("fails a name that is not UTF-8", async () => {
    await newVault();
    await mkdir(join(world.folder, "latin"));
    const folder = Buffer.from(`${join(world.folder, "latin")}/`);
    await writeFile(Buffer.concat([folder, Buffer.from([0x66, 0xfc])]), "x");
    const { status, stderr } = await world.run(put, [join(world.folder, "latin"), vault]);
    assert.equal(status, 1);
    assert.match(stderr, /its name is not UTF-8/);
  });

  it("stores nothing of a file that changes while it is read", async () => {
    await newVault();
    const path = await world.write("changing", makePayload(6 * MIB, "changing").bytes);
    let parts = 0;
    const words = [
      "--part-size",
      "1MiB",
      "--concurrency",
      "1",
      "--max-rate",
      "3MiB/s",
      path,
      vault,
    ];
    const running = world.run(put, words);
    const change = async () => {
      for (; parts === 0; ) {
        const [upload] = await world.client.listMultipartUploads(vault);
        parts = upload ? (await world.client.listParts(vault, upload.MultipartUploadId)).length : 0;
      }
      await appendFile(path, "more");
    };
    const [{ status, stderr }] = await Promise.all([running, change()]);
    assert.equal(status, 1, stderr);
    assert.match(stderr, /changed while it was being read/);
    assert.deepEqual(await namesIn(), []);
    assert.deepEqual(await world.client.listMultipartUploads(vault), []);
    assert.equal((await world.run(put, ["--part-size", "1MiB", path, vault])).status, 0);
    assert.equal((await world.archives(vault))[0]?.sizeBytes, 6 * MIB + 4);
  });

  it("notices that another file took the place of the one being read", async () => {
    await newVault();
    const path = await world.write(
      "swapped",
      makePayload(4 * MIB, 1).bytes,
      "2026-01-01T00:00:00Z",
    );
    const other = await world.write("other", makePayload(4 * MIB, 2).bytes, "2026-01-01T00:00:00Z");
    const running = world.run(put, [
      "--part-size",
      "1MiB",
      "--concurrency",
      "1",
      "--max-rate",
      "1MiB/s",
      path,
      vault,
    ]);
    for (let parts = 0; parts === 0; ) {
      const [upload] = await world.client.listMultipartUploads(vault);
      parts = upload ? (await world.client.listParts(vault, upload.MultipartUploadId)).length : 0;
    }
    await rename(other, path);
    const { status, stderr } = await running;
    assert.equal(status, 1);
    assert.match(stderr, /changed while it was being read/);
  });

  it("needs a vault, and tells how to make one that is not there", async () => {
    const path = await world.write("lost", "x");
    const missing = await world.run(put, [path, "no-such-vault"]);
    assert.equal(missing.status, 1);
    assert.match(missing.stderr, /`moraine vault create no-such-vault` makes it/);
    const alone = await world.run(put, [path]);
    assert.equal(alone.status, 2);
    assert.match(alone.stderr, /write PATH\.\.\. VAULT/);
  });

  it("refuses two files that would get one name, before anything is stored", async () => {
    await newVault();
    const one = await world.write("one/same", "1");
    const two = await world.write("two/same", "2");
    const { status, stderr } = await world.run(put, [one, two, vault]);
    assert.equal(status, 2);
    assert.match(stderr, /would both be named same/);
    assert.deepEqual(await namesIn(), []);
  });

  it("stops with 6 when a policy refuses", async () => {
    await newVault();
    for (const name of ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"]) {
      await world.write(`refused/${name}`, name);
    }
    const statement = { Effect: "Deny", Principal: "*", Action: "glacier:UploadArchive" };
    const arn = `arn:aws:glacier:us-east-1:${world.server.accountId}:vaults/${vault}`;
    const Policy = JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ ...statement, Resource: arn }],
    });
    const answer = await world.client.send({
      method: "PUT",
      path: `/-/vaults/${vault}/access-policy`,
      body: Buffer.from(JSON.stringify({ Policy })),
    });
    assert.equal(answer.status, 204);
    const { status, stderr } = await world.run(put, [join(world.folder, "refused"), vault]);
    assert.equal(status, 6);
    assert.match(stderr, /AccessDeniedException/);
    assert.match(stderr, /[1-9] not tried/);
  });

  it("shows with --dry-run what it would store, and makes no journal", async () => {
    await newVault();
    const path = await world.write("dry", "x");
    const { status, stdout } = await world.run(put, ["--dry-run", path, vault]);
    assert.equal(status, 0);
    assert.match(stdout, /^would upload {2}dry {2}\(new, 1 bytes\)$/m);
    assert.deepEqual(await namesIn(), []);
    const journal = join(world.folder, ".data/moraine", world.server.host.replace(":", "_"));
    await assert.rejects(
      open(join(journal, world.server.accountId, "us-east-1", `${vault}.jsonl`)),
      {
        code: "ENOENT",
      },
    );
  });

  it("refuses part sizes and flags that don't fit", async () => {
    await newVault();
    const path = await world.write("flags", "x");
    for (const [words, pattern] of [
      [["--part-size", "3MiB", path, vault], /power of two from 1 MiB to 4 GiB; got 3145728/],
      [["--expect-size", "1GiB", path, vault], /--expect-size goes with standard input/],
      [["--name", "n", path, path, vault], /--name names one file/],
      [["-", path, vault], /can't be given together/],
      [["-", vault], /standard input has no name/],
      [["--expect-size", "50000GiB", "-", `${vault}/n`], /an archive has at most/],
    ] as const) {
      const { status, stderr } = await world.run(put, words);
      assert.equal(status, 2, stderr);
      assert.match(stderr, pattern);
    }
  });

  it("stores nothing where it can't write its journal", async () => {
    await newVault();
    const path = await world.write("unwritten", "x");
    const env = { ...world.env, XDG_DATA_HOME: path };
    const { status, stderr } = await world.run(put, [path, vault], { env });
    assert.equal(status, 1);
    assert.match(stderr, /moraine put: E(NOTDIR|EXIST)/);
    assert.deepEqual(await namesIn(), []);
  });

  it("names one file with --name", async () => {
    await newVault();
    const path = await world.write("plain", "x");
    assert.equal((await world.run(put, ["--name", "other name", path, `${vault}/p`])).status, 0);
    assert.deepEqual(await namesIn(), ["p/other name"]);
  });
});

describe("moraine put -", () => {
  let world: VerbWorld;
  const vault = "streams";

  before(async () => {
    world = await startVerbWorld();
    await world.client.createVault(vault);
  });
  after(async () => {
    await world.stop();
  });

  const find = async (name: string) =>
    (await world.archives(vault)).filter((archive) => archive.name === name);
  const chunksOf = (bytes: Buffer, size: number) =>
    Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
      bytes.subarray(index * size, (index + 1) * size),
    );

  it("stores a short input in one request", async () => {
    const { status } = await world.run(put, ["-", `${vault}/d/short`], {
      stdin: [Buffer.from("abc")],
    });
    assert.equal(status, 0);
    const [archive] = await find("d/short");
    assert.equal(archive?.treeHash, treeHashOf(Buffer.from("abc")));
  });

  it("cuts a longer one into parts, at whole parts and beside them", async () => {
    for (const sizeBytes of [MIB, MIB + 1, 3 * MIB, 3 * MIB + 5]) {
      const { bytes, treeHash } = makePayload(sizeBytes, sizeBytes);
      const stdin = chunksOf(bytes, 70_001);
      const words = ["--part-size", "1MiB", "-", `${vault}/${sizeBytes}`];
      assert.equal((await world.run(put, words, { stdin })).status, 0);
      const [archive] = await find(String(sizeBytes));
      assert.deepEqual([archive?.sizeBytes, archive?.treeHash], [sizeBytes, treeHash]);
    }
    assert.deepEqual(await world.client.listMultipartUploads(vault), []);
  });

  it("refuses an empty input", async () => {
    const { status, stderr } = await world.run(put, ["-", `${vault}/nothing`]);
    assert.equal(status, 1);
    assert.match(stderr, /an archive has at least 1 byte, and the input is empty/);
    assert.deepEqual(await find("nothing"), []);
  });

  it("leaves nothing when the input breaks", async () => {
    const stdin = (async function* () {
      yield makePayload(3 * MIB, "broken").bytes;
      throw Object.assign(new Error("EIO: the pipe broke"), { code: "EIO", syscall: "read" });
    })();
    const { status, stderr } = await world.run(
      put,
      ["--part-size", "1MiB", "-", `${vault}/broken`],
      { stdin },
    );
    assert.equal(status, 1);
    assert.match(stderr, /the pipe broke/);
    assert.deepEqual(await find("broken"), []);
    assert.deepEqual(await world.client.listMultipartUploads(vault), []);
  });
});
