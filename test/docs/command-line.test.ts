import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { COMMANDS } from "../../src/cli/command-table.ts";
import { listLeaves, notesOf } from "../../src/cli/help/describe-command.ts";
import { formatReferencePage } from "../../src/cli/help/reference-page.ts";

describe("docs/reference/command-line.md", () => {
  it("is what `npm run docs:command-line` writes", async () => {
    const page = new URL("../../docs/reference/command-line.md", import.meta.url);
    assert.equal(readFileSync(page, "utf8"), await formatReferencePage(COMMANDS));
  });

  it("has an example of every command", async () => {
    for (const row of COMMANDS) {
      const command = await row.describe?.();
      const texts = command === undefined ? [] : [command, ...listLeaves(command)].map(notesOf);
      const hasExample = texts.some(
        (text) => text.includes(`  moraine ${row.name}`) || text.includes(`moraine ${row.name} `),
      );
      assert.ok(hasExample || command === undefined, `moraine ${row.name} has no example`);
    }
  });
});
