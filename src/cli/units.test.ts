import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  findRate,
  findSizeBytes,
  formatCount,
  formatDuration,
  formatSize,
  formatTableTime,
  parseCount,
  parseDuration,
  parseInstant,
  parseRate,
  parseSize,
} from "./units.ts";

describe("units", () => {
  it("reads sizes with binary units and without", () => {
    const cases: readonly (readonly [string, number | undefined])[] = [
      ["0", 0],
      ["1048576", 1_048_576],
      ["16MiB", 16 * 1024 ** 2],
      ["16 mib", 16 * 1024 ** 2],
      ["2TiB", 2 * 1024 ** 4],
      ["1.5GiB", undefined],
      ["16MB", undefined],
      ["-1", undefined],
      ["", undefined],
      ["9007199254740993", undefined],
      ["99999999TiB", undefined],
    ];
    for (const [text, bytes] of cases) {
      assert.equal(findSizeBytes(text), bytes, text);
    }
  });

  it("refuses a size of nothing and names what it got", () => {
    assert.throws(() => parseSize("0"), /such as 16MiB; got "0"/);
    assert.equal(parseSize("1KiB"), 1024);
  });

  it("reads rates per second, minute, hour and day", () => {
    assert.equal(findRate("20MiB/s"), 20 * 1024 ** 2);
    assert.equal(findRate("60KiB/min"), 1024);
    assert.equal(findRate("36GiB/h"), (36 * 1024 ** 3) / 3600);
    assert.equal(findRate("86400/d"), 1);
    for (const text of ["20MiB", "0/s", "MiB/s", "1MiB/w"]) {
      assert.equal(findRate(text), undefined, text);
    }
    assert.throws(() => parseRate("fast"), /20MiB\/s or 50GiB\/h; got "fast"/);
  });

  it("reads counts within limits only", () => {
    const parse = parseCount({ min: 1, max: 64 });
    assert.deepEqual([parse("1"), parse("64")], [1, 64]);
    for (const text of ["0", "65", "1.5", "four", "-1"]) {
      assert.throws(() => parse(text), /from 1 to 64/, text);
    }
  });

  it("reads dates as their first instant in UTC", () => {
    assert.equal(parseInstant("2026-01-31"), Date.UTC(2026, 0, 31));
    assert.equal(parseInstant("2026-01-31T12:00:00+02:00"), Date.UTC(2026, 0, 31, 10));
    for (const text of ["2026-02-30", "yesterday", "2026"]) {
      assert.throws(() => parseInstant(text), /such as 2026-01-31/, text);
    }
  });

  it("reads durations of seconds to days", () => {
    assert.deepEqual(["30s", "15m", "12h", "90d"].map(parseDuration), [
      30_000,
      900_000,
      43_200_000,
      90 * 86_400_000,
    ]);
    assert.throws(() => parseDuration("90"), /such as 90d; got "90"/);
  });

  it("writes sizes with at most one digit after the point and never 1024 of a unit", () => {
    const sizes = [0, 812, 1023, 1024, 1_048_575, 4_509_715_660, 1024 ** 4, 5 * 1024 ** 5];
    assert.deepEqual(sizes.map(formatSize), [
      "0 B",
      "812 B",
      "1023 B",
      "1 KiB",
      "1.0 MiB",
      "4.2 GiB",
      "1 TiB",
      "5 PiB",
    ]);
  });

  it("writes durations in the unit that a person would take", () => {
    const durations = [0, 29_400, 599_000, 840_000, 11_100_000, 190_800_000];
    assert.deepEqual(durations.map(formatDuration), [
      "0:00",
      "0:29",
      "9:59",
      "14 min",
      "3 h 05 min",
      "2 d 5 h",
    ]);
  });

  it("groups the digits of counts and makes the plural", () => {
    assert.deepEqual(
      [0, 1, 1284, 1_200_000].map((count) => formatCount(count, "file")),
      ["0 files", "1 file", "1 284 files", "1 200 000 files"],
    );
  });

  it("writes times for tables to the second in UTC", () => {
    assert.equal(formatTableTime(Date.UTC(2025, 6, 14, 18, 2, 11, 900)), "2025-07-14 18:02:11");
  });
});
