import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Subscription } from "../../domain/topic.ts";
import type { SigningIdentity } from "../../ports/message-signer.ts";
import { formatConfirmation, formatNotification, signNotification } from "./message-json.ts";

const signedTexts: string[] = [];
const identity: SigningIdentity = {
  certificateName: "SimpleNotificationService-0.pem",
  certificatePem: "",
  sign: (text, version) => {
    signedTexts.push(text);
    return `signature-${version}`;
  },
};
const topicArn = "arn:aws:sns:us-east-1:111122223333:t";
const subscription = {
  topicArn,
  subscriptionArn: `${topicArn}:5d8c8a3e-0000-4000-8000-000000000000`,
  serviceEndpoint: "http://moraine:9720",
  token: "abc",
} as Subscription;
const atMs = Date.UTC(2026, 0, 2, 3, 4, 5, 6);

describe("formatNotification", () => {
  const message = { messageId: "id", topicArn, subject: "s", text: "m", publishedAtMs: atMs };

  it("writes the members of SNS in its order", () => {
    const body = formatNotification(signNotification(message, "2", identity), subscription);
    assert.deepEqual(Object.entries(JSON.parse(body)), [
      ["Type", "Notification"],
      ["MessageId", "id"],
      ["TopicArn", topicArn],
      ["Subject", "s"],
      ["Message", "m"],
      ["Timestamp", "2026-01-02T03:04:05.006Z"],
      ["SignatureVersion", "2"],
      ["Signature", "signature-2"],
      ["SigningCertURL", "http://moraine:9720/SimpleNotificationService-0.pem"],
      [
        "UnsubscribeURL",
        `http://moraine:9720/?Action=Unsubscribe&SubscriptionArn=${subscription.subscriptionArn}`,
      ],
    ]);
  });

  it("signs names and values in byte order, without a subject that is not there", () => {
    signNotification({ ...message, subject: undefined }, "1", identity);
    assert.equal(
      signedTexts.at(-1),
      `Message\nm\nMessageId\nid\nTimestamp\n2026-01-02T03:04:05.006Z\nTopicArn\n${topicArn}\nType\nNotification\n`,
    );
  });
});

describe("formatConfirmation", () => {
  it("carries token and link, and signs both", () => {
    const sent = { messageId: "id", sentAtMs: atMs };
    const body = JSON.parse(formatConfirmation(subscription, sent, "1", identity));
    const link = `http://moraine:9720/?Action=ConfirmSubscription&TopicArn=${topicArn}&Token=abc`;
    assert.equal(body.Type, "SubscriptionConfirmation");
    assert.equal(body.Token, "abc");
    assert.equal(body.SubscribeURL, link);
    assert.equal(
      signedTexts.at(-1),
      `Message\n${body.Message}\nMessageId\nid\nSubscribeURL\n${link}\nTimestamp\n${body.Timestamp}\n` +
        `Token\nabc\nTopicArn\n${topicArn}\nType\nSubscriptionConfirmation\n`,
    );
  });
});
