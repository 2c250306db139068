/** Attributes of subscriptions that can be set: `RawMessageDelivery`. */
import { invalidTopicParameter } from "./topic-errors.ts";

/** Whether the attribute makes deliveries raw. Throws `ManagementError` `InvalidParameter`. */
export function parseSubscriptionAttribute(name: string, value: string): boolean {
  if (name !== "RawMessageDelivery") {
    throw invalidTopicParameter(
      `AttributeName Reason: ${name} is not supported; RawMessageDelivery is`,
    );
  }
  if (value !== "true" && value !== "false") {
    throw invalidTopicParameter(`RawMessageDelivery Reason: Must be true or false; got ${value}`);
  }
  return value === "true";
}
