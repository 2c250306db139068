/** How operator commands reach the operations API of a running service, and how they fail. */
import { type Command, CommanderError } from "commander";
import { type AdminClient, createAdminClient } from "../client/admin-client.ts";
import { hmacSha256, sha256 } from "../std/hasher-node.ts";
import { EXIT } from "./exit-codes.ts";
import { describeVerbFailure, VerbFailure } from "./session/verb-failure.ts";
import type { Terminal } from "./terminal.ts";

export const DEFAULT_ADMIN_URL = "http://127.0.0.1:9721";

/** The parts of the surroundings that a test stands in for. */
export interface AdminSurroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly fetch: typeof globalThis.fetch;
  readonly nowMs: () => number;
}

/** Gives `command` the flag `--admin-url`, whose default the environment may set. */
export function addAdminUrl(command: Command, env: AdminSurroundings["env"]): Command {
  return command.option(
    "--admin-url <url>",
    "Address of the console listener; MORAINE_ADMIN_URL unless given.",
    env["MORAINE_ADMIN_URL"] || DEFAULT_ADMIN_URL,
  );
}

/** A client with the root credentials of the AWS environment variables. Throws `VerbFailure`. */
export function connect(adminUrl: string, { env, fetch, nowMs }: AdminSurroundings): AdminClient {
  if (!URL.canParse(adminUrl) || !/^https?:$/.test(new URL(adminUrl).protocol)) {
    throw new VerbFailure(
      EXIT.usage,
      `--admin-url must be an address such as ${DEFAULT_ADMIN_URL}; got "${adminUrl}"`,
    );
  }
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = env;
  if (!accessKeyId || !secretAccessKey) {
    throw new VerbFailure(
      EXIT.noCredentials,
      "no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY to the root credentials of the" +
        " service (root-credentials.json in its data folder, unless its settings give others)",
    );
  }
  const credentials = { accessKeyId, secretAccessKey };
  return createAdminClient({ adminUrl, credentials, fetch, nowMs, sha256, hmacSha256 });
}

/**
 * Runs `command` with `words`; resolves with the exit status: `usage` for wrong words, `noCredentials`
 * without credentials in the environment, `unreachable` when the service does not answer, `failed` when it
 * refuses.
 */
export async function runAdminCommand(
  command: Command,
  words: readonly string[],
  terminal: Terminal,
): Promise<number> {
  try {
    await command.parseAsync([...words], { from: "user" });
    return EXIT.ok;
  } catch (error) {
    if (error instanceof CommanderError) {
      // Commander has written its message; asking for help is no mistake.
      return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    }
    const failure = describeVerbFailure(error);
    terminal.stderr(`${command.name()}: ${failure.message}\n`);
    return failure.exitCode;
  }
}
