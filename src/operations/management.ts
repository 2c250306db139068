/** The management services that stand beside the Glacier operations. */
import { iam } from "../protocol/query/iam.ts";
import { sns } from "../protocol/query/sns.ts";
import { sqs } from "../protocol/query/sqs.ts";
import { sts } from "../protocol/query/sts.ts";
import { findUserResource } from "./iam-resource.ts";
import { iamHandlers, stsHandlers } from "./identity-handlers.ts";
import type { ManagementService } from "./management-handler.ts";
import { queueHandlers } from "./queue-handlers.ts";
import { findQueueResource } from "./queue-resource.ts";
import { topicHandlers } from "./topic-handlers.ts";
import { findTopicResource } from "./topic-resource.ts";

/** Every service by the name it has in signing scopes; its own table lists its actions. */
export const management: ReadonlyMap<string, ManagementService> = new Map<
  string,
  ManagementService
>([
  ["iam", { table: iam, handlers: iamHandlers, findResource: findUserResource }],
  ["sts", { table: sts, handlers: stsHandlers }],
  ["sns", { table: sns, handlers: topicHandlers, findResource: findTopicResource }],
  ["sqs", { table: sqs, handlers: queueHandlers, findResource: findQueueResource }],
]);
