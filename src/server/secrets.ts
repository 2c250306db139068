/** The cipher of stored secrets, checked against what was sealed before. */
import { rm } from "node:fs/promises";
import { createKeyring, createMasterKey } from "../adapters/master-keys/master-key.ts";
import { resealSigningKey } from "../adapters/message-signer/message-signer.ts";
import { createSecretCipher } from "../adapters/secret-cipher/aes-secret-cipher.ts";
import { EncryptionKeyError, openEncryptionKey } from "../adapters/secret-cipher/encryption-key.ts";
import { createKeyringCipher } from "../adapters/secret-cipher/keyring-ciphers.ts";
import type { Logger } from "../ports/logger.ts";
import type { MetadataStore } from "../ports/metadata-store.ts";
import { CHECK_CONTEXT } from "../ports/sealed-store.ts";
import type { SecretCipher } from "../ports/secret-cipher.ts";
import type { FolderKeys } from "./master-keys.ts";

const CHECK_TEXT = "moraine";

export interface SecretsOptions {
  /** The keys of the folder when it is encrypted or is to be; its own key file serves otherwise. */
  readonly keys: Pick<FolderKeys, "keyring" | "held"> | undefined;
  /** The data folder's own key, which is made at the first start without another. */
  readonly ownPath: string;
  readonly signingKeyPath: string;
  readonly metadata: Pick<MetadataStore, "identities" | "sealed">;
  readonly logger: Logger;
}

/**
 * Opens the cipher. Secrets that the folder's own key sealed before another one was given are sealed again with
 * that one, and the own key is removed. Throws `EncryptionKeyError` for a key that can't be used or is not the one
 * that secrets were sealed with.
 */
export async function openSecretCipher(options: SecretsOptions): Promise<SecretCipher> {
  const { keys, metadata } = options;
  if (keys === undefined) {
    return await openOwnCipher(options);
  }
  const cipher = createKeyringCipher(keys.keyring);
  const check = await metadata.identities.findSealedCheck();
  if (check === undefined) {
    await metadata.identities.insertSealedCheck(cipher.seal(CHECK_TEXT, CHECK_CONTEXT));
  } else if (cipher.open(check, CHECK_CONTEXT) !== CHECK_TEXT) {
    await adopt(options, keys, check);
  } else {
    await leaveOwnKey(options, keys);
  }
  return cipher;
}

async function openOwnCipher(options: SecretsOptions): Promise<SecretCipher> {
  const { ownPath: path, metadata, logger } = options;
  const check = await metadata.identities.findSealedCheck();
  const mayGenerate = check === undefined;
  const cipher = createSecretCipher(await openEncryptionKey({ path, mayGenerate, logger }));
  if (check === undefined) {
    await metadata.identities.insertSealedCheck(cipher.seal(CHECK_TEXT, CHECK_CONTEXT));
  } else if (cipher.open(check, CHECK_CONTEXT) !== CHECK_TEXT) {
    throw wrongKey(path);
  }
  return cipher;
}

function wrongKey(path: string): EncryptionKeyError {
  return new EncryptionKeyError(
    `the encryption key file ${path} is not the one that the stored secrets were encrypted with;` +
      " restore that file, or name it with encryption-key-file",
  );
}

/** Seals again with the key given what the folder's own key sealed: one transaction, so all of it or nothing. */
async function adopt(
  options: SecretsOptions,
  keys: NonNullable<SecretsOptions["keys"]>,
  check: Uint8Array,
): Promise<void> {
  const own = await findOwnKey(options);
  const opened = own && createSecretCipher(own).open(check, CHECK_CONTEXT);
  if (own === undefined || opened !== CHECK_TEXT) {
    throw wrongKey(keys.held.source);
  }
  const both = createKeyringCipher(createKeyring(keys.held.masterKey, createMasterKey(own)));
  await options.metadata.sealed.resealSecrets(both.reseal);
  await leaveOwnKey(options, keys);
  options.logger.info({ keyId: keys.held.record.keyId }, "stored secrets are under the given key");
}

/** What is left to do when the secrets are under the given key; a start that was cut short left it. */
async function leaveOwnKey(
  options: SecretsOptions,
  keys: NonNullable<SecretsOptions["keys"]>,
): Promise<void> {
  const own = await findOwnKey(options);
  if (own === undefined) {
    return;
  }
  const both = createKeyringCipher(createKeyring(keys.held.masterKey, createMasterKey(own)));
  await resealSigningKey(options.signingKeyPath, both.reseal);
  if (options.ownPath !== keys.held.source) {
    await rm(options.ownPath, { force: true });
  }
}

async function findOwnKey({
  ownPath: path,
  logger,
}: SecretsOptions): Promise<Uint8Array | undefined> {
  try {
    return await openEncryptionKey({ path, mayGenerate: false, logger });
  } catch (error) {
    if (error instanceof EncryptionKeyError) {
      return undefined;
    }
    throw error;
  }
}
