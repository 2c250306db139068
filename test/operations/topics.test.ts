/** The actions of `sns` and `sqs` over metadata in memory: what they refuse, and what they leave behind. */
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { MESSAGE_MAX_BYTES, SUBSCRIPTIONS_PER_TOPIC_MAX } from "../../src/domain/limits.ts";
import type { Services } from "../../src/operations/handler.ts";
import { management } from "../../src/operations/management.ts";
import type { ManagementCall, ManagementService } from "../../src/operations/management-handler.ts";
import { unsubscribeByArn } from "../../src/operations/subscription-end.ts";
import { ACCOUNT_ID, REGION } from "../support/metadata-builders.ts";
import { type OperationWorld, openOperationWorld } from "../support/operation-world.ts";

const TOPIC = `arn:aws:sns:${REGION}:${ACCOUNT_ID}:t`;
const FOREIGN = `arn:aws:sns:${REGION}:222233334444:t`;
const ENDPOINT = "http://moraine:9720";
const QUEUE_URL = `${ENDPOINT}/${ACCOUNT_ID}/q`;

let world: OperationWorld;

/** Runs an action as the root of the usual account does. */
async function perform(
  action: string,
  input: object = {},
  options: { readonly services?: Services; readonly region?: string } = {},
): Promise<Record<string, unknown>> {
  const [service, name = ""] = action.split(":");
  const { handlers } = management.get(service ?? "") as ManagementService;
  const handler = handlers[name];
  assert.ok(handler, action);
  const call = {
    principal: { accountId: ACCOUNT_ID, isRoot: true },
    accountId: ACCOUNT_ID,
    region: options.region ?? REGION,
    requestId: "r",
    endpoint: ENDPOINT,
  } as ManagementCall;
  const output = await handler(input as never, call, options.services ?? world.services);
  return (output ?? {}) as Record<string, unknown>;
}

const refusal = (code: string, message?: RegExp) =>
  message === undefined ? { code } : { code, message };
const subscribe = (Endpoint: string, more: object = {}) =>
  perform("sns:Subscribe", { TopicArn: TOPIC, Protocol: "http", Endpoint, ...more });

/** Tokens of the confirmations that wait to be delivered to a URL. */
async function listTokens(): Promise<readonly string[]> {
  const lease = { owner: "test", untilMs: Number.MAX_SAFE_INTEGER };
  const tokens: string[] = [];
  for (;;) {
    const { deliveries } = world.metadata;
    const delivery = await deliveries.claimNext(Number.MAX_SAFE_INTEGER - 1, lease, []);
    if (delivery === undefined) {
      return tokens;
    }
    assert.equal(delivery.messageType, "SubscriptionConfirmation");
    tokens.push(JSON.parse(delivery.body).Token);
  }
}

describe("sns", () => {
  beforeEach(async () => {
    world = await openOperationWorld();
    await perform("sns:CreateTopic", { Name: "t" });
  });

  it("makes a topic once, and refuses other attributes, names and tags", async () => {
    assert.deepEqual(await perform("sns:CreateTopic", { Name: "t" }), { TopicArn: TOPIC });
    const display = (text: string) => new Map([["DisplayName", text]]);
    const named = { Name: "shown", Attributes: display("d") };
    const arn = `arn:aws:sns:${REGION}:${ACCOUNT_ID}:shown`;
    assert.deepEqual(await perform("sns:CreateTopic", named), { TopicArn: arn });
    assert.deepEqual(await perform("sns:CreateTopic", { Name: "shown" }), { TopicArn: arn });
    for (const input of [
      { Name: "shown", Attributes: display("other") },
      { Name: "shown", Attributes: new Map([["FifoTopic", "true"]]) },
      { Name: "x", Attributes: display("d".repeat(101)) },
      { Name: "x", Attributes: new Map([["SignatureVersion", "3"]]) },
      { Name: "x", Tags: [{ Key: "k", Value: "v" }] },
      { Name: "x".repeat(257) },
      { Name: "a.fifo" },
      { Name: "" },
      {},
    ]) {
      await assert.rejects(perform("sns:CreateTopic", input), refusal("InvalidParameter"));
    }
    const longest = await perform("sns:CreateTopic", { Name: "x".repeat(256) });
    assert.match(String(longest["TopicArn"]), /:x{256}$/);
  });

  it("tells topics that are not there from those of others, and refuses other regions", async () => {
    const get = (TopicArn: string | undefined) => perform("sns:GetTopicAttributes", { TopicArn });
    await assert.rejects(get(`${TOPIC}2`), refusal("NotFound", /^Topic does not exist$/));
    await assert.rejects(get(FOREIGN), refusal("AuthorizationError"));
    await assert.rejects(get("t"), refusal("InvalidParameter"));
    await assert.rejects(get(undefined), refusal("InvalidParameter"));
    const elsewhere = perform(
      "sns:GetTopicAttributes",
      { TopicArn: TOPIC },
      { region: "eu-west-1" },
    );
    await assert.rejects(elsewhere, refusal("InvalidParameter", /us-east-1/));
    await perform("sns:DeleteTopic", { TopicArn: `${TOPIC}2` });
  });

  it("confirms a subscription with its token alone, and sends the token again when asked", async () => {
    const url = "http://public.example/";
    assert.deepEqual(await subscribe(url), { SubscriptionArn: "pending confirmation" });
    const shown = await subscribe(url, { ReturnSubscriptionArn: "true" });
    const [token, again] = await listTokens();
    assert.equal(token, again);
    const confirm = (Token: string | undefined) =>
      perform("sns:ConfirmSubscription", { TopicArn: TOPIC, Token });
    await assert.rejects(confirm("other"), refusal("InvalidParameter"));
    await assert.rejects(confirm(undefined), refusal("InvalidParameter"));
    assert.deepEqual(await confirm(token), shown);
    assert.deepEqual(await confirm(token), shown);
    assert.deepEqual(await subscribe(url), shown);
    assert.deepEqual(await listTokens(), []);
  });

  it("lets nobody but the owner end a subscription that was confirmed so", async () => {
    await subscribe("http://public.example/");
    const [Token] = await listTokens();
    const guarded = { TopicArn: TOPIC, Token, AuthenticateOnUnsubscribe: "true" };
    const { SubscriptionArn } = await perform("sns:ConfirmSubscription", guarded);
    const arn = String(SubscriptionArn);
    await assert.rejects(unsubscribeByArn(arn, world.services), refusal("AuthorizationError"));
    await perform("sns:Unsubscribe", { SubscriptionArn });
    await unsubscribeByArn(arn, world.services);
    const gone = perform("sns:Unsubscribe", { SubscriptionArn });
    await assert.rejects(gone, refusal("NotFound"));
  });

  it("refuses endpoints that are no URL of the protocol, not public, or no queue of the account", async () => {
    await perform("sqs:CreateQueue", { QueueName: "q" });
    const queue = `arn:aws:sqs:${REGION}:${ACCOUNT_ID}:q`;
    const once = await subscribe(queue, { Protocol: "sqs" });
    assert.deepEqual(await subscribe(queue, { Protocol: "sqs" }), once);
    for (const [Protocol, endpoint] of [
      ["http", "https://public.example/"],
      ["https", "http://public.example/"],
      ["http", "http://10.0.0.1/"],
      ["http", "http://localhost/"],
      ["http", "public.example"],
      ["http", ""],
      ["http", `http://public.example/${"x".repeat(2048)}`],
      ["sqs", `${queue}2`],
      ["sqs", queue.replace(ACCOUNT_ID, "222233334444")],
      ["sqs", "q"],
      ["email", "a@public.example"],
    ] as const) {
      const refused = subscribe(endpoint, { Protocol });
      await assert.rejects(refused, refusal("InvalidParameter"), `${Protocol} ${endpoint}`);
    }
    const allowed = { ...world.services.messaging, allowPrivate: true };
    const services = { ...world.services, messaging: allowed };
    const input = { TopicArn: TOPIC, Protocol: "http", Endpoint: "http://10.0.0.1/" };
    await perform("sns:Subscribe", input, { services });
  });

  it("sets raw delivery, and refuses other attributes of subscriptions", async () => {
    const Attributes = new Map([["RawMessageDelivery", "true"]]);
    const url = "https://public.example/";
    const wanted = { Protocol: "https", Attributes, ReturnSubscriptionArn: "true" };
    const { SubscriptionArn } = await subscribe(url, wanted);
    const read = async () =>
      (await perform("sns:GetSubscriptionAttributes", { SubscriptionArn }))["Attributes"] as Map<
        string,
        string
      >;
    assert.equal((await read()).get("RawMessageDelivery"), "true");
    assert.equal((await read()).get("PendingConfirmation"), "true");
    const set = (AttributeName: string, AttributeValue: string) =>
      perform("sns:SetSubscriptionAttributes", { SubscriptionArn, AttributeName, AttributeValue });
    await set("RawMessageDelivery", "false");
    assert.equal((await read()).get("RawMessageDelivery"), "false");
    await assert.rejects(subscribe(url, wanted), refusal("InvalidParameter"));
    await assert.rejects(set("FilterPolicy", "{}"), refusal("InvalidParameter"));
    await assert.rejects(set("RawMessageDelivery", "yes"), refusal("InvalidParameter"));
  });

  it("limits the subscriptions of a topic", async () => {
    await perform("sqs:CreateQueue", { QueueName: "q" });
    for (let count = 0; count < SUBSCRIPTIONS_PER_TOPIC_MAX; count += 1) {
      await subscribe(`http://public.example/${count}`);
    }
    const over = subscribe("http://public.example/over");
    await assert.rejects(over, refusal("SubscriptionLimitExceeded"));
    await subscribe("http://public.example/1");
  });

  it("publishes what fits, and refuses what it would have to drop", async () => {
    const publish = (input: object) => perform("sns:Publish", { TopicArn: TOPIC, ...input });
    const { MessageId } = await publish({ Message: "m".repeat(MESSAGE_MAX_BYTES), Subject: "s" });
    const waiting = await world.metadata.outbox.listWaiting({ limit: 9, skip: [] });
    assert.deepEqual(
      waiting.map(({ messageId, subject }) => [messageId, subject]),
      [[MessageId, "s"]],
    );
    for (const input of [
      { Message: "m".repeat(MESSAGE_MAX_BYTES + 1) },
      { Message: "" },
      {},
      { Message: "m", Subject: "s".repeat(101) },
      { Message: "m", Subject: "two\nlines" },
      { Message: "m", Subject: "" },
      { Message: "m", MessageStructure: "json" },
      { Message: "m", PhoneNumber: "+1" },
      { Message: "m", MessageAttributes: new Map([["a", ""]]) },
    ]) {
      await assert.rejects(publish(input), refusal("InvalidParameter"), JSON.stringify(input));
    }
    await perform("sns:Publish", { TargetArn: TOPIC, Message: "m" });
  });

  it("refuses a token of another list", async () => {
    const refused = perform("sns:ListTopics", { NextToken: "nonsense" });
    await assert.rejects(refused, refusal("InvalidParameter", /NextToken/));
  });
});

describe("sqs", () => {
  before(async () => {
    world = await openOperationWorld();
    await perform("sqs:CreateQueue", { QueueName: "q" });
  });
  after(() => world.close());

  it("finds a queue by any URL that ends in account and name, and only the own ones", async () => {
    const get = (QueueUrl: string | undefined) =>
      perform("sqs:GetQueueAttributes", { QueueUrl, AttributeNames: ["QueueArn"] });
    const expected = {
      Attributes: new Map([["QueueArn", `arn:aws:sqs:${REGION}:${ACCOUNT_ID}:q`]]),
    };
    for (const url of [QUEUE_URL, `https://elsewhere/x/${ACCOUNT_ID}/q`, `/${ACCOUNT_ID}/q`]) {
      assert.deepEqual(await get(url), expected, url);
    }
    const missing = "AWS.SimpleQueueService.NonExistentQueue";
    await assert.rejects(get(`${ENDPOINT}/${ACCOUNT_ID}/other`), refusal(missing));
    await assert.rejects(get(`${ENDPOINT}/${ACCOUNT_ID}/`), refusal(missing));
    await assert.rejects(get(`${ENDPOINT}/222233334444/q`), refusal("AccessDenied"));
    await assert.rejects(get(undefined), refusal("MissingParameter"));
  });

  it("refuses numbers beyond their limits", async () => {
    for (const input of [
      { MaxNumberOfMessages: 0 },
      { MaxNumberOfMessages: 11 },
      { WaitTimeSeconds: -1 },
      { WaitTimeSeconds: 21 },
      { VisibilityTimeout: 43_201 },
    ]) {
      const refused = perform("sqs:ReceiveMessage", { QueueUrl: QUEUE_URL, ...input });
      await assert.rejects(refused, refusal("InvalidParameterValue"), JSON.stringify(input));
    }
    for (const [name, low, high] of [
      ["DelaySeconds", -1, 901],
      ["MaximumMessageSize", 1023, 262_145],
      ["MessageRetentionPeriod", 59, 1_209_601],
      ["ReceiveMessageWaitTimeSeconds", -1, 21],
      ["VisibilityTimeout", -1, 43_201],
    ] as const) {
      const set = (value: number) =>
        perform("sqs:SetQueueAttributes", {
          QueueUrl: QUEUE_URL,
          Attributes: new Map([[name, String(value)]]),
        });
      await assert.rejects(set(low), refusal("InvalidAttributeValue"), name);
      await assert.rejects(set(high), refusal("InvalidAttributeValue"), name);
      await set(low + 1);
      await set(high - 1);
    }
  });

  it("takes messages up to the limit of the queue", async () => {
    const QueueUrl = `${ENDPOINT}/${ACCOUNT_ID}/small`;
    const Attributes = new Map([["MaximumMessageSize", "1024"]]);
    await perform("sqs:CreateQueue", { QueueName: "small", Attributes });
    const send = (MessageBody: string) => perform("sqs:SendMessage", { QueueUrl, MessageBody });
    await send("é".repeat(512));
    await assert.rejects(send("é".repeat(512).concat("x")), refusal("InvalidParameterValue"));
    await assert.rejects(send(""), refusal("MissingParameter"));
  });

  it("lists queues by prefix, in pages when asked to", async () => {
    for (const QueueName of ["list-1", "list-2", "list-3"]) {
      await perform("sqs:CreateQueue", { QueueName });
    }
    const first = await perform("sqs:ListQueues", { QueueNamePrefix: "list-", MaxResults: 2 });
    assert.equal((first["QueueUrls"] as string[]).length, 2);
    const input = { QueueNamePrefix: "list-", MaxResults: 2, NextToken: first["NextToken"] };
    const second = await perform("sqs:ListQueues", input);
    assert.deepEqual(second, {
      QueueUrls: [`${ENDPOINT}/${ACCOUNT_ID}/list-3`],
      NextToken: null,
    });
  });
});
