import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { it } from "node:test";
import { findCatalogAt, openJournalAt } from "../../src/cli/catalog/open-journal.ts";

const script = resolve(import.meta.dirname, "../../src/cli/catalog/testing/append-journal.ts");
const vaultArn = "arn:aws:glacier:eu-west-1:111122223333:vaults/family";
const ROUNDS = 6;
/** Lines that a round writes before it is killed; the kill then falls anywhere in a later write. */
const LINES_BEFORE_KILL = 20;

async function runUntilKilled(path: string, round: number): Promise<readonly string[]> {
  const child = spawn(process.execPath, [script, path, vaultArn, String(round)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.setEncoding("utf8");
  child.stdout.on("data", (chunk: string) => {
    text += chunk;
    if (text.split("\n").length > LINES_BEFORE_KILL) {
      child.kill("SIGKILL");
    }
  });
  await once(child, "close");
  // The last line may be cut off, and its record is not promised then.
  return text.split("\n").slice(0, -1);
}

it("kill -9 in the middle of appends loses no record that was promised, and the next run goes on", async () => {
  const folder = await mkdtemp(join(tmpdir(), "moraine-crash-"));
  try {
    const path = join(folder, "family.jsonl");
    const told: string[] = [];
    const reporter = { failed: (_event: unknown, line: string) => void told.push(line) };
    const place = { path, vaultArn, vaultName: "family", reporter };
    const promised: string[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      promised.push(...(await runUntilKilled(path, round)));
      const catalog = await findCatalogAt(place);
      assert.deepEqual(
        promised.filter((archiveId) => !catalog?.entries.has(archiveId)),
        [],
      );
    }
    assert.ok(promised.length >= ROUNDS * (LINES_BEFORE_KILL - 1));
    await (await openJournalAt(place)).close();
    assert.ok((await readFile(path, "utf8")).endsWith("\n"));
    assert.deepEqual(told, []);
  } finally {
    await rm(folder, { recursive: true });
  }
});
