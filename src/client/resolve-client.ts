/** The options of a client from flags, environment and the AWS configuration files. */
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import type { GlacierClientOptions } from "./client.ts";
import {
  type ConfigFileSources,
  type ConfigFiles,
  type ConfigSection,
  type Environment,
  expandHome,
  loadConfigFiles,
  settingOf,
} from "./config-files.ts";
import { ClientConfigError } from "./errors.ts";
import { type CredentialSources, resolveCredentials } from "./resolve-credentials.ts";
import { resolveEndpoint, resolveRegion } from "./resolve-endpoint.ts";

/** What the global options of the AWS CLI say (contract §7.3). */
export interface ClientFlags {
  readonly endpointUrl?: string | undefined;
  readonly region?: string | undefined;
  readonly profile?: string | undefined;
  /** `--no-sign-request`. */
  readonly unsigned?: boolean | undefined;
  readonly caBundle?: string | undefined;
}

export interface ClientSources extends Partial<ConfigFileSources> {
  readonly env: Environment;
  readonly loadChain?: NonNullable<CredentialSources["loadChain"]>;
}

/**
 * Endpoint, region, credentials and trusted certificates. Nothing is asked of any service yet: missing
 * credentials show at the first call. Throws `ClientConfigError`.
 */
export async function resolveClientOptions(
  flags: ClientFlags,
  sources: ClientSources,
): Promise<Pick<GlacierClientOptions, "endpoint" | "region" | "credentials" | "ca">> {
  const { env, homeDir = homedir(), readFile: read = readTextFile, loadChain } = sources;
  const files = await loadConfigFiles({ env, homeDir, readFile: read });
  const profileName =
    flags.profile || env["AWS_PROFILE"] || env["AWS_DEFAULT_PROFILE"] || undefined;
  const profile = findProfile(files, profileName);
  const region = resolveRegion({ flag: flags.region, env, profile });
  const { services } = files;
  const endpoint = resolveEndpoint({ flag: flags.endpointUrl, env, profile, services, region });
  const credentials = flags.unsigned
    ? undefined
    : resolveCredentials({
        env,
        files,
        profileName: profileName ?? "default",
        profileByFlag: Boolean(flags.profile),
        region,
        ...(loadChain === undefined ? {} : { loadChain }),
      });
  const caPath = flags.caBundle || env["AWS_CA_BUNDLE"] || settingOf(profile, "ca_bundle");
  const ca = caPath ? await readCa(expandHome(caPath, homeDir), read) : undefined;
  return { endpoint, region, credentials, ca };
}

/** The default profile may be absent; one that was named must be there. */
function findProfile(files: ConfigFiles, name: string | undefined): ConfigSection | undefined {
  const profile = files.profiles.get(name ?? "default");
  if (name !== undefined && profile === undefined) {
    throw new ClientConfigError(`The config profile (${name}) could not be found`);
  }
  return profile;
}

async function readCa(path: string, read: ConfigFileSources["readFile"]): Promise<string> {
  const text = await read(path);
  if (text === undefined) {
    throw new ClientConfigError(`Could not find the CA bundle ${path}`);
  }
  return text;
}

/** The text of a configuration file; `undefined` when there is none. Throws `ClientConfigError` otherwise. */
export async function readTextFile(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    const { code } = cause as { readonly code?: string };
    if (code === "ENOENT" || code === "ENOTDIR") {
      return undefined;
    }
    throw new ClientConfigError(`Unable to read ${path}: ${code ?? "unknown error"}`, { cause });
  }
}
