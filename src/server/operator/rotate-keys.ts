/**
 * Puts everything that is encrypted under another master key: data keys, texts and secrets, never the bytes of
 * archives. What a crash leaves after each step:
 *
 * | step                                                | left behind                                         |
 * |-----------------------------------------------------|-----------------------------------------------------|
 * | 1 `encryption.json` names the new key, and keeps    | both keys are at hand at the next start; what is    |
 * |   the earlier one encrypted by it                   | new is under the new key                            |
 * | 2 secrets, texts, signing key and data keys are put | some under either key                               |
 * |   under the new key                                 |                                                     |
 * | 3 `encryption.json` forgets the earlier key         | everything under the new key                        |
 *
 * Repeating the command goes on from there; what is under the new key already is left alone.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import { resealSigningKey } from "../../adapters/message-signer/message-signer.ts";
import { createKeyringCipher } from "../../adapters/secret-cipher/keyring-ciphers.ts";
import type { TellEvent } from "../../http/operator-services.ts";
import type { KeyRotation } from "../../ports/key-rotation.ts";
import type { KeyWrapper } from "../../ports/key-wrapper.ts";
import type { MetadataStore } from "../../ports/metadata-store.ts";
import type { ResealPosition } from "../../ports/sealed-store.ts";
import { openKeySettings } from "../encryption.ts";
import { writeEncryptionState } from "../encryption-state.ts";
import {
  type FolderKeys,
  type HeldKey,
  makeServiceKey,
  readKeyFile,
  sealRetiring,
} from "../master-keys.ts";
import type { EncryptionSettings } from "../settings.ts";

/** The keys can't be rotated to that one; the message says why. */
export class RotationError extends Error {
  override readonly name = "RotationError";
}

/** Where the new key is from: a file, or a key service, which encrypts a new random one. */
export type NextKey =
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "service"; readonly wrapper: KeyWrapper };

export interface RotateOptions {
  readonly keys: FolderKeys | undefined;
  readonly next: NextKey;
  readonly metadata: Pick<MetadataStore, "sealed">;
  readonly blobs: KeyRotation;
  readonly signingKeyPath: string;
  readonly tell: TellEvent;
}

export interface RotationResult {
  readonly KeyId: string;
  /** The key that nothing is under any more; absent when there was none to leave. */
  readonly EarlierKeyId: string | null;
  readonly DataKeys: number;
  readonly Texts: number;
  readonly Secrets: number;
  /** Blobs that no key opens: damaged before. */
  readonly DamagedBlobs: number;
  readonly Notes: readonly string[];
}

/** The next key by settings of the same form as those of the service. Throws `RotationError`. */
export function chooseNextKey(settings: EncryptionSettings): NextKey {
  const { keyFile, wrapper } = openKeySettings(settings);
  if ((keyFile === undefined) === (wrapper === undefined)) {
    throw new RotationError("the new key must be a file or a key of KMS, one of them");
  }
  return wrapper === undefined
    ? { kind: "file", path: keyFile ?? "" }
    : { kind: "service", wrapper };
}

const TEXTS_PER_TRANSACTION = 500;

/** Resolves when nothing is under the earlier key. Throws `RotationError`, `EncryptionKeyError`, `KeyWrapperError`. */
export async function rotateKeys(
  options: RotateOptions,
  signal: AbortSignal,
): Promise<RotationResult> {
  const { keys, blobs, tell } = options;
  if (keys?.state === undefined) {
    throw new RotationError(
      "the data folder is not encrypted, so it has no key to rotate; start the service once with" +
        " encryption-key-file or encryption-kms-key-id",
    );
  }
  await beginRotation(keys, options.next);
  const earlierKeyId = keys.keyring.retiring?.keyId ?? null;
  let sealed = await resealAll(options, keys, signal);
  const { rewrapped, damaged } = await blobs.rewrap(signal, (sums) =>
    tell({ Event: "Progress", Phase: "blobs", DataKeys: sums.rewrapped }),
  );
  // The earlier key is forgotten only after a pass that found nothing under it.
  for (let isLeft = true; isLeft; ) {
    const { texts, secrets } = await resealAll(options, keys, signal);
    sealed = { texts: sealed.texts + texts, secrets: sealed.secrets + secrets };
    isLeft = texts + secrets > 0;
  }
  await endRotation(keys);
  return {
    KeyId: keys.held.record.keyId,
    EarlierKeyId: earlierKeyId,
    DataKeys: rewrapped,
    Texts: sealed.texts,
    Secrets: sealed.secrets,
    DamagedBlobs: damaged,
    Notes: listNotes(options.next, earlierKeyId),
  };
}

/** Makes the next key the current one, unless a rotation to it was begun or finished before. */
async function beginRotation(keys: FolderKeys, next: NextKey): Promise<void> {
  const { state, keyring, held } = keys;
  if (state === undefined || (await isCurrent(held, next, state.retiring !== undefined))) {
    return;
  }
  if (state.retiring !== undefined) {
    throw new RotationError(
      `a rotation to key ${held.record.keyId} has begun and is not finished; repeat it with that key` +
        ` (${held.source})`,
    );
  }
  const key =
    next.kind === "file" ? await readKeyFile(next.path) : await makeServiceKey(next.wrapper);
  const retiring = {
    keyId: held.record.keyId,
    sealed: sealRetiring(held, key),
    ...(next.kind === "file" ? { currentKeyFile: next.path } : {}),
  };
  const begun = { ...state, current: key.record, retiring };
  await writeEncryptionState(keys.statePath, begun);
  keys.state = begun;
  keys.held = key;
  keyring.begin(key.masterKey);
}

/** A key service makes a new key each time, except to go on with a rotation to one of its keys. */
async function isCurrent(held: HeldKey, next: NextKey, isRotating: boolean): Promise<boolean> {
  if (next.kind === "file") {
    return (await readKeyFile(next.path)).record.keyId === held.record.keyId;
  }
  return isRotating && held.record.service?.wrappingKeyId === next.wrapper.wrappingKeyId;
}

/**
 * Everything that is sealed but the data keys. What the earlier key sealed is within reach: in the metadata it is
 * sealed within the transaction that stores it, and transactions follow each other; the signing key waits.
 */
async function resealAll(
  options: RotateOptions,
  { keyring }: FolderKeys,
  signal: AbortSignal,
): Promise<{ readonly texts: number; readonly secrets: number }> {
  const { reseal } = createKeyringCipher(keyring);
  await resealSigningKey(options.signingKeyPath, reseal);
  const secrets = await options.metadata.sealed.resealSecrets(reseal);
  const texts = await resealTexts(options, signal);
  return { texts, secrets };
}

async function resealTexts(
  { metadata, tell }: Pick<RotateOptions, "metadata" | "tell">,
  signal: AbortSignal,
): Promise<number> {
  let texts = 0;
  let position: ResealPosition | undefined;
  do {
    signal.throwIfAborted();
    const page = await metadata.sealed.resealTexts(position, TEXTS_PER_TRANSACTION);
    texts += page.changed;
    position = page.next;
    await tell({ Event: "Progress", Phase: "texts", Texts: texts });
    await nextTurn();
  } while (position !== undefined);
  return texts;
}

async function endRotation(keys: FolderKeys): Promise<void> {
  if (keys.state?.retiring !== undefined) {
    const { retiring: _, ...ended } = keys.state;
    await writeEncryptionState(keys.statePath, ended);
    keys.state = ended;
    keys.keyring.finish();
  }
}

function listNotes(next: NextKey, earlierKeyId: string | null): readonly string[] {
  const setting =
    next.kind === "file"
      ? `encryption-key-file to ${next.path}`
      : `encryption-kms-key-id to ${next.wrapper.wrappingKeyId}`;
  return [
    `Set ${setting} before the next start; keep a copy of the key elsewhere.`,
    ...(earlierKeyId === null
      ? []
      : [`Keep key ${earlierKeyId} as long as backups from before the rotation are to be read.`]),
  ];
}
