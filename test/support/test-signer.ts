/** A signer for tests that verify no signature: what it "signs" with is a hash. */
import { createHash } from "node:crypto";
import type { MessageSigner } from "../../src/ports/message-signer.ts";

export const testSigner: MessageSigner = {
  identity: () =>
    Promise.resolve({
      certificateName: `SimpleNotificationService-${"0".repeat(32)}.pem`,
      certificatePem: "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n",
      sign: (text, version) => createHash("sha256").update(`${version}:${text}`).digest("base64"),
    }),
};
