import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  parseInventoryFilter,
  parseInventoryFormat,
  parseJobType,
  parseRetrievalByteRange,
  refuseMembers,
} from "./job-parameters.ts";

const MIB = 1024 * 1024;
const refusal = { code: "InvalidParameterValueException" };

function filter(parameters: { StartDate?: string; EndDate?: string; Limit?: string }) {
  return parseInventoryFilter({
    StartDate: undefined,
    EndDate: undefined,
    Limit: undefined,
    ...parameters,
  });
}

describe("parseJobType", () => {
  it("takes the three types in their exact case", () => {
    for (const type of ["archive-retrieval", "inventory-retrieval", "select"]) {
      assert.equal(parseJobType(type), type);
    }
  });

  it("refuses an absent type as missing and others as invalid", () => {
    assert.throws(() => parseJobType(undefined), {
      code: "MissingParameterValueException",
      message: "Required parameter missing: Type",
    });
    for (const text of ["", "Archive-Retrieval", "inventory"]) {
      assert.throws(() => parseJobType(text), {
        ...refusal,
        message: `Invalid job type: ${text}. It must be one of archive-retrieval, inventory-retrieval, select.`,
      });
    }
  });
});

describe("refuseMembers", () => {
  it("names the first member that is present, also when it is empty", () => {
    refuseMembers("inventory-retrieval", { ArchiveId: undefined });
    assert.throws(
      () => refuseMembers("inventory-retrieval", { OutputLocation: undefined, ArchiveId: "" }),
      {
        ...refusal,
        message: "Invalid ArchiveId: jobs of type inventory-retrieval do not take it.",
      },
    );
  });
});

describe("parseInventoryFormat", () => {
  it("is JSON when absent and otherwise the format named, in its exact case", () => {
    assert.equal(parseInventoryFormat(undefined), "JSON");
    assert.equal(parseInventoryFormat("JSON"), "JSON");
    assert.equal(parseInventoryFormat("CSV"), "CSV");
    for (const text of ["", "csv", "XML"]) {
      assert.throws(() => parseInventoryFormat(text), {
        ...refusal,
        message: `Invalid Format: ${text}. It must be JSON or CSV.`,
      });
    }
  });
});

describe("parseInventoryFilter", () => {
  it("selects everything when nothing is given", () => {
    const everything = { startDate: undefined, endDate: undefined, limit: undefined };
    assert.deepEqual(parseInventoryFilter(undefined), everything);
    assert.deepEqual(filter({}), everything);
  });

  it("keeps the client's text of a date beside its instant", () => {
    const text = "2013-03-20T18:03:43.5+01:00";
    assert.deepEqual(filter({ StartDate: text }).startDate, {
      text,
      atMs: Date.UTC(2013, 2, 20, 17, 3, 43, 500),
    });
  });

  it("refuses texts that are no ISO 8601 date with seconds, naming the member", () => {
    for (const text of ["", "2013-03-20", "2013-02-30T00:00:00Z", "yesterday", "1363798800"]) {
      assert.throws(() => filter({ StartDate: text }), {
        ...refusal,
        message: /^Invalid StartDate: /,
      });
      assert.throws(() => filter({ EndDate: text }), { ...refusal, message: /^Invalid EndDate: / });
    }
  });

  it("takes a start one second before the end and refuses equal and later ones", () => {
    const at = (second: number) => `2013-03-20T17:03:0${second}Z`;
    assert.equal(filter({ StartDate: at(4), EndDate: at(5) }).endDate?.text, at(5));
    for (const second of [5, 6]) {
      assert.throws(() => filter({ StartDate: at(second), EndDate: at(5) }), refusal);
    }
  });

  it("takes limits from 1 without an upper bound", () => {
    assert.equal(filter({ Limit: "1" }).limit, 1);
    assert.equal(filter({ Limit: "10000000" }).limit, 10_000_000);
    assert.equal(filter({ Limit: "9".repeat(30) }).limit, Number.MAX_SAFE_INTEGER);
    for (const text of ["0", "-1", "1.5", "", "many"]) {
      assert.throws(() => filter({ Limit: text }), {
        ...refusal,
        message: `Invalid Limit: ${text}. It must be a whole number of at least 1.`,
      });
    }
  });
});

describe("parseRetrievalByteRange", () => {
  const size = 3 * MIB + 100;

  it("takes MiB-aligned ranges, and ranges that end with the archive", () => {
    for (const [text, endExclusive] of [
      [`0-${MIB - 1}`, MIB],
      [`0-${size - 1}`, size],
      [`0-${3 * MIB - 1}`, 3 * MIB],
    ] as const) {
      assert.deepEqual(parseRetrievalByteRange(text, size), { start: 0, endExclusive });
    }
    assert.deepEqual(parseRetrievalByteRange(`${3 * MIB}-${size - 1}`, size), {
      start: 3 * MIB,
      endExclusive: size,
    });
  });

  it("takes an end one MiB boundary before the archive's and refuses its neighbours", () => {
    for (const end of [3 * MIB - 2, 3 * MIB, size - 2, size]) {
      assert.throws(() => parseRetrievalByteRange(`0-${end}`, size), {
        code: "InvalidParameterValueException",
      });
    }
  });

  it("refuses a start beside a MiB boundary or past the end, and reversed ranges", () => {
    const texts = [`1-${MIB - 1}`, `${MIB + 1}-${size - 1}`, `${4 * MIB}-${5 * MIB - 1}`];
    for (const text of [...texts, `${MIB}-${MIB - 1}`]) {
      assert.throws(() => parseRetrievalByteRange(text, size), {
        message: new RegExp(`^Invalid RetrievalByteRange: ${text}\\. `),
      });
    }
  });

  it("refuses other forms", () => {
    for (const text of ["", "0", "-5", "0-", "bytes=0-1048575", "0-1048575,2-3", "0 - 1048575"]) {
      assert.throws(() => parseRetrievalByteRange(text, size), {
        code: "InvalidParameterValueException",
        message: /^Invalid RetrievalByteRange: /,
      });
    }
  });
});
