/** The cipher of stored secrets, checked against what was sealed before. */
import { createSecretCipher } from "../adapters/secret-cipher/aes-secret-cipher.ts";
import { EncryptionKeyError, openEncryptionKey } from "../adapters/secret-cipher/encryption-key.ts";
import type { IdentityStore } from "../ports/identity-store.ts";
import type { Logger } from "../ports/logger.ts";
import type { SecretCipher } from "../ports/secret-cipher.ts";

const CHECK_TEXT = "moraine";
const CHECK_CONTEXT = "check";

/**
 * Opens the key file `given` by the settings, or the data folder's own, which is made at the first start.
 * Throws `EncryptionKeyError` for a file that can't be used or is not the one that secrets were sealed with.
 */
export async function openSecretCipher(options: {
  readonly given: string | undefined;
  readonly ownPath: string;
  readonly identities: IdentityStore;
  readonly logger: Logger;
}): Promise<SecretCipher> {
  const { given, ownPath, identities, logger } = options;
  const path = given ?? ownPath;
  const check = await identities.findSealedCheck();
  const mayGenerate = given === undefined && check === undefined;
  const cipher = createSecretCipher(await openEncryptionKey({ path, mayGenerate, logger }));
  if (check === undefined) {
    await identities.insertSealedCheck(cipher.seal(CHECK_TEXT, CHECK_CONTEXT));
  } else if (cipher.open(check, CHECK_CONTEXT) !== CHECK_TEXT) {
    throw new EncryptionKeyError(
      `the encryption key file ${path} is not the one that the stored secrets were encrypted with;` +
        " restore that file, or name it with encryption-key-file",
    );
  }
  return cipher;
}
