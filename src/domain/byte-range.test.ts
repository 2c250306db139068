import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  findDownloadRange,
  formatContentRange,
  formatInclusiveRange,
  parseContentRange,
} from "./byte-range.ts";

describe("parseContentRange", () => {
  it("reads bytes first-last with an asterisk or any total after the slash", () => {
    const range = { start: 0, endExclusive: 1_048_576 };
    for (const text of ["bytes 0-1048575/*", "bytes 0-1048575/130000000", "bytes 00-1048575/1"]) {
      assert.deepEqual(parseContentRange(text), range);
    }
    assert.deepEqual(parseContentRange("bytes 5-5/*"), { start: 5, endExclusive: 6 });
  });

  it("refuses other forms, reversed ranges and numbers beyond 2^53, naming the value", () => {
    const texts = [
      "",
      "0-1/*",
      "bytes=0-1/*",
      "bytes 0-1",
      "bytes 0-1/",
      "bytes -1/*",
      "bytes 0-/*",
      "bytes */100",
      "bytes 2-1/*",
      "bytes 0-1/* ",
      "bytes 0-9007199254740991/*",
      "bytes 0-99999999999999999999/*",
    ];
    for (const text of texts) {
      assert.throws(() => parseContentRange(text), {
        code: "InvalidParameterValueException",
        message: `Invalid Content-Range: ${text}`,
      });
    }
  });

  it("reads back what it formats", () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1 }), (start, length) => {
        const range = { start, endExclusive: start + length };
        assert.deepEqual(parseContentRange(formatContentRange(range, start + length)), range);
        assert.equal(formatInclusiveRange(range), `${start}-${start + length - 1}`);
      }),
    );
  });
});

describe("findDownloadRange", () => {
  it("finds the range asked for, in each of its three forms", () => {
    assert.deepEqual(findDownloadRange("bytes=0-9", 100), { start: 0, endExclusive: 10 });
    assert.deepEqual(findDownloadRange("bytes=90-", 100), { start: 90, endExclusive: 100 });
    assert.deepEqual(findDownloadRange("bytes=-10", 100), { start: 90, endExclusive: 100 });
    assert.deepEqual(findDownloadRange("bytes=0-99", 100), { start: 0, endExclusive: 100 });
  });

  it("clamps an end past the output and a suffix longer than it", () => {
    for (const last of ["98", "99", "100", "9".repeat(30)]) {
      const endExclusive = last === "98" ? 99 : 100;
      assert.deepEqual(findDownloadRange(`bytes=5-${last}`, 100), { start: 5, endExclusive });
    }
    assert.deepEqual(findDownloadRange("bytes=-101", 100), { start: 0, endExclusive: 100 });
  });

  it("refuses a start at or past the size with the recorded text", () => {
    for (const header of ["bytes=100-200", "bytes=100-", "bytes=-0", `bytes=${"9".repeat(30)}-`]) {
      assert.throws(() => findDownloadRange(header, 100), {
        code: "InvalidParameterValueException",
        message: `The start of the range is larger than size of retrieved data: ${header}`,
      });
    }
    assert.deepEqual(findDownloadRange("bytes=99-", 100), { start: 99, endExclusive: 100 });
  });

  it("finds none when the header is absent, malformed, reversed or has several ranges", () => {
    const headers = [
      undefined,
      "",
      "bytes 0-41/235",
      "bytes=",
      "bytes=-",
      "bytes=a-b",
      "bytes=0-1,3-4",
      "bytes=9-5",
      "bytes=200-100",
      "bits=0-1",
      "bytes= 0-1",
    ];
    for (const header of headers) {
      assert.equal(findDownloadRange(header, 100), undefined);
    }
  });

  it("finds none or a part of the output that is not empty, whatever the numbers", () => {
    const number = fc.option(fc.nat(300), { nil: "" });
    fc.assert(
      fc.property(number, number, fc.integer({ min: 1, max: 200 }), (first, last, total) => {
        let range: ReturnType<typeof findDownloadRange>;
        try {
          range = findDownloadRange(`bytes=${first}-${last}`, total);
        } catch {
          assert.ok(first === "" ? last === 0 : Number(first) >= total);
          return;
        }
        if (range !== undefined) {
          assert.ok(range.start >= 0 && range.start < range.endExclusive);
          assert.ok(range.endExclusive <= total);
        }
      }),
    );
  });
});
