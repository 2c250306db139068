import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { actionOf, operationNames } from "../../protocol/operations.ts";
import { evaluate } from "./evaluate.ts";
import { managedPolicyTexts } from "./managed-policies.ts";
import { parsePolicyDocument } from "./parse-document.ts";
import { contextOf, requestOf } from "./testing/policies.ts";

describe("managedPolicyTexts", () => {
  const knownActions = operationNames.map(actionOf);
  const texts = managedPolicyTexts(knownActions);

  it("lets AmazonGlacierFullAccess do every action", () => {
    const refused = knownActions.filter(
      (action) => !isAllowed(texts.AmazonGlacierFullAccess, action),
    );
    assert.deepEqual(refused, []);
    assert.equal(isAllowed(texts.AmazonGlacierFullAccess, "iam:CreateUser"), false);
  });

  it("lets AmazonGlacierReadOnlyAccess do exactly the actions that change nothing", () => {
    const allowed = knownActions.filter((action) =>
      isAllowed(texts.AmazonGlacierReadOnlyAccess, action),
    );
    assert.deepEqual(allowed.map((action) => action.slice("glacier:".length)).sort(), [
      "DescribeJob",
      "DescribeVault",
      "GetDataRetrievalPolicy",
      "GetJobOutput",
      "GetVaultAccessPolicy",
      "GetVaultLock",
      "GetVaultNotifications",
      "ListJobs",
      "ListMultipartUploads",
      "ListParts",
      "ListProvisionedCapacity",
      "ListTagsForVault",
      "ListVaults",
    ]);
  });
});

function isAllowed(text: string, action: string): boolean {
  const document = parsePolicyDocument(text, contextOf("identity"));
  return evaluate(requestOf({ action }), { identity: [{ name: "managed", document }] }).allowed;
}
