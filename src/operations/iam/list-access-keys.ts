import { parseMaxItems } from "../../domain/identity.ts";
import { splitPage } from "../../domain/pagination.ts";
import type { IamAction } from "../../protocol/query/iam.ts";
import { formatNameMarker, parseNameMarker } from "../../protocol/query/name-marker.ts";
import { findKeyOwner } from "../key-owner.ts";
import type { ManagementHandler } from "../management-handler.ts";
import { listOwnedKeys } from "../owned-keys.ts";
import { wholeSeconds } from "../render-user.ts";

/** The keys of the user named, or of the caller, without their secrets. */
export const listAccessKeys: ManagementHandler<IamAction<"ListAccessKeys">> = async (
  input,
  call,
  services,
) => {
  const limit = parseMaxItems(input.MaxItems);
  const from = parseNameMarker(input.Marker);
  const { identities } = services.metadata;
  const owner = await findKeyOwner(input.UserName, call, identities.findUser);
  const keys = await listOwnedKeys(owner, identities, services);
  const sorted = keys.toSorted((left, right) => (left.accessKeyId < right.accessKeyId ? -1 : 1));
  const rest = sorted.filter((key) => from === undefined || key.accessKeyId >= from);
  const { items, next } = splitPage(rest, limit);
  const userName = owner.user?.userName ?? null;
  return {
    UserName: userName,
    AccessKeyMetadata: items.map((key) => ({
      UserName: userName,
      AccessKeyId: key.accessKeyId,
      Status: key.status,
      CreateDate: wholeSeconds(key.createdAtMs),
    })),
    IsTruncated: next !== undefined,
    Marker: next === undefined ? null : formatNameMarker(next.accessKeyId),
  };
};
