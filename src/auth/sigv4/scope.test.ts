import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { decideService, formatScope } from "./scope.ts";

describe("decideService", () => {
  it("keeps a served service and the region of its scope", () => {
    assert.deepEqual(decide("eu-west-1/sts", "127.0.0.1:9720"), {
      region: "eu-west-1",
      service: "sts",
    });
  });

  const ofHost: [host: string, scope: string][] = [
    ["127.0.0.1", "0/127"],
    ["127.0.0.1:9720", "0/127"],
    ["localhost", "localhost/localhost"],
    ["localhost:9720", "localhost/localhost"],
    ["archive.lan:80", "lan/archive"],
    ["moraine.example.org", "us-east-1/moraine"],
    ["moraine.eu.example.org", "eu/moraine"],
  ];
  for (const [host, scope] of ofHost) {
    it(`takes ${scope}, which boto 2 derives from ${host}, for Glacier`, () => {
      assert.deepEqual(decide(scope, host), { region: "us-west-2", service: "glacier" });
    });
  }

  const foreign: [host: string | undefined, scope: string][] = [
    ["127.0.0.1:9720", "us-east-1/s3"],
    ["127.0.0.1:9720", "127/0"],
    ["127.0.0.1:9720", "0/128"],
    ["localhost:9720", "us-east-1/localhost"],
    ["localhost:9720", "localhost/s3"],
    ["s3.example.org", "example/s3"],
    ["", "/"],
    [undefined, "localhost/localhost"],
  ];
  for (const [host, scope] of foreign) {
    it(`refuses ${scope} at host ${host}, naming the scope expected`, () => {
      assert.throws(() => decide(scope, host), {
        code: "InvalidSignatureException",
        message: /expected '20120525\/us-west-2\/glacier\/aws4_request'/,
      });
    });
  }
});

describe("formatScope", () => {
  it("joins date, region, service and terminator", () => {
    assert.equal(
      formatScope({ date: "20120525", region: "us-east-1", service: "glacier" }),
      "20120525/us-east-1/glacier/aws4_request",
    );
  });
});

function decide(regionAndService: string, hostHeader: string | undefined) {
  const [region = "", service = ""] = regionAndService.split("/");
  return decideService({
    scope: { date: "20120525", region, service },
    hostHeader,
    servedServices: ["glacier", "sts"],
    defaultRegion: "us-west-2",
  });
}
