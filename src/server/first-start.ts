/** What the service says on standard output when it is ready. */
import { isIPv6 } from "node:net";

/** Where a listener is bound, as `server.address()` tells it. */
export interface BoundAddress {
  readonly address: string;
  readonly port: number;
  /** Whether it speaks TLS. */
  readonly isSecure?: boolean;
}

export interface BannerFacts {
  readonly version: string;
  readonly api: BoundAddress;
  /** `undefined` when there is no console listener. */
  readonly console: BoundAddress | undefined;
  /** Absolute path. */
  readonly dataDir: string;
  readonly region: string;
  /** The root credentials when this start generated them, so that they are shown once. */
  readonly generated:
    | {
        readonly accessKeyId: string;
        readonly secretAccessKey: string;
        readonly accountId: string;
        /** The file that keeps them. */
        readonly path: string;
      }
    | undefined;
}

/** The text of the start: addresses, data folder and, the first time, how to make the first vault. */
export function formatBanner(facts: BannerFacts): string {
  const lines = [
    `Moraine ${facts.version} is ready.`,
    `  API          ${formatUrl(facts.api)}`,
    `  Console      ${facts.console === undefined ? "off" : formatUrl(facts.console)}`,
    `  Data folder  ${facts.dataDir}`,
    ...(facts.generated === undefined ? [] : formatFirstSteps(facts, facts.generated)),
  ];
  return `${lines.join("\n")}\n`;
}

/** `http://127.0.0.1:9720`, with brackets around an IPv6 address, https with TLS. */
export function formatUrl({ address, port, isSecure = false }: BoundAddress): string {
  return `${isSecure ? "https" : "http"}://${isIPv6(address) ? `[${address}]` : address}:${port}`;
}

function formatFirstSteps(
  facts: BannerFacts,
  root: NonNullable<BannerFacts["generated"]>,
): readonly string[] {
  const endpoint = formatUrl({ ...facts.api, address: reachable(facts.api.address) });
  return [
    "",
    `The root credentials of account ${root.accountId} were generated. They are kept in`,
    `${root.path} and are not shown again.`,
    "",
    `  export AWS_ACCESS_KEY_ID='${root.accessKeyId}'`,
    `  export AWS_SECRET_ACCESS_KEY='${root.secretAccessKey}'`,
    `  export AWS_DEFAULT_REGION='${facts.region}'`,
    "  aws glacier create-vault --account-id - --vault-name demo \\",
    `    --endpoint-url ${endpoint}`,
  ];
}

/** A listener on all addresses is reached on the loopback one. */
function reachable(address: string): string {
  const loopbacks = new Map([
    ["0.0.0.0", "127.0.0.1"],
    ["::", "::1"],
  ]);
  return loopbacks.get(address) ?? address;
}
