/** The page docs/reference/policies.md agrees with the tables it describes, and its examples are legal. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { conditionKeyNames } from "./condition-keys.ts";
import { conditionOperators } from "./condition-operators/condition-operators.ts";
import type { PolicyKind } from "./document.ts";
import { parsePolicyDocument } from "./parse-document.ts";
import { contextOf } from "./testing/policies.ts";

const page = readFileSync(new URL("../../../docs/reference/policies.md", import.meta.url), "utf8");
const firstCells = (heading: string) =>
  (page.split(`\n## ${heading}\n`)[1] ?? "")
    .split("\n## ")[0]
    ?.split("\n")
    .filter((line) => line.startsWith("| `"))
    .flatMap((line) => [...(line.split(" | ")[0] ?? "").matchAll(/`([^`]+)`/g)])
    .map((match) => match[1])
    .sort();

describe("the reference page of policies", () => {
  it("lists every condition operator and no other", () => {
    assert.deepEqual(firstCells("Condition operators"), [...conditionOperators.keys()].sort());
  });

  it("lists every condition key and no other", () => {
    assert.deepEqual(firstCells("Condition keys"), [...conditionKeyNames].sort());
  });

  it("has examples that are legal where it says", () => {
    const examples = [...page.matchAll(/\((?:a|an) (\w+) policy\):\n\n```json\n([\s\S]*?)```/g)];
    const kinds: Record<string, PolicyKind> = {
      lock: "vault-lock",
      access: "vault-access",
      identity: "identity",
    };
    assert.equal(examples.length, 3);
    for (const [, word = "", text = ""] of examples) {
      const ownArn = "arn:aws:glacier:us-west-2:123456789012:vaults/records";
      parsePolicyDocument(text, contextOf(kinds[word] ?? "topic", { ownArn }));
    }
  });
});
