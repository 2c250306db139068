import assert from "node:assert/strict";
import { rm as removeFolder } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { put } from "../../src/cli/verbs/put.ts";
import { rm } from "../../src/cli/verbs/rm.ts";
import { vault } from "../../src/cli/verbs/vault.ts";
import { runCommand } from "../support/external-command.ts";
import { makeMoraineHome, moraineProgram } from "../support/moraine-command.ts";
import { startServer } from "../support/server-process.ts";
import { startVerbWorld, type VerbWorld } from "../support/verb-world.ts";

describe("moraine rm and vault rm --purge", () => {
  let world: VerbWorld;
  before(async () => {
    world = await startVerbWorld();
  });
  after(() => world.stop());

  /** A vault with `a.txt`, `b.txt` and two versions of `c.tmp`. */
  async function fill(name: string): Promise<void> {
    await world.run(vault, ["create", name]);
    const paths = [];
    for (const file of ["a.txt", "b.txt", "c.tmp"]) {
      paths.push(await world.write(join(name, file), `first of ${file}`, "2025-01-01T00:00:00Z"));
    }
    await world.run(put, [...paths, name]);
    const again = await world.write(join(name, "c.tmp"), "second", "2025-02-01T00:00:00Z");
    await world.run(put, [again, name]);
  }

  const names = async (name: string) => (await world.archives(name)).map((each) => each.name);

  it("deletes what a glob selects, the newest version only, when told to", async () => {
    await fill("one");
    const unsure = await world.run(rm, ["one/*.tmp"]);
    assert.equal(unsure.status, 2);
    assert.match(unsure.stderr, /Deletes 1 archive \(6 B\) of the vault one for good.*--yes/);
    assert.deepEqual(await names("one"), ["a.txt", "b.txt", "c.tmp", "c.tmp"]);
    const done = await world.run(rm, ["one/*.tmp", "--yes", "--json"]);
    assert.equal(done.status, 0);
    assert.deepEqual(
      done.events.map(({ event, name }) => [event, name]),
      [["deleted", "c.tmp"]],
    );
    const rest = await world.archives("one");
    assert.deepEqual(
      rest.map((each) => [each.name, each.sizeBytes]),
      [
        ["a.txt", 14],
        ["b.txt", 14],
        ["c.tmp", 14],
      ],
    );
  });

  it("deletes all versions with --versions, and shows them with --dry-run", async () => {
    await fill("two");
    const shown = await world.run(rm, ["two/c.tmp", "--versions", "--dry-run", "--json"]);
    assert.deepEqual(
      shown.events.map(({ event, name }) => [event, name]),
      [
        ["would-delete", "c.tmp"],
        ["would-delete", "c.tmp;2"],
      ],
    );
    assert.equal((await names("two")).length, 4);
    assert.equal((await world.run(rm, ["two/c.tmp", "--versions", "--yes"])).status, 0);
    assert.deepEqual(await names("two"), ["a.txt", "b.txt"]);
  });

  it("refuses words that name no archive, before it asks anything", async () => {
    await fill("three");
    const whole = await world.run(rm, ["three", "--yes"]);
    assert.equal(whole.status, 2);
    assert.match(whole.stderr, /names no archives.*vault rm three --purge/);
    const none = await world.run(rm, ["three/nothing*", "--yes"]);
    assert.equal(none.status, 1);
    assert.match(none.stderr, /no archive fits three\/nothing\*/);
  });

  it("names archives that a policy keeps, deletes the others, and ends with 6", async () => {
    await fill("four");
    const policy = JSON.stringify({
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "keep",
          Effect: "Deny",
          Principal: "*",
          Action: "glacier:DeleteArchive",
          Resource: "*",
        },
      ],
    }).replace('"*"}', `"arn:aws:glacier:us-east-1:${world.server.accountId}:vaults/four"}`);
    const file = await world.write("policy.json", policy);
    assert.equal((await world.run(vault, ["policy", "set", "four", file])).status, 0);
    const refused = await world.run(rm, ["four/**", "--yes"]);
    assert.equal(refused.status, 6);
    assert.match(refused.stderr, /a\.txt: not deleted: AccessDeniedException/);
    assert.equal((await names("four")).length, 4);
  });

  it("purges a vault of archives that the journal does not know, and removes it", async () => {
    await fill("five");
    await removeFolder(join(world.folder, ".data"), { recursive: true });
    const full = await world.run(vault, ["rm", "five", "--yes"]);
    assert.equal(full.status, 75);
    assert.match(full.stderr, /Vault not empty/);
    const purged = await world.run(vault, ["rm", "five", "--purge", "--yes"]);
    assert.equal(purged.status, 0, purged.stderr);
    assert.match(purged.stderr, /Purged {2}4 deleted, 0 failed\nremoved five\n$/);
    assert.equal((await world.run(vault, ["show", "five"])).status, 1);
  });
});

describe("moraine vault rm --purge where inventories are taken by the day", () => {
  it("ends with 75 until the next inventory, and goes on then", async () => {
    const server = await startServer({ flags: ["--inventory", "24h"] });
    const home = await makeMoraineHome(server);
    try {
      await home.verb(vault, ["create", "daily"]);
      await home.verb(put, [moraineProgram, "daily"]);
      const first = await home.verb(vault, ["rm", "daily", "--purge", "--yes"]);
      assert.equal(first.status, 75);
      assert.match(first.stderr, /Purged {2}1 deleted/);
      assert.match(first.stderr, /run the same command again after it/);
      const now = ["inventory", "now", "daily", "--admin-url", server.consoleUrl];
      const env = { ...process.env, ...home.env } as Record<string, string>;
      const taken = await runCommand(process.execPath, [moraineProgram, ...now], { env });
      assert.equal(taken.code, 0, taken.stderr);
      const second = await home.verb(vault, ["rm", "daily", "--purge", "--yes"]);
      assert.equal(second.status, 0, second.stderr);
    } finally {
      await server.stop();
      await home.remove();
    }
  });
});
