/** The configuration file of the command line, `~/.config/moraine/config.toml`. */
import { join } from "node:path";
import { parse, TomlError } from "smol-toml";
import { z } from "zod";
import { type Environment, expandHome } from "../../client/config-files.ts";
import { ClientConfigError } from "../../client/errors.ts";
import { RETRIEVAL_TIERS } from "../../domain/retrieval-tier.ts";
import { findFileText } from "../../std/json-file-node.ts";
import { findRate } from "../units.ts";

/** The most transfers at once that a setting may ask for. */
export const CONCURRENCY_MAX = 64;

const rate = z.string().refine((text) => findRate(text) !== undefined, {
  error: "must be a size per s, min, h or d, such as 20MiB/s",
});

const profileSchema = z.strictObject({
  endpoint: z.url({ protocol: /^https?$/, error: "must be an http or https URL" }).optional(),
  account: z
    .string()
    .regex(/^(\d{12}|-)$/, "must be 12 digits")
    .optional(),
  region: z.string().min(1).optional(),
  vault: z.string().min(1).optional(),
  tier: z.enum(RETRIEVAL_TIERS).optional(),
  concurrency: z.int().min(1).max(CONCURRENCY_MAX).optional(),
  max_rate: rate.optional(),
  journal_dir: z.string().min(1).optional(),
  exclude: z.array(z.string().min(1)).optional(),
});

const fileSchema = z.strictObject({ profile: z.record(z.string(), profileSchema).optional() });

/** What a `[profile.NAME]` table says; all optional. */
export type UserProfile = z.infer<typeof profileSchema>;

export interface UserConfig {
  readonly path: string;
  readonly profiles: ReadonlyMap<string, UserProfile>;
}

/** Where the file is: `MORAINE_CLI_CONFIG`, else in `XDG_CONFIG_HOME`, else in `~/.config`. */
export function userConfigPath(env: Environment, homeDir: string): string {
  const folder = env["XDG_CONFIG_HOME"] || join("~", ".config");
  return expandHome(env["MORAINE_CLI_CONFIG"] || join(folder, "moraine", "config.toml"), homeDir);
}

/** Reads the file; one that is not there is empty. Throws `ClientConfigError` naming file and mistakes. */
export async function loadUserConfig(env: Environment, homeDir: string): Promise<UserConfig> {
  const path = userConfigPath(env, homeDir);
  const text = (await findFileText(path)) ?? "";
  return { path, profiles: parseUserConfig(text, path) };
}

/** The profiles of the file's text. Throws `ClientConfigError` naming `path` and every mistake. */
export function parseUserConfig(text: string, path: string): ReadonlyMap<string, UserProfile> {
  const result = fileSchema.safeParse(parseToml(text, path));
  if (!result.success) {
    const mistakes = result.error.issues.map(
      (issue) => `  ${issue.path.join(".") || "the file"}: ${issue.message}`,
    );
    throw new ClientConfigError([`${path} has mistakes:`, ...mistakes].join("\n"));
  }
  return new Map(Object.entries(result.data.profile ?? {}));
}

function parseToml(text: string, path: string): unknown {
  try {
    return parse(text);
  } catch (cause) {
    if (!(cause instanceof TomlError)) {
      throw cause;
    }
    const [reason] = cause.message.split("\n", 1);
    throw new ClientConfigError(`${path} can't be read: line ${cause.line}: ${reason}`, { cause });
  }
}
