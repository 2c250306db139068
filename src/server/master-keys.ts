/** Which keys a data folder is opened with: from the key file or the key service that the settings name. */
import { randomBytes } from "node:crypto";
import {
  createKeyring,
  createMasterKey,
  MASTER_KEY_BYTES,
  type RotatingKeyring,
} from "../adapters/master-keys/master-key.ts";
import { createSecretCipher } from "../adapters/secret-cipher/aes-secret-cipher.ts";
import { EncryptionKeyError, openEncryptionKey } from "../adapters/secret-cipher/encryption-key.ts";
import type { KeyWrapper } from "../ports/key-wrapper.ts";
import type { MasterKey } from "../ports/keyring.ts";
import type { Logger } from "../ports/logger.ts";
import { formatHex, parseHex } from "../std/bytes.ts";
import {
  type EncryptionState,
  type KeyRecord,
  readEncryptionState,
  writeEncryptionState,
} from "./encryption-state.ts";

/** A key with its bytes, and how the folder remembers it. */
export interface HeldKey {
  readonly bytes: Uint8Array;
  readonly masterKey: MasterKey;
  readonly record: KeyRecord;
  /** Where it is from, for messages: a path, or the name of a key of a service. */
  readonly source: string;
}

/** The keys of a folder that is encrypted, or is to be from now on. */
export interface FolderKeys {
  readonly statePath: string;
  readonly keyring: RotatingKeyring;
  /** `undefined` until the folder has been turned into an encrypted one. */
  state: EncryptionState | undefined;
  held: HeldKey;
}

export interface KeySettings {
  /** Absolute. */
  readonly keyFile: string | undefined;
  readonly wrapper: KeyWrapper | undefined;
}

/** What a data folder says of its keys. */
export interface KeyedFolder {
  readonly encryptionStatePath: string;
  /** By its format. */
  readonly isEncrypted: boolean;
}

const quiet: Logger = { debug() {}, info() {}, warn() {}, error() {} };

/**
 * The keys by which the folder is opened; `undefined` when it is not encrypted
 * and no key is given. Throws `EncryptionKeyError` when the folder's key is not the one given, naming both, and
 * `KeyWrapperError`.
 */
export async function loadFolderKeys(
  { encryptionStatePath: statePath, isEncrypted }: KeyedFolder,
  settings: KeySettings,
  logger: Logger = quiet,
): Promise<FolderKeys | undefined> {
  const state = await readEncryptionState(statePath);
  if (state !== undefined) {
    const held = await findCurrent(state, settings, { statePath, logger });
    const keyring = createKeyring(held.masterKey, openRetiring(state, held));
    return { statePath, keyring, state, held };
  }
  const held = await loadGiven(settings);
  if (held === undefined && isEncrypted) {
    throw new EncryptionKeyError(
      `the data folder is encrypted, but ${statePath} is missing: restore it, or give the key`,
    );
  }
  return held && { statePath, keyring: createKeyring(held.masterKey), state, held };
}

/** Records that the folder is encrypted from boot `fromBoot` on. */
export async function turnEncryptionOn(keys: FolderKeys, fromBoot: number): Promise<void> {
  keys.state = { fromBoot, current: keys.held.record };
  await writeEncryptionState(keys.statePath, keys.state);
}

async function loadGiven({ keyFile, wrapper }: KeySettings): Promise<HeldKey | undefined> {
  if (keyFile !== undefined) {
    return await readKeyFile(keyFile);
  }
  return wrapper && (await makeServiceKey(wrapper));
}

/** The key in the file at `path`. Throws `EncryptionKeyError`. */
export async function readKeyFile(path: string): Promise<HeldKey> {
  const bytes = await openEncryptionKey({ path, mayGenerate: false, logger: quiet });
  const masterKey = createMasterKey(bytes);
  return { bytes, masterKey, record: { keyId: masterKey.keyId }, source: path };
}

/** A new random key that `wrapper` has encrypted. */
export async function makeServiceKey(wrapper: KeyWrapper): Promise<HeldKey> {
  const bytes = new Uint8Array(randomBytes(MASTER_KEY_BYTES));
  const masterKey = createMasterKey(bytes);
  const wrapped = await wrapper.wrap(bytes, serviceContext(masterKey.keyId));
  const { wrappingKeyId } = wrapper;
  const service = { wrappingKeyId, wrapped: Buffer.from(wrapped).toString("base64") };
  const record = { keyId: masterKey.keyId, service };
  return { bytes, masterKey, record, source: wrappingKeyId };
}

function serviceContext(keyId: string): string {
  return `moraine master key ${keyId}`;
}

interface Surroundings {
  readonly statePath: string;
  readonly logger: Logger;
}

async function findCurrent(
  state: EncryptionState,
  settings: KeySettings,
  { statePath, logger }: Surroundings,
): Promise<HeldKey> {
  const { current, retiring } = state;
  if (current.service !== undefined) {
    return await unwrapServiceKey(current, current.service, settings, statePath);
  }
  if (settings.keyFile === undefined) {
    throw new EncryptionKeyError(
      `the data folder is encrypted with key ${current.keyId} (${statePath}), and no key is given; name the` +
        " file with that key by encryption-key-file",
    );
  }
  const given = await readKeyFile(settings.keyFile);
  if (given.record.keyId === current.keyId) {
    return given;
  }
  if (retiring !== undefined && given.record.keyId === retiring.keyId) {
    return await followRotation(given, state, logger);
  }
  throw wrongKey(given, current);
}

function wrongKey(given: HeldKey, { keyId }: KeyRecord): EncryptionKeyError {
  return new EncryptionKeyError(
    `the data folder is encrypted with key ${keyId}; ${given.source} holds key ${given.record.keyId}; name` +
      ` the file with key ${keyId} by encryption-key-file`,
  );
}

/** The settings still name the earlier key: the file of the next one is where the rotation found it. */
async function followRotation(
  given: HeldKey,
  { current, retiring }: EncryptionState,
  logger: Logger,
): Promise<HeldKey> {
  const path = retiring?.currentKeyFile;
  const next = path === undefined ? undefined : await readKeyFile(path).catch(() => undefined);
  if (next?.record.keyId !== current.keyId) {
    throw wrongKey(given, current);
  }
  logger.warn(
    { keyId: current.keyId, path, given: given.source },
    "keys are being rotated: let encryption-key-file name the new file, then repeat moraine key rotate",
  );
  return next;
}

async function unwrapServiceKey(
  record: KeyRecord,
  service: NonNullable<KeyRecord["service"]>,
  { wrapper }: KeySettings,
  statePath: string,
): Promise<HeldKey> {
  const { wrappingKeyId } = service;
  if (wrapper === undefined) {
    throw new EncryptionKeyError(
      `the data folder is encrypted with key ${record.keyId}, which the key ${wrappingKeyId} of a key` +
        ` service opens (${statePath}); name it by encryption-kms-key-id`,
    );
  }
  const wrapped = Buffer.from(service.wrapped, "base64");
  const bytes = await wrapper.unwrap(wrapped, serviceContext(record.keyId));
  const isKey = bytes.length === MASTER_KEY_BYTES;
  const masterKey = isKey ? createMasterKey(bytes) : undefined;
  if (masterKey?.keyId !== record.keyId) {
    throw new EncryptionKeyError(
      `the key service did not give key ${record.keyId} back, which the data folder is encrypted with`,
    );
  }
  return { bytes, masterKey, record, source: wrappingKeyId };
}

/** The earlier key, encrypted by the current one as secrets are: nobody who has only the earlier one learns more. */
export function sealRetiring(earlier: HeldKey, current: HeldKey): string {
  const cipher = createSecretCipher(current.bytes);
  const sealed = cipher.seal(formatHex(earlier.bytes), retiringContext(earlier.record.keyId));
  return Buffer.from(sealed).toString("base64");
}

function openRetiring({ retiring }: EncryptionState, { bytes }: HeldKey): MasterKey | undefined {
  if (retiring === undefined) {
    return undefined;
  }
  const sealed = Buffer.from(retiring.sealed, "base64");
  const text = createSecretCipher(bytes).open(sealed, retiringContext(retiring.keyId));
  if (text === undefined) {
    throw new EncryptionKeyError(
      "the earlier key in encryption.json can't be opened by the current one",
    );
  }
  return createMasterKey(parseHex(text));
}

function retiringContext(keyId: string): string {
  return `retiring-key:${keyId}`;
}
