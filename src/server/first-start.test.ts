import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type BannerFacts, formatBanner, formatUrl } from "./first-start.ts";

const facts: BannerFacts = {
  version: "0.1.0",
  api: { address: "127.0.0.1", port: 9720 },
  console: { address: "::1", port: 40_001 },
  dataDir: "/var/lib/moraine",
  region: "eu-central-1",
  generated: undefined,
};
const generated = {
  accessKeyId: "MORAABCDEFGH23456789",
  secretAccessKey: "abcdefghijklmnopqrstuvwxyz0123456789+/AB",
  accountId: "123456789012",
  path: "/var/lib/moraine/root-credentials.json",
};

describe("formatBanner", () => {
  it("tells addresses and data folder, and nothing of credentials at a later start", () => {
    assert.equal(
      formatBanner(facts),
      [
        "Moraine 0.1.0 is ready.",
        "  API          http://127.0.0.1:9720",
        "  Console      http://[::1]:40001",
        "  Data folder  /var/lib/moraine",
        "",
      ].join("\n"),
    );
  });

  it("shows generated credentials once, with lines to copy", () => {
    const text = formatBanner({ ...facts, generated });
    for (const line of [
      "  export AWS_ACCESS_KEY_ID='MORAABCDEFGH23456789'",
      "  export AWS_SECRET_ACCESS_KEY='abcdefghijklmnopqrstuvwxyz0123456789+/AB'",
      "  export AWS_DEFAULT_REGION='eu-central-1'",
      "  aws glacier create-vault --account-id - --vault-name demo \\",
      "    --endpoint-url http://127.0.0.1:9720",
    ]) {
      assert.ok(text.split("\n").includes(line), line);
    }
    assert.match(text, /account 123456789012/);
    assert.match(text, /root-credentials\.json/);
  });

  it("gives an address to copy when the listener is on all of them", () => {
    const all = { ...facts, generated, api: { address: "0.0.0.0", port: 80 } };
    const text = formatBanner(all);
    assert.match(text, /API {10}http:\/\/0\.0\.0\.0:80\n/);
    assert.match(text, /--endpoint-url http:\/\/127\.0\.0\.1:80\n/);
    const allSix = formatBanner({ ...all, api: { address: "::", port: 80 } });
    assert.match(allSix, /--endpoint-url http:\/\/\[::1\]:80\n/);
  });

  it("says when the console is off", () => {
    assert.match(formatBanner({ ...facts, console: undefined }), /Console {6}off\n/);
  });
});

describe("formatUrl", () => {
  it("puts brackets around IPv6 addresses only", () => {
    assert.equal(formatUrl({ address: "::1", port: 1 }), "http://[::1]:1");
    assert.equal(formatUrl({ address: "10.0.0.1", port: 1 }), "http://10.0.0.1:1");
  });
});
