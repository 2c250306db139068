/** SECURITY.md names a test for each defence: the tests must be there. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { describe, it } from "node:test";

const root = new URL("../../", import.meta.url);

describe("SECURITY.md", () => {
  it("names tests that exist", async () => {
    const page = await readFile(new URL("SECURITY.md", root), "utf8");
    const rows = [...page.matchAll(/^\|[^|]+\| `(\S+\.test\.ts)`: (.+) \|$/gm)];
    assert.ok(rows.length > 30, `${rows.length} rows were read`);
    for (const [, path = "", name = ""] of rows) {
      const source = await readFile(new URL(path, root), "utf8");
      const isThere = ['"', "`"].some((quote) => source.includes(`${quote}${name}${quote}`));
      assert.ok(isThere, `${path} has no test "${name}"`);
    }
  });
});
