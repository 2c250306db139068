/** Access policies and notification configurations of vaults. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import {
  type OperationWorld,
  openOperationWorld,
  refusal,
  VAULT_ARN,
} from "../support/operation-world.ts";

const invalid = "InvalidParameterValueException";
const missing = "MissingParameterValueException";
const TOPIC = "arn:aws:sns:us-east-1:111122223333:mytopic";
const POLICY = `{"Version":"2012-10-17",  "Statement":{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"glacier:List*","Resource":"${VAULT_ARN}"}}\n`;

let world: OperationWorld;
beforeEach(async () => {
  world = await openOperationWorld();
});
afterEach(() => world.close());

const setPolicy = (Policy: string) => world.perform.SetVaultAccessPolicy({ policy: { Policy } });
const getPolicy = async () => (await world.perform.GetVaultAccessPolicy()).policy?.Policy;
const noPolicy = refusal("ResourceNotFoundException", "No vault access policy is set for: photos");

describe("SetVaultAccessPolicy", () => {
  it("stores the text as it was sent, replacing the one before", async () => {
    for (const policy of [POLICY, ` ${POLICY}`]) {
      assert.deepEqual(await setPolicy(policy), {});
      assert.equal(await getPolicy(), policy);
    }
  });

  it("refuses an absent policy as missing and bad ones as invalid, and keeps what was set", async () => {
    await setPolicy(POLICY);
    await assert.rejects(
      world.perform.SetVaultAccessPolicy({}),
      refusal(missing, "Required parameter missing: Policy"),
    );
    const text = /^The specified vault access policy is invalid\. Provide a valid policy\./;
    const tooLong = POLICY + " ".repeat(20_481 - POLICY.length);
    for (const policy of ["", "{}", POLICY.replace("photos", "other"), tooLong]) {
      await assert.rejects(setPolicy(policy), refusal(invalid, text), policy);
    }
    assert.equal(await getPolicy(), POLICY);
  });
});

describe("GetVaultAccessPolicy and DeleteVaultAccessPolicy", () => {
  it("find none before it is set and after it was deleted, deleting being no error", async () => {
    await assert.rejects(getPolicy(), noPolicy);
    assert.deepEqual(await world.perform.DeleteVaultAccessPolicy(), {});
    await setPolicy(POLICY);
    assert.deepEqual(await world.perform.DeleteVaultAccessPolicy(), {});
    await assert.rejects(getPolicy(), noPolicy);
  });
});

function setNotifications(SNSTopic: string | undefined, Events: readonly string[] | undefined) {
  return world.perform.SetVaultNotifications({ vaultNotificationConfig: { SNSTopic, Events } });
}

const getNotifications = async () =>
  (await world.perform.GetVaultNotifications()).vaultNotificationConfig;
const noNotifications = refusal(
  "ResourceNotFoundException",
  "No notification configuration is set for vault: photos",
);

describe("SetVaultNotifications", () => {
  it("stores topic and events, each once, in their order, replacing what was set", async () => {
    const both = ["InventoryRetrievalCompleted", "ArchiveRetrievalCompleted"];
    await setNotifications(TOPIC, [...both, ...both]);
    assert.deepEqual(await getNotifications(), { Events: both, SNSTopic: TOPIC });
    await setNotifications(`${TOPIC}2`, ["ArchiveRetrievalCompleted"]);
    assert.deepEqual(await getNotifications(), {
      Events: ["ArchiveRetrievalCompleted"],
      SNSTopic: `${TOPIC}2`,
    });
  });

  it("refuses absent members as missing and bad ones as invalid, and keeps what was set", async () => {
    await setNotifications(TOPIC, ["ArchiveRetrievalCompleted"]);
    const before = await getNotifications();
    await assert.rejects(world.perform.SetVaultNotifications({}), refusal(missing));
    await assert.rejects(setNotifications(TOPIC, undefined), refusal(missing));
    await assert.rejects(setNotifications(TOPIC, []), refusal(invalid));
    await assert.rejects(setNotifications(TOPIC, ["SelectCompleted"]), refusal(invalid));
    await assert.rejects(
      setNotifications("mytopic", ["ArchiveRetrievalCompleted"]),
      refusal(invalid),
    );
    assert.deepEqual(await getNotifications(), before);
  });
});

describe("GetVaultNotifications and DeleteVaultNotifications", () => {
  it("find no configuration before one is set and after it was deleted", async () => {
    await assert.rejects(getNotifications(), noNotifications);
    assert.deepEqual(await world.perform.DeleteVaultNotifications(), {});
    await setNotifications(TOPIC, ["ArchiveRetrievalCompleted"]);
    assert.deepEqual(await world.perform.DeleteVaultNotifications(), {});
    await assert.rejects(getNotifications(), noNotifications);
  });
});

describe("a vault created again under its name", () => {
  it("has neither the policies nor the notifications of the one before", async () => {
    await setPolicy(POLICY);
    await setNotifications(TOPIC, ["ArchiveRetrievalCompleted"]);
    await world.perform.InitiateVaultLock({ policy: { Policy: POLICY } });
    await world.perform.DeleteVault();
    await world.perform.CreateVault();
    const vault = await world.getVault();
    assert.deepEqual(
      [vault.accessPolicy, vault.lock, vault.notification],
      Array(3).fill(undefined),
    );
  });
});
