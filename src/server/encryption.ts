/** Joins the keys of a data folder with what encrypts by them. */
import type { BlobEncryption } from "../adapters/blobs-filesystem/blob-cipher.ts";
import { readBoot } from "../adapters/blobs-filesystem/boot-file.ts";
import { layoutOf } from "../adapters/blobs-filesystem/layout.ts";
import { createKmsKeyWrapper } from "../adapters/key-wrapper-kms/kms-key-wrapper.ts";
import type { Logger } from "../ports/logger.ts";
import type { MetadataStore } from "../ports/metadata-store.ts";
import type { DataFolder } from "./data-folder.ts";
import { type FolderKeys, type KeySettings, turnEncryptionOn } from "./master-keys.ts";
import type { EncryptionSettings } from "./settings.ts";

/** Where keys come from, by the settings. Nothing is read or asked yet. */
export function openKeySettings(settings: EncryptionSettings): KeySettings {
  const { keyFile, kmsKeyId, kmsEndpoint } = settings;
  const wrapper =
    kmsKeyId === undefined
      ? undefined
      : createKmsKeyWrapper({ wrappingKeyId: kmsKeyId, endpoint: kmsEndpoint });
  return { keyFile, wrapper };
}

/**
 * How blobs are encrypted. A folder that was not encrypted is from its next boot on: what was stored before stays as
 * it is. A crash before the state is written leaves a plain folder that only this version or later ones open.
 */
export async function openBlobEncryption(
  keys: FolderKeys,
  {
    folder,
    metadata,
    logger,
  }: {
    readonly folder: DataFolder;
    readonly metadata: Pick<MetadataStore, "boots">;
    readonly logger: Logger;
  },
): Promise<BlobEncryption> {
  if (keys.state === undefined) {
    const known = await metadata.boots.list();
    const lastBoot = Math.max(await readBoot(layoutOf(folder.blobsPath)), ...known);
    await folder.markEncrypted();
    await turnEncryptionOn(keys, lastBoot + 1);
    const { keyId } = keys.held.record;
    logger.info({ keyId }, "new archives are encrypted from now on; earlier ones stay as they are");
  }
  return { keyring: keys.keyring, fromBoot: keys.state?.fromBoot ?? 0 };
}
