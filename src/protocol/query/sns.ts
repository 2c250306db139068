/** The part of SNS (API version 2010-03-31) that topics, their subscriptions and publishing need. */
import { list, map, string, structure } from "../schema.ts";
import { action, type QueryService } from "./query-service.ts";

const subscription = structure({
  SubscriptionArn: string,
  Owner: string,
  Protocol: string,
  Endpoint: string,
  TopicArn: string,
});

const tags = list(structure({ Key: string, Value: string }));
const TOPIC = "{TopicArn}";
const ANY = "*";

export const sns = {
  name: "sns",
  version: "2010-03-31",
  namespace: "http://sns.amazonaws.com/doc/2010-03-31/",
  deniedCode: "AuthorizationError",
  actions: {
    CreateTopic: action(
      "arn:aws:sns:{region}:{accountId}:{Name}",
      { Name: string, Attributes: map(string), Tags: tags },
      { TopicArn: string },
    ),
    DeleteTopic: action(TOPIC, { TopicArn: string }),
    ListTopics: action(
      ANY,
      { NextToken: string },
      { Topics: list(structure({ TopicArn: string })), NextToken: string },
    ),
    GetTopicAttributes: action(TOPIC, { TopicArn: string }, { Attributes: map(string) }),
    SetTopicAttributes: action(TOPIC, {
      TopicArn: string,
      AttributeName: string,
      AttributeValue: string,
    }),
    Subscribe: action(
      TOPIC,
      {
        TopicArn: string,
        Protocol: string,
        Endpoint: string,
        Attributes: map(string),
        ReturnSubscriptionArn: string,
      },
      { SubscriptionArn: string },
    ),
    ConfirmSubscription: action(
      TOPIC,
      { TopicArn: string, Token: string, AuthenticateOnUnsubscribe: string },
      { SubscriptionArn: string },
    ),
    Unsubscribe: action(ANY, { SubscriptionArn: string }),
    GetSubscriptionAttributes: action(
      ANY,
      { SubscriptionArn: string },
      { Attributes: map(string) },
    ),
    SetSubscriptionAttributes: action(ANY, {
      SubscriptionArn: string,
      AttributeName: string,
      AttributeValue: string,
    }),
    ListSubscriptions: action(
      ANY,
      { NextToken: string },
      { Subscriptions: list(subscription), NextToken: string },
    ),
    ListSubscriptionsByTopic: action(
      TOPIC,
      { TopicArn: string, NextToken: string },
      { Subscriptions: list(subscription), NextToken: string },
    ),
    Publish: action(
      TOPIC,
      {
        TopicArn: string,
        TargetArn: string,
        PhoneNumber: string,
        Message: string,
        Subject: string,
        MessageStructure: string,
        MessageAttributes: map(string),
      },
      { MessageId: string },
    ),
  },
} as const satisfies QueryService;

/** The row of one action. */
export type SnsAction<Name extends keyof typeof sns.actions> = (typeof sns.actions)[Name];
