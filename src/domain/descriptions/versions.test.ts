import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { numberVersions } from "./versions.ts";

const archive = (name: string, createdAtMs: number, archiveId = `${name}-${createdAtMs}`) => ({
  ...{ name, createdAtMs, archiveId },
});

const shown = (archives: Parameters<typeof numberVersions>[0]) =>
  numberVersions(archives).map(({ shownName }) => shownName);

describe("numberVersions", () => {
  it("shows the newest by its name and older ones with their number, in the order given", () => {
    assert.deepEqual(shown([archive("a", 1), archive("b", 5), archive("a", 3), archive("a", 2)]), [
      ...["a;3", "b", "a", "a;2"],
    ]);
  });

  it("orders archives of one millisecond by their ids", () => {
    const archives = [archive("a", 1, "x"), archive("a", 1, "z"), archive("a", 1, "y")];
    assert.deepEqual(shown(archives), ["a;3", "a", "a;2"]);
    assert.deepEqual(shown(archives.toReversed()), ["a;2", "a", "a;3"]);
  });

  it("passes over a number that a name really ends with", () => {
    const archives = [archive("a", 2), archive("a", 1), archive("a;2", 9), archive("a;2", 8)];
    assert.deepEqual(shown(archives), ["a", "a;3", "a;2", "a;2;2"]);
    assert.deepEqual(
      numberVersions(archives).map(({ version }) => version),
      [1, 2, 1, 2],
    );
  });

  it("gives every archive a name that no other bears", () => {
    const names = fc.constantFrom("a", "a;2", "a;3", "a;2;2", "b");
    const archives = fc.array(fc.tuple(names, fc.integer({ min: 0, max: 3 })));
    fc.assert(
      fc.property(archives, (pairs) => {
        const items = pairs.map(([name, at], index) => archive(name, at, `id${index}`));
        assert.equal(new Set(shown(items)).size, items.length);
      }),
    );
  });
});
