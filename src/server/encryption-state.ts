/** `encryption.json`: that the data folder is encrypted, since when, and with which key, but no key itself. */
import { readFile } from "node:fs/promises";
import { z } from "zod";
import { EncryptionKeyError } from "../adapters/secret-cipher/encryption-key.ts";
import { writeFileDurably } from "../std/durable-file-node.ts";
import { findJsonValue } from "../std/json-file-node.ts";

const keySchema = z.object({
  /** 32 hex digits. */
  keyId: z.string().regex(/^[0-9a-f]{32}$/),
  /** For a key that a key service keeps: its key there, and ours encrypted by it. */
  service: z.object({ wrappingKeyId: z.string(), wrapped: z.base64() }).optional(),
});
const stateSchema = z.object({
  software: z.literal("moraine"),
  encryption: z.int().positive(),
  fromBoot: z.int().nonnegative(),
  current: keySchema,
  /** While keys are rotated: the earlier key, encrypted by the current one. */
  retiring: z
    .object({
      keyId: keySchema.shape.keyId,
      sealed: z.base64(),
      currentKeyFile: z.string().optional(),
    })
    .optional(),
});

export type KeyRecord = z.infer<typeof keySchema>;
export type EncryptionState = Omit<z.infer<typeof stateSchema>, "software" | "encryption">;

/** The version of the file that this version of Moraine reads and writes. */
const VERSION = 1;

/** The state in the file at `path`, `undefined` when the folder is not encrypted. Throws `EncryptionKeyError`. */
export async function readEncryptionState(path: string): Promise<EncryptionState | undefined> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT") {
      return undefined;
    }
    throw new EncryptionKeyError(`${path} can't be read (${code})`, { cause });
  }
  const state = stateSchema.safeParse(findJsonValue(text));
  if (!state.success) {
    throw new EncryptionKeyError(`${path} is damaged; restore it from a backup`);
  }
  if (state.data.encryption > VERSION) {
    throw new EncryptionKeyError(
      `${path} was written by a newer version of Moraine (${state.data.encryption}, this version knows up` +
        ` to ${VERSION}); use that version`,
    );
  }
  return state.data;
}

/** Replaces the file, durably. */
export async function writeEncryptionState(path: string, state: EncryptionState): Promise<void> {
  const content = { software: "moraine", encryption: VERSION, ...state };
  await writeFileDurably(path, `${JSON.stringify(content, undefined, 2)}\n`, 0o600);
}
