/** What a vault tells its topic: contract §2.5. */
import { invalidParameter, missingParameter } from "./errors.ts";
import type { JobKind } from "./job.ts";
import { parseSnsTopic } from "./sns-topic.ts";

export const NOTIFICATION_EVENTS = [
  "ArchiveRetrievalCompleted",
  "InventoryRetrievalCompleted",
] as const;
export type NotificationEvent = (typeof NOTIFICATION_EVENTS)[number];

export interface NotificationConfiguration {
  /** Well formed; the topic may or may not exist. */
  readonly topicArn: string;
  /** At least one, each once, in the order in which the client named them first. */
  readonly events: readonly NotificationEvent[];
}

/**
 * The configuration that the members of SetVaultNotifications make. Throws `MissingParameterValueException`
 * for an absent member and `InvalidParameterValueException` for a bad one (contract §2.5).
 */
export function parseNotificationConfiguration(members: {
  readonly SNSTopic: string | undefined;
  readonly Events: readonly string[] | undefined;
}): NotificationConfiguration {
  const topicArn = parseSnsTopic(members.SNSTopic);
  if (topicArn === undefined) {
    throw missingParameter("SNSTopic");
  }
  if (members.Events === undefined) {
    throw missingParameter("Events");
  }
  if (members.Events.length === 0) {
    throw invalidParameter(`Events must name at least one of ${NOTIFICATION_EVENTS.join(", ")}`);
  }
  return { topicArn, events: [...new Set(members.Events.map(parseEvent))] };
}

/** The event that the end of a job of this kind is; a select job is none (contract §5). */
export function eventOfJob(kind: JobKind): NotificationEvent | undefined {
  switch (kind) {
    case "ArchiveRetrieval":
      return "ArchiveRetrievalCompleted";
    case "InventoryRetrieval":
      return "InventoryRetrievalCompleted";
    case "Select":
      return undefined;
  }
}

function parseEvent(text: string): NotificationEvent {
  const event = NOTIFICATION_EVENTS.find((known) => known === text);
  if (event === undefined) {
    throw invalidParameter(
      `Invalid notification event: ${text}. It must be one of ${NOTIFICATION_EVENTS.join(", ")}.`,
    );
  }
  return event;
}
