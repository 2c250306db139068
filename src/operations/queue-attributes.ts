/** Attributes of queues that can be set, and their limits (SQS, SetQueueAttributes). */
import {
  MESSAGE_MAX_BYTES,
  RECEIVE_WAIT_MAX_SECONDS,
  VISIBILITY_TIMEOUT_MAX_SECONDS,
} from "../domain/limits.ts";
import { ManagementError } from "../domain/management-error.ts";
import type { QueueAttributes } from "../domain/queue.ts";

type NumberName = Exclude<keyof QueueAttributes, "policy">;

interface NumberRule {
  readonly member: NumberName;
  readonly min: number;
  readonly max: number;
}

const DAY_SECONDS = 24 * 60 * 60;

const NUMBERS: { readonly [attribute: string]: NumberRule } = {
  DelaySeconds: { member: "delaySeconds", min: 0, max: 900 },
  MaximumMessageSize: { member: "maximumMessageBytes", min: 1024, max: MESSAGE_MAX_BYTES },
  MessageRetentionPeriod: { member: "messageRetentionSeconds", min: 60, max: 14 * DAY_SECONDS },
  ReceiveMessageWaitTimeSeconds: {
    member: "receiveWaitSeconds",
    min: 0,
    max: RECEIVE_WAIT_MAX_SECONDS,
  },
  VisibilityTimeout: {
    member: "visibilityTimeoutSeconds",
    min: 0,
    max: VISIBILITY_TIMEOUT_MAX_SECONDS,
  },
};

/** `attributes` with the named ones set. Throws `ManagementError` `InvalidAttributeName`, `InvalidAttributeValue`. */
export function setQueueAttributes(
  attributes: QueueAttributes,
  named: ReadonlyMap<string, string>,
): QueueAttributes {
  return [...named].reduce((sum, [name, value]) => setOne(sum, name, value), attributes);
}

/** What a queue shows of its settings. */
export function listQueueAttributes(
  attributes: QueueAttributes,
): readonly (readonly [name: string, value: string])[] {
  const numbers = Object.entries(NUMBERS).map(
    ([name, { member }]) => [name, String(attributes[member])] as const,
  );
  return attributes.policy === "" ? numbers : [...numbers, ["Policy", attributes.policy]];
}

export function unknownAttribute(name: string): ManagementError {
  return new ManagementError(400, "InvalidAttributeName", `Unknown Attribute ${name}.`);
}

function setOne(attributes: QueueAttributes, name: string, value: string): QueueAttributes {
  if (name === "Policy") {
    return { ...attributes, policy: value };
  }
  const rule = Object.hasOwn(NUMBERS, name) ? NUMBERS[name] : undefined;
  if (rule === undefined) {
    throw unknownAttribute(name);
  }
  const number = Number(value);
  if (!/^\d{1,9}$/.test(value) || number < rule.min || number > rule.max) {
    throw new ManagementError(
      400,
      "InvalidAttributeValue",
      `Invalid value for the parameter ${name}: an integer from ${rule.min} to ${rule.max} is needed; got ${value}.`,
    );
  }
  return { ...attributes, [rule.member]: number };
}
