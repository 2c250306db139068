/** The kinds of values that settings have: how their text is read, and the rule it must follow. */
import { isIPv4, isIPv6 } from "node:net";
import { type AccountId, findAccountId } from "../domain/ids.ts";
import type { InventoryMode } from "../domain/inventory.ts";
import { GIB, KIB, MIB } from "../domain/limits.ts";
import type { ExpeditedCapacity } from "../domain/provisioned-capacity.ts";
import {
  AWS_DELAYS,
  NO_DELAYS,
  RETRIEVAL_TIERS,
  type RetrievalTier,
  type TierDelays,
} from "../domain/retrieval-tier.ts";
import type { RequestRate } from "../domain/token-bucket.ts";

/** How the text of a setting becomes its value. */
export interface ValueKind<Value> {
  /** The form in a word or two, for help and tables. */
  readonly form: string;
  /** The rule in words; completes "must be …". */
  readonly rule: string;
  /** The value, or `undefined` when `text` breaks the rule. */
  find(text: string): Value | undefined;
}

/** Where to listen. Port 0 means any free port. */
export interface ListenAddress {
  /** A host name or an IP address, IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
}

const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const RATE_UNIT_BYTES = { KiB: KIB, MiB: MIB, GiB: GIB } as const;
/** Ten years: sums with it stay exact, and nobody waits longer. */
const DURATION_MAX = "3650d";

/** Beyond it a limit on jobs means nothing. */
const EXPEDITED_CAPACITY_MAX = 1_000_000;

/** Beyond it a limit on requests means nothing. */
const REQUEST_RATE_MAX = 100_000;

/** Milliseconds of a duration such as `500ms`, `15m` or `7d`; `undefined` when it has another form. */
export function findDurationMs(text: string): number | undefined {
  const match = /^(\d{1,12})(ms|s|m|h|d)$/.exec(text);
  if (match === null) {
    return undefined;
  }
  return Number(match[1]) * UNIT_MS[match[2] as keyof typeof UNIT_MS];
}

/** A duration from `min` to `max`, in milliseconds. */
export function duration(limits: {
  readonly min: string;
  readonly max?: string;
}): ValueKind<number> {
  const { min, max = DURATION_MAX } = limits;
  return {
    form: "duration",
    rule: `a whole number with a unit (ms, s, m, h or d), from ${min} to ${max}`,
    find: (text) => findDurationWithin(text, { min, max }),
  };
}

/** `Tier=duration` pairs joined by commas, for any of the tiers (the others take 0s), or `aws`. */
export const tierDelays: ValueKind<TierDelays> = {
  form: "tier=duration,…",
  rule:
    "aws, or tier=duration pairs joined by commas, each tier (Expedited, Standard, Bulk) at most once," +
    ` each duration a whole number with a unit (ms, s, m, h or d), up to ${DURATION_MAX}`,
  find: (text) => (text === "aws" ? AWS_DELAYS : findTierDelays(text)),
};

/** `unlimited` or a number of jobs. */
export const expeditedCapacity: ValueKind<ExpeditedCapacity> = {
  form: "unlimited or number",
  rule: `unlimited, or a whole number from 0 to ${EXPEDITED_CAPACITY_MAX}`,
  find: (text) => {
    if (text === "unlimited") {
      return text;
    }
    const jobs = /^\d{1,7}$/.test(text) ? Number(text) : undefined;
    return jobs !== undefined && jobs <= EXPEDITED_CAPACITY_MAX ? jobs : undefined;
  },
};

/** A whole number within limits. */
export function count(limits: { readonly min: number; readonly max: number }): ValueKind<number> {
  const { min, max } = limits;
  return {
    form: "number",
    rule: `a whole number from ${min} to ${max}`,
    find: (text) => {
      const number = /^\d{1,9}$/.test(text) ? Number(text) : undefined;
      return number !== undefined && number >= min && number <= max ? number : undefined;
    },
  };
}

/** `off`, a number of requests per second, or that and how many may come at once after a rest. */
export const requestRate: ValueKind<RequestRate | "off"> = {
  form: "off, rate or rate:burst",
  rule:
    `off, or a whole number of requests per second from 1 to ${REQUEST_RATE_MAX}, with a burst after a colon` +
    ` or without (the rate is the burst then)`,
  find: (text) => {
    const [, rate, burst] = /^(\d{1,6})(?::(\d{1,6}))?$/.exec(text) ?? [];
    const found = { perSecond: Number(rate), burst: Number(burst ?? rate) };
    const isWithin = Object.values(found).every((part) => part >= 1 && part <= REQUEST_RATE_MAX);
    return text === "off" ? text : isWithin ? found : undefined;
  },
};

/** Bytes per second such as `16MiB/s`, or `word` for none or for no limit. */
export function byteRate<const Word extends string>(word: Word): ValueKind<number | Word> {
  return {
    form: `rate or ${word}`,
    rule: `${word}, or a whole number from 1 to 999999 with KiB/s, MiB/s or GiB/s`,
    find: (text) => {
      const [, digits, unit] = /^(\d{1,6})(KiB|MiB|GiB)\/s$/.exec(text) ?? [];
      const rate =
        Number(digits) * RATE_UNIT_BYTES[(unit ?? "KiB") as keyof typeof RATE_UNIT_BYTES];
      return text === word ? word : rate > 0 ? rate : undefined;
    },
  };
}

/** `live` or the time between inventories. */
export const inventoryMode: ValueKind<InventoryMode> = {
  form: "live or duration",
  rule: `live, or a whole number with a unit (ms, s, m, h or d), from 1s to ${DURATION_MAX}`,
  find: (text) => {
    const intervalMs = findDurationWithin(text, { min: "1s", max: DURATION_MAX });
    if (text === "live") {
      return { kind: "live" };
    }
    return intervalMs === undefined ? undefined : { kind: "periodic", intervalMs };
  },
};

/** `host:port` with an IPv6 address in brackets. */
export const listenAddress: ValueKind<ListenAddress> = {
  form: "host:port",
  rule:
    "host:port with a host name or address (IPv6 in brackets) and a port from 0 to 65535" +
    " (0 takes any free port)",
  find: findListenAddress,
};

/** `host:port`, or `off` for no listener. */
export const listenAddressOrOff: ValueKind<ListenAddress | "off"> = {
  form: "host:port or off",
  rule: `off, or ${listenAddress.rule}`,
  find: (text) => (text === "off" ? "off" : findListenAddress(text)),
};

/** The form that AWS gives access key ids; ours have 20 characters (contract §0 H). */
export const accessKeyId: ValueKind<string> = {
  form: "key id",
  rule: "16 to 128 letters, digits or underscores",
  find: (text) => matching(text, /^[A-Za-z0-9_]{16,128}$/),
};

/** Printable, so that it survives every credentials file (contract §0 H). */
export const secretAccessKey: ValueKind<string> = {
  form: "secret",
  rule: "8 to 128 printable ASCII characters without spaces",
  find: (text) => matching(text, /^[!-~]{8,128}$/),
};

export const accountId: ValueKind<AccountId> = {
  form: "12 digits",
  rule: "12 digits",
  find: findAccountId,
};

export const regionName: ValueKind<string> = {
  form: "region",
  rule: "1 to 32 lower-case letters and digits in groups joined by single hyphens, such as us-east-1",
  find: (text) => (text.length > 32 ? undefined : matching(text, /^[a-z0-9]+(-[a-z0-9]+)*$/)),
};

/** A path of the file system, taken from the folder in which the process starts. */
export const path: ValueKind<string> = {
  form: "path",
  rule: "a path of 1 to 4096 bytes without a NUL",
  find: (text) =>
    text === "" || text.includes("\0") || Buffer.byteLength(text) > 4096 ? undefined : text,
};

/** Where another service is. */
export const serviceUrl: ValueKind<string> = {
  form: "URL",
  rule: "an http:// or https:// URL without user, query and fragment",
  find: (text) => {
    const url = URL.parse(text);
    const fits =
      url !== null &&
      ["http:", "https:"].includes(url.protocol) &&
      [url.username, url.password, url.search, url.hash].every((part) => part === "");
    return fits ? text : undefined;
  },
};

/** A key of KMS as its API takes it: id, ARN, or an alias with `alias/` before it. */
export const kmsKeyId: ValueKind<string> = {
  form: "key",
  rule: "a key id, a key ARN or an alias of 1 to 2048 printable characters without spaces",
  find: (text) => (/^[\x21-\x7e]{1,2048}$/.test(text) ? text : undefined),
};

/** One of a few words; `note` says why a word that one might expect is missing. */
export function oneOf<const Word extends string>(
  words: readonly Word[],
  { form = words.join(", "), note = "" } = {},
): ValueKind<Word> {
  return {
    form,
    rule: (words.length > 1 ? "one of " : "") + words.join(", ") + (note && ` (${note})`),
    find: (text) => words.find((word) => word === text),
  };
}

function matching(text: string, pattern: RegExp): string | undefined {
  return pattern.test(text) ? text : undefined;
}

function findDurationWithin(
  text: string,
  limits: { readonly min: string; readonly max: string },
): number | undefined {
  const durationMs = findDurationMs(text);
  const minMs = findDurationMs(limits.min) ?? 0;
  const maxMs = findDurationMs(limits.max) ?? 0;
  return durationMs !== undefined && durationMs >= minMs && durationMs <= maxMs
    ? durationMs
    : undefined;
}

function findTierDelays(text: string): TierDelays | undefined {
  const delays = new Map<RetrievalTier, number>();
  for (const pair of text.split(",")) {
    const [name, delay, ...rest] = pair.trim().split("=");
    const tier = RETRIEVAL_TIERS.find((known) => known === name);
    const delayMs = findDurationWithin(delay ?? "", { min: "0s", max: DURATION_MAX });
    if (tier === undefined || delayMs === undefined || rest.length > 0 || delays.has(tier)) {
      return undefined;
    }
    delays.set(tier, delayMs);
  }
  return { ...NO_DELAYS, ...Object.fromEntries(delays) };
}

function findListenAddress(text: string): ListenAddress | undefined {
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text);
  const [, inBrackets, plain, digits] = match ?? [];
  const port = Number(digits);
  const host = inBrackets ?? plain;
  if (host === undefined || port > 65_535) {
    return undefined;
  }
  const known = inBrackets === undefined ? isHostName(host) : isIPv6(host);
  return known ? { host, port } : undefined;
}

/** Digits and dots alone are an IPv4 address or nothing: no name server knows 300.1.1.1. */
function isHostName(host: string): boolean {
  return /^[\d.]+$/.test(host)
    ? isIPv4(host)
    : host.length <= 253 && /^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(host);
}
