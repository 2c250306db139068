/** The access keys of an identity, the one that settings give to the operator's root included. */
import type { KeyOwner, StoredAccessKey } from "../domain/identity.ts";
import { accessKeyNotFound, operatorKeyIsFixed } from "../domain/identity-errors.ts";
import type { IdentityStore } from "../ports/identity-store.ts";
import type { Services } from "./handler.ts";

/** A key as lists show it. */
export type ListedKey = Pick<StoredAccessKey, "accessKeyId" | "status" | "createdAtMs">;

/** All keys of the owner; the operator's own key first, as old as its account. */
export async function listOwnedKeys(
  owner: KeyOwner,
  identities: IdentityStore,
  services: Services,
): Promise<readonly ListedKey[]> {
  const stored = await identities.listAccessKeys(owner);
  if (!isOperator(owner, services)) {
    return stored;
  }
  const account = await identities.findAccount(owner.accountId);
  const { accessKeyId } = services.identity.operatorKey;
  const createdAtMs = account?.createdAtMs ?? 0;
  return [{ accessKeyId, status: "Active", createdAtMs }, ...stored];
}

export async function countOwnedKeys(
  owner: KeyOwner,
  identities: IdentityStore,
  services: Services,
): Promise<number> {
  return (await listOwnedKeys(owner, identities, services)).length;
}

/** Returns when the key belongs to the owner and may be changed. Throws `NoSuchEntity`, `UnmodifiableEntity`. */
export async function checkOwnedKey(
  accessKeyId: string,
  owner: KeyOwner,
  identities: IdentityStore,
  services: Services,
): Promise<void> {
  if (isOperator(owner, services) && accessKeyId === services.identity.operatorKey.accessKeyId) {
    throw operatorKeyIsFixed(accessKeyId);
  }
  const keys = await identities.listAccessKeys(owner);
  if (!keys.some((key) => key.accessKeyId === accessKeyId)) {
    throw accessKeyNotFound(accessKeyId);
  }
}

function isOperator(owner: KeyOwner, { identity }: Services): boolean {
  return owner.userId === undefined && owner.accountId === identity.operatorKey.accountId;
}
