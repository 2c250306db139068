import type { SignatureVersion } from "../domain/topic.ts";

/** A key that signs messages, and the certificate that lets receivers verify them. */
export interface SigningIdentity {
  /** Name of the certificate on the API listener: `SimpleNotificationService-<hash>.pem`. */
  readonly certificateName: string;
  readonly certificatePem: string;
  /** Base64 of the RSA signature of the UTF-8 bytes of `text`; the same text gives the same signature. */
  sign(text: string, version: SignatureVersion): string;
}

/** The service's signing identity, made at the first call ever and kept from then on. */
export interface MessageSigner {
  identity(): Promise<SigningIdentity>;
}
