/** Master keys from 32 bytes. Every key that encrypts something is derived with HKDF-SHA-256 (docs/format.md). */
import { hkdfSync } from "node:crypto";
import type { KeyId, Keyring, MasterKey } from "../../ports/keyring.ts";
import { assert } from "../../std/assert.ts";
import { formatHex } from "../../std/bytes.ts";

export const MASTER_KEY_BYTES = 32;
const KEY_ID_BYTES = 16;
const KEY_ID_PURPOSE = "moraine key id v1";

/** The master key that consists of these 32 bytes. */
export function createMasterKey(bytes: Uint8Array): MasterKey {
  assert(
    bytes.length === MASTER_KEY_BYTES,
    `an encryption key has ${MASTER_KEY_BYTES} bytes; got ${bytes.length}`,
  );
  const root = Uint8Array.from(bytes);
  const derived = new Map<string, Uint8Array>();
  const derive = (purpose: string): Uint8Array => {
    const known = derived.get(purpose) ?? expand(root, purpose, MASTER_KEY_BYTES);
    derived.set(purpose, known);
    return known;
  };
  // The one place that makes key ids.
  return { keyId: formatHex(expand(root, KEY_ID_PURPOSE, KEY_ID_BYTES)) as KeyId, derive };
}

/** A keyring whose keys can be replaced. */
export interface RotatingKeyring extends Keyring {
  /** Encrypts with `next` from now on, and goes on to read what the key before it encrypted. */
  begin(next: MasterKey): void;
  /** Forgets the earlier key. */
  finish(): void;
}

/** A keyring with one key, or in the middle of a rotation with two. */
export function createKeyring(first: MasterKey, retiringAtFirst?: MasterKey): RotatingKeyring {
  let current = first;
  let retiring = retiringAtFirst;
  return {
    get current() {
      return current;
    },
    get retiring() {
      return retiring;
    },
    find: (keyId) => [current, retiring].find((key) => key?.keyId === keyId),
    begin: (next) => {
      assert(retiring === undefined, "a rotation is going on already");
      retiring = current;
      current = next;
    },
    finish: () => {
      retiring = undefined;
    },
  };
}

function expand(root: Uint8Array, purpose: string, length: number): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", root, "", purpose, length));
}
