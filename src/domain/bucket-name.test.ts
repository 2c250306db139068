import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { isBucketName } from "./bucket-name.ts";

describe("isBucketName", () => {
  const legal = ["abc", "a-b", "a.b.c", "1st", "amzn-s3-demo-bucket", "n".repeat(63)];
  const illegal = [
    ...["", "ab", "n".repeat(64), "Abc", "a_b", "-ab", "ab-", ".ab", "ab.", "a..b", "a/b"],
    ...["192.168.5.4", "xn--abc", "sthree-a", "abc-s3alias", "abc--ol-s3", "abc.mrap", "abc--x-s3"],
    ...["..", ".tmp", "a\nb", "abc\n", "äbc"],
  ];
  for (const name of legal) {
    it(`takes ${name}`, () => assert.ok(isBucketName(name)));
  }
  for (const name of illegal) {
    it(`refuses ${JSON.stringify(name)}`, () => assert.ok(!isBucketName(name)));
  }

  it("takes no name that a file system could read as a path", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary-ascii" }), (text) => {
        if (isBucketName(text)) {
          assert.match(text, /^[a-z0-9][a-z0-9.-]*[a-z0-9]$/);
          assert.ok(!text.includes(".."));
        }
      }),
    );
  });
});
