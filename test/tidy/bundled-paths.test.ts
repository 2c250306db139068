import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { findThreadModules, requirePortablePaths } from "../../scripts/bundled-paths.ts";

const PATH = "src/adapters/x/x.ts";
// biome-ignore lint/suspicious/noTemplateCurlyInString: it is source text
const START = "new Worker(new URL(`./x-thread${extension}`, import.meta.url), { name })";
const EXTENSION = 'import.meta.url.slice(import.meta.url.lastIndexOf("."))';

describe("findThreadModules", () => {
  it("finds each module that is started as a thread", () => {
    assert.deepEqual(findThreadModules(`const a = ${START};`, PATH), ["x-thread"]);
    assert.deepEqual(findThreadModules("const a = 1;", PATH), []);
  });

  it("finds each module that threads import by its address", () => {
    const address = START.slice("new Worker(".length, START.lastIndexOf(","));
    assert.deepEqual(findThreadModules(`f(${address}.href)`, PATH), ["x-thread"]);
  });

  it("refuses a thread whose module it can't tell", () => {
    for (const started of ["new Worker(file)", 'new Worker(new URL("./x.ts", import.meta.url))']) {
      assert.throws(
        () => findThreadModules(`${START}; ${started}`, PATH),
        /src\/adapters\/x\/x\.ts: start/,
      );
    }
  });
});

describe("requirePortablePaths", () => {
  it("accepts threads, and packages that are required", () => {
    const required = 'createRequire(import.meta.url)("yaml")';
    requirePortablePaths(`${EXTENSION}; ${START}; ${required}`, PATH);
  });

  it("refuses a path that counts from the module's own place", () => {
    for (const code of ['new URL("../x.json", import.meta.url)', "join(import.meta.dirname, x)"]) {
      assert.throws(() => requirePortablePaths(code, PATH), /packageFile\(\)/);
    }
    requirePortablePaths("new URL(path, import.meta.url)", "src/std/package-file-node.ts");
  });
});
