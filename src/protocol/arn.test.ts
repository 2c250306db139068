import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { AccountId } from "../domain/ids.ts";
import { findVaultName } from "../domain/vault.ts";
import { findVaultNameInArn, formatVaultArn, formatVaultLocation } from "./arn.ts";

const accountId = fc.stringMatching(/^\d{12}$/).map((text) => text as AccountId);
const region = fc.stringMatching(/^[a-z]{2}-[a-z]{4,9}-\d$/);
const vaultName = fc.stringMatching(/^[a-zA-Z0-9_.-]{1,255}$/);
const owner = fc.record({ accountId, region });

describe("the ARN of a vault", () => {
  it("has the form of the contract", () => {
    const key = { accountId: "012345678901" as AccountId, region: "us-west-2", vaultName: "v.1" };
    assert.equal(formatVaultArn(key), "arn:aws:glacier:us-west-2:012345678901:vaults/v.1");
  });

  it("names the vault that it was made of", () => {
    fc.assert(
      fc.property(owner, vaultName, (whose, name) => {
        const arn = formatVaultArn({ ...whose, vaultName: name });
        assert.equal(findVaultNameInArn(arn, whose), name);
      }),
    );
  });

  it("names no vault of another account or region", () => {
    fc.assert(
      fc.property(owner, owner, vaultName, (whose, other, name) => {
        const same = whose.accountId === other.accountId && whose.region === other.region;
        const found = findVaultNameInArn(formatVaultArn({ ...whose, vaultName: name }), other);
        assert.equal(found, same ? name : undefined);
      }),
    );
  });

  it("is not found in any other text", () => {
    const whose = { accountId: "012345678901" as AccountId, region: "us-west-2" };
    for (const text of [
      "",
      "v",
      "arn:aws:glacier:us-west-2:012345678901:vaults",
      "arn:aws:glacier:us-west-2:012345678901:policies/x",
      " arn:aws:glacier:us-west-2:012345678901:vaults/x",
      "arn:aws-cn:glacier:us-west-2:012345678901:vaults/x",
    ]) {
      assert.equal(findVaultNameInArn(text, whose), undefined, text);
    }
  });
});

describe("the location of a resource", () => {
  it("is path-absolute below its vault", () => {
    const name = findVaultName("v");
    assert.ok(name !== undefined);
    const vault = { accountId: "012345678901" as AccountId, region: "r", vaultName: name };
    assert.equal(formatVaultLocation(vault), "/012345678901/vaults/v");
    assert.equal(formatVaultLocation(vault, "jobs", "id"), "/012345678901/vaults/v/jobs/id");
  });
});
