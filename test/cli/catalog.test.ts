import assert from "node:assert/strict";
import { appendFile, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, before, beforeEach, describe, it } from "node:test";
import { formatRecord } from "../../src/cli/catalog/format-record.ts";
import type { JournalRecord } from "../../src/cli/catalog/journal-record.ts";
import { openJournalAt } from "../../src/cli/catalog/open-journal.ts";
import { processSurroundings } from "../../src/cli/session/session.ts";
import type { Verb } from "../../src/cli/session/verb.ts";
import { catalog } from "../../src/cli/verbs/catalog.ts";
import { find } from "../../src/cli/verbs/find.ts";
import { ls } from "../../src/cli/verbs/ls.ts";
import { formatMt2 } from "../../src/domain/descriptions/encode-mt2.ts";
import { createGlacierClient, type GlacierClient } from "../support/glacier-client.ts";
import { makePayload, treeHashOf } from "../support/payload.ts";
import { rootCredentials, type ServerProcess, startServer } from "../support/server-process.ts";

const verbs = { ls, find, catalog } as const satisfies Record<string, Verb>;
const mtime = Date.UTC(2025, 6, 14, 18, 2, 11);
const payload = makePayload(1000, 1);

/** Jobs end at once here; waiting for them is what takes the time. */
const POLL_MAX_MS = 20;

let folder: string;
let server: ServerProcess;
let client: GlacierClient;
let vaultCount = 0;
/** A new vault for each test, with one archive of each kind of description. */
let vault: string;
let ids: {
  readonly photo: string;
  readonly older: string;
  readonly plain: string;
  readonly none: string;
};

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "moraine-catalog-"));
  server = await startServer();
  client = createGlacierClient({ apiUrl: server.apiUrl, credentials: server.credentials });
});
after(async () => {
  client.close();
  await server.stop();
  await rm(folder, { recursive: true });
});
beforeEach(async () => {
  vaultCount += 1;
  vault = `vault${vaultCount}`;
  await client.createVault(vault);
  const named = (name: string) => formatMt2({ name, modifiedAtMs: mtime });
  ids = {
    older: await client.uploadArchive(vault, payload, named("photos/a.jpg")),
    photo: await client.uploadArchive(vault, payload, named("photos/a.jpg")),
    plain: await client.uploadArchive(vault, payload, "my tax papers"),
    none: await client.uploadArchive(vault, payload),
  };
});

function surroundings() {
  const env = {
    AWS_ACCESS_KEY_ID: rootCredentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: rootCredentials.secretAccessKey,
    AWS_REGION: "us-east-1",
    AWS_ENDPOINT_URL_GLACIER: server.apiUrl,
    XDG_DATA_HOME: join(folder, "data"),
    XDG_CONFIG_HOME: join(folder, "config"),
  };
  const real = processSurroundings({ homeDir: folder, version: "0" });
  const sleep = (durationMs: number, signal: AbortSignal) =>
    real.sleep(Math.min(durationMs, POLL_MAX_MS), signal);
  return { ...real, env, sleep };
}

async function run(name: keyof typeof verbs, ...words: readonly string[]) {
  const out: string[] = [];
  const err: string[] = [];
  const terminal = {
    stdout: (text: string) => void out.push(text),
    stderr: (text: string) => void err.push(text),
  };
  const status = await verbs[name].run(words, terminal, surroundings());
  const stdout = out.join("");
  return {
    status,
    stdout,
    stderr: err.join(""),
    events: () =>
      stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line)),
  };
}

async function rebuild(...flags: readonly string[]) {
  const done = await run("catalog", "rebuild", vault, "--json", ...flags);
  return { ...done, summary: done.events().at(-1) };
}

async function journalOf(): Promise<string> {
  const { events } = await run("catalog", "show", vault, "--json");
  return events()[0].journal;
}

async function addRecords(...records: readonly JournalRecord[]): Promise<void> {
  await appendFile(await journalOf(), records.map(formatRecord).join(""));
}

function created(archiveId: string, atMs: number): JournalRecord {
  return { op: "CREATED", atMs, archiveId, sizeBytes: 1, name: `name of ${archiveId}` };
}

describe("moraine ls, find and catalog", () => {
  it("say how to get a journal when there is none", async () => {
    const { status, stderr } = await run("ls", vault);
    assert.equal(status, 1);
    assert.match(stderr, new RegExp(`\`moraine catalog rebuild ${vault}\` makes one`));
    const found = await run("find", "*.jpg", "--vault", vault);
    assert.equal(found.status, 1);
    assert.match(found.stderr, /there is no journal of the vault/);
  });

  it("make a journal from the inventory, and again when it is lost", async () => {
    const first = await rebuild();
    assert.equal(first.status, 0);
    assert.equal(first.summary.added, 4);
    const listed = await run("ls", vault, "--versions", "--json");
    assert.deepEqual(
      listed
        .events()
        .map(({ archiveId }) => archiveId)
        .sort(),
      Object.values(ids).sort(),
    );
    const path = await journalOf();
    assert.match(path, /127\.0\.0\.1_\d+\/111122223333\/us-east-1\/vault\d+\.jsonl$/);
    await rm(path);
    assert.equal((await rebuild()).summary.added, 4);
    assert.equal((await run("ls", vault, "--versions", "--json")).stdout, listed.stdout);
    assert.equal((await stat(path)).mode & 0o777, 0o600);
  });

  it("find nothing to write when nothing has changed", async () => {
    await rebuild();
    const before = await readFile(await journalOf());
    const { summary } = await rebuild();
    const { added, found, corrected, missing } = summary;
    assert.deepEqual([added, found, corrected, missing], [0, 0, 0, 0]);
    assert.deepEqual(await readFile(await journalOf()), before);
  });

  it("list names with versions, in the table and whole as JSON", async () => {
    await rebuild();
    const { stdout } = await run("ls", vault, "--versions");
    const lines = stdout.trimEnd().split("\n");
    assert.match(lines[0] ?? "", /^ *SIZE +MODIFIED +NAME$/);
    assert.ok(
      lines.some((line) => /^1000 B {2}2025-07-14 18:02:11 {2}photos\/a\.jpg;2$/.test(line)),
    );
    assert.ok(lines.some((line) => /^1000 B {2}– +my tax papers$/.test(line)));
    const [event] = (await run("ls", `${vault}/my tax papers`, "--json")).events();
    assert.deepEqual(
      { ...event, createdAt: undefined },
      {
        event: "archive",
        vault,
        name: "my tax papers",
        version: 1,
        shownName: "my tax papers",
        archiveId: ids.plain,
        sizeBytes: 1000,
        treeHash: treeHashOf(payload.bytes),
        createdAt: undefined,
        description: "my tax papers",
        from: "plain text",
      },
    );
  });

  it("list an archive by its id, a folder, and nothing for a glob that fits none", async () => {
    await rebuild();
    const byId = await run("ls", `${vault}/${ids.none}`, "--full-ids");
    assert.match(byId.stdout, new RegExp(`${ids.none} +unnamed/${ids.none.slice(0, 12)}`));
    assert.match((await run("ls", `${vault}/photos`)).stdout, /photos\/a\.jpg\n$/);
    const none = await run("ls", `${vault}/*.png`);
    assert.equal(none.status, 1);
    assert.match(none.stderr, /nothing in the journal of vault\d+ matches "\*\.png"/);
  });

  it("find by the last part of names and show the vault", async () => {
    await rebuild();
    const { status, stdout } = await run("find", "*.jpg", "--vault", vault);
    assert.equal(status, 0);
    assert.match(stdout, new RegExp(` ${vault}/photos/a\\.jpg\\n$`));
    assert.equal((await run("find", "*.png", "--vault", vault)).status, 1);
  });

  it("list what the service says with --remote, without a journal", async () => {
    const { status, stdout } = await run("ls", vault, "--remote");
    assert.equal(status, 0);
    assert.match(stdout, /my tax papers\n/);
    assert.equal((await run("ls", vault)).status, 1);
  });

  it("end with 75 while the inventory job runs, and go on with the same job", async () => {
    const slow = await startServer({ flags: ["--tier-delays", "Standard=1s"] });
    const fast = { server, client };
    server = slow;
    client = createGlacierClient({ apiUrl: slow.apiUrl, credentials: slow.credentials });
    try {
      await client.createVault(vault);
      await client.uploadArchive(vault, payload);
      await goOnWithJob();
    } finally {
      client.close();
      ({ server, client } = fast);
      await slow.stop();
    }
  });

  async function goOnWithJob(): Promise<void> {
    const first = await rebuild("--no-wait");
    assert.equal(first.status, 75);
    const [requested] = first.events();
    assert.match(first.stderr, new RegExp(`inventory job ${requested.jobId} of .* is in progress`));
    const second = await rebuild();
    assert.equal(second.status, 0);
    assert.equal(second.summary.added, 1);
    assert.match(second.stderr, new RegExp(`Taking up inventory job ${requested.jobId}`));
    const third = await rebuild("--reuse");
    assert.deepEqual([third.status, third.summary.added, third.events().length], [0, 0, 1]);
    const jobs = await client.must({ method: "GET", path: `/-/vaults/${vault}/jobs` });
    assert.equal(JSON.parse(jobs.body.toString()).JobList.length, 1);
  }

  it("report drift: what is missing, what is there after all, and what is too young to say", async () => {
    await rebuild();
    const past = Date.UTC(2020, 0);
    await addRecords(
      created("ghost", past),
      created("young", Date.now() + 3_600_000),
      { op: "DELETED", atMs: past, archiveId: ids.plain },
      { op: "DELETED", atMs: Date.now() + 3_600_000, archiveId: ids.photo },
    );
    const { summary, events } = await rebuild();
    const { added, found, corrected, missing, younger } = summary;
    assert.deepEqual([added, found, corrected, missing, younger], [0, 1, 0, 1, 1]);
    assert.deepEqual(
      events()
        .slice(1, -1)
        .map(({ event, archiveId }) => [event, archiveId]),
      [
        ["found", ids.plain],
        ["missing", "ghost"],
      ],
    );
    const listed = (await run("ls", vault, "--versions", "--json")).events();
    assert.deepEqual(
      listed.map(({ archiveId }) => archiveId).sort(),
      [ids.older, ids.plain, ids.none, "young"].sort(),
    );
  });

  it("change nothing with --dry-run", async () => {
    const { status, summary } = await rebuild("--dry-run");
    assert.deepEqual([status, summary.added, summary.dryRun], [0, 4, true]);
    assert.equal((await run("ls", vault)).status, 1);
  });

  it("end with 75 when another run has the journal", async () => {
    await rebuild();
    const path = await journalOf();
    const vaultArn = `arn:aws:glacier:us-east-1:111122223333:vaults/${vault}`;
    const reporter = { failed: () => undefined };
    const journal = await openJournalAt({ path, vaultArn, vaultName: vault, reporter });
    try {
      const { status, stderr } = await run("catalog", "rebuild", vault, "--reuse");
      assert.equal(status, 75);
      assert.match(stderr, new RegExp(`another run of moraine, process ${process.pid}\\.`));
      assert.equal((await run("ls", vault)).status, 0);
    } finally {
      await journal.close();
    }
  });

  it("refuse the journal of another vault given with --journal", async () => {
    await rebuild();
    const path = await journalOf();
    await client.createVault("another");
    const { status, stderr } = await run("ls", "another", "--journal", path);
    assert.equal(status, 1);
    assert.match(stderr, /can't be used as the journal: it holds records of/);
  });
});

describe("moraine catalog export and import", () => {
  for (const format of ["moraine", "mtglacier", "inventory-json", "inventory-csv", "fastglacier"]) {
    it(`give back every name, time and hash by way of ${format}`, async () => {
      await rebuild();
      const file = join(folder, `${vault}.${format}`);
      const exported = await run("catalog", "export", vault, "--format", format, "-o", file);
      assert.equal(exported.status, 0);
      const listing = async () => {
        const { events } = await run("ls", vault, "--versions", "--json");
        return events().map(({ archiveId, name, sizeBytes, treeHash }) => ({
          archiveId,
          name,
          sizeBytes,
          treeHash,
        }));
      };
      const before = await listing();
      await rm(await journalOf());
      const imported = await run("catalog", "import", vault, file, "--json");
      assert.deepEqual([imported.status, imported.events()[0].added], [0, 4]);
      assert.deepEqual(await listing(), before);
      const again = await run("catalog", "import", vault, file, "--json");
      const [{ added, completed, unchanged }] = again.events();
      assert.deepEqual([added, completed, unchanged], [0, 0, 4]);
    });
  }

  it("write the same to standard output", async () => {
    await rebuild();
    const { stdout, status } = await run("catalog", "export", vault, "--format", "mtglacier");
    assert.equal(status, 0);
    const seconds = mtime / 1000;
    const hash = treeHashOf(payload.bytes);
    assert.match(
      stdout,
      new RegExp(
        `^B\\t\\d{10}\\tCREATED\\t${ids.photo}\\t1000\\t${seconds}\\t${hash}\\tphotos/a.jpg$`,
        "m",
      ),
    );
  });

  it("take nothing of a file with a malformed line", async () => {
    await rebuild();
    const before = await readFile(await journalOf());
    const file = join(folder, "bad.journal");
    const good = `A\t1500000000\tCREATED\tnew\t5\t1400000000\t${"0".repeat(64)}\ta`;
    await writeFile(file, `${good}\nnonsense\n`);
    const { status, stderr } = await run("catalog", "import", vault, file);
    assert.equal(status, 1);
    assert.match(stderr, /bad\.journal: line 2: it must be a line of mt-aws-glacier/);
    assert.deepEqual(await readFile(await journalOf()), before);
  });

  it("add names from a Synology mapping, of which several may share an archive", async () => {
    await rebuild();
    const file = join(folder, `${vault}.sqlite3`);
    const database = new DatabaseSync(file);
    database.exec(
      "CREATE TABLE file_info_tb (key TEXT, shareName TEXT, basePath TEXT, archiveID TEXT, fileSize INT)",
    );
    const insert = database.prepare("INSERT INTO file_info_tb VALUES (?, ?, ?, ?, 1000)");
    insert.run("1", "photo", "/2012/b.jpg", ids.none);
    insert.run("2", "photo", "/2012/a.jpg", ids.none);
    insert.run("3", "photo", "/2012/c.jpg", "unknown");
    database.close();
    const { status, events, stderr } = await run("catalog", "import", vault, file, "--json");
    assert.equal(status, 0);
    const [{ format, completed, otherNames, unknown }] = events();
    assert.deepEqual([format, completed, otherNames, unknown], ["synology", 1, 1, 1]);
    assert.match(stderr, /moraine catalog rebuild/);
    const [entry] = (await run("ls", `${vault}/${ids.none}`, "--json")).events();
    assert.deepEqual([entry.name, entry.sizeBytes], ["photo/2012/a.jpg", 1000]);
  });

  it("take names and deletions from the cache of glacier-cli", async () => {
    await rebuild();
    const file = join(folder, `${vault}.db`);
    const database = new DatabaseSync(file);
    database.exec(
      "CREATE TABLE archive (id TEXT PRIMARY KEY, name TEXT, vault TEXT, key TEXT," +
        " last_seen_upstream INT, created_here INT, deleted_here INT)",
    );
    const insert = database.prepare("INSERT INTO archive VALUES (?, ?, ?, 'k', NULL, 1, ?)");
    insert.run(ids.none, "backup.tar", vault, null);
    insert.run(ids.plain, "my tax papers", vault, 1_600_000_000);
    insert.run("elsewhere", "x", "another", null);
    database.close();
    const { events } = await run("catalog", "import", vault, file, "--json");
    const [{ format, completed, deleted, unknown }] = events();
    assert.deepEqual([format, completed, deleted, unknown], ["glacier-cli", 1, 1, 0]);
    const names = (await run("ls", vault, "--json")).events().map(({ name }) => name);
    assert.deepEqual(names, ["backup.tar", "photos/a.jpg"]);
  });

  it("say that a file of none of the forms needs --format", async () => {
    const file = join(folder, "other.txt");
    await writeFile(file, "hello\n");
    const { status, stderr } = await run("catalog", "import", vault, file);
    assert.equal(status, 2);
    assert.match(stderr, /name it with --format moraine\|mtglacier/);
  });
});
