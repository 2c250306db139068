/** Makes access keys. */
import { type KeyOwner, type StoredAccessKey, secretContext } from "../domain/identity.ts";
import type { Services } from "./handler.ts";

/**
 * A key for `owner`, as it is to be stored, and its secret, which is shown once. Stores nothing. Called within the
 * transaction that stores the key: a rotation of master keys changes what seals and then, in a transaction of its
 * own, all that was stored before.
 */
export function makeAccessKey(
  { accountId, userId }: KeyOwner,
  { identity, clock }: Pick<Services, "identity" | "clock">,
): { readonly key: StoredAccessKey; readonly secretAccessKey: string } {
  const accessKeyId = identity.source.accessKeyId();
  const secretAccessKey = identity.source.secretAccessKey();
  const sealedSecret = identity.cipher.seal(secretAccessKey, secretContext(accessKeyId));
  const createdAtMs = clock.nowMs();
  return {
    key: { accessKeyId, accountId, userId, status: "Active", createdAtMs, sealedSecret },
    secretAccessKey,
  };
}
