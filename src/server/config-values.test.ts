import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { AWS_DELAYS, NO_DELAYS } from "../domain/retrieval-tier.ts";
import {
  accessKeyId,
  accountId,
  count,
  duration,
  expeditedCapacity,
  findDurationMs,
  inventoryMode,
  listenAddress,
  listenAddressOrOff,
  oneOf,
  path,
  regionName,
  requestRate,
  secretAccessKey,
  tierDelays,
  type ValueKind,
} from "./config-values.ts";

function assertRefused(kind: ValueKind<unknown>, texts: readonly string[]): void {
  for (const text of texts) {
    assert.equal(kind.find(text), undefined, JSON.stringify(text));
  }
}

describe("config values", () => {
  it("reads durations with their unit", () => {
    assert.equal(findDurationMs("0s"), 0);
    assert.equal(findDurationMs("500ms"), 500);
    assert.equal(findDurationMs("15m"), 900_000);
    assert.equal(findDurationMs("24h"), 86_400_000);
    assert.equal(findDurationMs("7d"), 604_800_000);
  });

  it("refuses durations without a unit, with a fraction, a sign, a space or another unit", () => {
    for (const text of [
      "",
      "5",
      "0",
      "1.5h",
      "-1s",
      "+1s",
      "1 s",
      "1S",
      "1w",
      "s",
      "1s2s",
      "1e3s",
    ]) {
      assert.equal(findDurationMs(text), undefined, text);
    }
  });

  it("keeps durations within their limits", () => {
    const kind = duration({ min: "1s", max: "1m" });
    assert.equal(kind.find("999ms"), undefined);
    assert.equal(kind.find("1s"), 1000);
    assert.equal(kind.find("60s"), 60_000);
    assert.equal(kind.find("60001ms"), undefined);
    assert.equal(duration({ min: "0s" }).find("3650d"), 315_360_000_000);
    assert.equal(duration({ min: "0s" }).find("3651d"), undefined);
  });

  it("reads delays for any of the tiers; the others take none", () => {
    assert.deepEqual(tierDelays.find("Standard=4h"), { ...NO_DELAYS, Standard: 14_400_000 });
    assert.deepEqual(tierDelays.find("Bulk=2s, Expedited=1s"), {
      Expedited: 1000,
      Standard: 0,
      Bulk: 2000,
    });
    assert.equal(tierDelays.find("aws"), AWS_DELAYS);
  });

  it("refuses delays of unknown or repeated tiers and delays without a unit", () => {
    assertRefused(tierDelays, [
      "",
      "Standard",
      "Standard=",
      "Standard=5",
      "standard=5s",
      "Slow=5s",
      "Standard=1s,Standard=2s",
      "Standard=1s,",
      "Standard=1s=2s",
      "AWS",
      "Standard=3651d",
    ]);
  });

  it("reads the inventory mode", () => {
    assert.deepEqual(inventoryMode.find("live"), { kind: "live" });
    assert.deepEqual(inventoryMode.find("1s"), { kind: "periodic", intervalMs: 1000 });
    assertRefused(inventoryMode, ["", "999ms", "0s", "Live", "daily"]);
  });

  it("reads the capacity for Expedited retrievals", () => {
    assert.equal(expeditedCapacity.find("unlimited"), "unlimited");
    assert.equal(expeditedCapacity.find("0"), 0);
    assert.equal(expeditedCapacity.find("1000000"), 1_000_000);
    assertRefused(expeditedCapacity, ["", "-1", "1.5", "1000001", "Unlimited", "2 "]);
  });

  it("reads addresses, with IPv6 in brackets", () => {
    const cases: [string, string, number][] = [
      ["127.0.0.1:9720", "127.0.0.1", 9720],
      ["0.0.0.0:0", "0.0.0.0", 0],
      ["localhost:65535", "localhost", 65_535],
      ["[::1]:0", "::1", 0],
      ["[::]:9720", "::", 9720],
      ["archive.example.org:80", "archive.example.org", 80],
    ];
    for (const [text, host, port] of cases) {
      assert.deepEqual(listenAddress.find(text), { host, port }, text);
    }
  });

  it("refuses addresses without host or port, or with impossible ones", () => {
    const bad = [
      "",
      "9720",
      ":9720",
      "localhost",
      "localhost:",
      "localhost:65536",
      "localhost:-1",
      "localhost:http",
      "::1:9720",
      "[localhost]:9720",
      "[::1]",
      "300.1.1.1:80",
      "1.2.3:80",
      "http://localhost:80",
      "a b:80",
      "-a:80",
    ];
    assertRefused(listenAddress, bad);
    assertRefused(listenAddressOrOff, [...bad, "OFF", "none"]);
    assert.equal(listenAddressOrOff.find("off"), "off");
  });

  it("takes access key ids of 16 to 128 word characters", () => {
    assert.equal(accessKeyId.find("A".repeat(15)), undefined);
    assert.equal(accessKeyId.find("A_b4".repeat(4)), "A_b4".repeat(4));
    assert.equal(accessKeyId.find("A".repeat(128)), "A".repeat(128));
    assertRefused(accessKeyId, ["A".repeat(129), `${"A".repeat(16)}-`, `${"A".repeat(16)}é`]);
  });

  it("takes secrets of 8 to 128 printable characters", () => {
    assert.equal(secretAccessKey.find("a/+=!~x1"), "a/+=!~x1");
    assertRefused(secretAccessKey, ["1234567", "with space", "tab\tinside", "ümlaut-ümlaut"]);
    assertRefused(secretAccessKey, ["x".repeat(129)]);
  });

  it("takes account ids of 12 digits", () => {
    assert.equal(accountId.find("012345678901"), "012345678901");
    assertRefused(accountId, ["12345678901", "1234567890123", "1234-5678-9012", "12345678901a"]);
  });

  it("takes region names", () => {
    assert.equal(regionName.find("eu-central-1"), "eu-central-1");
    assert.equal(regionName.find("home"), "home");
    assertRefused(regionName, ["", "EU", "eu--1", "-eu", "eu-", "eu_1", "r".repeat(33)]);
  });

  it("takes paths that a file system can have", () => {
    assert.equal(path.find("./data"), "./data");
    assertRefused(path, ["", "a\0b", "x".repeat(4097)]);
  });

  it("takes one of its words and says why another is missing", () => {
    const kind = oneOf(["sqlite"], { note: "postgres://… later" });
    assert.equal(kind.find("sqlite"), "sqlite");
    assert.equal(kind.find("postgres://host/db"), undefined);
    assert.equal(kind.rule, "sqlite (postgres://… later)");
    assert.equal(oneOf(["a", "b"]).rule, "one of a, b");
  });
});

describe("requestRate", () => {
  it("takes off, a rate, and a rate with a burst", () => {
    assert.equal(requestRate.find("off"), "off");
    assert.deepEqual(requestRate.find("100"), { perSecond: 100, burst: 100 });
    assert.deepEqual(requestRate.find("1:100000"), { perSecond: 1, burst: 100_000 });
  });

  it("refuses rates and bursts outside 1 to 100000, and other forms", () => {
    for (const text of [
      "0",
      "1:0",
      "100001",
      "1:100001",
      "-1",
      "1.5",
      "1:",
      ":1",
      "1:2:3",
      "on",
      "",
    ]) {
      assert.equal(requestRate.find(text), undefined, text);
    }
  });
});

describe("count", () => {
  it("takes whole numbers within its limits and nothing else", () => {
    const kind = count({ min: 1, max: 512 });
    const found = ["0", "1", "512", "513", "1e2", " 1", ""].map((text) => kind.find(text));
    assert.deepEqual(found, [undefined, 1, 512, undefined, undefined, undefined, undefined]);
  });
});
