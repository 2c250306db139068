/** Access keys of users and of further roots, from the metadata, behind the keys that are given otherwise. */
import { formatRootArn, formatUserArn, secretContext, type User } from "../../domain/identity.ts";
import type { AccountId } from "../../domain/ids.ts";
import type { AccessKey, CredentialStore, Principal } from "../../ports/credential-store.ts";
import type { IdentityStore } from "../../ports/identity-store.ts";
import type { SecretCipher } from "../../ports/secret-cipher.ts";

/**
 * Looks into `first`, then into the metadata, each time anew: a key that was deactivated or deleted is not
 * found from the next call on. Throws when a stored secret does not open, which no client can cause.
 */
export function createStoredCredentials(parts: {
  readonly first: CredentialStore;
  readonly identities: Pick<IdentityStore, "findAccessKey">;
  readonly cipher: SecretCipher;
}): CredentialStore {
  const { first, identities, cipher } = parts;
  return {
    findAccessKey: async (accessKeyId): Promise<AccessKey | undefined> => {
      const given = await first.findAccessKey(accessKeyId);
      if (given !== undefined) {
        return given;
      }
      const found = await identities.findAccessKey(accessKeyId);
      if (found === undefined || found.key.status !== "Active") {
        return undefined;
      }
      const secretAccessKey = cipher.open(found.key.sealedSecret, secretContext(accessKeyId));
      if (secretAccessKey === undefined) {
        throw new Error(`the stored secret of the access key ${accessKeyId} can't be decrypted`);
      }
      const { accountId } = found.key;
      const principal = found.user === undefined ? rootOf(accountId) : principalOf(found.user);
      return { accessKeyId, secretAccessKey, principal };
    },
  };
}

function rootOf(accountId: AccountId): Principal {
  return { accountId, arn: formatRootArn(accountId), isRoot: true, userId: accountId };
}

function principalOf(user: User): Principal {
  const { accountId, userId, userName } = user;
  return { accountId, arn: formatUserArn(user), isRoot: false, userId, userName };
}
