/** Where the service is, and in which region: what the AWS CLI derives from the same settings. Pure. */
import {
  type ConfigFiles,
  type ConfigSection,
  type Environment,
  settingOf,
} from "./config-files.ts";
import { ClientConfigError, noRegion } from "./errors.ts";

export interface EndpointSources {
  /** `--endpoint-url`. */
  readonly flag: string | undefined;
  readonly env: Environment;
  readonly profile: ConfigSection | undefined;
  readonly services: ConfigFiles["services"];
  readonly region: string;
}

/**
 * The endpoint by precedence: flag, `AWS_ENDPOINT_URL_GLACIER`, `AWS_ENDPOINT_URL`, the `glacier` entry
 * of the profile's `services` section, the profile's `endpoint_url`, and that of the region at AWS.
 * `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS` leaves the flag and the last. Throws `ClientConfigError` for
 * what is no http or https URL.
 */
export function resolveEndpoint(sources: EndpointSources): URL {
  const { flag, region } = sources;
  const configured = flag ?? findConfigured(sources);
  return parseEndpoint(configured ?? `https://glacier.${region}.${domainOf(region)}`);
}

/** The region by precedence: flag, `AWS_REGION`, `AWS_DEFAULT_REGION`, profile. Throws `ClientConfigError`. */
export function resolveRegion(sources: {
  /** `--region`. */
  readonly flag: string | undefined;
  readonly env: Environment;
  readonly profile: ConfigSection | undefined;
}): string {
  const { flag, env, profile } = sources;
  const region =
    flag || env["AWS_REGION"] || env["AWS_DEFAULT_REGION"] || settingOf(profile, "region");
  if (region === undefined || region === "") {
    throw noRegion();
  }
  // A region becomes a part of a host name.
  if (!/^(?![0-9]+$)(?!-)[A-Za-z0-9-]{1,63}(?<!-)$/.test(region)) {
    throw new ClientConfigError(
      `Provided region_name '${region}' doesn't match a supported format.`,
    );
  }
  return region;
}

function findConfigured(sources: EndpointSources): string | undefined {
  const { env, profile } = sources;
  const ignored =
    env["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"] ||
    settingOf(profile, "ignore_configured_endpoint_urls");
  if (ignored?.toLowerCase() === "true") {
    return undefined;
  }
  return (
    env["AWS_ENDPOINT_URL_GLACIER"] ||
    env["AWS_ENDPOINT_URL"] ||
    findInServices(sources) ||
    settingOf(profile, "endpoint_url")
  );
}

function findInServices({ profile, services }: EndpointSources): string | undefined {
  const name = settingOf(profile, "services");
  if (name === undefined) {
    return undefined;
  }
  const section = services.get(name);
  if (section === undefined) {
    throw new ClientConfigError(
      `The profile is configured to use the services section but the "${name}" services configuration does not exist.`,
    );
  }
  const glacier = section.get("glacier");
  return typeof glacier === "object" ? glacier.get("endpoint_url") : undefined;
}

function parseEndpoint(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new ClientConfigError(`Invalid endpoint: ${text}`);
  }
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    // Not shown, because a password may stand in it.
    throw new ClientConfigError(
      `Invalid endpoint: ${url.host}; it must have no user, password, query or fragment`,
    );
  }
  return url;
}

/** The partitions of AWS, by the beginning of their regions' names. */
const DOMAINS = [
  ["cn-", "amazonaws.com.cn"],
  ["us-isob-", "sc2s.sgov.gov"],
  ["us-iso-", "c2s.ic.gov"],
] as const;

function domainOf(region: string): string {
  return DOMAINS.find(([prefix]) => region.startsWith(prefix))?.[1] ?? "amazonaws.com";
}
