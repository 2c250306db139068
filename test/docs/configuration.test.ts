import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { formatConfigurationPage } from "../../src/server/config-page.ts";

describe("docs/reference/configuration.md", () => {
  it("says what the table of settings says", () => {
    const page = readFileSync(
      new URL("../../docs/reference/configuration.md", import.meta.url),
      "utf8",
    );
    assert.equal(
      page,
      formatConfigurationPage(),
      "the page differs from the table; run: node scripts/write-configuration.ts",
    );
  });
});
