import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { formatOutputPath, parseOutputLocation } from "./output-location.ts";

const none = {
  AccessControlList: undefined,
  CannedACL: undefined,
  Encryption: undefined,
  StorageClass: undefined,
  Tagging: undefined,
  UserMetadata: undefined,
};
type Members = NonNullable<Parameters<typeof parseOutputLocation>[0]>["S3"];

function parse(given: Partial<NonNullable<Members>> = {}) {
  return parseOutputLocation({ S3: { ...none, BucketName: "bucket", Prefix: "p", ...given } });
}

function refuses(given: Partial<NonNullable<Members>>, message: RegExp): void {
  assert.throws(() => parse(given), { code: "InvalidParameterValueException", message });
}

describe("parseOutputLocation", () => {
  it("takes a prefix of 1 to 512 bytes, counted in UTF-8", () => {
    assert.equal(parse({ Prefix: "p" }).prefix, "p");
    assert.equal(parse({ Prefix: "p".repeat(512) }).prefix.length, 512);
    assert.equal(parse({ Prefix: "ä".repeat(256) }).prefix.length, 256);
    refuses({ Prefix: "" }, /it has 0 bytes/);
    refuses({ Prefix: "p".repeat(513) }, /it has 513 bytes/);
    refuses({ Prefix: "ä".repeat(257) }, /it has 514 bytes/);
    refuses({ Prefix: "a\u0000" }, /control characters/);
    refuses({ Prefix: "a\ud800" }, /control characters/);
  });

  it("takes 10 tags with keys of 1 to 128 and values of up to 256 characters", () => {
    const tags = (count: number) =>
      new Map(Array.from({ length: count }, (_, index) => [`k${index}`, ""]));
    assert.equal(parse({ Tagging: tags(10) }).tagging?.length, 10);
    refuses({ Tagging: tags(11) }, /11 tags/);
    assert.ok(parse({ Tagging: new Map([["k".repeat(128), "v".repeat(256)]]) }));
    refuses({ Tagging: new Map([["k".repeat(129), ""]]) }, /1 to 128 characters/);
    refuses({ Tagging: new Map([["", ""]]) }, /1 to 128 characters/);
    refuses({ Tagging: new Map([["k", "v".repeat(257)]]) }, /0 to 256 characters/);
  });

  it("takes 2048 bytes of metadata that headers can carry", () => {
    assert.ok(parse({ UserMetadata: new Map([["n", "v".repeat(2047)]]) }));
    refuses({ UserMetadata: new Map([["n", "v".repeat(2048)]]) }, /2049 bytes/);
    refuses({ UserMetadata: new Map([["n", "a\r\nx-amz-acl: public-read"]]) }, /printable ASCII/);
    refuses({ UserMetadata: new Map([["a:b", "v"]]) }, /name of a header/);
  });

  it("names what is missing", () => {
    const missing = (what: string) => ({
      code: "MissingParameterValueException",
      message: `Required parameter missing: ${what}`,
    });
    assert.throws(() => parseOutputLocation(undefined), missing("OutputLocation"));
    assert.throws(() => parseOutputLocation({ S3: undefined }), missing("OutputLocation.S3"));
  });
});

describe("formatOutputPath", () => {
  it("puts the job below the prefix, with one slash between them", () => {
    assert.equal(formatOutputPath(parse({ Prefix: "a/b" }), "job"), "a/b/job/");
    assert.equal(formatOutputPath(parse({ Prefix: "a/b/" }), "job"), "a/b/job/");
  });
});
