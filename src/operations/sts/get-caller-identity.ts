import type { StsAction } from "../../protocol/query/sts.ts";
import type { ManagementHandler } from "../management-handler.ts";

/** Who the caller is. Needs no permission: whoever signs well may know. */
export const getCallerIdentity: ManagementHandler<StsAction<"GetCallerIdentity">> = async (
  _input,
  { principal },
) => ({ Arn: principal.arn, UserId: principal.userId, Account: principal.accountId });
