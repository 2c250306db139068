import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { operationNames } from "../protocol/operations.ts";
import { handlers } from "./index.ts";
import { notAvailable } from "./not-available.ts";

const later = [
  "SetVaultNotifications",
  "GetVaultNotifications",
  "DeleteVaultNotifications",
  "SetVaultAccessPolicy",
  "GetVaultAccessPolicy",
  "DeleteVaultAccessPolicy",
  "InitiateVaultLock",
  "GetVaultLock",
  "AbortVaultLock",
  "CompleteVaultLock",
  "SetDataRetrievalPolicy",
  "GetDataRetrievalPolicy",
  "PurchaseProvisionedCapacity",
  "ListProvisionedCapacity",
] as const;

describe("handlers", () => {
  it("are as many as the operations, each under its own name", () => {
    assert.deepEqual(Object.keys(handlers), operationNames);
    assert.equal(new Set(Object.values(handlers)).size, operationNames.length);
  });

  it("refuse the operations that this version does not perform, naming each", async () => {
    for (const name of later) {
      await assert.rejects((handlers[name] as () => Promise<unknown>)(), {
        code: "BadRequest",
        message: `The operation ${name} is not available in this version of Moraine.`,
      });
    }
  });

  it("perform the other nineteen", () => {
    const refusing = new Set<string>(later);
    const performing = operationNames.filter((name) => !refusing.has(name));
    assert.equal(performing.length, 19);
    const refusal = notAvailable("GetVaultLock").toString();
    for (const name of performing) {
      assert.notEqual(handlers[name].toString(), refusal, name);
    }
  });
});
