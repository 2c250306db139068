import type { SnsAction } from "../../protocol/query/sns.ts";
import type { ManagementHandler } from "../management-handler.ts";
import { confirmByToken } from "../subscription-end.ts";

/** Confirms a subscription with the token that its endpoint was sent. */
export const confirmSubscription: ManagementHandler<SnsAction<"ConfirmSubscription">> = async (
  input,
  _call,
  services,
) => {
  const { TopicArn: topicArn, Token: token } = input;
  const isGuarded = input.AuthenticateOnUnsubscribe === "true";
  const { subscriptionArn } = await confirmByToken({ topicArn, token, isGuarded }, services);
  return { SubscriptionArn: subscriptionArn };
};
