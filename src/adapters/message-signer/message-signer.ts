/** The RSA key that signs messages of topics, with its certificate, kept in a file of the data folder. */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  type KeyObject,
  sign,
  X509Certificate,
} from "node:crypto";
import { promisify } from "node:util";
import { z } from "zod";
import type { Clock } from "../../ports/clock.ts";
import type { MessageSigner, SigningIdentity } from "../../ports/message-signer.ts";
import type { SecretCipher } from "../../ports/secret-cipher.ts";
import { writeFileDurably } from "../../std/durable-file-node.ts";
import { findFileText, findJsonValue } from "../../std/json-file-node.ts";
import { createTurns } from "../../std/turns.ts";
import { makeCertificate } from "./certificate.ts";

const KEY_BITS = 2048;
const VALID_YEARS = 20;
const DAY_MS = 24 * 60 * 60 * 1000;
const SEAL_CONTEXT = "message-signing-key";
/** Of this process: between sealing a key and storing it, nobody puts the file under another master key. */
const turns = createTurns<string>();
const COMMON_NAME = "Moraine notifications";

/** The file that keeps the key can't be used; the message names it and says why, without its contents. */
export class SigningKeyError extends Error {
  override readonly name = "SigningKeyError";
}

export interface MessageSignerOptions {
  /** JSON with the certificate and the sealed private key; its folder belongs to this process. */
  readonly path: string;
  readonly cipher: SecretCipher;
  readonly clock: Clock;
}

/**
 * A signer whose key is read, or made and durably written (mode 0600), when it is first needed: making one takes
 * some tenths of a second. Then, `identity` throws `SigningKeyError` when the file is damaged.
 */
export function createMessageSigner(options: MessageSignerOptions): MessageSigner {
  let loading: Promise<SigningIdentity> | undefined;
  return {
    identity() {
      loading ??= loadIdentity(options).catch((error: unknown) => {
        loading = undefined;
        throw error;
      });
      return loading;
    },
  };
}

async function loadIdentity(options: MessageSignerOptions): Promise<SigningIdentity> {
  const kept = await turns.take(
    options.path,
    async () => (await readKept(options)) ?? (await makeKept(options)),
  );
  const { certificatePem, privateKey } = kept;
  const hash = createHash("sha256").update(certificatePem).digest("hex").slice(0, 32);
  return {
    certificateName: `SimpleNotificationService-${hash}.pem`,
    certificatePem,
    sign: (text, version) =>
      sign(version === "1" ? "sha1" : "sha256", Buffer.from(text), privateKey).toString("base64"),
  };
}

interface Kept {
  readonly certificatePem: string;
  readonly privateKey: KeyObject;
}

const fileSchema = z.strictObject({ certificate: z.string(), sealedKey: z.base64() });

async function readKept({ path, cipher }: MessageSignerOptions): Promise<Kept | undefined> {
  const text = await findFileText(path);
  if (text === undefined) {
    return undefined;
  }
  const file = fileSchema.safeParse(findJsonValue(text));
  const pem = file.success
    ? cipher.open(Buffer.from(file.data.sealedKey, "base64"), SEAL_CONTEXT)
    : undefined;
  if (!file.success || pem === undefined) {
    throw new SigningKeyError(
      `${path} can't be read with this data folder's encryption key; restore it, or remove it to have` +
        " another key made",
    );
  }
  return { certificatePem: file.data.certificate, privateKey: createPrivateKey(pem) };
}

/**
 * Puts the private key in the file at `path`, if there is one, under what `reseal` makes of it. A key that is being
 * made is waited for: it may have been sealed before.
 */
export async function resealSigningKey(
  path: string,
  reseal: (sealed: Uint8Array, context: string) => Uint8Array | undefined,
): Promise<void> {
  await turns.take(path, async () => {
    const file = fileSchema.safeParse(findJsonValue((await findFileText(path)) ?? ""));
    const again = file.data && reseal(Buffer.from(file.data.sealedKey, "base64"), SEAL_CONTEXT);
    if (file.data !== undefined && again !== undefined) {
      await writeKept(path, file.data.certificate, again);
    }
  });
}

async function writeKept(path: string, certificate: string, sealed: Uint8Array): Promise<void> {
  const sealedKey = Buffer.from(sealed).toString("base64");
  const text = JSON.stringify({ certificate, sealedKey }, undefined, 2);
  await writeFileDurably(path, `${text}\n`, 0o600);
}

async function makeKept({ path, cipher, clock }: MessageSignerOptions): Promise<Kept> {
  const { privateKey } = await promisify(generateKeyPair)("rsa", { modulusLength: KEY_BITS });
  const publicKey = createPublicKey(privateKey);
  // A day of grace for receivers whose clock is behind.
  const validFromMs = clock.nowMs() - DAY_MS;
  const validUntilMs = validFromMs + VALID_YEARS * 365 * DAY_MS;
  const certificatePem = makeCertificate({
    publicKey,
    privateKey,
    commonName: COMMON_NAME,
    validFromMs,
    validUntilMs,
  });
  // What is written is what receivers will read.
  if (!new X509Certificate(certificatePem).verify(publicKey)) {
    throw new SigningKeyError("the new certificate does not verify with its own key");
  }
  const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  await writeKept(path, certificatePem, cipher.seal(pem, SEAL_CONTEXT));
  return { certificatePem, privateKey };
}
