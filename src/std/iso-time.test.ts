import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  findIsoBasicInstant,
  findIsoInstant,
  formatIsoBasic,
  formatIsoMilliseconds,
  formatIsoSeconds,
} from "./iso-time.ts";

/** Years 0 to 9999, the ones with four digits. */
const instant = fc.integer({
  min: Date.UTC(2000, 0) - 63_113_904_000_000,
  max: 253_402_300_799_999,
});

describe("ISO 8601 times", () => {
  it("have the three forms of the contract", () => {
    const epochMs = Date.UTC(2012, 2, 20, 17, 3, 43, 221);
    assert.equal(formatIsoMilliseconds(epochMs), "2012-03-20T17:03:43.221Z");
    assert.equal(formatIsoSeconds(epochMs), "2012-03-20T17:03:43Z");
    assert.equal(formatIsoBasic(epochMs), "20120320T170343Z");
    assert.equal(formatIsoMilliseconds(Date.UTC(2017, 1, 28)), "2017-02-28T00:00:00.000Z");
    assert.equal(formatIsoSeconds(Date.UTC(2017, 1, 28, 0, 0, 0, 999)), "2017-02-28T00:00:00Z");
  });

  it("are those of the runtime, cut to seconds, at every instant", () => {
    const cutByRuntime = (epochMs: number) => `${new Date(epochMs).toISOString().slice(0, 19)}Z`;
    for (let year = 1970; year < 10_000; year += 1) {
      for (const [month, day] of [
        [0, 1],
        [1, 28],
        [1, 29],
        [2, 1],
        [11, 31],
      ] as const) {
        const midnight = Date.UTC(year, month, day);
        assert.equal(formatIsoSeconds(midnight), cutByRuntime(midnight));
      }
    }
    fc.assert(
      fc.property(instant, (epochMs) => {
        assert.equal(formatIsoSeconds(epochMs), cutByRuntime(epochMs));
      }),
    );
    for (const odd of [-1, 0, 253_402_300_799_999, 253_402_300_800_000, 8.64e15, 999.5]) {
      assert.equal(formatIsoSeconds(odd), cutByRuntime(odd));
      assert.equal(formatIsoMilliseconds(odd), new Date(odd).toISOString());
    }
    fc.assert(
      fc.property(instant, (epochMs) => {
        assert.equal(formatIsoMilliseconds(epochMs), new Date(epochMs).toISOString());
      }),
    );
    assert.throws(() => formatIsoSeconds(Number.NaN), RangeError);
  });

  it("are read back as the instants they were made of", () => {
    fc.assert(
      fc.property(instant, (epochMs) => {
        const seconds = Math.floor(epochMs / 1000) * 1000;
        assert.equal(findIsoInstant(formatIsoMilliseconds(epochMs)), epochMs);
        assert.equal(findIsoInstant(formatIsoSeconds(epochMs)), seconds);
        assert.equal(findIsoBasicInstant(formatIsoBasic(epochMs)), seconds);
      }),
    );
  });

  it("are read with offsets and fractions, which are cut to milliseconds", () => {
    const noon = Date.UTC(2013, 10, 12, 12);
    assert.equal(findIsoInstant("2013-11-12T13:00:00+01:00"), noon);
    assert.equal(findIsoInstant("2013-11-12T06:30:00-05:30"), noon);
    assert.equal(findIsoInstant("2013-11-12T12:00:00.1Z"), noon + 100);
    assert.equal(findIsoInstant("2013-11-12T12:00:00.0019999999Z"), noon + 1);
  });

  it("are not found in other forms", () => {
    for (const text of [
      "",
      "2013-11-12",
      "2013-11-12T12:00Z",
      "2013-11-12T12:00:00",
      "2013-11-12 12:00:00Z",
      "2013-11-12T12:00:00z",
      "2013-11-12T12:00:00.Z",
      "2013-11-12T12:00:00+0100",
      "2013-11-12T12:00:00+24:00",
      "2013-11-12T12:00:00+01:60",
      " 2013-11-12T12:00:00Z",
      "2013-11-12T12:00:00Z\n",
      "20131112T120000Z",
    ]) {
      assert.equal(findIsoInstant(text), undefined, JSON.stringify(text));
    }
    for (const text of ["", "20131112", "20131112T120000", "2013-11-12T12:00:00Z"]) {
      assert.equal(findIsoBasicInstant(text), undefined, text);
    }
  });

  it("are not found for days and hours that do not exist", () => {
    for (const [date, time] of [
      ["2013-02-29", "00:00:00"],
      ["2013-13-01", "00:00:00"],
      ["2013-00-01", "00:00:00"],
      ["2013-04-31", "00:00:00"],
      ["2013-04-30", "24:00:00"],
      ["2013-04-30", "23:60:00"],
      ["2013-04-30", "23:59:60"],
    ] as const) {
      assert.equal(findIsoInstant(`${date}T${time}Z`), undefined, `${date}T${time}`);
      const basic = `${date}T${time}Z`.replaceAll(/[-:]/g, "");
      assert.equal(findIsoBasicInstant(basic), undefined, basic);
    }
    assert.notEqual(findIsoInstant("2012-02-29T00:00:00Z"), undefined);
  });

  it("are found in the first century as they stand", () => {
    assert.equal(findIsoInstant("0050-01-01T00:00:00Z"), Date.parse("0050-01-01T00:00:00Z"));
  });
});
