/** Signing keys: derived from a secret for one day, region and service. */
import { assert } from "../../std/assert.ts";
import { formatHex, utf8Bytes } from "../../std/bytes.ts";
import type { HmacSha256 } from "../../std/hasher.ts";
import { type CredentialScope, SCOPE_TERMINATOR } from "./scope.ts";

/**
 * What a signing key is derived from. The access key id is no part of it, but names the cache
 * entry.
 */
export interface SigningKeySource {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly scope: CredentialScope;
}

/**
 * The HMAC chain `AWS4`+secret → date → region → service → `aws4_request` (contract §1.3): 32
 * bytes.
 */
export function deriveSigningKey(source: SigningKeySource, hmacSha256: HmacSha256): Uint8Array {
  const { date, region, service } = source.scope;
  return [date, region, service, SCOPE_TERMINATOR].reduce(
    (key, part) => hmacSha256(key, utf8Bytes(part)),
    utf8Bytes(`AWS4${source.secretAccessKey}`),
  );
}

/** The lower-case hex signature of a string to sign. */
export function computeSignature(options: {
  readonly signingKey: Uint8Array;
  readonly stringToSign: string;
  readonly hmacSha256: HmacSha256;
}): string {
  return formatHex(options.hmacSha256(options.signingKey, utf8Bytes(options.stringToSign)));
}

/** Signing keys of recent requests; saves four of the five HMACs of a verification. */
export interface SigningKeyCache {
  /** The key of `source`: remembered, or derived with `hmacSha256` and then remembered. */
  getSigningKey(source: SigningKeySource, hmacSha256: HmacSha256): Uint8Array;
}

/**
 * A cache that holds at most `maxEntries` keys and drops the one that was used longest ago. An
 * entry belongs to one secret: after a change of secret the old key is never returned, but
 * replaced.
 */
export function createSigningKeyCache(options: { readonly maxEntries: number }): SigningKeyCache {
  assert(options.maxEntries >= 1, `maxEntries must be at least 1; got ${options.maxEntries}`);
  const entries = new Map<string, { secretAccessKey: string; signingKey: Uint8Array }>();
  return {
    getSigningKey(source, hmacSha256) {
      const { date, region, service } = source.scope;
      // A line feed is in none of them.
      const name = `${date}\n${region}\n${service}\n${source.accessKeyId}`;
      const remembered = entries.get(name);
      entries.delete(name);
      const entry =
        remembered?.secretAccessKey === source.secretAccessKey
          ? remembered
          : {
              secretAccessKey: source.secretAccessKey,
              signingKey: deriveSigningKey(source, hmacSha256),
            };
      entries.set(name, entry);
      if (entries.size > options.maxEntries) {
        dropOldest(entries);
      }
      return entry.signingKey;
    },
  };
}

/** A map keeps the order of insertion. */
function dropOldest(entries: Map<string, unknown>): void {
  for (const name of entries.keys()) {
    entries.delete(name);
    return;
  }
}
