/** What a policy's Resource is matched against where a request of `sns` names a topic in another way. */
import { findTopicArnOfSubscription } from "../domain/topic.ts";

interface Request {
  readonly input: { readonly [member: string]: unknown };
}

/** The topic that is published to as `TargetArn`, or whose subscription is named; `undefined` for others. */
export async function findTopicResource({ input }: Request): Promise<string | undefined> {
  const { TopicArn, TargetArn, SubscriptionArn } = input;
  if (typeof TopicArn === "string") {
    return TopicArn;
  }
  if (typeof TargetArn === "string") {
    return TargetArn;
  }
  return typeof SubscriptionArn === "string"
    ? findTopicArnOfSubscription(SubscriptionArn)
    : undefined;
}
