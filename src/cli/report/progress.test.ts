import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { formatItem } from "./progress.ts";
import { createRateMeter } from "./rate-meter.ts";

const MIB = 1024 ** 2;

function item(overrides: Partial<Parameters<typeof formatItem>[0]> = {}) {
  let now = 0;
  const meter = createRateMeter(() => now);
  meter.add(60 * MIB);
  now = 6000;
  return {
    name: "IMG_2291.MOV",
    sizeBytes: 100 * MIB,
    doneBytes: 74 * MIB,
    label: undefined,
    meter,
    ...overrides,
  };
}

describe("formatItem", () => {
  it("shows name, bar, share, sizes, rate and remaining time", () => {
    assert.equal(
      formatItem(item(), 120),
      "  IMG_2291.MOV                      ███████████████░░░░░  74 %  74 MiB/100 MiB  10 MiB/s  0:03",
    );
  });

  it("never takes more columns than there are", () => {
    for (const columns of [20, 40, 60, 80, 200]) {
      const line = formatItem(item({ name: "é".repeat(300) }), columns);
      assert.ok([...line].length <= columns, `${columns}: ${line}`);
    }
  });

  it("keeps both ends of a long name", () => {
    const line = formatItem(item({ name: "2025-07-holidays-in-the-mountains.tar" }), 60);
    assert.match(line, /^ {2}2025-07-ho…tains\.tar /);
  });

  it("shows a label in place of the rate", () => {
    const line = formatItem(item({ label: "resumed at part 211/640" }), 120);
    assert.match(line, /100 MiB {2}resumed at part 211\/640$/);
  });

  it("shows no share of a size that nobody knows", () => {
    assert.match(formatItem(item({ sizeBytes: 0 }), 120), /IMG_2291\.MOV +74 MiB {2}10 MiB\/s$/);
  });

  it("sends no control character of a name to the terminal", () => {
    assert.doesNotMatch(formatItem(item({ name: "a\u001b[2Jb\n" }), 120), /\p{Cc}/u);
  });
});
