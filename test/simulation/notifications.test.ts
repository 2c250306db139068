/** Notifications under a simulated clock: subscribers that fail, hang and come back, and processes that die. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { openSqliteMetadata } from "../../src/adapters/metadata-sql/sqlite.ts";
import { QUEUE_DEFAULTS } from "../../src/domain/queue.ts";
import type { Subscription, SubscriptionArn, Topic } from "../../src/domain/topic.ts";
import { formatTopicArn } from "../../src/domain/topic.ts";
import { createDispatcher, type Dispatcher } from "../../src/engine/notify/dispatcher.ts";
import { createQueueWaiters } from "../../src/engine/notify/queue-waiters.ts";
import type { Clock } from "../../src/ports/clock.ts";
import type { HttpSender } from "../../src/ports/http-sender.ts";
import type { Logger } from "../../src/ports/logger.ts";
import type { MetadataStore } from "../../src/ports/metadata-store.ts";
import type { TopicPublisher } from "../../src/ports/topic-publisher.ts";
import { ACCOUNT_ID, REGION, silentLogger } from "../support/metadata-builders.ts";
import { testSigner } from "../support/test-signer.ts";
import { Crash, CrashPlan, Process, wrapMetadata } from "./crash.ts";
import { createSimulatedIds } from "./simulated-ids.ts";
import { VirtualTime } from "./virtual-time.ts";

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

type Behaviour = "takes" | "answers 500" | "hangs" | "refuses";

/** A receiver with the ids of the messages it took, and what it does now. */
interface Receiver {
  behaviour: Behaviour;
  readonly taken: string[];
  attempts: number;
}

class NotificationWorld {
  readonly time = new VirtualTime();
  readonly plan = new CrashPlan();
  readonly receivers = new Map<string, Receiver>();
  readonly published: string[] = [];
  readonly errors: string[] = [];
  readonly metadata: MetadataStore;
  readonly #ids = createSimulatedIds({ value: 0 }, () => 1);
  readonly #withPublisher: boolean;
  #process: Process | undefined;
  #clock: Clock | undefined;
  #dispatcher: Dispatcher | undefined;
  #store: MetadataStore | undefined;

  private constructor(metadata: MetadataStore, withPublisher: boolean) {
    this.metadata = metadata;
    this.#withPublisher = withPublisher;
  }

  static async open(options: { readonly publisher?: boolean } = {}): Promise<NotificationWorld> {
    const metadata = await openSqliteMetadata({ file: ":memory:", logger: silentLogger });
    return new NotificationWorld(metadata, options.publisher === true);
  }

  async addTopic(name: string, accountId = ACCOUNT_ID): Promise<Topic> {
    const key = { accountId, region: REGION, name };
    const topicArn = formatTopicArn(key);
    const attributes = { displayName: "", signatureVersion: "1", createdAtMs: 0 } as const;
    await this.metadata.topics.insert({ ...key, ...attributes, topicArn });
    return { ...key, ...attributes, topicArn };
  }

  async subscribe(topic: Topic, url: string, behaviour: Behaviour = "takes"): Promise<Receiver> {
    const receiver = { behaviour, taken: [], attempts: 0 };
    this.receivers.set(url, receiver);
    await this.metadata.subscriptions.insert(this.#subscription(topic, "http", url));
    return receiver;
  }

  async subscribeQueue(topic: Topic, name: string): Promise<number> {
    const key = { accountId: ACCOUNT_ID, region: REGION, name };
    const queue = await this.metadata.queues.insert({
      ...key,
      createdAtMs: 0,
      attributes: QUEUE_DEFAULTS,
    });
    const arn = `arn:aws:sqs:${REGION}:${ACCOUNT_ID}:${name}`;
    await this.metadata.subscriptions.insert(this.#subscription(topic, "sqs", arn));
    return queue.queueId;
  }

  #subscription(topic: Topic, protocol: "http" | "sqs", endpoint: string): Subscription {
    return {
      subscriptionArn: `${topic.topicArn}:${this.#ids.uuid()}` as SubscriptionArn,
      topicArn: topic.topicArn,
      accountId: ACCOUNT_ID,
      region: REGION,
      protocol,
      endpoint,
      isRaw: true,
      isGuarded: false,
      serviceEndpoint: "http://moraine",
      token: "t",
      createdAtMs: 0,
      confirmedAtMs: 0,
    };
  }

  /** What the end of a job does; remembered when the transaction was acknowledged. */
  async publish(topicArn: string): Promise<void> {
    const store = await this.alive();
    const messageId = this.#ids.uuid();
    try {
      await store.transaction((session) =>
        session.outbox.insert({
          messageId,
          accountId: ACCOUNT_ID,
          topicArn,
          subject: undefined,
          text: messageId,
          publishedAtMs: this.time.nowMs,
        }),
      );
      this.published.push(messageId);
      this.#dispatcher?.wake();
    } catch (error) {
      if (!(error instanceof Crash)) {
        throw error;
      }
    }
    await this.settle();
  }

  /** The store of the living process, booted anew when the last one died. */
  async alive(): Promise<MetadataStore> {
    if (this.#process?.isAlive !== true || this.#store === undefined) {
      const process: Process = new Process(this.plan, () => this.time.drop(process));
      const clock = this.time.clockOf(process);
      this.#clock = clock;
      this.#process = process;
      this.#store = wrapMetadata(process, this.metadata);
      this.#dispatcher = createDispatcher({
        metadata: this.#store,
        clock,
        ids: this.#ids,
        logger: this.#logger(),
        signer: testSigner,
        sender: this.#makeSender(process),
        publisher: this.#withPublisher ? this.#makePublisher(process) : undefined,
        queueWaiters: createQueueWaiters(clock),
      });
      this.#dispatcher.start();
      await this.settle();
    }
    return this.#store;
  }

  async crash(): Promise<void> {
    this.#process?.die();
    await this.settle();
  }

  async stop(): Promise<void> {
    const stopped = this.#dispatcher?.stop();
    await this.settle();
    await stopped;
    this.#process?.die();
  }

  async pass(delayMs: number, steps: number): Promise<void> {
    for (let step = 0; step < steps; step += 1) {
      await this.alive();
      this.time.nowMs += delayMs / steps;
      await this.settle();
    }
  }

  async settle(): Promise<void> {
    for (let quietTurns = 0; quietTurns < 3; ) {
      await nextTurn();
      const isBusy = this.plan.pendingCalls > 0 || this.time.wakeDue();
      quietTurns = isBusy ? 0 : quietTurns + 1;
    }
  }

  async close(): Promise<void> {
    await this.crash();
    await this.metadata.close();
  }

  #makeSender(process: Process): HttpSender {
    return {
      post: (url, { body }, signal) => this.#receive(process, url, body, signal),
    };
  }

  #makePublisher(process: Process): TopicPublisher {
    return {
      publish: async ({ topicArn, text }, signal) => {
        const status = await this.#receive(process, topicArn, text, signal);
        assert.equal(status, 200, "the service is down");
      },
    };
  }

  async #receive(
    process: Process,
    key: string,
    body: string,
    signal: AbortSignal,
  ): Promise<number> {
    const receiver = this.receivers.get(key);
    assert.ok(receiver, key);
    receiver.attempts += 1;
    if (receiver.behaviour === "hangs") {
      await this.#clock?.sleep(10 * SECOND_MS, signal);
      throw new Error("no answer in time");
    }
    return await process.effect("post", async () => {
      if (receiver.behaviour === "refuses") {
        throw new Error("connection refused");
      }
      if (receiver.behaviour === "takes") {
        receiver.taken.push(body);
      }
      return receiver.behaviour === "takes" ? 200 : 500;
    });
  }

  #logger(): Logger {
    return { ...silentLogger, error: (_fields, text) => this.errors.push(text) };
  }
}

async function listQueue(world: NotificationWorld, queueId: number): Promise<readonly string[]> {
  const nowMs = world.time.nowMs;
  const receipt = { nowMs, hiddenUntilMs: nowMs + 1, receiptToken: "r", limit: 1000 };
  return (await world.metadata.queues.receive(queueId, receipt)).map(({ body }) => body);
}

const sorted = (items: Iterable<string>) => [...items].sort();

describe("notifications", () => {
  it("reach every subscriber once while nothing goes wrong", async () => {
    const world = await NotificationWorld.open();
    const topic = await world.addTopic("t");
    const receivers = [
      await world.subscribe(topic, "http://one.example/a"),
      await world.subscribe(topic, "http://two.example/b"),
    ];
    const queueId = await world.subscribeQueue(topic, "q");
    for (let count = 0; count < 20; count += 1) {
      await world.publish(topic.topicArn);
    }
    for (const receiver of receivers) {
      assert.deepEqual(sorted(receiver.taken), sorted(world.published));
    }
    assert.deepEqual(await listQueue(world, queueId), world.published);
    await world.close();
  });

  it("survive receivers that fail, hang or refuse, without keeping the others waiting", async () => {
    const world = await NotificationWorld.open();
    const topic = await world.addTopic("t");
    const bad = await Promise.all(
      (["answers 500", "hangs", "refuses"] as const).map((behaviour, index) =>
        world.subscribe(topic, `http://bad${index}.example/`, behaviour),
      ),
    );
    const good = await world.subscribe(topic, "http://good.example/");
    for (let count = 0; count < 50; count += 1) {
      await world.publish(topic.topicArn);
      // No time has passed, and the good one has everything.
      assert.equal(good.taken.length, count + 1);
    }
    await world.pass(HOUR_MS, 120);
    for (const receiver of bad) {
      assert.deepEqual(receiver.taken, []);
      receiver.behaviour = "takes";
    }
    await world.pass(30 * MINUTE_MS, 60);
    for (const receiver of bad) {
      assert.deepEqual(sorted(receiver.taken), sorted(world.published));
    }
    await world.close();
  });

  it("are tried again ever more slowly, and given up after 24 hours", async () => {
    const world = await NotificationWorld.open();
    const topic = await world.addTopic("t");
    const receiver = await world.subscribe(topic, "http://one.example/", "answers 500");
    await world.publish(topic.topicArn);
    assert.equal(receiver.attempts, 1);
    await world.pass(SECOND_MS, 1);
    assert.equal(receiver.attempts, 2);
    await world.pass(MINUTE_MS, 60);
    const inFirstMinute = receiver.attempts;
    assert.ok(inFirstMinute >= 5 && inFirstMinute <= 8, `${inFirstMinute} attempts`);
    await world.pass(23 * HOUR_MS, 23 * 30);
    const attempts = receiver.attempts;
    assert.ok(attempts > 200, `${attempts} attempts`);
    assert.deepEqual(world.errors, []);
    await world.pass(2 * HOUR_MS, 60);
    assert.deepEqual(world.errors, ["a notification was given up"]);
    const last = receiver.attempts;
    receiver.behaviour = "takes";
    await world.pass(2 * HOUR_MS, 60);
    assert.equal(receiver.attempts, last);
    await world.close();
  });

  it("to an unknown topic, or one of another account, are dropped and keep nothing waiting", async () => {
    const world = await NotificationWorld.open();
    const foreign = await world.addTopic("foreign", "222233334444" as typeof ACCOUNT_ID);
    const receiver = await world.subscribe(foreign, "http://one.example/");
    await world.publish(foreign.topicArn);
    await world.publish(`arn:aws:sns:${REGION}:${ACCOUNT_ID}:nobody`);
    const topic = await world.addTopic("t");
    const good = await world.subscribe(topic, "http://two.example/");
    await world.publish(topic.topicArn);
    assert.deepEqual(receiver.taken, []);
    assert.equal(good.taken.length, 1);
    assert.deepEqual(await world.metadata.outbox.listWaiting({ limit: 9, skip: [] }), []);
    await world.close();
  });

  it("go to the topics of another service, each at its own pace", async () => {
    const world = await NotificationWorld.open({ publisher: true });
    const [down, up] = ["down", "up"].map((name) => `arn:aws:sns:us-east-1:999999999999:${name}`);
    assert.ok(down && up);
    world.receivers.set(down, { behaviour: "answers 500", taken: [], attempts: 0 });
    world.receivers.set(up, { behaviour: "takes", taken: [], attempts: 0 });
    for (let count = 0; count < 10; count += 1) {
      await world.publish(down);
      await world.publish(up);
    }
    assert.equal(world.receivers.get(up)?.taken.length, 10);
    const receiver = world.receivers.get(down);
    assert.ok(receiver);
    receiver.behaviour = "takes";
    await world.pass(10 * MINUTE_MS, 20);
    assert.equal(receiver.taken.length, 10);
    await world.close();
  });

  it("under way when the service stops are delivered by the next process at once", async () => {
    const world = await NotificationWorld.open();
    const topic = await world.addTopic("t");
    const receiver = await world.subscribe(topic, "http://one.example/", "hangs");
    await world.publish(topic.topicArn);
    assert.equal(receiver.attempts, 1);
    await world.stop();
    receiver.behaviour = "takes";
    await world.alive();
    assert.deepEqual(receiver.taken, world.published);
    await world.close();
  });

  it("are never lost, and come twice at most, by a crash between any two effects", async () => {
    for (let point = 2; ; point += 1) {
      const world = await NotificationWorld.open();
      const topic = await world.addTopic("t");
      const queueId = await world.subscribeQueue(topic, "q");
      const receivers = [
        await world.subscribe(topic, "http://one.example/"),
        await world.subscribe(topic, "http://two.example/", "answers 500"),
        await world.subscribe(topic, "http://three.example/", "hangs"),
      ];
      world.plan.point = point;
      await world.publish(topic.topicArn);
      await world.publish(topic.topicArn);
      await world.pass(30 * SECOND_MS, 6);
      for (const receiver of receivers) {
        receiver.behaviour = "takes";
      }
      await world.pass(5 * MINUTE_MS, 30);
      const where = `point ${point}, ${world.plan.crashedAt}`;
      for (const receiver of receivers) {
        checkTaken(receiver, world.published, where);
      }
      // A message and its outbox row change hands in one transaction.
      const inQueue = await listQueue(world, queueId);
      assert.equal(new Set(inQueue).size, inQueue.length, where);
      assert.ok(
        world.published.every((messageId) => inQueue.includes(messageId)),
        where,
      );
      const wasCrashed = world.plan.crashedAt !== undefined;
      await world.close();
      if (!wasCrashed) {
        assert.ok(point > 40, `only ${point} points`);
        break;
      }
    }
  });
});

function checkTaken(receiver: Receiver, published: readonly string[], where: string): void {
  for (const messageId of published) {
    const count = receiver.taken.filter((taken) => taken === messageId).length;
    assert.ok(count >= 1 && count <= 2, `${messageId} came ${count} times: ${where}`);
  }
}
