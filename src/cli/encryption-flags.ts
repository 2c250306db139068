/** With what a stopped data folder is opened: flags first, then what the service itself would read. */
import { resolve } from "node:path";

export interface EncryptionFlags {
  readonly encryptionKeyFile?: string;
  readonly encryptionKmsKeyId?: string;
  readonly kmsEndpoint?: string;
}

/** The same form as the settings of the service; a key file that is given wins over a key of KMS in the environment. */
export function readEncryption(
  flags: EncryptionFlags,
  env: Readonly<Record<string, string | undefined>>,
) {
  const keyFile = flags.encryptionKeyFile ?? (env["MORAINE_ENCRYPTION_KEY_FILE"] || undefined);
  const kmsKeyId =
    flags.encryptionKmsKeyId ??
    (keyFile === undefined ? env["MORAINE_ENCRYPTION_KMS_KEY_ID"] || undefined : undefined);
  return {
    keyFile: keyFile === undefined ? undefined : resolve(keyFile),
    kmsKeyId,
    kmsEndpoint: flags.kmsEndpoint ?? (env["MORAINE_KMS_ENDPOINT"] || undefined),
  };
}
