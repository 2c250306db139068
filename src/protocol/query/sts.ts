/** The one action of STS (API version 2011-06-15) that needs no sessions. */
import { string } from "../schema.ts";
import { action, type QueryService } from "./query-service.ts";

export const sts = {
  name: "sts",
  version: "2011-06-15",
  namespace: "https://sts.amazonaws.com/doc/2011-06-15/",
  actions: {
    GetCallerIdentity: action("*", {}, { Arn: string, UserId: string, Account: string }),
  },
} as const satisfies QueryService;

/** The row of an action of `sts`. */
export type StsAction<A extends keyof typeof sts.actions> = (typeof sts.actions)[A];
