/** The AWS configuration files: `~/.aws/config` and `~/.aws/credentials`, read as botocore reads them. */
import { join } from "node:path";
import { ClientConfigError } from "./errors.ts";

/** Environment variables; one that is empty counts as absent. */
export type Environment = { readonly [name: string]: string | undefined };

/** A setting, or the settings indented below it. */
export type ConfigValue = string | ReadonlyMap<string, string>;
export type ConfigSection = ReadonlyMap<string, ConfigValue>;

export interface ConfigFiles {
  /** By name; settings of the credentials file win over those of the config file. */
  readonly profiles: ReadonlyMap<string, ConfigSection>;
  /** The `[services NAME]` sections. */
  readonly services: ReadonlyMap<string, ConfigSection>;
  readonly configPath: string;
  readonly credentialsPath: string;
}

export interface ConfigFileSources {
  readonly env: Environment;
  readonly homeDir: string;
  /** The text of a file; `undefined` when there is none. */
  readonly readFile: (path: string) => Promise<string | undefined>;
}

/**
 * Both files, at `AWS_CONFIG_FILE` and `AWS_SHARED_CREDENTIALS_FILE` or in `~/.aws`; files that are not
 * there count as empty. Throws `ClientConfigError` naming a file that can't be parsed.
 */
export async function loadConfigFiles(sources: ConfigFileSources): Promise<ConfigFiles> {
  const { env, homeDir } = sources;
  const at = (name: string, fallback: string) =>
    expandHome(env[name] || join("~", ".aws", fallback), homeDir);
  const configPath = at("AWS_CONFIG_FILE", "config");
  const credentialsPath = at("AWS_SHARED_CREDENTIALS_FILE", "credentials");
  const config = await loadSections(configPath, sources);
  const credentials = await loadSections(credentialsPath, sources);
  const profiles = new Map<string, ConfigSection>();
  const services = new Map<string, ConfigSection>();
  for (const [title, section] of config) {
    const { kind, name } = parseTitle(title);
    if (kind === "profile") {
      profiles.set(name, section);
    } else if (kind === "services") {
      services.set(name, section);
    }
  }
  for (const [name, section] of credentials) {
    profiles.set(name, new Map([...(profiles.get(name) ?? []), ...section]));
  }
  return { profiles, services, configPath, credentialsPath };
}

/** `~` at the beginning is the home folder. */
export function expandHome(path: string, homeDir: string): string {
  return path === "~" || path.startsWith("~/") ? join(homeDir, path.slice(1)) : path;
}

/** The setting of a section, if it is a plain and not empty one. */
export function settingOf(section: ConfigSection | undefined, key: string): string | undefined {
  const value = section?.get(key);
  return typeof value === "string" && value !== "" ? value : undefined;
}

async function loadSections(
  path: string,
  { readFile }: ConfigFileSources,
): Promise<ReadonlyMap<string, ConfigSection>> {
  return parseSections((await readFile(path)) ?? "", path);
}

/** `default`, `profile NAME` or `services NAME`, with or without quotes around the name. */
function parseTitle(title: string): { readonly kind: string; readonly name: string } {
  if (title === "default") {
    return { kind: "profile", name: title };
  }
  const [, kind = "", quoted = ""] = /^(\S+)\s+(.+)$/.exec(title) ?? [];
  return { kind, name: quoted.replace(/^(["'])(.*)\1$/, "$2") };
}

type OpenSection = Map<string, string | Map<string, string>>;

/**
 * The sections of an INI `text` by title. Lines that begin with `#` or `;` are comments; indented lines
 * are settings below a key without value, or go on with the value above them.
 */
export function parseSections(text: string, path: string): ReadonlyMap<string, ConfigSection> {
  const sections = new Map<string, OpenSection>();
  let section: OpenSection | undefined;
  let key: string | undefined;
  for (const [index, line] of text
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/)
    .entries()) {
    if (/^\s*([#;]|$)/.test(line)) {
      continue;
    }
    const title = /^\[\s*(.+?)\s*\]/.exec(line)?.[1];
    if (title !== undefined) {
      section = sections.get(title) ?? new Map();
      sections.set(title, section);
      key = undefined;
    } else if (section === undefined) {
      throw unparsable(path, index);
    } else if (/^\s/.test(line) && key !== undefined) {
      addIndented(section, key, line.trim());
    } else {
      const [name, value] = splitSetting(line) ?? [];
      if (name === undefined || value === undefined) {
        throw unparsable(path, index);
      }
      key = name;
      section.set(key, value);
    }
  }
  return sections;
}

function addIndented(section: OpenSection, key: string, line: string): void {
  const above = section.get(key) ?? "";
  const setting = splitSetting(line);
  if (typeof above === "string" && (above !== "" || setting === undefined)) {
    section.set(key, `${above}\n${line}`);
  } else if (setting !== undefined) {
    const inner = typeof above === "string" ? new Map<string, string>() : above;
    section.set(key, inner.set(...setting));
  }
}

/** Keys are in lower case, as the parser of the AWS CLI makes them. */
function splitSetting(line: string): [key: string, value: string] | undefined {
  const [, key, value] = /^\s*([^=:]+?)\s*[=:]\s*(.*?)\s*$/.exec(line) ?? [];
  return key === undefined || value === undefined ? undefined : [key.toLowerCase(), value];
}

/** The line itself is not shown: it may hold a secret. */
function unparsable(path: string, index: number): ClientConfigError {
  return new ClientConfigError(`Unable to parse config file: ${path} (line ${index + 1})`);
}
