import assert from "node:assert/strict";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { put } from "../../src/cli/verbs/put.ts";
import { sync } from "../../src/cli/verbs/sync.ts";
import { treeHashOf } from "../support/payload.ts";
import { startVerbWorld, type VerbWorld } from "../support/verb-world.ts";

const ALL = ["--new", "--replace-modified", "--delete-removed"];

describe("moraine sync", () => {
  let world: VerbWorld;
  let vault = "";
  let folder = "";
  let count = 0;

  before(async () => {
    world = await startVerbWorld();
  });
  after(async () => {
    await world.stop();
  });

  /** A vault that holds a folder with three files. */
  const setUp = async () => {
    count += 1;
    vault = `sync-${count}`;
    folder = join(world.folder, vault);
    await world.client.createVault(vault);
    for (const name of ["keep", "change", "remove"]) {
      await world.write(`${vault}/${name}`, name, "2026-01-01T00:00:00Z");
    }
    const { status, stderr } = await world.run(sync, [folder, `${vault}/p`]);
    assert.equal(status, 0, stderr);
  };
  const alter = async () => {
    await writeFile(join(folder, "change"), "changed");
    await rm(join(folder, "remove"));
    await world.write(`${vault}/new`, "new");
  };
  const contents = async () => {
    const archives = await world.archives(vault);
    return archives.map(({ name, sizeBytes }) => `${name} ${sizeBytes}`).toSorted();
  };

  it("stores what is new unless told otherwise, and nothing else", async () => {
    await setUp();
    await alter();
    const { status, stderr } = await world.run(sync, [folder, `${vault}/p`]);
    assert.equal(status, 0, stderr);
    assert.match(stderr, /1 modified \(--replace-modified\)/);
    assert.deepEqual(await contents(), ["p/change 6", "p/keep 4", "p/new 3", "p/remove 6"]);
  });

  it("replaces and deletes with --yes, and has nothing to do then", async () => {
    await setUp();
    await alter();
    const { status, events } = await world.run(sync, [
      "--json",
      "--yes",
      ...ALL,
      folder,
      `${vault}/p`,
    ]);
    assert.equal(status, 0);
    assert.deepEqual(await contents(), ["p/change 7", "p/keep 4", "p/new 3"]);
    const order = events.map(({ event, name }) => `${event} ${name ?? ""}`);
    assert.ok(order.indexOf("uploaded p/change") < order.indexOf("deleted p/change"));
    assert.ok(order.includes("deleted p/remove"));
    const again = await world.run(sync, ["--yes", ...ALL, folder, `${vault}/p`]);
    assert.match(
      again.stderr,
      /Done {4}0 uploaded, 2 skipped|Done {4}0 uploaded, 3 skipped, 0 deleted/,
    );
  });

  it("deletes nothing without --yes where nobody can be asked", async () => {
    await setUp();
    await alter();
    const { status, stderr } = await world.run(sync, [...ALL, folder, `${vault}/p`]);
    assert.equal(status, 2);
    assert.match(stderr, /this deletes 2 archives \(12 B\) of the vault sync-\d+\. Give --yes/);
    assert.deepEqual(await contents(), ["p/change 6", "p/keep 4", "p/remove 6"]);
  });

  it("lists every action with --dry-run and takes none", async () => {
    await setUp();
    await alter();
    const { status, stdout } = await world.run(sync, ["--dry-run", ...ALL, folder, `${vault}/p`]);
    assert.equal(status, 0);
    assert.deepEqual(stdout.trimEnd().split("\n"), [
      "would upload  p/change  (modified, 7 B)",
      "would upload  p/new  (new, 3 B)",
      "would delete  p/change  (replaced, 6 B)",
      "would delete  p/remove  (removed, 6 B)",
    ]);
    assert.deepEqual(await contents(), ["p/change 6", "p/keep 4", "p/remove 6"]);
  });

  it("keeps what was uploaded lately with --keep-deleted, and deletes it without", async () => {
    await setUp();
    await alter();
    const words = ["--yes", ...ALL, "--keep-deleted", "90d", folder, `${vault}/p`];
    const first = await world.run(sync, words);
    assert.equal(first.status, 0, first.stderr);
    assert.match(first.stderr, /2 to delete later/);
    assert.equal((await contents()).length, 5);
    const due = await world.run(sync, ["--dry-run", "--yes", ...ALL, folder, `${vault}/p`]);
    assert.match(due.stdout, /would delete {2}p\/change {2}\(replaced, 6 B\)/);
    assert.match(due.stdout, /would delete {2}p\/remove/);
  });

  it("does not take what is left out, empty or a folder it can't read for removed", async () => {
    await setUp();
    await writeFile(join(folder, "remove"), "");
    const words = ["--yes", ...ALL, "--exclude", "keep", folder, `${vault}/p`];
    const { status, stderr } = await world.run(sync, words);
    assert.equal(status, 0, stderr);
    assert.deepEqual(await contents(), ["p/change 6", "p/keep 4", "p/remove 6"]);
  });

  it("leaves archives outside the prefix alone", async () => {
    await setUp();
    const other = await world.write("other", "other");
    await world.run(put, [other, vault]);
    await world.run(put, ["--name", "pq", other, vault]);
    assert.equal((await world.run(sync, ["--yes", ...ALL, folder, `${vault}/p`])).status, 0);
    assert.deepEqual(await contents(), ["other 5", "p/change 6", "p/keep 4", "p/remove 6", "pq 5"]);
  });

  it("does not empty a vault because a folder is empty or gone", async () => {
    await setUp();
    for (const name of ["keep", "change", "remove"]) {
      await rm(join(folder, name));
    }
    const words = ["--yes", ...ALL, folder, `${vault}/p`];
    const empty = await world.run(sync, words);
    assert.equal(empty.status, 1);
    assert.match(empty.stderr, /holds nothing, and --delete-removed would delete 3 archives/);
    await rm(folder, { recursive: true });
    const gone = await world.run(sync, words);
    assert.equal(gone.status, 1);
    assert.match(gone.stderr, /can't be synchronized: there is no such file/);
    assert.equal((await contents()).length, 3);
  });

  it("reports archives that a policy keeps from deletion, and ends with 6", async () => {
    await setUp();
    await alter();
    const arn = `arn:aws:glacier:us-east-1:${world.server.accountId}:vaults/${vault}`;
    const statement = { Effect: "Deny", Principal: "*", Action: "glacier:DeleteArchive" };
    const Policy = JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ ...statement, Resource: arn }],
    });
    await world.client.send({
      method: "PUT",
      path: `/-/vaults/${vault}/access-policy`,
      body: Buffer.from(JSON.stringify({ Policy })),
    });
    const { status, stderr } = await world.run(sync, ["--yes", ...ALL, folder, `${vault}/p`]);
    assert.equal(status, 6, stderr);
    assert.match(stderr, /failed {4}p\/remove: not deleted: AccessDeniedException/);
    assert.match(stderr, /Done {4}2 uploaded, 1 skipped, 0 deleted, 2 failed/);
    assert.equal((await contents()).length, 5);
  });

  it("keeps the old archive when its replacement could not be stored", async () => {
    await setUp();
    await alter();
    const arn = `arn:aws:glacier:us-east-1:${world.server.accountId}:vaults/${vault}`;
    const statement = { Effect: "Deny", Principal: "*", Action: "glacier:UploadArchive" };
    const Policy = JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ ...statement, Resource: arn }],
    });
    await world.client.send({
      method: "PUT",
      path: `/-/vaults/${vault}/access-policy`,
      body: Buffer.from(JSON.stringify({ Policy })),
    });
    const words = ["--yes", "--replace-modified", folder, `${vault}/p`];
    assert.equal((await world.run(sync, words)).status, 6);
    assert.deepEqual(await contents(), ["p/change 6", "p/keep 4", "p/remove 6"]);
  });

  it("deletes the archive that a crash left beside its replacement", async () => {
    await setUp();
    await world.run(put, ["--force", join(folder, "keep"), `${vault}/p`]);
    assert.equal((await contents()).length, 4);
    assert.equal(
      (await world.run(sync, ["--yes", "--replace-modified", folder, `${vault}/p`])).status,
      0,
    );
    assert.deepEqual(await contents(), ["p/change 6", "p/keep 4", "p/remove 6"]);
    const [kept] = (await world.archives(vault)).filter(({ name }) => name === "p/keep");
    assert.equal(kept?.treeHash, treeHashOf(Buffer.from("keep")));
  });
});
