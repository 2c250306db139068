import { parseMaxItems } from "../../domain/identity.ts";
import { splitPage } from "../../domain/pagination.ts";
import type { IamAction } from "../../protocol/query/iam.ts";
import { formatNameMarker, parseNameMarker } from "../../protocol/query/name-marker.ts";
import { findNamedUser } from "../key-owner.ts";
import type { ManagementHandler } from "../management-handler.ts";

/** The names of a user's inline policies. */
export const listUserPolicies: ManagementHandler<IamAction<"ListUserPolicies">> = async (
  input,
  { accountId },
  services,
) => {
  const limit = parseMaxItems(input.MaxItems);
  const from = parseNameMarker(input.Marker);
  const { identities } = services.metadata;
  const user = await findNamedUser(input.UserName, accountId, identities.findUser);
  const names = (await identities.listUserPolicies(user.userId)).map(
    (policy): string => policy.policyName,
  );
  const { items, next } = splitPage(
    names.filter((name) => from === undefined || name >= from),
    limit,
  );
  return {
    PolicyNames: items,
    IsTruncated: next !== undefined,
    Marker: next === undefined ? null : formatNameMarker(next),
  };
};
