import type { SnsAction } from "../../protocol/query/sns.ts";
import type { ManagementHandler } from "../management-handler.ts";
import { listSubscriptionPage } from "../subscription-page.ts";

/** The account's subscriptions in the region, 100 a page. */
export const listSubscriptions: ManagementHandler<SnsAction<"ListSubscriptions">> = (
  input,
  { accountId, region },
  { metadata },
) => listSubscriptionPage(metadata.subscriptions, { accountId, region }, input.NextToken);
