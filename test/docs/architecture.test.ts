import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { describe, it } from "node:test";
import { drawLayers } from "../../scripts/draw-layers.ts";

const text = await readFile(new URL("../../ARCHITECTURE.md", import.meta.url), "utf8");

describe("ARCHITECTURE.md", () => {
  it("shows the diagram that the layer rules draw", () => {
    assert.equal(text, drawLayers(text), "run `npm run layers:draw`");
    assert.match(text, /operations --> engine/);
  });

  it("names only files and folders that exist", () => {
    const roots = ["", "src/"];
    const named = [...text.matchAll(/`([a-z][\w./-]*\/[\w.-]*)`/g)].map(([, path = ""]) => path);
    const missing = named.filter(
      (path) => !roots.some((root) => existsSync(new URL(`../../${root}${path}`, import.meta.url))),
    );
    assert.ok(named.length > 20);
    assert.deepEqual(missing, []);
  });
});
