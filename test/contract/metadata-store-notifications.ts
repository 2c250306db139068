/** Contract of the stores of notifications: outbox, topics, subscriptions, deliveries. */
import assert from "node:assert/strict";
import { describe } from "node:test";
import type { NewDelivery, OutboxMessage } from "../../src/domain/notification.ts";
import type { Subscription, SubscriptionArn, Topic, TopicArn } from "../../src/domain/topic.ts";
import { formatTopicArn } from "../../src/domain/topic.ts";
import { ACCOUNT_ID, NOW_MS, REGION } from "../support/metadata-builders.ts";
import { declareTests, type OpenMetadata } from "./metadata-store-harness.ts";

export function describeNotifications(open: OpenMetadata): void {
  describeOutbox(open);
  describeTopics(open);
  describeSubscriptions(open);
  describeDeliveries(open);
}

function describeOutbox(open: OpenMetadata): void {
  const test = declareTests(open);
  describe("the outbox", () => {
    test("keeps messages in order until they are taken out", async ({ store }) => {
      const messages = ["a", "b", "c"].map((id) => buildMessage(id));
      for (const message of messages) {
        await store.outbox.insert(message);
      }
      const all = await store.outbox.listWaiting({ limit: 10, skip: [] });
      assert.deepEqual(all, messages);
      const some = await store.outbox.listWaiting({ limit: 1, skip: ["a"] });
      assert.deepEqual(some, [messages[1]]);
      assert.equal(await store.outbox.remove("b"), true);
      assert.equal(await store.outbox.remove("b"), false);
      const left = await store.outbox.listWaiting({ limit: 10, skip: [] });
      assert.deepEqual(
        left.map(({ messageId }) => messageId),
        ["a", "c"],
      );
    });

    test("loses a message whose transaction throws", async ({ store }) => {
      const failed = store.transaction(async (session) => {
        await session.outbox.insert(buildMessage("a"));
        throw new Error("no");
      });
      await assert.rejects(failed, /no/);
      assert.deepEqual(await store.outbox.listWaiting({ limit: 10, skip: [] }), []);
    });
  });
}

function describeTopics(open: OpenMetadata): void {
  const test = declareTests(open);
  describe("topics", () => {
    test("are inserted once, changed, listed by ARN and removed", async ({ store }) => {
      const topics = ["b", "a", "c"].map((name) => buildTopic(name));
      for (const topic of topics) {
        assert.equal(await store.topics.insert(topic), true);
      }
      const [first] = topics;
      assert.ok(first);
      assert.equal(await store.topics.insert({ ...first, displayName: "other" }), false);
      assert.deepEqual(await store.topics.find(first.topicArn), first);
      await store.topics.update(first.topicArn, { displayName: "d", signatureVersion: "2" });
      const changed = { ...first, displayName: "d", signatureVersion: "2" };
      assert.deepEqual(await store.topics.find(first.topicArn), changed);
      const owner = { accountId: ACCOUNT_ID, region: REGION };
      const page = await store.topics.listPage({ ...owner, fromArn: first.topicArn, limit: 2 });
      assert.deepEqual(
        page.map(({ name }) => name),
        ["b", "c"],
      );
      const elsewhere = { ...owner, region: "eu-west-1" };
      assert.deepEqual(
        await store.topics.listPage({ ...elsewhere, fromArn: undefined, limit: 2 }),
        [],
      );
      await store.topics.remove(first.topicArn);
      assert.equal(await store.topics.find(first.topicArn), undefined);
    });

    test("take their subscriptions and deliveries with them", async ({ store }) => {
      const topic = buildTopic("t");
      await store.topics.insert(topic);
      const subscription = buildSubscription(topic, 1);
      await store.subscriptions.insert(subscription);
      const { subscriptionArn } = subscription;
      await store.deliveries.insert(buildDelivery({ subscriptionArn }));
      await store.deliveries.insert(buildDelivery({ subscriptionArn: "another" }));
      await store.topics.remove(topic.topicArn);
      assert.equal(await store.subscriptions.find(subscriptionArn), undefined);
      const left = await store.deliveries.removeCreatedBefore(NOW_MS + 1, 10);
      assert.deepEqual(
        left.map((delivery) => delivery.subscriptionArn),
        ["another"],
      );
    });
  });
}

function describeSubscriptions(open: OpenMetadata): void {
  const test = declareTests(open);
  describe("subscriptions", () => {
    test("are found by ARN, endpoint and token, and confirmed", async ({ store }) => {
      const topic = buildTopic("t");
      await store.topics.insert(topic);
      const subscription = buildSubscription(topic, 1);
      const { subscriptionArn, topicArn, token } = subscription;
      await store.subscriptions.insert(subscription);
      assert.deepEqual(await store.subscriptions.find(subscriptionArn), subscription);
      assert.deepEqual(await store.subscriptions.findByEndpoint(subscription), subscription);
      assert.deepEqual(await store.subscriptions.findByToken(topicArn, token), subscription);
      assert.equal(await store.subscriptions.findByToken(topicArn, "other"), undefined);
      assert.deepEqual(await store.subscriptions.listConfirmed(topicArn), []);
      assert.deepEqual(await store.subscriptions.count(topicArn), { confirmed: 0, pending: 1 });
      const confirmation = { confirmedAtMs: NOW_MS + 5, isGuarded: true };
      await store.subscriptions.confirm(subscriptionArn, confirmation);
      await store.subscriptions.setRaw(subscriptionArn, true);
      const changed = { ...subscription, ...confirmation, isRaw: true };
      assert.deepEqual(await store.subscriptions.listConfirmed(topicArn), [changed]);
      assert.deepEqual(await store.subscriptions.count(topicArn), { confirmed: 1, pending: 0 });
    });

    test("are listed by owner and by topic, from an inclusive start", async ({ store }) => {
      const [one, two] = [buildTopic("one"), buildTopic("two")];
      await store.topics.insert(one);
      await store.topics.insert(two);
      const all = [1, 2, 3].map((number) => buildSubscription(number === 2 ? two : one, number));
      for (const subscription of all) {
        await store.subscriptions.insert(subscription);
      }
      const owner = { accountId: ACCOUNT_ID, region: REGION };
      const page = { of: owner, fromArn: undefined, limit: 10 };
      const byArn = all.toSorted((a, b) => (a.subscriptionArn < b.subscriptionArn ? -1 : 1));
      assert.deepEqual(await store.subscriptions.listPage(page), byArn);
      const second = byArn[1];
      assert.ok(second);
      const rest = { ...page, fromArn: second.subscriptionArn, limit: 1 };
      assert.deepEqual(await store.subscriptions.listPage(rest), [second]);
      const ofTopic = { ...page, of: { topicArn: two.topicArn } };
      assert.deepEqual(await store.subscriptions.listPage(ofTopic), [all[1]]);
    });

    test("end with their deliveries, or when nobody confirms them", async ({ store }) => {
      const topic = buildTopic("t");
      await store.topics.insert(topic);
      const all = [1, 2, 3].map((number) => buildSubscription(topic, number));
      for (const subscription of all) {
        await store.subscriptions.insert(subscription);
      }
      const [removed, confirmed] = all;
      assert.ok(removed && confirmed);
      await store.deliveries.insert(buildDelivery({ subscriptionArn: removed.subscriptionArn }));
      await store.subscriptions.remove(removed.subscriptionArn);
      assert.equal(await store.deliveries.nextClaimableAtMs([]), undefined);
      const confirmation = { confirmedAtMs: NOW_MS, isGuarded: false };
      await store.subscriptions.confirm(confirmed.subscriptionArn, confirmation);
      assert.equal(await store.subscriptions.removePendingSince(NOW_MS), 0);
      assert.equal(await store.subscriptions.removePendingSince(NOW_MS + 1), 1);
      assert.deepEqual(await store.subscriptions.count(topic.topicArn), {
        confirmed: 1,
        pending: 0,
      });
    });
  });
}

function describeDeliveries(open: OpenMetadata): void {
  const test = declareTests(open);
  const lease = { owner: "mine", untilMs: NOW_MS + 1000 };
  describe("deliveries", () => {
    test("are claimed oldest first, each by one owner, until the lease ends", async ({ store }) => {
      const late = buildDelivery({ messageId: "late", createdAtMs: NOW_MS });
      const early = buildDelivery({ messageId: "early", createdAtMs: NOW_MS - 1, isRaw: true });
      await store.deliveries.insert(late);
      await store.deliveries.insert(early);
      const first = await store.deliveries.claimNext(NOW_MS, lease, []);
      assert.ok(first);
      assert.deepEqual(first, { ...early, deliveryId: first.deliveryId, attempts: 0 });
      const longer = { ...lease, untilMs: NOW_MS + 5000 };
      assert.equal((await store.deliveries.claimNext(NOW_MS, longer, []))?.messageId, "late");
      assert.equal(await store.deliveries.claimNext(NOW_MS, lease, []), undefined);
      assert.equal(await store.deliveries.nextClaimableAtMs([]), lease.untilMs);
      const theirs = { owner: "theirs", untilMs: NOW_MS + 9000 };
      const again = await store.deliveries.claimNext(lease.untilMs, theirs, []);
      assert.equal(again?.messageId, "early");
      assert.equal(await store.deliveries.finish(first.deliveryId, "mine"), false);
      assert.equal(await store.deliveries.finish(first.deliveryId, "theirs"), true);
      assert.equal(await store.deliveries.finish(first.deliveryId, "theirs"), false);
    });

    test("leave out busy lanes", async ({ store }) => {
      const target = { kind: "Http", url: "http://other.example/x" } as const;
      await store.deliveries.insert(buildDelivery({ messageId: "a" }));
      await store.deliveries.insert(buildDelivery({ messageId: "b", target }));
      const busy = ["http://one.example"];
      assert.equal((await store.deliveries.claimNext(NOW_MS, lease, busy))?.messageId, "b");
      assert.equal(await store.deliveries.nextClaimableAtMs(busy), lease.untilMs);
      assert.equal(await store.deliveries.nextClaimableAtMs([]), NOW_MS);
      const both = [...busy, "http://other.example"];
      assert.equal(await store.deliveries.nextClaimableAtMs(both), undefined);
    });

    test("come back later when they are postponed, with the count of attempts", async (given) => {
      const { deliveries } = given.store;
      const topicArn = "arn:aws:sns:us-east-1:123456789012:t";
      await deliveries.insert(buildDelivery({ target: { kind: "Topic", topicArn } }));
      const claimed = await deliveries.claimNext(NOW_MS, lease, []);
      assert.ok(claimed);
      const again = { dueAtMs: NOW_MS + 500, attempts: 3 };
      assert.equal(await deliveries.postpone(claimed.deliveryId, "theirs", again), false);
      assert.equal(await deliveries.postpone(claimed.deliveryId, "mine", again), true);
      assert.equal(await deliveries.postpone(claimed.deliveryId, "mine", again), false);
      assert.equal(await deliveries.claimNext(NOW_MS + 499, lease, []), undefined);
      const later = await deliveries.claimNext(NOW_MS + 500, lease, []);
      assert.deepEqual(later, { ...claimed, attempts: 3 });
    });

    test("are forgotten by age, up to a limit", async ({ store }) => {
      for (const age of [3, 2, 1]) {
        await store.deliveries.insert(buildDelivery({ createdAtMs: NOW_MS - age }));
      }
      const removed = await store.deliveries.removeCreatedBefore(NOW_MS - 1, 1);
      assert.deepEqual(
        removed.map(({ createdAtMs }) => createdAtMs),
        [NOW_MS - 3],
      );
      assert.equal((await store.deliveries.removeCreatedBefore(NOW_MS - 1, 10)).length, 1);
    });
  });
}

function buildMessage(messageId: string): OutboxMessage {
  return {
    messageId,
    accountId: ACCOUNT_ID,
    topicArn: "arn:aws:sns:us-east-1:123456789012:t",
    subject: messageId === "a" ? undefined : "subject",
    text: `{"JobId":"${messageId}"}`,
    publishedAtMs: NOW_MS,
  };
}

export function buildTopic(name: string): Topic {
  const key = { accountId: ACCOUNT_ID, region: REGION, name };
  const attributes = { displayName: "", signatureVersion: "1" } as const;
  return { ...key, ...attributes, topicArn: formatTopicArn(key), createdAtMs: NOW_MS };
}

function buildSubscription(topic: { readonly topicArn: TopicArn }, number: number): Subscription {
  const { topicArn } = topic;
  return {
    subscriptionArn: `${topicArn}:${number}` as SubscriptionArn,
    topicArn,
    accountId: ACCOUNT_ID,
    region: REGION,
    protocol: "http",
    endpoint: `http://one.example/${number}`,
    isRaw: false,
    isGuarded: false,
    serviceEndpoint: "http://127.0.0.1:9720",
    token: `token-${number}`,
    createdAtMs: NOW_MS,
    confirmedAtMs: undefined,
  };
}

function buildDelivery(fields: Partial<NewDelivery>): NewDelivery {
  return {
    target: { kind: "Http", url: "http://one.example/x" },
    messageType: "Notification",
    messageId: "message",
    topicArn: "arn:aws:sns:us-east-1:123456789012:t",
    subscriptionArn: undefined,
    subject: undefined,
    isRaw: false,
    body: "body",
    createdAtMs: NOW_MS,
    ...fields,
  };
}
