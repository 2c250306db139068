/** What archives are encrypted with, and how their files are called while they are. */
import { decodeDescription } from "../../../domain/descriptions/decode-description.ts";

/** How an archive is encrypted. */
export interface Cipher {
  /** `age` or `gpg` where `put --encrypt` made it; else what its description or its tool is called. */
  readonly tool: string;
  /** The size of the file before, where the description tells it. */
  readonly plainBytes: number | undefined;
}

/** Programs that `--decrypt` knows. */
const TOOLS = ["age", "gpg"] as const;
export type DecryptionTool = (typeof TOOLS)[number];

/** How the description says that the archive is encrypted; `undefined` when it does not. */
export function findCipher(description: string | undefined): Cipher | undefined {
  const { isEncrypted, encryption, tool, sizeBytes } = decodeDescription(description);
  return isEncrypted === true ? { tool: encryption ?? tool, plainBytes: sizeBytes } : undefined;
}

/** The program that decrypts it; `undefined` for an encryption of another tool. */
export function findDecryptionTool(cipher: Cipher | undefined): DecryptionTool | undefined {
  return TOOLS.find((tool) => tool === cipher?.tool);
}

/** `photo.jpg.gpg` for `photo.jpg`: what encrypted bytes are called; a name that ends so stays. */
export function nameEncrypted(name: string, cipher: Cipher): string {
  const suffix = `.${findDecryptionTool(cipher) ?? "encrypted"}`;
  return name.toLowerCase().endsWith(suffix) ? name : `${name}${suffix}`;
}
