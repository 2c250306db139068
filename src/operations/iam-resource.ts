/** What a policy's Resource is matched against when `iam` is asked to act on a user. */
import { formatRootArn, formatUserArn, parseUserName, parseUserPath } from "../domain/identity.ts";
import type { Services } from "./handler.ts";
import type { ManagementCall } from "./management-handler.ts";

/**
 * The ARN of the user that the request names, with the path the user has, or is to have; without a name the
 * caller's own, as the action takes it. `undefined` for ListUsers, which names none. A user who does not
 * exist counts as one without a path. Throws `ValidationError` for a name or a path that no user can have.
 */
export async function findUserResource(
  {
    action,
    input,
  }: { readonly action: string; readonly input: { readonly [member: string]: unknown } },
  { accountId, principal }: ManagementCall,
  { metadata }: Services,
): Promise<string | undefined> {
  if (action === "ListUsers") {
    return undefined;
  }
  const given = input["UserName"];
  if (typeof given !== "string") {
    return principal.isRoot ? formatRootArn(accountId) : principal.arn;
  }
  const userName = parseUserName(given);
  const user = await metadata.identities.findUser({ accountId, userName });
  const path = input["Path"];
  return formatUserArn(
    user ?? {
      accountId,
      userName,
      path: parseUserPath(typeof path === "string" ? path : undefined),
    },
  );
}
