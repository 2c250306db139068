import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { QUEUE_DEFAULTS } from "../../src/domain/queue.ts";
import { expireNotifications } from "../../src/engine/maintenance/expire-notifications.ts";
import { ACCOUNT_ID, NOW_MS, REGION } from "../support/metadata-builders.ts";
import { openOperationWorld } from "../support/operation-world.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

describe("expireNotifications", () => {
  it("forgets messages and deliveries past their time, and nothing younger", async () => {
    const world = await openOperationWorld();
    const { metadata, services } = world;
    const key = { accountId: ACCOUNT_ID, region: REGION, name: "q" };
    const made = { ...key, createdAtMs: NOW_MS, attributes: QUEUE_DEFAULTS };
    const { queueId } = await metadata.queues.insert(made);
    const message = { body: "b", senderId: ACCOUNT_ID, sentAtMs: NOW_MS, visibleAtMs: NOW_MS };
    for (let count = 0; count < 600; count += 1) {
      const expiresAtMs = NOW_MS + DAY_MS;
      await metadata.queues.send(queueId, { ...message, messageId: `${count}`, expiresAtMs });
    }
    await metadata.queues.send(queueId, { ...message, messageId: "x", expiresAtMs: 9e15 });
    for (const createdAtMs of [NOW_MS, NOW_MS + DAY_MS]) {
      await metadata.deliveries.insert({
        target: { kind: "Http", url: "http://public.example/" },
        messageType: "Notification",
        messageId: "m",
        topicArn: "t",
        subscriptionArn: undefined,
        subject: undefined,
        isRaw: false,
        body: "b",
        createdAtMs,
      });
    }
    const { signal } = new AbortController();
    world.time.nowMs = NOW_MS + DAY_MS - 1;
    assert.equal(await expireNotifications(services, signal), 0);
    world.time.nowMs = NOW_MS + DAY_MS;
    assert.equal(await expireNotifications(services, signal), 600);
    world.time.nowMs = NOW_MS + 2 * DAY_MS;
    assert.equal(await expireNotifications(services, signal), 1);
    assert.equal((await metadata.queues.count(queueId, world.time.nowMs)).visible, 1);
    await world.close();
  });
});
