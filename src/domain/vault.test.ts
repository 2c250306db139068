import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { findVaultName, parseVaultName } from "./vault.ts";

describe("parseVaultName", () => {
  it("takes letters, digits, underscores, dots and hyphens", () => {
    for (const name of ["a", "Z", "0", "My_vault-1.0", ".", "..", "-"]) {
      assert.equal(parseVaultName(name), name);
    }
  });

  it("takes 254 and 255 characters and refuses 256 and none", () => {
    assert.equal(parseVaultName("v".repeat(254)).length, 254);
    assert.equal(parseVaultName("v".repeat(255)).length, 255);
    for (const name of ["", "v".repeat(256)]) {
      assert.throws(() => parseVaultName(name), {
        code: "InvalidParameterValueException",
        message: `Invalid vault name: ${name}`,
      });
    }
  });

  it("refuses other characters", () => {
    for (const name of ["a b", "a/b", "a:b", "ä", "a\n", "a%"]) {
      assert.throws(() => parseVaultName(name), { message: `Invalid vault name: ${name}` });
      assert.equal(findVaultName(name), undefined);
    }
  });
});
