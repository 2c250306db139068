/** Writes a profile into config.toml and the credentials file, and leaves everything else in them alone. */
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { stringify } from "smol-toml";
import { type Environment, expandHome } from "../../../client/config-files.ts";
import { writeFileDurably } from "../../../std/durable-file-node.ts";
import { findFileText } from "../../../std/json-file-node.ts";
import { parseUserConfig, userConfigPath } from "../../session/user-config.ts";
import { usageFailure } from "../../session/verb-failure.ts";
import type { ProfileAnswers } from "./ask-profile.ts";
import { setLines } from "./set-lines.ts";

const PRIVATE_MODE = 0o600;
const PRIVATE_FOLDER_MODE = 0o700;

/** Both files, replaced whole or not at all, readable for their owner only. Resolves with their paths. */
export async function saveProfile(
  name: string,
  answers: ProfileAnswers,
  { env, homeDir }: { readonly env: Environment; readonly homeDir: string },
): Promise<readonly string[]> {
  checkText(name, "the profile's name");
  const { endpoint, region, accessKeyId, secretAccessKey } = answers;
  const written: string[] = [];
  if (endpoint !== undefined || region !== undefined) {
    const path = userConfigPath(env, homeDir);
    const before = (await findFileText(path)) ?? "";
    const values = { endpoint, region };
    const text = setLines(before, tomlHeading(name), formatToml(values));
    // What can't be read back is never written over what can.
    parseUserConfig(before, path);
    parseUserConfig(text, path);
    await save(path, text);
    written.push(path);
  }
  if (accessKeyId !== undefined && secretAccessKey !== undefined) {
    checkText(accessKeyId, "the access key id");
    checkText(secretAccessKey, "the secret access key");
    const file = env["AWS_SHARED_CREDENTIALS_FILE"] || join("~", ".aws", "credentials");
    const path = expandHome(file, homeDir);
    const keys = { aws_access_key_id: accessKeyId, aws_secret_access_key: secretAccessKey };
    const before = (await findFileText(path)) ?? "";
    await save(path, setLines(before, `[${name}]`, new Map(Object.entries(keys))));
    written.push(path);
  }
  return written;
}

/** A line end would begin another setting. */
function checkText(text: string, what: string): void {
  if (!/^[^\p{Cc}[\]]+$/u.test(text)) {
    throw usageFailure(`${what} must have no control characters and no brackets`);
  }
}

function tomlHeading(name: string): string {
  const key = /^[A-Za-z0-9_-]+$/.test(name) ? name : JSON.stringify(name);
  return `[profile.${key}]`;
}

function formatToml(values: Readonly<Record<string, string | undefined>>) {
  const given = Object.entries(values).filter(([, value]) => value !== undefined);
  return new Map(
    given.map(([key, value]) => [
      key,
      stringify({ value })
        .replace(/^value = /, "")
        .trim(),
    ]),
  );
}

async function save(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: PRIVATE_FOLDER_MODE });
  await writeFileDurably(path, text, PRIVATE_MODE);
}
