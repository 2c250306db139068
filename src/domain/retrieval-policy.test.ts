import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ArchiveId } from "./ids.ts";
import type { ArchiveRetrievalRequest } from "./job.ts";
import {
  checkRetrieval,
  countedBytes,
  hourlyRate,
  parseRetrievalPolicy,
  type RetrievalLoad,
  type RetrievalPolicy,
  utcDay,
} from "./retrieval-policy.ts";

const MAX = 2n ** 63n - 1n;
const invalid = "InvalidParameterValueException";
const missing = "MissingParameterValueException";

function parseRule(Strategy: string | undefined, BytesPerHour?: number | bigint) {
  return parseRetrievalPolicy({ Rules: [{ Strategy, BytesPerHour }] });
}

describe("parseRetrievalPolicy", () => {
  it("reads each strategy", () => {
    assert.deepEqual(parseRule("None"), { strategy: "None" });
    assert.deepEqual(parseRule("FreeTier"), { strategy: "FreeTier" });
    assert.deepEqual(parseRule("BytesPerHour", 1), { strategy: "BytesPerHour", bytesPerHour: 1n });
  });

  it("keeps the limit exact up to 2^63-1", () => {
    for (const bytesPerHour of [1n, 2n ** 53n + 1n, MAX]) {
      assert.deepEqual(parseRule("BytesPerHour", bytesPerHour), {
        strategy: "BytesPerHour",
        bytesPerHour,
      });
    }
    for (const bytesPerHour of [0, -1, MAX + 1n, 1e30]) {
      assert.throws(() => parseRule("BytesPerHour", bytesPerHour), { code: invalid });
    }
  });

  it("refuses absent members as missing, each by its name", () => {
    const message = (name: string) => `Required parameter missing: ${name}`;
    const cases: [run: () => unknown, name: string][] = [
      [() => parseRetrievalPolicy(undefined), "Policy"],
      [() => parseRetrievalPolicy({ Rules: undefined }), "Rules"],
      [() => parseRule(undefined), "Strategy"],
      [() => parseRule("BytesPerHour"), "BytesPerHour"],
    ];
    for (const [run, name] of cases) {
      assert.throws(run, { code: missing, message: message(name) });
    }
  });

  it("refuses no rule, two rules, unknown strategies and a limit that its strategy does not take", () => {
    const none = { Strategy: "None", BytesPerHour: undefined };
    assert.throws(() => parseRetrievalPolicy({ Rules: [] }), { code: invalid });
    assert.throws(() => parseRetrievalPolicy({ Rules: [none, none] }), { code: invalid });
    assert.throws(() => parseRule("none"), {
      code: invalid,
      message: /^Invalid Strategy: none\. /,
    });
    assert.throws(() => parseRule("FreeTier", 5), { code: invalid });
  });
});

describe("countedBytes", () => {
  const request: ArchiveRetrievalRequest = {
    kind: "ArchiveRetrieval",
    archiveId: "a" as ArchiveId,
    archiveSizeBytes: 100,
    archiveTreeHash: "",
    archiveDescription: undefined,
    tier: "Standard",
    range: { start: 10, endExclusive: 30 },
    rangeGiven: true,
  };

  it("counts the range of a Standard retrieval and nothing of the other tiers", () => {
    assert.equal(countedBytes(request), 20);
    assert.equal(countedBytes({ ...request, tier: "Expedited" }), 0);
    assert.equal(countedBytes({ ...request, tier: "Bulk" }), 0);
  });
});

describe("hourlyRate", () => {
  it("is a quarter of the bytes, rounded up", () => {
    assert.deepEqual([0, 1, 3, 4, 5, 8].map(hourlyRate), [0n, 1n, 1n, 1n, 2n, 2n]);
    assert.equal(hourlyRate(Number.MAX_SAFE_INTEGER), 2n ** 51n);
  });
});

describe("checkRetrieval", () => {
  const refused = {
    code: "PolicyEnforcedException",
    message: "InitiateJob request denied by current data retrieval policy.",
  };
  function check(policy: RetrievalPolicy, bytes: number, load: Partial<RetrievalLoad>, at: string) {
    const whole = { hourlyRate: 0n, bytesToday: 0n, ...load };
    checkRetrieval(policy, { bytes, load: whole, nowMs: Date.parse(at) });
  }

  it("accepts everything without a policy", () => {
    check({ strategy: "None" }, 1e15, { hourlyRate: MAX, bytesToday: MAX }, "2026-01-01T00:00:00Z");
  });

  it("holds the sum of hourly rates to the limit exactly", () => {
    const policy = { strategy: "BytesPerHour", bytesPerHour: MAX } as const;
    check(policy, 8, { hourlyRate: MAX - 2n }, "2026-01-01T00:00:00Z");
    assert.throws(
      () => check(policy, 9, { hourlyRate: MAX - 2n }, "2026-01-01T00:00:00Z"),
      refused,
    );
  });

  it("gives each day an even share of 10 GiB by the days of its month", () => {
    const tenGib = 10 * 2 ** 30;
    const days: [at: string, days: number][] = [
      ["2026-01-31T23:59:59Z", 31],
      ["2026-02-01T00:00:00Z", 28],
      ["2028-02-29T12:00:00Z", 29],
      ["2026-04-30T00:00:00Z", 30],
    ];
    for (const [at, daysInMonth] of days) {
      const share = Math.floor(tenGib / daysInMonth);
      const load = { bytesToday: BigInt(share) - 5n };
      check({ strategy: "FreeTier" }, 5, load, at);
      assert.throws(() => check({ strategy: "FreeTier" }, 6, load, at), refused, at);
    }
  });
});

describe("utcDay", () => {
  it("changes at midnight UTC", () => {
    assert.equal(utcDay(Date.parse("2026-01-31T23:59:59.999Z")), "2026-01-31");
    assert.equal(utcDay(Date.parse("2026-02-01T00:00:00Z")), "2026-02-01");
  });
});
