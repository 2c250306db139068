/** The root identity: given by settings, or generated once and kept in a file. */
import { chmod, stat } from "node:fs/promises";
import { z } from "zod";
import { formatRootArn } from "../../domain/identity.ts";
import { type AccountId, findAccountId } from "../../domain/ids.ts";
import type { AccessKey, CredentialStore } from "../../ports/credential-store.ts";
import type { IdentitySource } from "../../ports/identity-source.ts";
import type { Logger } from "../../ports/logger.ts";
import { writeFileDurably } from "../../std/durable-file-node.ts";
import { findFileText, findJsonValue } from "../../std/json-file-node.ts";

export interface RootKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** The access key of the root identity and its account. */
export interface RootCredentials extends RootKeys {
  readonly accountId: AccountId;
}

export interface RootCredentialsOptions {
  /** The file that keeps what was generated; its folder exists and belongs to this process. */
  readonly path: string;
  /** What settings say; it wins over the file and is not written into it. */
  readonly keys: RootKeys | undefined;
  readonly accountId: AccountId | undefined;
  /** Makes what is generated. */
  readonly source: IdentitySource;
  readonly logger: Logger;
}

/** The file cannot be used; the message names it and says why, without its contents. */
export class CredentialsFileError extends Error {
  override readonly name = "CredentialsFileError";
}

/**
 * The root credentials. What neither the settings nor the file give is generated and durably written to
 * the file (mode 0600) before this resolves; with everything given, the file is neither read nor written.
 * `generated` tells whether this call made the access key. A file that others may read is warned about and
 * closed to them. Throws `CredentialsFileError` when the file is damaged.
 */
export async function openRootCredentials(options: RootCredentialsOptions): Promise<{
  readonly store: CredentialStore;
  readonly root: RootCredentials;
  readonly generated: boolean;
}> {
  const { keys, accountId, source } = options;
  if (keys !== undefined && accountId !== undefined) {
    const root = { ...keys, accountId };
    return { store: createRootStore(root), root, generated: false };
  }
  const kept = await readKept(options);
  const rootKeys = keys ?? kept?.keys ?? generateKeys(source);
  const root = { ...rootKeys, accountId: accountId ?? kept?.accountId ?? source.accountId() };
  const generated = keys === undefined && kept?.keys === undefined;
  if (generated || kept === undefined) {
    // Keys from the settings stay out of the file; the account made for them has to last.
    await writeKept(options.path, {
      accountId: root.accountId,
      keys: keys === undefined ? rootKeys : undefined,
    });
  }
  return { store: createRootStore(root), root, generated };
}

function createRootStore(root: RootCredentials): CredentialStore {
  const { accessKeyId, secretAccessKey, accountId } = root;
  const key: AccessKey = {
    accessKeyId,
    secretAccessKey,
    principal: { accountId, arn: formatRootArn(accountId), isRoot: true, userId: accountId },
  };
  return {
    findAccessKey: (wanted) => Promise.resolve(wanted === accessKeyId ? key : undefined),
  };
}

/** What the file holds: always an account, and keys unless the settings gave them when it was written. */
interface KeptCredentials {
  readonly accountId: AccountId;
  readonly keys: RootKeys | undefined;
}

const accountIdSchema = z.string().refine((text) => findAccountId(text) !== undefined);
const fileSchema = z.union([
  z.strictObject({
    accountId: accountIdSchema,
    accessKeyId: z.string().regex(/^\w{16,128}$/),
    secretAccessKey: z.string().regex(/^[!-~]{8,128}$/),
  }),
  z.strictObject({ accountId: accountIdSchema }),
]);

async function readKept({
  path,
  logger,
}: RootCredentialsOptions): Promise<KeptCredentials | undefined> {
  const text = await findFileText(path);
  if (text === undefined) {
    return undefined;
  }
  const mode = (await stat(path)).mode & 0o777;
  if ((mode & 0o077) !== 0) {
    logger.warn({ path, mode: mode.toString(8) }, "root credentials were open to others; now 0600");
    await chmod(path, 0o600);
  }
  const file = fileSchema.safeParse(findJsonValue(text));
  if (!file.success) {
    throw new CredentialsFileError(
      `${path} must be a JSON object with accountId (12 digits), accessKeyId and secretAccessKey;` +
        " restore it, or give the root-* settings",
    );
  }
  // The schema holds the same rule as `findAccountId`, which makes the brand.
  const accountId = file.data.accountId as AccountId;
  if (!("accessKeyId" in file.data)) {
    return { accountId, keys: undefined };
  }
  const { accessKeyId, secretAccessKey } = file.data;
  return { accountId, keys: { accessKeyId, secretAccessKey } };
}

async function writeKept(path: string, { accountId, keys }: KeptCredentials): Promise<void> {
  await writeFileDurably(path, `${JSON.stringify({ accountId, ...keys }, undefined, 2)}\n`, 0o600);
}

function generateKeys(source: IdentitySource): RootKeys {
  return { accessKeyId: source.accessKeyId(), secretAccessKey: source.secretAccessKey() };
}
