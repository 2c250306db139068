import { parseMaxItems, parsePathPrefix } from "../../domain/identity.ts";
import { splitPage } from "../../domain/pagination.ts";
import type { IamAction } from "../../protocol/query/iam.ts";
import { formatNameMarker, parseNameMarker } from "../../protocol/query/name-marker.ts";
import type { ManagementHandler } from "../management-handler.ts";
import { renderUser } from "../render-user.ts";

/** The account's users by name, those below a path when one is given. */
export const listUsers: ManagementHandler<IamAction<"ListUsers">> = async (
  input,
  { accountId },
  services,
) => {
  const limit = parseMaxItems(input.MaxItems);
  const users = await services.metadata.identities.listUsersPage({
    accountId,
    pathPrefix: parsePathPrefix(input.PathPrefix),
    fromName: parseNameMarker(input.Marker),
    limit: limit + 1,
  });
  const { items, next } = splitPage(users, limit);
  return {
    Users: items.map(renderUser),
    IsTruncated: next !== undefined,
    Marker: next === undefined ? null : formatNameMarker(next.userName),
  };
};
