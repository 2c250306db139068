/** Topics, queues and notifications with the AWS CLI and boto3, and across a crash. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import {
  awsEnvironment,
  findProgram,
  makeFolder,
  runCommand,
} from "../support/external-command.ts";
import { rootCredentials, type ServerProcess, startServer } from "../support/server-process.ts";
import { type Subscriber, startSubscriber, validateMessage } from "../support/subscriber.ts";

const ACCOUNT = rootCredentials.accountId;
const REGION = "us-west-2";
const arn = (service: "sns" | "sqs", name: string) =>
  `arn:aws:${service}:${REGION}:${ACCOUNT}:${name}`;

interface ReceivedMessages {
  readonly Messages: readonly {
    readonly Body: string;
    readonly ReceiptHandle: string;
    readonly Attributes: Readonly<Record<string, string>>;
  }[];
}

let program: string;

/** Runs `aws` against `server`; resolves with exit status and output. */
function run(server: ServerProcess, args: readonly string[]) {
  return runCommand(program, [...args, "--endpoint-url", server.apiUrl, "--output", "json"], {
    env: awsEnvironment(server.credentials, REGION),
  });
}

/** Runs a command that must succeed; resolves with what it printed. */
async function aws(server: ServerProcess, ...args: readonly string[]) {
  const { code, stdout, stderr } = await run(server, args);
  assert.equal(code, 0, `aws ${args.join(" ")}: ${stderr}`);
  return stdout.trim() === "" ? undefined : JSON.parse(stdout);
}

function glacier(server: ServerProcess, command: string, ...args: readonly string[]) {
  const vault = ["--account-id", "-", "--vault-name", "told"];
  return aws(server, "glacier", command, ...vault, ...args);
}

async function startInventory(server: ServerProcess, topic?: string): Promise<string> {
  const parameters = JSON.stringify({ Type: "inventory-retrieval", SNSTopic: topic });
  return (await glacier(server, "initiate-job", "--job-parameters", parameters)).jobId;
}

const tells = (jobId: string) => (post: { readonly json: Readonly<Record<string, string>> }) =>
  post.json["Message"]?.includes(jobId) === true;

/** Subscribes and confirms as a subscriber does, with a GET of the link it was sent. */
async function subscribeConfirmed(server: ServerProcess, topic: string, subscriber: Subscriber) {
  const endpoint = ["--protocol", "http", "--notification-endpoint", subscriber.url];
  const printed = await aws(server, "sns", "subscribe", "--topic-arn", topic, ...endpoint);
  assert.equal(printed.SubscriptionArn, "pending confirmation");
  const confirmation = await subscriber.await(
    (post) => post.json["Type"] === "SubscriptionConfirmation",
  );
  await validateMessage(confirmation);
  const response = await fetch(confirmation.json["SubscribeURL"] ?? "");
  const text = await response.text();
  assert.equal(response.status, 200, text);
  return { confirmation, text };
}

before(async () => {
  program = await findProgram(["/usr/bin/aws", "aws"], {
    probe: ["--version"],
    expected: /^aws-cli\/2/,
    advice: "the AWS CLI v2 is needed: apt-get install awscli",
  });
});

describe("notifications with the AWS CLI", () => {
  let server: ServerProcess;
  let subscriber: Subscriber;
  before(async () => {
    server = await startServer();
    subscriber = await startSubscriber();
    await glacier(server, "create-vault");
  });
  after(async () => {
    await server?.stop();
    await subscriber?.close();
  });

  it("tell a confirmed subscriber of a job, signed in the version of the topic", async () => {
    const topic = arn("sns", "of-jobs");
    assert.equal((await aws(server, "sns", "create-topic", "--name", "of-jobs")).TopicArn, topic);
    const { confirmation, text } = await subscribeConfirmed(server, topic, subscriber);
    assert.match(text, new RegExp(`<SubscriptionArn>${topic}:[0-9a-f-]{36}</SubscriptionArn>`));
    assert.equal(confirmation.headers["x-amz-sns-message-type"], "SubscriptionConfirmation");
    const byTopic = ["sns", "list-subscriptions-by-topic", "--topic-arn", topic];
    const [subscription] = (await aws(server, ...byTopic)).Subscriptions;
    assert.equal(subscription.Endpoint, subscriber.url);
    assert.equal(subscription.Owner, ACCOUNT);

    const jobId = await startInventory(server, topic);
    const post = await subscriber.await(tells(jobId));
    await validateMessage(post);
    assert.equal(post.json["SignatureVersion"], "1");
    assert.equal(post.json["TopicArn"], topic);
    assert.equal(post.headers["content-type"], "text/plain; charset=UTF-8");
    assert.equal(post.headers["x-amz-sns-message-type"], "Notification");
    assert.equal(post.headers["x-amz-sns-message-id"], post.json["MessageId"]);
    assert.equal(post.headers["x-amz-sns-topic-arn"], topic);
    assert.equal(post.headers["x-amz-sns-subscription-arn"], subscription.SubscriptionArn);
    assert.equal(post.headers["user-agent"], "Amazon Simple Notification Service Agent");
    const described = await glacier(server, "describe-job", "--job-id", jobId);
    const told = JSON.parse(post.json["Message"] ?? "");
    // The command line prints no members that are null.
    const present = Object.entries(told).filter(([, value]) => value !== null);
    assert.deepEqual(stripNulls(Object.fromEntries(present)), stripNulls(described));

    const version = ["--attribute-name", "SignatureVersion", "--attribute-value", "2"];
    await aws(server, "sns", "set-topic-attributes", "--topic-arn", topic, ...version);
    const secondPost = await subscriber.await(tells(await startInventory(server, topic)));
    await validateMessage(secondPost);
    assert.equal(secondPost.json["SignatureVersion"], "2");
    await assert.rejects(
      validateMessage({
        ...secondPost,
        json: { ...secondPost.json, Message: `${secondPost.json["Message"]} ` },
      }),
      /signature is invalid/,
    );

    const ended = await fetch(post.json["UnsubscribeURL"] ?? "");
    assert.equal(ended.status, 200);
    assert.deepEqual((await aws(server, ...byTopic)).Subscriptions, []);
  });

  it("go from a vault's topic through a queue to whoever waits for it", async () => {
    const topic = (await aws(server, "sns", "create-topic", "--name", "of-vault")).TopicArn;
    const queueUrl = (await aws(server, "sqs", "create-queue", "--queue-name", "inbox")).QueueUrl;
    assert.equal(queueUrl, `${server.apiUrl}/${ACCOUNT}/inbox`);
    const endpoint = ["--protocol", "sqs", "--notification-endpoint", arn("sqs", "inbox")];
    const subscribed = await aws(server, "sns", "subscribe", "--topic-arn", topic, ...endpoint);
    assert.match(subscribed.SubscriptionArn, new RegExp(`^${topic}:`));
    const events = ["InventoryRetrievalCompleted"];
    const configuration = JSON.stringify({ SNSTopic: topic, Events: events });
    const flag = "--vault-notification-config";
    await glacier(server, "set-vault-notifications", flag, configuration);
    const jobId = await startInventory(server, topic);
    const jobIds: string[] = [];
    const wait = ["--wait-time-seconds", "20", "--attribute-names", "All"];
    const receive = ["sqs", "receive-message", "--queue-url", queueUrl, ...wait];
    while (jobIds.length < 2) {
      const answer: ReceivedMessages = await aws(server, ...receive);
      const [message] = answer.Messages;
      assert.ok(message);
      assert.equal(message.Attributes["ApproximateReceiveCount"], "1");
      const told = JSON.parse(JSON.parse(message.Body).Message);
      assert.equal(told.SNSTopic, topic);
      assert.equal(told.StatusCode, "Succeeded");
      jobIds.push(told.JobId);
      const handle = ["--receipt-handle", message.ReceiptHandle];
      await aws(server, "sqs", "delete-message", "--queue-url", queueUrl, ...handle);
    }
    // The vault's configuration and the job's own topic: two messages, though the topic is the same.
    assert.deepEqual(jobIds, [jobId, jobId]);
    const once = ["sqs", "receive-message", "--queue-url", queueUrl, "--wait-time-seconds", "1"];
    assert.equal(await aws(server, ...once), undefined);
    await glacier(server, "delete-vault-notifications");
    await aws(server, "sqs", "delete-queue", "--queue-url", queueUrl);
    await aws(server, "sns", "delete-topic", "--topic-arn", topic);
    const refused = await run(server, ["sns", "publish", "--topic-arn", topic, "--message", "m"]);
    assert.match(refused.stderr, /NotFound.*Topic does not exist/s);
    const gone = await run(server, ["sqs", "get-queue-url", "--queue-name", "inbox"]);
    assert.match(gone.stderr, /NonExistentQueue/);
  });

  it("lists topics in pages", async () => {
    const names = Array.from(
      { length: 105 },
      (_, index) => `page-${String(index).padStart(3, "0")}`,
    );
    const script = [
      "import boto3, sys",
      "sns = boto3.client('sns', endpoint_url=sys.argv[1])",
      "[sns.create_topic(Name=name) for name in sys.argv[2:]]",
    ].join("\n");
    const made = await runCommand("python3", ["-c", script, server.apiUrl, ...names], {
      env: awsEnvironment(server.credentials, REGION),
    });
    assert.equal(made.code, 0, made.stderr);
    const listed: { TopicArn: string }[] = (await aws(server, "sns", "list-topics")).Topics;
    const shown = listed.map(({ TopicArn }) => TopicArn).filter((it) => it.includes("page-"));
    assert.deepEqual(
      shown,
      names.map((name) => arn("sns", name)),
    );
    const page = await aws(server, "sns", "list-topics", "--no-paginate");
    assert.equal(page.Topics.length, 100);
  });

  it("answers strangers nothing but links and the certificate", async () => {
    for (const path of [
      `/?Action=ConfirmSubscription&TopicArn=${arn("sns", "of-jobs")}&Token=00`,
      "/?Action=ConfirmSubscription&TopicArn=nonsense&Token=00",
      "/?Action=ListTopics&Version=2010-03-31",
      `/SimpleNotificationService-${"0".repeat(32)}.pem`,
      "/",
    ]) {
      const response = await fetch(`${server.apiUrl}${path}`);
      await response.text();
      assert.ok(response.status >= 400 && response.status < 500, `${path}: ${response.status}`);
    }
  });
});

describe("notifications with boto3", () => {
  let server: ServerProcess;
  before(async () => {
    server = await startServer();
  });
  after(async () => {
    await server?.stop();
  });

  it("let a program wait for the message, then download", async () => {
    const script = join(import.meta.dirname, "boto3", "wait_for_message.py");
    const result = await runCommand("python3", [script, server.apiUrl], {
      env: { ...awsEnvironment(server.credentials, REGION), PYTHONDONTWRITEBYTECODE: "1" },
    });
    assert.equal(result.code, 0, result.stderr);
    const report = JSON.parse(result.stdout);
    const url = `${server.apiUrl}/${ACCOUNT}/transfer`;
    assert.deepEqual(report.urls, [url, url]);
    assert.deepEqual(report.attributes, {
      QueueArn: arn("sqs", "transfer"),
      VisibilityTimeout: "30",
    });
    assert.equal(report.policy, true);
    assert.equal(report.empty, true);
    assert.ok(report.waited >= 0.9 && report.waited < 5, `waited ${report.waited} s`);
    assert.ok(report.wokenAfter < 5, `woken after ${report.wokenAfter} s`);
    assert.deepEqual(stripNulls(report.message), stripNulls(report.described));
    assert.equal(report.output, "bytes of the archive");
    assert.equal(report.receiveCount, "2");
    assert.equal(report.staleHandleKeeps, "1");
    assert.equal(report.freshHandleDeletes, "0");
    assert.deepEqual(report.refusals, [
      "ReceiptHandleIsInvalid",
      "InvalidAttributeValue",
      "InvalidAttributeName",
      "QueueAlreadyExists",
      "InvalidParameterValue",
      "InvalidParameterValue",
      "NotFound",
      "InvalidParameter",
      "InvalidParameter",
      "AuthorizationError",
      "InvalidParameter",
      "InvalidParameter",
    ]);
    assert.equal(report.queueLeft, false);
  });
});

describe("notifications and the lives of the service", () => {
  it("are delivered after a kill -9 between the end of the job and their delivery", async () => {
    const folder = await makeFolder();
    const subscriber = await startSubscriber();
    const dataDir = join(folder.path, "data");
    let server = await startServer({ dataDir });
    // Links in messages name the address that the subscription was made at.
    const flags = ["--listen", new URL(server.apiUrl).host];
    try {
      await glacier(server, "create-vault");
      const topic = (await aws(server, "sns", "create-topic", "--name", "crash")).TopicArn;
      await subscribeConfirmed(server, topic, subscriber);
      subscriber.answer(503);
      const jobIds: string[] = [];
      for (let round = 0; round < 3; round += 1) {
        const jobId = await startInventory(server, topic);
        while (!(await glacier(server, "describe-job", "--job-id", jobId)).Completed) {
          // It is soon.
        }
        jobIds.push(jobId);
        await server.kill9();
        server = await startServer({ dataDir, flags });
      }
      subscriber.answer(200);
      for (const jobId of jobIds) {
        await validateMessage(await subscriber.await(tells(jobId)));
      }
    } finally {
      await server.stop();
      await subscriber.close();
      await folder.remove();
    }
  });

  it("go to another service's topics when sns-endpoint names it", async () => {
    const other = await startServer();
    const server = await startServer({
      flags: ["--sns-endpoint", other.apiUrl],
      env: awsEnvironment(other.credentials, REGION),
    });
    try {
      const topic = (await aws(other, "sns", "create-topic", "--name", "shared")).TopicArn;
      const queueUrl = (await aws(other, "sqs", "create-queue", "--queue-name", "shared")).QueueUrl;
      const endpoint = ["--protocol", "sqs", "--notification-endpoint", arn("sqs", "shared")];
      await aws(other, "sns", "subscribe", "--topic-arn", topic, ...endpoint);
      await glacier(server, "create-vault");
      const jobId = await startInventory(server, topic);
      const wait = ["--wait-time-seconds", "20"];
      const receive = ["sqs", "receive-message", "--queue-url", queueUrl, ...wait];
      const [message] = (await aws(other, ...receive)).Messages;
      assert.equal(JSON.parse(JSON.parse(message.Body).Message).JobId, jobId);
      const own = await run(server, ["sns", "list-topics"]);
      assert.notEqual(own.code, 0);
    } finally {
      await server.stop();
      await other.stop();
    }
  });

  it("never reach addresses that are not public unless the setting allows it", async () => {
    const server = await startServer({ flags: ["--notification-allow-private", "false"] });
    const subscriber = await startSubscriber();
    try {
      const topic = (await aws(server, "sns", "create-topic", "--name", "guarded")).TopicArn;
      const { port } = new URL(subscriber.url);
      for (const host of ["127.0.0.1", "localhost", "[::1]", "169.254.169.254", "2130706433"]) {
        const endpoint = [
          "--protocol",
          "http",
          "--notification-endpoint",
          `http://${host}:${port}/`,
        ];
        const refused = await run(server, ["sns", "subscribe", "--topic-arn", topic, ...endpoint]);
        assert.match(refused.stderr, /InvalidParameter.*notification-allow-private/s, host);
      }
      assert.deepEqual(subscriber.posts, []);
    } finally {
      await server.stop();
      await subscriber.close();
    }
  });

  it("stops at once while a receiver waits for a message", async () => {
    const server = await startServer();
    const queueUrl = (await aws(server, "sqs", "create-queue", "--queue-name", "long")).QueueUrl;
    const receive = ["sqs", "receive-message", "--queue-url", queueUrl];
    const waiting = run(server, [...receive, "--wait-time-seconds", "20"]);
    while (!/sqs:CreateQueue/.test(server.logs())) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const startedAtMs = performance.now();
    assert.equal((await server.stop()).code, 0);
    assert.ok(performance.now() - startedAtMs < 5000);
    assert.equal((await waiting).code, 0);
  });
});

/** The command line leaves out what is null, at any depth. */
function stripNulls(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return value;
  }
  const kept = Object.entries(value).filter(([, member]) => member !== null);
  return Object.fromEntries(kept.map(([name, member]) => [name, stripNulls(member)]));
}
