/** What the profile of the AWS configuration files says about the command line itself. */
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { loadConfigFiles } from "../../client/config-files.ts";

/** Each `undefined` when the profile does not set it; a setting may be empty. */
export interface ProfileSettings {
  readonly output: string | undefined;
  readonly pager: string | undefined;
  readonly autoPrompt: string | undefined;
}

/**
 * The settings of the profile that the flag, else the environment names. A file or profile that isn't there
 * sets nothing: what needs it reports it.
 */
export async function loadProfileSettings(
  profileFlag: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Promise<ProfileSettings> {
  const name = profileFlag || env["AWS_PROFILE"] || env["AWS_DEFAULT_PROFILE"] || "default";
  const section = await loadSection(name, env);
  const setting = (key: string) => {
    const value = section?.get(key);
    return typeof value === "string" ? value : undefined;
  };
  return {
    output: setting("output"),
    pager: setting("cli_pager"),
    autoPrompt: setting("cli_auto_prompt"),
  };
}

async function loadSection(name: string, env: Readonly<Record<string, string | undefined>>) {
  try {
    const { profiles } = await loadConfigFiles({ env, homeDir: homedir(), readFile: readIfThere });
    return profiles.get(name);
  } catch {
    // A file that can't be read is reported when the client needs it; a skeleton or help does not.
    return undefined;
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  return await readFile(path, "utf8").catch(() => undefined);
}
