/** The text of a policy document from a file or standard input. */
import { readFile } from "node:fs/promises";
import { VAULT_POLICY_MAX_BYTES } from "../../../domain/limits.ts";
import { concatBytes, utf8Text } from "../../../std/bytes.ts";
import type { Session } from "../../session/session.ts";
import { usageFailure } from "../../session/verb-failure.ts";

/**
 * The text, unchanged. Throws a usage `VerbFailure` for what is no JSON or too long, before any request;
 * whether it is a policy the service says. Throws the file system's error.
 */
export async function readPolicyText(session: Session, file: string): Promise<string> {
  const bytes = file === "-" ? await readStdin(session) : await readFile(file);
  if (bytes.length > VAULT_POLICY_MAX_BYTES) {
    throw usageFailure(
      `${file} must have ${VAULT_POLICY_MAX_BYTES} bytes at most as a policy; it has more`,
    );
  }
  try {
    const text = utf8Text(bytes);
    JSON.parse(text);
    return text;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw usageFailure(`${file} must be a policy document in JSON: ${reason}`);
  }
}

async function readStdin({ surroundings }: Session): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of surroundings.openStdin()) {
    chunks.push(chunk);
    sizeBytes += chunk.length;
    if (sizeBytes > VAULT_POLICY_MAX_BYTES) {
      break;
    }
  }
  return concatBytes(chunks);
}
