import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { eventOfJob, parseNotificationConfiguration } from "./notification-configuration.ts";

const SNSTopic = "arn:aws:sns:us-east-1:111122223333:mytopic";

describe("parseNotificationConfiguration", () => {
  it("keeps the order of events and collapses duplicates", () => {
    const Events = [
      "InventoryRetrievalCompleted",
      "ArchiveRetrievalCompleted",
      "InventoryRetrievalCompleted",
    ];
    assert.deepEqual(parseNotificationConfiguration({ SNSTopic, Events }), {
      topicArn: SNSTopic,
      events: ["InventoryRetrievalCompleted", "ArchiveRetrievalCompleted"],
    });
  });

  it("misses an absent topic and absent events", () => {
    const Events = ["ArchiveRetrievalCompleted"];
    for (const members of [
      { SNSTopic: undefined, Events },
      { SNSTopic, Events: undefined },
    ]) {
      assert.throws(() => parseNotificationConfiguration(members), {
        code: "MissingParameterValueException",
      });
    }
  });

  it("refuses no events, unknown events and text that is no topic ARN", () => {
    for (const members of [
      { SNSTopic, Events: [] },
      { SNSTopic, Events: ["archiveRetrievalCompleted"] },
      { SNSTopic, Events: ["ArchiveRetrievalCompleted", "Select"] },
      { SNSTopic: "mytopic", Events: ["ArchiveRetrievalCompleted"] },
    ]) {
      assert.throws(() => parseNotificationConfiguration(members), {
        code: "InvalidParameterValueException",
      });
    }
  });
});

describe("eventOfJob", () => {
  it("names the event of each kind of job", () => {
    assert.equal(eventOfJob("ArchiveRetrieval"), "ArchiveRetrievalCompleted");
    assert.equal(eventOfJob("InventoryRetrieval"), "InventoryRetrievalCompleted");
  });
});
