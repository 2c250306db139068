/**
 * Keys of git-annex, which it stores archives under through glacier-cli: a backend, fields and a digest. The
 * name of the file is known to its repository alone, so the key stays the name.
 */
import { findWholeNumber } from "../decimal.ts";
import type { FoundDescription } from "./decoded-description.ts";

const key =
  /^(GPGHMAC)?((?:MD|SHA|SHA3_|SKEIN|BLAKE2[BS]P?)(\d{1,3}))(E?)((?:-[smSC]\d+)*)--([0-9a-f]+)(\.[^/\s]+)?$/;

/** Bits of the digests whose name does not tell them. */
const unnamedBits: Readonly<Record<string, number>> = { MD5: 128, SHA1: 160 };

/** The file under such a key; `undefined` when the text is none. */
export function findGitAnnex(text: string): FoundDescription | undefined {
  const match = key.exec(text);
  if (match === null) {
    return undefined;
  }
  const [, hmac, hash = "", named = "", extended, fields = "", digest = "", extension] = match;
  const digits = (unnamedBits[hash] ?? Number(named)) / 4;
  const mayExtend = extended === "E" && hmac === undefined;
  if (digest.length !== digits || (extension !== undefined && !mayExtend)) {
    return undefined;
  }
  const found = { name: text, tool: "git-annex" } as const;
  if (hmac !== undefined) {
    return { ...found, isEncrypted: true };
  }
  return isChunk(fields) ? found : { ...found, ...findSize(fields), ...findHash(hash, digest) };
}

/** A chunk is part of the file whose size and digest its key bears. */
function isChunk(fields: string): boolean {
  return fields.includes("-C");
}

function findSize(fields: string): Partial<FoundDescription> {
  const size = /-s(\d+)/.exec(fields)?.[1];
  const sizeBytes = size === undefined ? undefined : findWholeNumber(size);
  return sizeBytes === undefined ? {} : { sizeBytes };
}

function findHash(hash: string, digest: string): Partial<FoundDescription> {
  return { ...(hash === "SHA256" && { sha256: digest }), ...(hash === "MD5" && { md5: digest }) };
}
