import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseCompletedFilter, parseStatusFilter } from "./job-filter.ts";

describe("parseStatusFilter", () => {
  it("keeps all when absent and otherwise the status named", () => {
    assert.equal(parseStatusFilter(undefined), undefined);
    for (const status of ["InProgress", "Succeeded", "Failed"]) {
      assert.equal(parseStatusFilter(status), status);
    }
  });

  it("refuses other texts with the recorded message", () => {
    for (const text of ["", "succeeded", "Expired"]) {
      assert.throws(() => parseStatusFilter(text), {
        code: "InvalidParameterValueException",
        message: `The job status code is not valid: ${text}`,
      });
    }
  });
});

describe("parseCompletedFilter", () => {
  it("reads true and false and keeps all when absent", () => {
    assert.equal(parseCompletedFilter(undefined), undefined);
    assert.equal(parseCompletedFilter("true"), true);
    assert.equal(parseCompletedFilter("false"), false);
  });

  it("refuses other texts, naming the value", () => {
    for (const text of ["", "True", "1", "yes"]) {
      assert.throws(() => parseCompletedFilter(text), {
        code: "InvalidParameterValueException",
        message: `Invalid completed: ${text}. It must be true or false.`,
      });
    }
  });
});
