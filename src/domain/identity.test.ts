import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  countPolicyCharacters,
  foldUserName,
  formatUserArn,
  parseAccessKeyId,
  parseAccessKeyStatus,
  parseMaxItems,
  parsePathPrefix,
  parsePolicyName,
  parseUserName,
  parseUserPath,
} from "./identity.ts";
import type { AccountId } from "./ids.ts";

const accountId = "123456789012" as AccountId;
const validation = (message: RegExp | string) => ({
  name: "ManagementError",
  status: 400,
  code: "ValidationError",
  message,
});

describe("parseUserName", () => {
  it("takes 1 to 64 letters, digits and +=,.@_-", () => {
    for (const name of ["a", "a".repeat(64), "Bob.O=Neil+x,y@example-1_2"]) {
      assert.equal(parseUserName(name), name);
    }
  });

  it("refuses an absent, empty, too long or foreign name with the text of IAM", () => {
    const cases: [string | undefined, RegExp][] = [
      [
        undefined,
        /Value null at 'userName' failed to satisfy constraint: Member must not be null$/,
      ],
      ["", /Member must have length greater than or equal to 1$/],
      ["a".repeat(65), /Member must have length less than or equal to 64$/],
      ["a b", /^The specified value for userName is invalid\. It must contain only alphanumeric/],
      ["a/b", /^The specified value for userName is invalid/],
      ["ä", /^The specified value for userName is invalid/],
    ];
    for (const [name, message] of cases) {
      assert.throws(() => parseUserName(name), validation(message), String(name));
    }
  });

  it("gives names of other letter case the same folded form", () => {
    assert.equal(foldUserName(parseUserName("Bob")), foldUserName(parseUserName("bOB")));
  });
});

describe("parsePolicyName", () => {
  it("takes up to 128 characters", () => {
    assert.equal(parsePolicyName("p".repeat(128)).length, 128);
    assert.throws(() => parsePolicyName("p".repeat(129)), validation(/less than or equal to 128$/));
  });
});

describe("parseUserPath", () => {
  it("is / unless given, and begins and ends with /", () => {
    assert.equal(parseUserPath(undefined), "/");
    assert.equal(parseUserPath("/a/b/"), "/a/b/");
    assert.equal(parseUserPath(`/${"a".repeat(510)}/`).length, 512);
    for (const path of ["", "a", "/a", "a/", "/a b/", `/${"a".repeat(511)}/`]) {
      assert.throws(() => parseUserPath(path), validation(/path/), path);
    }
  });

  it("is the part of the ARN before the name", () => {
    const user = { accountId, userName: "bob", path: "/ops/" };
    assert.equal(formatUserArn(user), "arn:aws:iam::123456789012:user/ops/bob");
    assert.equal(formatUserArn({ ...user, path: "/" }), "arn:aws:iam::123456789012:user/bob");
  });
});

describe("parsePathPrefix", () => {
  it("is / unless given, and begins with /", () => {
    assert.equal(parsePathPrefix(undefined), "/");
    assert.equal(parsePathPrefix("/op"), "/op");
    assert.throws(() => parsePathPrefix("op"), validation(/pathPrefix/));
  });
});

describe("parseAccessKeyId", () => {
  it("takes 16 to 128 word characters", () => {
    assert.equal(parseAccessKeyId("A".repeat(16)).length, 16);
    assert.equal(parseAccessKeyId("A".repeat(128)).length, 128);
    for (const id of [undefined, "A".repeat(15), "A".repeat(129), `${"A".repeat(15)}-`]) {
      assert.throws(() => parseAccessKeyId(id), validation(/'accessKeyId'/), String(id));
    }
  });
});

describe("parseAccessKeyStatus", () => {
  it("takes Active and Inactive, letter for letter", () => {
    assert.equal(parseAccessKeyStatus("Active"), "Active");
    assert.equal(parseAccessKeyStatus("Inactive"), "Inactive");
    assert.throws(
      () => parseAccessKeyStatus("active"),
      validation(
        "1 validation error detected: Value 'active' at 'status' failed to satisfy constraint:" +
          " Member must satisfy enum value set: [Active, Inactive]",
      ),
    );
  });
});

describe("parseMaxItems", () => {
  it("is 100 unless given, and from 1 to 1000", () => {
    assert.equal(parseMaxItems(undefined), 100);
    assert.equal(parseMaxItems(1), 1);
    assert.equal(parseMaxItems(1000), 1000);
    assert.throws(() => parseMaxItems(0), validation(/greater than or equal to 1$/));
    assert.throws(() => parseMaxItems(1001), validation(/less than or equal to 1000$/));
  });
});

describe("countPolicyCharacters", () => {
  it("leaves white space out", () => {
    assert.equal(countPolicyCharacters('{ "a":\n\t[] }'), 8);
  });
});
