/** Settings of the everyday verbs and where each comes from: flag, environment, profile, default. */
import { join } from "node:path";
import type { GlacierClientOptions } from "../../client/client.ts";
import {
  type ConfigFiles,
  type Environment,
  expandHome,
  loadConfigFiles,
  settingOf,
} from "../../client/config-files.ts";
import { ClientConfigError } from "../../client/errors.ts";
import { readTextFile, resolveClientOptions } from "../../client/resolve-client.ts";
import { findAccountId } from "../../domain/ids.ts";
import type { RetrievalTier } from "../../domain/retrieval-tier.ts";
import { findRate } from "../units.ts";
import type { GlobalFlags } from "./global-flags.ts";
import { loadUserConfig, type UserConfig, type UserProfile } from "./user-config.ts";

export const DEFAULT_CONCURRENCY = 4;

/** A value, and the words that tell a person where it was found. */
export interface Sourced<Value> {
  readonly value: Value;
  readonly source: string;
}

export interface VerbSettings {
  readonly profile: Sourced<string>;
  readonly endpoint: Sourced<URL>;
  readonly region: Sourced<string>;
  /** 12 digits, or `-` for the account of the credentials. */
  readonly accountId: Sourced<string>;
  /** The vault of words that name none. */
  readonly vault: Sourced<string | undefined>;
  readonly tier: Sourced<RetrievalTier>;
  readonly concurrency: Sourced<number>;
  /** Bytes per second; `undefined` is without limit. */
  readonly maxRate: Sourced<number | undefined>;
  /** Folder that journals lie below. */
  readonly journalDir: Sourced<string>;
  /** Globs of files that uploads leave out. */
  readonly exclude: Sourced<readonly string[]>;
}

export interface ResolvedSettings {
  readonly settings: VerbSettings;
  readonly clientOptions: Pick<GlacierClientOptions, "endpoint" | "region" | "credentials" | "ca">;
}

export interface SettingsSources {
  readonly flags: GlobalFlags;
  readonly env: Environment;
  readonly homeDir: string;
}

const DEFAULT = "default";

/** Reads the configuration files; asks no service. Throws `ClientConfigError`. */
export async function resolveSettings(sources: SettingsSources): Promise<ResolvedSettings> {
  const { flags, env, homeDir } = sources;
  const userConfig = await loadUserConfig(env, homeDir);
  const awsFiles = await loadConfigFiles({ env, homeDir, readFile: readTextFile });
  const profileName = findProfileName(flags, env);
  const places: Places = { ...sources, userConfig, awsFiles, profileName };
  const own = ownProfile(places);
  const clientOptions = await resolveClientOptions(
    {
      endpointUrl: flags.endpointUrl ?? (hasEndpoint(env) ? undefined : own.endpoint),
      region:
        flags.region ?? (env["AWS_REGION"] || env["AWS_DEFAULT_REGION"] ? undefined : own.region),
      profile: isAwsProfile(places) ? flags.profile : undefined,
      caBundle: flags.caBundle,
    },
    { env: isAwsProfile(places) ? env : withoutProfile(env), homeDir, readFile: readTextFile },
  );
  return { settings: listSettings(places, own, clientOptions), clientOptions };
}

interface Places extends SettingsSources {
  readonly userConfig: UserConfig;
  readonly awsFiles: ConfigFiles;
  readonly profileName: Sourced<string>;
}

function findProfileName({ profile }: GlobalFlags, env: Environment): Sourced<string> {
  if (profile !== undefined) {
    return { value: profile, source: "--profile" };
  }
  for (const name of ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"]) {
    const value = env[name];
    if (value) {
      return { value, source: name };
    }
  }
  return { value: "default", source: DEFAULT };
}

/** A profile that only config.toml has takes its credentials from the environment or AWS's default profile. */
function isAwsProfile({ awsFiles, userConfig, profileName: { value } }: Places): boolean {
  return awsFiles.profiles.has(value) || !userConfig.profiles.has(value);
}

function withoutProfile(env: Environment): Environment {
  return { ...env, AWS_PROFILE: undefined, AWS_DEFAULT_PROFILE: undefined };
}

function ownProfile({ userConfig, awsFiles, profileName }: Places): UserProfile {
  const { value, source } = profileName;
  const own = userConfig.profiles.get(value);
  if (own === undefined && source !== DEFAULT && !awsFiles.profiles.has(value)) {
    throw new ClientConfigError(
      `the profile "${value}" (${source}) is neither in ${awsFiles.configPath}, ` +
        `${awsFiles.credentialsPath} nor in ${userConfig.path}`,
    );
  }
  return own ?? {};
}

function listSettings(
  places: Places,
  own: UserProfile,
  { endpoint, region }: ResolvedSettings["clientOptions"],
): VerbSettings {
  const { flags, env, homeDir, userConfig, profileName } = places;
  const fromFile = userConfig.path;
  const pick = <Value>(
    flag: readonly [string, Value | undefined],
    inFile: Value | undefined,
    otherwise: Value,
  ): Sourced<Value> => {
    const [flagName, given] = flag;
    if (given !== undefined) {
      return { value: given, source: flagName };
    }
    return inFile !== undefined
      ? { value: inFile, source: fromFile }
      : { value: otherwise, source: DEFAULT };
  };
  const journalDir = own.journal_dir && expandHome(own.journal_dir, homeDir);
  const ownRate = own.max_rate === undefined ? undefined : findRate(own.max_rate);
  return {
    profile: profileName,
    endpoint: { value: endpoint, source: endpointSource(places, own, endpoint) },
    region: { value: region, source: regionSource(places, own) },
    accountId: checkAccount(pick(["--account-id", flags.accountId], own.account, "-")),
    vault: pick<string | undefined>(["", undefined], own.vault, undefined),
    tier: pick<RetrievalTier>(["--tier", undefined], own.tier, "Standard"),
    concurrency: pick(["--concurrency", flags.concurrency], own.concurrency, DEFAULT_CONCURRENCY),
    maxRate: pick<number | undefined>(["--max-rate", flags.maxRate], ownRate, undefined),
    journalDir: pick(["", undefined], journalDir, defaultJournalDir(env, homeDir)),
    exclude: pick<readonly string[]>(["", undefined], own.exclude, []),
  };
}

function checkAccount(account: Sourced<string>): Sourced<string> {
  const { value, source } = account;
  if (value !== "-" && findAccountId(value) === undefined) {
    throw new ClientConfigError(`account id (${source}) must be 12 digits or "-"; got "${value}"`);
  }
  return account;
}

function defaultJournalDir(env: Environment, homeDir: string): string {
  const folder = env["XDG_DATA_HOME"] || join("~", ".local", "share");
  return expandHome(join(folder, "moraine"), homeDir);
}

const ENDPOINT_VARIABLES = ["AWS_ENDPOINT_URL_GLACIER", "AWS_ENDPOINT_URL"];

function hasEndpoint(env: Environment): boolean {
  return ENDPOINT_VARIABLES.some((name) => env[name]);
}

function endpointSource({ flags, env, userConfig, awsFiles }: Places, own: UserProfile, url: URL) {
  if (flags.endpointUrl !== undefined) {
    return "--endpoint-url";
  }
  const variable = ENDPOINT_VARIABLES.find((name) => env[name]);
  if (variable !== undefined) {
    return variable;
  }
  if (own.endpoint !== undefined) {
    return userConfig.path;
  }
  return /\.amazonaws\.com(\.cn)?$/.test(url.hostname)
    ? "AWS, for the region"
    : awsFiles.configPath;
}

function regionSource({ flags, env, userConfig, awsFiles, profileName }: Places, own: UserProfile) {
  if (flags.region !== undefined) {
    return "--region";
  }
  const variable = ["AWS_REGION", "AWS_DEFAULT_REGION"].find((name) => env[name]);
  if (variable !== undefined) {
    return variable;
  }
  const inAws = settingOf(awsFiles.profiles.get(profileName.value), "region");
  return own.region === undefined && inAws !== undefined ? awsFiles.configPath : userConfig.path;
}
