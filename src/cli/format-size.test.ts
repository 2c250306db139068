import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { findByteRate, formatSize } from "./format-size.ts";

describe("sizes and rates", () => {
  it("shows sizes in the largest unit that they reach", () => {
    const cases: [bytes: number | bigint, text: string][] = [
      [0, "0 B"],
      [1023, "1023 B"],
      [1024, "1.0 KiB"],
      [1.5 * 2 ** 30, "1.5 GiB"],
      [2n ** 60n, "1024.0 PiB"],
    ];
    for (const [bytes, text] of cases) {
      assert.equal(formatSize(bytes), text);
    }
  });

  it("reads rates with a unit, and nothing else", () => {
    assert.equal(findByteRate("20MiB/s"), 20 * 2 ** 20);
    assert.equal(findByteRate("1.5 KiB"), 1536);
    assert.equal(findByteRate("1B/s"), 1);
    for (const text of [
      "",
      "20",
      "0MiB",
      "0.1B",
      "-1MiB",
      "20MB/s",
      "1e3B",
      "9999999999B",
      "NaNB",
    ]) {
      assert.equal(findByteRate(text), undefined, text);
    }
  });
});
