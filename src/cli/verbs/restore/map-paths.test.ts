import assert from "node:assert/strict";
import { posix } from "node:path";
import { describe, it } from "node:test";
import fc from "fast-check";
import { COMPONENT_MAX_BYTES, cleanName, mapPaths } from "./map-paths.ts";

const pathOf = (name: string) =>
  cleanName({ archiveId: "abcdefghijklmnop", name }).components.join("/");

function mapNames(...names: string[]): string[] {
  const archives = names.map((name, index) => ({ archiveId: `archive-${index}-0000`, name }));
  return mapPaths(archives).map(({ path }) => path);
}

/** Bits that names are made of when somebody means harm, or knew no better. */
const oddText = fc
  .array(
    fc.oneof(
      fc.constantFrom("..", ".", "/", "\\", "C:", "\0", " ", "...", "a", "A", "é", "e\u0301", "~"),
      fc.constantFrom(".moraine-part", ".moraine-state.new", "\ud800", "😀", "\n", "x".repeat(260)),
      fc.string({ maxLength: 5, unit: "binary" }),
    ),
    { maxLength: 8 },
  )
  .map((parts) => parts.join(""));

describe("cleanName", () => {
  it("leaves ordinary names as they are", () => {
    for (const name of [
      "a",
      "photos/2025/IMG 1.MOV",
      ".hidden/..x",
      "ünï/cödé 😀.txt",
      "12:30.txt",
    ]) {
      assert.deepEqual(cleanName({ archiveId: "i", name }), {
        components: name.split("/"),
        reasons: [],
      });
    }
  });

  it("keeps every name below the folder", () => {
    assert.equal(pathOf("../../etc/passwd"), "__/__/etc/passwd");
    assert.equal(pathOf("/etc/passwd"), "etc/passwd");
    assert.equal(pathOf("c:\\dir\\file.txt"), "c/dir/file.txt");
    assert.equal(pathOf("c:file.txt"), "c_file.txt");
    assert.equal(pathOf("\\\\server\\share\\f"), "server/share/f");
    assert.equal(pathOf("a/./b//c"), "a/b/c");
    assert.equal(pathOf("a\0b/c\nd"), "a_b/c_d");
    assert.equal(pathOf("name. ./x.."), "name___/x__");
  });

  it("names what has no name after its archive", () => {
    assert.equal(pathOf("///"), "unnamed/abcdefghijkl");
    assert.equal(pathOf("."), "unnamed/abcdefghijkl");
  });

  it("cuts long components at a character and keeps their extension", () => {
    const path = pathOf(`${"ü".repeat(200)}.jpeg`);
    assert.match(path, /^ü+~[0-9a-f]{8}\.jpeg$/);
    assert.ok(Buffer.byteLength(path) <= COMPONENT_MAX_BYTES);
    assert.notEqual(path, pathOf(`${"ü".repeat(201)}.jpeg`));
  });

  it("keeps clear of the names of partial files", () => {
    assert.equal(pathOf(".x.moraine-part"), ".x.moraine-part_");
    assert.equal(pathOf(".x.MORAINE-STATE"), ".x.MORAINE-STATE_");
    assert.equal(pathOf(".x.moraine-state.new"), ".x.moraine-state.new_");
  });
});

describe("mapPaths", () => {
  it("gives names that differ in case or Unicode form paths of their own", () => {
    const [upper, lower, composed, decomposed] = mapNames("A.txt", "a.txt", "\u00e9", "e\u0301");
    assert.equal(upper, "A.txt");
    assert.match(String(lower), /^a~[0-9a-f]{8}\.txt$/);
    assert.equal(decomposed, "e\u0301");
    assert.match(String(composed), /^\u00e9~[0-9a-f]{8}$/);
  });

  it("lets the folder have a name that is also a file's", () => {
    const [file, inFolder] = mapNames("a", "A/b");
    assert.match(String(file), /^a~[0-9a-f]{8}$/);
    assert.equal(inFolder, "A/b");
  });

  it("prefers the name that needed no change, whatever the order", () => {
    assert.match(String(mapNames("/x", "x")[0]), /^x~/);
    assert.equal(mapNames("/x", "x")[1], "x");
  });

  it("stays below the folder, is injective and depends on no order, for any names", () => {
    fc.assert(
      fc.property(fc.array(oddText, { maxLength: 12 }), (names) => {
        const archives = names.map((name, index) => ({ archiveId: `id-${index}`, name }));
        const paths = mapPaths(archives).map(({ path }) => path);
        const folded = paths.map((path) => path.normalize("NFD").toLowerCase());
        assert.equal(new Set(folded).size, names.length);
        for (const path of paths) {
          const resolved = posix.resolve("/out", path);
          assert.equal(resolved, `/out/${path}`);
          assert.ok(!/[\0\\]/.test(path) && path.isWellFormed());
          for (const component of path.split("/")) {
            assert.ok(component !== "" && component !== "." && component !== "..");
            assert.ok(!/[. ]$/.test(component), component);
            assert.ok(Buffer.byteLength(component) <= COMPONENT_MAX_BYTES);
          }
        }
        for (const [index, path] of folded.entries()) {
          assert.ok(!folded.some((other, at) => at !== index && other.startsWith(`${path}/`)));
        }
        const reversed = mapPaths(archives.toReversed()).map(({ path }) => path);
        assert.deepEqual(reversed.toReversed(), paths);
      }),
      { numRuns: 500 },
    );
  });
});
