/** Whose requests these are: the sources of credentials that the AWS CLI knows, in its order. */
import type { SigningCredentials } from "../auth/sigv4/sign.ts";
import {
  type ConfigFiles,
  type ConfigSection,
  type Environment,
  settingOf,
} from "./config-files.ts";
import { ClientConfigError, noCredentials } from "./errors.ts";

export type CredentialsProvider = () => Promise<SigningCredentials>;

/** What a loaded chain of providers is asked for. */
export interface ChainRequest {
  readonly profile: string;
  readonly configPath: string;
  readonly credentialsPath: string;
  readonly region: string;
}

export interface CredentialSources {
  readonly env: Environment;
  readonly files: ConfigFiles;
  readonly profileName: string;
  /** Whether `--profile` named it, and not the environment: keys in the environment are then left alone. */
  readonly profileByFlag: boolean;
  /** For providers that ask a service of AWS. */
  readonly region: string;
  /** The providers of all other kinds; `loadProviderChain` but in tests. */
  readonly loadChain?: (request: ChainRequest) => Promise<CredentialsProvider>;
}

/**
 * The credentials of the environment, then static keys of the profile; both are read directly. Everything
 * else (SSO, processes, web identity, assumed roles, containers, instances) goes through the providers of
 * the AWS SDK, which are loaded only then and read the process's own environment. The provider that is
 * returned throws `ClientConfigError` when there are none.
 */
export function resolveCredentials(sources: CredentialSources): CredentialsProvider {
  const fixed = findFixed(sources);
  if (fixed !== undefined) {
    return async () => fixed;
  }
  const { files, profileName, region, loadChain = loadProviderChain } = sources;
  const { configPath, credentialsPath } = files;
  const request = { profile: profileName, configPath, credentialsPath, region };
  let chain: Promise<CredentialsProvider> | undefined;
  return async () => {
    chain ??= loadChain(request);
    const provide = await chain;
    try {
      const { accessKeyId, secretAccessKey, sessionToken } = await provide();
      return { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) };
    } catch (error) {
      throw explainChain(error);
    }
  };
}

/** The provider chain of the AWS SDK; it keeps credentials until shortly before they expire. */
export async function loadProviderChain(request: ChainRequest): Promise<CredentialsProvider> {
  const { fromNodeProviderChain } = await import("@aws-sdk/credential-providers");
  return fromNodeProviderChain({
    profile: request.profile,
    configFilepath: request.configPath,
    filepath: request.credentialsPath,
    clientConfig: { region: request.region },
  });
}

function findFixed(sources: CredentialSources): SigningCredentials | undefined {
  const { env, files, profileName, profileByFlag } = sources;
  const fromEnv = profileByFlag ? undefined : findInEnvironment(env);
  return fromEnv ?? findInProfile(files.profiles.get(profileName));
}

function findInEnvironment(env: Environment): SigningCredentials | undefined {
  const accessKeyId = env["AWS_ACCESS_KEY_ID"];
  if (!accessKeyId) {
    return undefined;
  }
  const sessionToken = env["AWS_SESSION_TOKEN"] || env["AWS_SECURITY_TOKEN"];
  return complete("env", {
    accessKeyId,
    secret: { name: "AWS_SECRET_ACCESS_KEY", value: env["AWS_SECRET_ACCESS_KEY"] },
    sessionToken,
  });
}

/** Settings that come before static keys of the same profile. */
const PRECEDING_SETTINGS = [
  "role_arn",
  "web_identity_token_file",
  "sso_session",
  "sso_start_url",
] as const;

function findInProfile(profile: ConfigSection | undefined): SigningCredentials | undefined {
  const accessKeyId = settingOf(profile, "aws_access_key_id");
  if (
    accessKeyId === undefined ||
    PRECEDING_SETTINGS.some((key) => settingOf(profile, key) !== undefined)
  ) {
    return undefined;
  }
  const name = "aws_secret_access_key";
  return complete("shared-credentials-file", {
    accessKeyId,
    secret: { name, value: settingOf(profile, name) },
    sessionToken:
      settingOf(profile, "aws_session_token") ?? settingOf(profile, "aws_security_token"),
  });
}

function complete(
  provider: string,
  found: {
    readonly accessKeyId: string;
    readonly secret: { readonly name: string; readonly value: string | undefined };
    readonly sessionToken: string | undefined;
  },
): SigningCredentials {
  const { accessKeyId, secret, sessionToken } = found;
  if (!secret.value) {
    throw new ClientConfigError(
      `Partial credentials found in ${provider}, missing: ${secret.name}`,
    );
  }
  const key = { accessKeyId, secretAccessKey: secret.value };
  return sessionToken ? { ...key, sessionToken } : key;
}

/** The SDK's own reasons, such as an SSO session that ended, are worth reading; its last word is not. */
function explainChain(cause: unknown): ClientConfigError {
  const message = cause instanceof Error ? cause.message : String(cause);
  return /Could not load credentials from any providers/.test(message)
    ? noCredentials({ cause })
    : new ClientConfigError(message, { cause });
}
