import { deepEqual } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { buildCatalog } from "./build-catalog.ts";
import type { Catalog } from "./catalog.ts";
import { type SelectOptions, selectEntries } from "./select-entries.ts";

/** Archives `x1`, `x2`, … of these names, uploaded at 1, 2, …. */
function catalogOf(...names: readonly string[]): Catalog {
  return buildCatalog(
    names.map((name, index) => ({
      op: "CREATED",
      atMs: index + 1,
      archiveId: `x${index + 1}`,
      sizeBytes: 1,
      name,
    })),
  );
}

function select(catalog: Catalog, pattern: string, options?: SelectOptions) {
  return selectEntries(catalog, pattern, options).map(
    ({ entry, shownName }) => `${entry.archiveId} ${shownName}`,
  );
}

test("no pattern means the newest archive of every name, by name", () => {
  deepEqual(select(catalogOf("b", "a", "b"), ""), ["x2 a", "x3 b"]);
});

test("with versions every archive is there, newest first", () => {
  deepEqual(select(catalogOf("b", "a", "b"), "", { versions: true }), ["x2 a", "x3 b", "x1 b;2"]);
});

test("globs match across folders, names that begin with a dot, and line feeds", () => {
  const catalog = catalogOf("photos/a.jpg", "photos/.b.jpg", "photos/deep/c.jpg", "x\ny", "../z");
  deepEqual(select(catalog, "photos/*"), ["x2 photos/.b.jpg", "x1 photos/a.jpg"]);
  deepEqual(select(catalog, "photos/**/*.jpg").length, 3);
  deepEqual(select(catalog, "photos/?.{jpg,png}"), ["x1 photos/a.jpg"]);
  deepEqual(select(catalog, "x?y"), ["x4 x\ny"]);
  deepEqual(select(catalog, "**").length, 5);
});

test("a name that exists wins over the glob that it looks like", () => {
  const catalog = catalogOf("a*", "ab", "[b]", "b", "!c", "d");
  deepEqual(select(catalog, "a*"), ["x1 a*"]);
  deepEqual(select(catalog, "[b]"), ["x3 [b]"]);
  deepEqual(select(catalog, "!c"), ["x5 !c"]);
  deepEqual(select(catalog, "!d"), []);
});

test("an older version is had by its shown name", () => {
  const catalog = catalogOf("a", "a", "a");
  deepEqual(select(catalog, "a"), ["x3 a"]);
  deepEqual(select(catalog, "a;2"), ["x2 a;2"]);
  deepEqual(select(catalog, "a;3"), ["x1 a;3"]);
  deepEqual(select(catalog, "a;4"), []);
});

test("an archive that is really called name;2 keeps its name", () => {
  const catalog = catalogOf("a;2", "a", "a");
  deepEqual(select(catalog, "a;2"), ["x1 a;2"]);
  deepEqual(select(catalog, "a;3"), ["x2 a;3"]);
  deepEqual(select(catalog, "a", { versions: true }), ["x3 a", "x2 a;3"]);
});

test("an archive id means that archive, whatever its version and dates", () => {
  const catalog = catalogOf("a", "a");
  deepEqual(select(catalog, "x1", { before: 0 }), ["x1 a;2"]);
});

test("dates show the vault as it was: the newest archive of a name before then", () => {
  const catalog = catalogOf("a", "b", "a");
  deepEqual(select(catalog, "", { before: 3 }), ["x1 a;2", "x2 b"]);
  deepEqual(select(catalog, "", { after: 2 }), ["x3 a", "x2 b"]);
  deepEqual(select(catalog, "a", { before: 1 }), []);
});

test("a folder is meant by a slash at its end, or when folders are asked for", () => {
  const catalog = catalogOf("photos/a", "photos/b/c", "photosx");
  deepEqual(select(catalog, "photos/"), ["x1 photos/a", "x2 photos/b/c"]);
  deepEqual(select(catalog, "photos", { folders: true }), ["x1 photos/a", "x2 photos/b/c"]);
  deepEqual(select(catalog, "photos"), []);
});

test("with base names a glob without a slash matches the last part of names", () => {
  const catalog = catalogOf("photos/a.jpg", "b.jpg", "photos/a.txt");
  deepEqual(select(catalog, "*.jpg", { baseNames: true }), ["x2 b.jpg", "x1 photos/a.jpg"]);
  deepEqual(select(catalog, "a.txt", { baseNames: true }), ["x3 photos/a.txt"]);
  deepEqual(select(catalog, "photos/*.jpg", { baseNames: true }), ["x1 photos/a.jpg"]);
});

test("every archive is selected by the name that a listing shows for it, and alone", () => {
  const name = fc.constantFrom("a", "a;2", "a;3", "a;2;2", "b*", "");
  fc.assert(
    fc.property(fc.array(name), (names) => {
      const catalog = catalogOf(...names.map((text) => text || "c"));
      for (const shown of selectEntries(catalog, "", { versions: true })) {
        deepEqual(selectEntries(catalog, shown.shownName), [shown]);
      }
    }),
  );
});
