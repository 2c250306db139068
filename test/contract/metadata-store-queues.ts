/** Contract of `QueueStore`. */
import assert from "node:assert/strict";
import { describe } from "node:test";
import { QUEUE_DEFAULTS, type Queue } from "../../src/domain/queue.ts";
import type { QueueStore } from "../../src/ports/queue-store.ts";
import { ACCOUNT_ID, NOW_MS, REGION } from "../support/metadata-builders.ts";
import { declareTests, type OpenMetadata } from "./metadata-store-harness.ts";

const HOUR_MS = 60 * 60 * 1000;
const key = (name: string) => ({ accountId: ACCOUNT_ID, region: REGION, name });

export function describeQueues(open: OpenMetadata): void {
  const test = declareTests(open);
  describe("queues", () => {
    test("are found, changed, listed by prefix and removed with their messages", async (given) => {
      const { queues } = given.store;
      const made: Queue[] = [];
      for (const name of ["b-1", "a", "b-2", "c"]) {
        made.push(await insert(queues, name));
      }
      const [queue] = made;
      assert.ok(queue);
      assert.deepEqual(await queues.find(key("b-1")), queue);
      assert.equal(await queues.find({ ...key("b-1"), region: "eu-west-1" }), undefined);
      await assert.rejects(insert(queues, "a"));
      const page = { accountId: ACCOUNT_ID, region: REGION, prefix: "b-", fromName: undefined };
      assert.deepEqual(await names(queues.listPage({ ...page, limit: 10 })), ["b-1", "b-2"]);
      const rest = { ...page, fromName: "b-2", limit: 10 };
      assert.deepEqual(await names(queues.listPage(rest)), ["b-2"]);
      const attributes = { ...QUEUE_DEFAULTS, policy: "{}", delaySeconds: 3 };
      await queues.setAttributes(queue.queueId, attributes, NOW_MS + 1);
      const changed = { ...queue, attributes, modifiedAtMs: NOW_MS + 1 };
      assert.deepEqual(await queues.find(key("b-1")), changed);
      await send(queues, queue.queueId, "m");
      await queues.remove(queue.queueId);
      assert.equal(await queues.find(key("b-1")), undefined);
      assert.deepEqual(await receive(queues, queue.queueId), []);
    });

    test("hand out each message to one receiver until it shows again", async (given) => {
      const { queues } = given.store;
      const { queueId } = await insert(queues, "q");
      await send(queues, queueId, "one");
      await send(queues, queueId, "two");
      const [first, ...none] = await receive(queues, queueId, { limit: 1, receiptToken: "r1" });
      assert.ok(first && none.length === 0);
      assert.equal(first.body, "one");
      assert.equal(first.receiveCount, 1);
      assert.deepEqual(
        (await receive(queues, queueId)).map(({ body }) => body),
        ["two"],
      );
      assert.deepEqual(await receive(queues, queueId), []);
      const nowMs = NOW_MS + 1000;
      const counts = { visible: 0, inFlight: 2, delayed: 0 };
      assert.deepEqual(await queues.count(queueId, NOW_MS + 999), counts);
      const [again] = await receive(queues, queueId, { nowMs, limit: 1, receiptToken: "r2" });
      assert.equal(again?.messageNumber, first.messageNumber);
      assert.equal(again?.receiveCount, 2);
      assert.equal(again?.firstReceivedAtMs, NOW_MS);
      await queues.deleteMessage(queueId, first.messageNumber, "r1");
      assert.deepEqual(await queues.count(queueId, nowMs), {
        visible: 1,
        inFlight: 1,
        delayed: 0,
      });
      await queues.deleteMessage(queueId, first.messageNumber, "r2");
      await queues.deleteMessage(queueId, first.messageNumber, "r2");
      assert.deepEqual(await queues.count(queueId, nowMs), {
        visible: 1,
        inFlight: 0,
        delayed: 0,
      });
    });

    test("hide delayed messages and forget those past their time", async (given) => {
      const { queues } = given.store;
      const { queueId } = await insert(queues, "q");
      await send(queues, queueId, "delayed", { visibleAtMs: NOW_MS + 10 });
      await send(queues, queueId, "short", { expiresAtMs: NOW_MS + 5 });
      assert.deepEqual(await queues.count(queueId, NOW_MS), {
        visible: 1,
        inFlight: 0,
        delayed: 1,
      });
      assert.deepEqual(await receive(queues, queueId, { nowMs: NOW_MS + 5 }), []);
      assert.equal(await queues.removeExpired(NOW_MS + 4, 10), 0);
      assert.equal(await queues.removeExpired(NOW_MS + 5, 10), 1);
      const [message] = await receive(queues, queueId, { nowMs: NOW_MS + 10 });
      assert.equal(message?.body, "delayed");
    });

    test("survive a restart with their messages", async (given) => {
      if (given.reopen === undefined) {
        given.skip("nothing outlives this store");
        return;
      }
      const { queueId } = await insert(given.store.queues, "q");
      await send(given.store.queues, queueId, "kept");
      const { queues } = await given.reopen();
      assert.deepEqual(
        (await receive(queues, queueId)).map(({ body }) => body),
        ["kept"],
      );
    });
  });
}

async function insert(queues: QueueStore, name: string): Promise<Queue> {
  return await queues.insert({ ...key(name), createdAtMs: NOW_MS, attributes: QUEUE_DEFAULTS });
}

async function names(page: Promise<readonly Queue[]>): Promise<readonly string[]> {
  return (await page).map(({ name }) => name);
}

function send(queues: QueueStore, queueId: number, body: string, fields: object = {}) {
  return queues.send(queueId, {
    messageId: `id-${body}`,
    body,
    senderId: ACCOUNT_ID,
    sentAtMs: NOW_MS,
    visibleAtMs: NOW_MS,
    expiresAtMs: NOW_MS + HOUR_MS,
    ...fields,
  });
}

function receive(
  queues: QueueStore,
  queueId: number,
  fields: Partial<Parameters<QueueStore["receive"]>[1]> = {},
) {
  const nowMs = fields.nowMs ?? NOW_MS;
  const receipt = { nowMs, hiddenUntilMs: nowMs + 1000, receiptToken: "r", limit: 10 };
  return queues.receive(queueId, { ...receipt, ...fields });
}
