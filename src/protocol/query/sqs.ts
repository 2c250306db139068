/** The part of SQS (API version 2012-11-05) with which programs wait for the messages of topics. */
import { integer, list, map, string, structure } from "../schema.ts";
import { action, type QueryService } from "./query-service.ts";

const message = structure({
  MessageId: string,
  ReceiptHandle: string,
  MD5OfBody: string,
  Body: string,
  Attributes: map(string),
});

const NAMED = "arn:aws:sqs:{region}:{accountId}:{QueueName}";
/** `operations/queue-resource.ts` tells the queue of a URL. */
const BY_URL = "*";

export const sqs = {
  name: "sqs",
  version: "2012-11-05",
  namespace: "http://queue.amazonaws.com/doc/2012-11-05/",
  json: {
    targetPrefix: "AmazonSQS.",
    typePrefix: "com.amazonaws.sqs#",
    typeByCode: {
      "AWS.SimpleQueueService.NonExistentQueue": "QueueDoesNotExist",
      QueueAlreadyExists: "QueueNameExists",
      AccessDenied: "AccessDeniedException",
    },
  },
  flattened: {
    AttributeNames: "AttributeName",
    Attributes: "Attribute",
    MessageAttributeNames: "MessageAttributeName",
    MessageAttributes: "MessageAttribute",
    MessageSystemAttributeNames: "MessageSystemAttributeName",
    Messages: "Message",
    QueueUrls: "QueueUrl",
    tags: "Tag",
  },
  pathParameter: "QueueUrl",
  actions: {
    CreateQueue: action(
      NAMED,
      { QueueName: string, Attributes: map(string), tags: map(string) },
      { QueueUrl: string },
    ),
    GetQueueUrl: action(
      NAMED,
      { QueueName: string, QueueOwnerAWSAccountId: string },
      { QueueUrl: string },
    ),
    ListQueues: action(
      "*",
      { QueueNamePrefix: string, NextToken: string, MaxResults: integer },
      { QueueUrls: list(string), NextToken: string },
    ),
    GetQueueAttributes: action(
      BY_URL,
      { QueueUrl: string, AttributeNames: list(string) },
      { Attributes: map(string) },
    ),
    SetQueueAttributes: action(BY_URL, { QueueUrl: string, Attributes: map(string) }),
    SendMessage: action(
      BY_URL,
      {
        QueueUrl: string,
        MessageBody: string,
        DelaySeconds: integer,
        MessageAttributes: map(string),
      },
      { MessageId: string, MD5OfMessageBody: string },
    ),
    ReceiveMessage: action(
      BY_URL,
      {
        QueueUrl: string,
        AttributeNames: list(string),
        MessageSystemAttributeNames: list(string),
        MessageAttributeNames: list(string),
        MaxNumberOfMessages: integer,
        VisibilityTimeout: integer,
        WaitTimeSeconds: integer,
      },
      { Messages: list(message) },
    ),
    DeleteMessage: action(BY_URL, { QueueUrl: string, ReceiptHandle: string }),
    DeleteQueue: action(BY_URL, { QueueUrl: string }),
  },
} as const satisfies QueryService;

/** The row of one action. */
export type SqsAction<Name extends keyof typeof sqs.actions> = (typeof sqs.actions)[Name];
