import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { compareTimestamps, findTimestamp, formatTimestamp } from "./sql-timestamp.ts";
import { addDateParts, countDateParts } from "./timestamp-arithmetic.ts";

const minute = fc.integer({ min: -62_135_500_000, max: 253_402_200_000 });

/** Timestamps with seconds, as text, with the instant they name. */
const instants = fc
  .tuple(minute, fc.integer({ min: -1439, max: 1439 }), fc.stringMatching(/^\d{0,12}$/))
  .map(([epochSeconds, offset, fraction]) => {
    const local = new Date((epochSeconds + offset * 60) * 1000).toISOString().slice(0, 19);
    const distance = Math.abs(offset);
    const two = (value: number) => String(value).padStart(2, "0");
    const zone = `${offset < 0 ? "-" : "+"}${two(Math.floor(distance / 60))}:${two(distance % 60)}`;
    const suffix = offset === 0 ? "Z" : zone;
    return { epochSeconds, text: `${local}${fraction === "" ? "" : `.${fraction}`}${suffix}` };
  })
  .filter(({ text }) => /^(?!0000)\d{4}/.test(text));

function timestampOf(text: string) {
  return findTimestamp(text) ?? assert.fail(text);
}

describe("SqlTimestamp", () => {
  it("reads the instant that a text names and prints the same text", () => {
    fc.assert(
      fc.property(instants, ({ epochSeconds, text }) => {
        const timestamp = timestampOf(text);
        assert.equal(timestamp.epochSeconds, epochSeconds);
        assert.equal(formatTimestamp(timestamp), text);
      }),
    );
  });

  it("agrees with the calendar over 400 years", () => {
    for (let day = 0; day < 146_097; day += 13) {
      const text = new Date(Date.UTC(1900, 0, 1 + day)).toISOString().slice(0, 10);
      assert.equal(timestampOf(text).epochSeconds * 1000, Date.UTC(1900, 0, 1 + day));
    }
  });

  it("counts back what DATE_ADD has added", () => {
    const part = fc.constantFrom("day", "hour", "minute", "second");
    fc.assert(
      fc.property(instants, part, fc.integer({ min: -5_000, max: 5_000 }), ({ text }, unit, n) => {
        const start = timestampOf(text);
        fc.pre(start.epochSeconds > -61_000_000_000 && start.epochSeconds < 252_000_000_000);
        const end = addDateParts(unit, n, start);
        assert.equal(countDateParts(unit, start, end), n);
        assert.equal(compareTimestamps(addDateParts(unit, -n, end), start), 0);
      }),
    );
  });

  it("counts months as DATE_ADD adds them, up to days that a month lacks", () => {
    fc.assert(
      fc.property(instants, fc.integer({ min: -300, max: 300 }), ({ text }, months) => {
        const start = timestampOf(text);
        fc.pre(start.epochSeconds > -61_000_000_000 && start.epochSeconds < 252_000_000_000);
        const end = addDateParts("month", months, start);
        const counted = countDateParts("month", start, end);
        assert.ok(Math.abs(months - counted) <= (/-(?:29|30|31)T/.test(text) ? 1 : 0), text);
      }),
    );
  });
});
