/** The options that every command takes (contract §7.3). */
import type { Parsed, ParserFlag } from "./argument-parser.ts";
import { CommandFailure, type Compatibility } from "./errors-and-exit-codes.ts";
import { compileQuery, type Query } from "./query.ts";

export const OUTPUT_FORMATS = ["json", "text", "table", "yaml", "yaml-stream"] as const;
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];
export type Color = "on" | "off" | "auto";

export const GLOBAL_FLAGS: readonly ParserFlag[] = [
  { flag: "--debug", takes: "nothing" },
  { flag: "--endpoint-url", takes: "one" },
  { flag: "--no-verify-ssl", takes: "nothing" },
  { flag: "--no-paginate", takes: "nothing" },
  { flag: "--output", takes: "one", choices: OUTPUT_FORMATS },
  { flag: "--query", takes: "one" },
  { flag: "--profile", takes: "one" },
  { flag: "--region", takes: "one" },
  { flag: "--version", takes: "nothing" },
  { flag: "--color", takes: "one", choices: ["on", "off", "auto"] },
  { flag: "--no-sign-request", takes: "nothing" },
  { flag: "--ca-bundle", takes: "one" },
  { flag: "--cli-read-timeout", takes: "one" },
  { flag: "--cli-connect-timeout", takes: "one" },
  { flag: "--cli-binary-format", takes: "one", choices: ["base64", "raw-in-base64-out"] },
  { flag: "--no-cli-pager", takes: "nothing" },
  { flag: "--cli-auto-prompt", takes: "nothing" },
  { flag: "--no-cli-auto-prompt", takes: "nothing" },
  { flag: "--cli-compat", takes: "one", choices: ["v1", "v2"] },
];

export interface GlobalOptions {
  readonly debug: boolean;
  readonly endpointUrl: string | undefined;
  readonly verifySsl: boolean;
  readonly paginate: boolean;
  readonly output: OutputFormat | undefined;
  readonly query: Query | undefined;
  readonly profile: string | undefined;
  readonly region: string | undefined;
  readonly version: boolean;
  readonly color: Color;
  readonly signRequest: boolean;
  readonly caBundle: string | undefined;
  /** `undefined`: waits without end. */
  readonly readTimeoutMs: number | undefined;
  readonly connectTimeoutMs: number | undefined;
  /** How bytes are given in `--cli-input-…`. */
  readonly binaryFormat: "base64" | "raw-in-base64-out";
  /** Whether a pager may show the output. */
  readonly pager: boolean;
  readonly compatibility: Compatibility;
}

const DEFAULT_TIMEOUT_SECONDS = "60";

/** The options of the words. Throws a `CommandFailure` for a value that can't be read. */
export function readGlobalOptions({ values }: Parsed): GlobalOptions {
  const text = (flag: string) => {
    const value = values.get(flag);
    return typeof value === "string" ? value : undefined;
  };
  const query = text("--query");
  return {
    debug: values.has("--debug"),
    query: query === undefined ? undefined : compileQuery(query),
    endpointUrl: checkEndpointUrl(text("--endpoint-url")),
    verifySsl: !values.has("--no-verify-ssl"),
    paginate: !values.has("--no-paginate"),
    output: OUTPUT_FORMATS.find((format) => format === text("--output")),
    profile: text("--profile"),
    region: text("--region"),
    version: values.has("--version"),
    color: (["on", "off"] as const).find((color) => color === text("--color")) ?? "auto",
    signRequest: !values.has("--no-sign-request"),
    caBundle: text("--ca-bundle"),
    readTimeoutMs: parseTimeout(text("--cli-read-timeout")),
    connectTimeoutMs: parseTimeout(text("--cli-connect-timeout")),
    binaryFormat:
      text("--cli-binary-format") === "raw-in-base64-out" ? "raw-in-base64-out" : "base64",
    pager: !values.has("--no-cli-pager"),
    compatibility: text("--cli-compat") === "v1" ? "v1" : "v2",
  };
}

/** Whose exit statuses the words ask for, also when nothing else of them can be read. */
export function findCompatibility(words: readonly string[]): Compatibility {
  const at = words.lastIndexOf("--cli-compat");
  return words[at + 1] === "v1" && at >= 0 ? "v1" : words.includes("--cli-compat=v1") ? "v1" : "v2";
}

function checkEndpointUrl(url: string | undefined): string | undefined {
  if (url !== undefined && !/^[A-Za-z][A-Za-z0-9+.-]*:/.test(url)) {
    throw new CommandFailure(
      "parameter",
      `Bad value for --endpoint-url "${url}": scheme is missing.  Must be of the form ` +
        "http://<hostname>/ or https://<hostname>/",
    );
  }
  return url;
}

function parseTimeout(seconds = DEFAULT_TIMEOUT_SECONDS): number | undefined {
  if (!/^\s*[+-]?\d+\s*$/.test(seconds)) {
    throw new CommandFailure("general", `invalid literal for int() with base 10: '${seconds}'`);
  }
  return Number(seconds) === 0 ? undefined : Number(seconds) * 1000;
}
