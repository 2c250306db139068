import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { vault } from "../../src/cli/verbs/vault.ts";
import { type MoraineHome, makeMoraineHome } from "../support/moraine-command.ts";
import { type ServerProcess, startServer } from "../support/server-process.ts";

const LOCK_POLICY = JSON.stringify({
  Version: "2012-10-17",
  Statement: [
    {
      Sid: "keep",
      Effect: "Deny",
      Principal: "*",
      Action: "glacier:DeleteArchive",
      Resource: "arn:aws:glacier:us-east-1:111122223333:vaults/records",
      Condition: { NumericLessThan: { "glacier:ArchiveAgeInDays": "365" } },
    },
  ],
});

describe("moraine vault", () => {
  let server: ServerProcess;
  let home: MoraineHome;
  before(async () => {
    server = await startServer();
    home = await makeMoraineHome(server);
  });
  after(async () => {
    await server.stop();
    await home.remove();
  });

  const run = (...words: string[]) => home.verb(vault, words);

  it("makes vaults, also such as are there, and shows all that is set for one", async () => {
    assert.deepEqual(await run("create", "photos", "papers"), {
      status: 0,
      stdout: "created photos\ncreated papers\n",
      stderr: "",
      events: [],
    });
    assert.equal((await run("create", "photos")).status, 0);
    const [event] = (await run("show", "photos", "--json")).events;
    assert.deepEqual(
      { ...event, createdAt: undefined },
      {
        event: "vault",
        vaultName: "photos",
        arn: "arn:aws:glacier:us-east-1:111122223333:vaults/photos",
        accountId: "111122223333",
        region: "us-east-1",
        createdAt: undefined,
        archiveCount: 0,
        sizeBytes: 0,
        tags: {},
      },
    );
  });

  it("sets and removes tags, and lists them", async () => {
    await run("create", "tagged");
    assert.equal(
      (await run("tag", "tagged", "project=family", "draft=1")).stdout.split("\n")[1],
      "draft=1",
    );
    assert.equal((await run("tag", "tagged", "draft-")).stdout, "project=family\n");
    assert.equal((await run("tag", "tagged")).stdout, "project=family\n");
    const wrong = await run("tag", "tagged", "nonsense");
    assert.equal(wrong.status, 2);
    assert.match(wrong.stderr, /"nonsense" must be KEY=VALUE to set a tag, or KEY- to remove one/);
  });

  it("sets, shows and removes the topic of notifications", async () => {
    await run("create", "told");
    const topic = "arn:aws:sns:us-east-1:111122223333:jobs";
    assert.equal((await run("notify", "told")).stdout, "no notifications\n");
    assert.equal(
      (await run("notify", "told", "--topic", topic, "--on", "archive")).stdout,
      `${topic}: ArchiveRetrievalCompleted\n`,
    );
    assert.equal((await run("notify", "told", "--off")).stdout, "no notifications\n");
    assert.equal((await run("notify", "told", "--off", "--topic", topic)).status, 2);
  });

  it("gives an access policy back byte for byte", async () => {
    await run("create", "shared");
    const file = join(home.path, "policy.json");
    const text = `{ "Version": "2012-10-17",\n "Statement": [{"Effect":"Allow","Principal":"*","Action":"glacier:ListJobs","Resource":"arn:aws:glacier:us-east-1:111122223333:vaults/shared"}]}`;
    await writeFile(file, text);
    assert.equal((await run("policy", "set", "shared", file)).status, 0);
    assert.equal((await run("policy", "get", "shared")).stdout, `${text}\n`);
    assert.equal((await run("policy", "rm", "shared")).status, 0);
    const none = await run("policy", "get", "shared");
    assert.match(none.stderr, /No vault access policy is set for: shared/);
    const fromStdin = await home.verb(vault, ["policy", "set", "shared", "-"], {
      stdin: [Buffer.from(text)],
    });
    assert.equal(fromStdin.status, 0);
  });

  it("refuses a policy that is no JSON or too long before it sends anything", async () => {
    const file = join(home.path, "broken.json");
    await writeFile(file, "{");
    const broken = await run("policy", "set", "shared", file);
    assert.equal(broken.status, 2);
    assert.match(broken.stderr, /broken\.json must be a policy document in JSON/);
    await writeFile(file, JSON.stringify("x".repeat(20_480)));
    assert.match((await run("policy", "set", "shared", file)).stderr, /20480 bytes at most/);
  });

  it("tests, aborts and completes a lock, and completes it only when told to", async () => {
    await run("create", "records");
    const file = join(home.path, "lock.json");
    await writeFile(file, LOCK_POLICY);
    const first = await run("lock", "init", "records", file);
    assert.match(first.stdout, /^[\w-]{24}\n$/);
    assert.equal((await run("lock", "abort", "records")).status, 0);
    const lockId = (await run("lock", "init", "records", file)).stdout.trim();
    const unsure = await run("lock", "complete", "records", lockId);
    assert.equal(unsure.status, 2);
    assert.match(unsure.stderr, /can't be changed or removed afterwards.*--yes/);
    assert.match((await run("lock", "show", "records")).stdout, /^InProgress until /);
    assert.equal((await run("lock", "complete", "records", lockId, "--yes")).status, 0);
    assert.equal((await run("lock", "show", "records")).stdout, `Locked\n${LOCK_POLICY}\n`);
    const late = await run("lock", "abort", "records");
    assert.equal(late.status, 6);
  });

  it("removes an empty vault only when told to", async () => {
    await run("create", "drafts");
    const unsure = await run("rm", "drafts");
    assert.equal(unsure.status, 2);
    assert.match(unsure.stderr, /drafts \(0 archives, 0 B .*--yes/);
    assert.equal((await run("rm", "drafts", "--dry-run")).status, 0);
    assert.equal((await run("rm", "drafts", "--yes")).status, 0);
    const gone = await run("show", "drafts");
    assert.equal(gone.status, 1);
    assert.match(gone.stderr, /Vault not found.*`moraine vault create drafts` makes it/);
  });
});
