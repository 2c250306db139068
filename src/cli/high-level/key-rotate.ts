/** `moraine key rotate`: puts what a service has encrypted under another master key. */
import { resolve } from "node:path";
import type { Command } from "commander";
import type { AdminEvent } from "../../client/admin-stream.ts";
import { formatJson } from "../../std/json.ts";
import { addAdminUrl, connect } from "../admin-connection.ts";
import { type EncryptionFlags, readEncryption } from "../encryption-flags.ts";
import { EXIT } from "../exit-codes.ts";
import { createProgressLine, type LongSurroundings } from "../long-command.ts";
import { VerbFailure } from "../session/verb-failure.ts";
import { withStoppedFolder } from "../stopped-folder.ts";
import type { Terminal } from "../terminal.ts";

interface Flags extends EncryptionFlags {
  readonly newKeyFile?: string;
  readonly newKmsKeyId?: string;
  readonly dataDir?: string;
  readonly adminUrl: string;
}

export interface RotateContext {
  readonly terminal: Terminal;
  readonly surroundings: LongSurroundings;
  readonly signal: AbortSignal;
  readonly setStatus: (status: number) => void;
}

/**
 * Gives `command` the verb. Its status is `damaged` when blobs were met that no key opens; what was done is one JSON
 * object on standard output.
 */
export function addRotateVerb(command: Command, context: RotateContext): void {
  const verb = command
    .command("rotate")
    .description(
      "Rotate the key that archives, descriptions and stored secrets are encrypted with. Access keys of users" +
        " stay as they are.",
    )
    .option("--new-key-file <file>", "File with the new key: 32 bytes, raw, hex or base64.")
    .option("--new-kms-key-id <key>", "Key of KMS that is to keep a new key instead.")
    .option("--kms-endpoint <url>", "URL of the KMS-compatible service.")
    .option("--data-dir <folder>", "Rotate the keys of a service that is stopped.")
    .option(
      "--encryption-key-file <file>",
      "The key so far, with --data-dir; MORAINE_ENCRYPTION_KEY_FILE unless given.",
    )
    .option("--encryption-kms-key-id <key>", "The key of KMS so far, with --data-dir.")
    .addHelpText(
      "after",
      "\nOnly keys are encrypted again, not the bytes of archives. A rotation that was interrupted goes on" +
        "\nwhen the command is repeated; until it has ended both keys are needed.",
    );
  addAdminUrl(verb, context.surroundings.env).action(async (flags: Flags) => {
    context.setStatus(await rotate(flags, context));
  });
}

async function rotate(flags: Flags, context: RotateContext): Promise<number> {
  const { terminal, surroundings } = context;
  if ((flags.newKeyFile === undefined) === (flags.newKmsKeyId === undefined)) {
    throw new VerbFailure(EXIT.usage, "give --new-key-file or --new-kms-key-id, one of them");
  }
  const line = createProgressLine(terminal, surroundings.isTty);
  const onEvent = (event: AdminEvent): void => {
    if (event.Event === "Progress") {
      line.show(formatProgress(event));
    }
  };
  try {
    const { Event: _, ...result } = await run(flags, context, onEvent);
    line.clear();
    terminal.stdout(`${formatJson(result)}\n`);
    for (const note of Array.isArray(result["Notes"]) ? result["Notes"] : []) {
      terminal.stderr(`${note}\n`);
    }
    return Number(result["DamagedBlobs"]) === 0 ? EXIT.ok : EXIT.damaged;
  } finally {
    line.clear();
  }
}

async function run(
  flags: Flags,
  { surroundings, signal }: RotateContext,
  onEvent: (event: AdminEvent) => void,
): Promise<AdminEvent> {
  const { dataDir } = flags;
  const keyFile = flags.newKeyFile === undefined ? undefined : resolve(flags.newKeyFile);
  const { newKmsKeyId: kmsKeyId, kmsEndpoint } = flags;
  if (dataDir === undefined) {
    const request = {
      NewKeyFile: keyFile ?? null,
      NewKmsKeyId: kmsKeyId ?? null,
      KmsEndpoint: kmsEndpoint ?? null,
    };
    return await connect(flags.adminUrl, surroundings).rotateKeys({ request, onEvent, signal });
  }
  const request = {
    dataDir,
    encryption: readEncryption(flags, surroundings.env),
    next: { keyFile, kmsKeyId, kmsEndpoint },
  };
  const result = await withStoppedFolder(surroundings.loadStoppedFolder, (verbs) =>
    // Events of the service's own code, which would go through JSON otherwise.
    verbs.rotateStoppedFolder(request, async (event) => onEvent(event as AdminEvent), signal),
  );
  return { Event: "Finished", ...result };
}

function formatProgress(event: AdminEvent): string {
  return event["Phase"] === "texts"
    ? `${event["Texts"]} descriptions and requests under the new key`
    : `${event["DataKeys"]} archive keys under the new key`;
}
