import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomBytes, X509Certificate } from "node:crypto";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import https from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { after, before, describe, it, mock } from "node:test";
import MessageValidator from "sns-validator";
import type { Subscription } from "../../domain/topic.ts";
import {
  formatConfirmation,
  formatNotification,
  signNotification,
} from "../../engine/notify/message-json.ts";
import type { MessageSigner } from "../../ports/message-signer.ts";
import type { SecretCipher } from "../../ports/secret-cipher.ts";
import { createMessageSigner, resealSigningKey, SigningKeyError } from "./message-signer.ts";

const clock = { nowMs: () => Date.now(), sleep: async () => undefined };
const cipher: SecretCipher = {
  seal: (text, context) => Buffer.from(`${context}|${text}`).reverse(),
  open: (sealed, context) => {
    const text = Buffer.from(sealed).reverse().toString();
    return text.startsWith(`${context}|`) ? text.slice(context.length + 1) : undefined;
  },
};
const subscription = {
  topicArn: "arn:aws:sns:us-east-1:111122223333:t",
  subscriptionArn: "arn:aws:sns:us-east-1:111122223333:t:5d8c8a3e-0000-4000-8000-000000000000",
  serviceEndpoint: "https://sns.us-east-1.amazonaws.com",
  token: "0123456789abcdef",
} as Subscription;
const message = {
  messageId: "9f7c767f-968d-4fca-8a32-76ae93b840c9",
  topicArn: subscription.topicArn,
  subject: undefined,
  text: '{"JobId":"€ and\nlines"}',
  publishedAtMs: Date.UTC(2026, 0, 2),
};

describe("the message signer", () => {
  let folder: string;
  let signer: MessageSigner;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "moraine-signer-"));
    signer = createMessageSigner({ path: join(folder, "key.json"), cipher, clock });
  });
  after(async () => {
    mock.restoreAll();
    await rm(folder, { recursive: true, force: true });
  });

  it("is under the new master key although its key was sealed just before the keys were rotated", async () => {
    const path = join(folder, "rotated.json");
    let current = "earlier";
    const sealWith = (name: string, text: string, context: string) =>
      cipher.seal(text, `${name} ${context}`);
    const openWith = (name: string, sealed: Uint8Array, context: string) =>
      cipher.open(sealed, `${name} ${context}`);
    let rotated: Promise<void> | undefined;
    const rotating: SecretCipher = {
      open: (sealed, context) => openWith(current, sealed, context),
      seal: (text, context) => {
        const sealed = sealWith(current, text, context);
        current = "new";
        rotated = resealSigningKey(path, (bytes, place) => {
          const opened = openWith("earlier", bytes, place);
          return opened === undefined ? undefined : sealWith("new", opened, place);
        });
        return sealed;
      },
    };
    const made = await createMessageSigner({ path, cipher: rotating, clock }).identity();
    await rotated;
    const again = createMessageSigner({ path, cipher: rotating, clock });
    assert.equal((await again.identity()).certificatePem, made.certificatePem);
  });

  it("makes a certificate that OpenSSL verifies as self-signed RSA", async () => {
    const { certificatePem } = await signer.identity();
    const path = join(folder, "certificate.pem");
    await writeFile(path, certificatePem);
    const verified = execFileSync("openssl", ["verify", "-x509_strict", "-CAfile", path, path]);
    assert.match(verified.toString(), /OK/);
    const text = execFileSync("openssl", ["x509", "-in", path, "-noout", "-text"]).toString();
    assert.match(text, /Version: 3/);
    assert.match(text, /sha256WithRSAEncryption/);
    assert.match(text, /2048 bit/);
    assert.match(text, /Subject: CN ?= ?Moraine notifications/);
    const certificate = new X509Certificate(certificatePem);
    assert.ok(Date.parse(certificate.validFrom) < Date.now());
    assert.ok(Date.parse(certificate.validTo) > Date.now() + 19 * 365 * 86_400_000);
  });

  it("keeps one key for good, in a file for its owner alone, sealed", async () => {
    const path = join(folder, "key.json");
    const first = await signer.identity();
    const again = await createMessageSigner({ path, cipher, clock }).identity();
    assert.equal(again.certificateName, first.certificateName);
    assert.equal(again.sign("text", "2"), first.sign("text", "2"));
    assert.equal((await stat(path)).mode & 0o777, 0o600);
    assert.doesNotMatch(await readFile(path, "utf8"), /PRIVATE KEY/);
  });

  it("refuses a damaged file, and works once it is mended", async () => {
    const path = join(folder, "damaged.json");
    await writeFile(path, randomBytes(20).toString("hex"));
    const damaged = createMessageSigner({ path, cipher, clock });
    await assert.rejects(damaged.identity(), SigningKeyError);
    await rm(path);
    assert.match(
      (await damaged.identity()).certificateName,
      /^SimpleNotificationService-\w+\.pem$/,
    );
  });

  for (const version of ["1", "2"] as const) {
    it(`signs notifications and confirmations that sns-validator accepts in version ${version}`, async () => {
      const identity = await signer.identity();
      serveCertificate(identity.certificatePem);
      for (const subject of [undefined, "A subject"]) {
        const signed = signNotification({ ...message, subject }, version, identity);
        const body = formatNotification(signed, subscription);
        assert.equal((await validate(body))["Message"], message.text);
      }
      const sent = { messageId: message.messageId, sentAtMs: message.publishedAtMs };
      const confirmation = formatConfirmation(subscription, sent, version, identity);
      assert.equal((await validate(confirmation))["Token"], subscription.token);
    });

    it(`signs so that no member can be changed unseen in version ${version}`, async () => {
      const identity = await signer.identity();
      serveCertificate(identity.certificatePem);
      const signed = signNotification({ ...message, subject: "s" }, version, identity);
      const body = JSON.parse(formatNotification(signed, subscription)) as Record<string, string>;
      for (const member of ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"]) {
        const changed = { ...body, [member]: `${body[member]}x` };
        await assert.rejects(validate(JSON.stringify(changed)), /signature is invalid/, member);
      }
    });
  }
});

/** The validator fetches the certificate with `https.get`; nothing else of it is touched. */
function serveCertificate(pem: string): void {
  mock.restoreAll();
  const get = (_url: string, onResponse: (response: Readable) => void) => {
    const response = Object.assign(Readable.from([Buffer.from(pem)]), { statusCode: 200 });
    onResponse(response);
    return { on: () => undefined };
  };
  mock.method(https, "get", get as unknown as typeof https.get);
}

function validate(body: string): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    new MessageValidator().validate(body, (error, validated) =>
      error === null ? resolve(validated ?? {}) : reject(error),
    );
  });
}
