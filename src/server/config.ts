/**
 * The settings, once: each row of the table is the flag `--tier-delays`, the environment variable
 * `MORAINE_TIER_DELAYS` and the key `tierDelays` of the YAML file. The flags of `moraine serve`, its help
 * and docs/reference/configuration.md derive from it.
 */
import { resolve } from "node:path";
import { listConflicts } from "./config-conflicts.ts";
import { type GivenValue, gatherValues, type SettingSources, showValue } from "./config-sources.ts";
import {
  accessKeyId,
  accountId,
  byteRate,
  count,
  duration,
  expeditedCapacity,
  inventoryMode,
  kmsKeyId,
  listenAddress,
  listenAddressOrOff,
  oneOf,
  path,
  regionName,
  requestRate,
  secretAccessKey,
  serviceUrl,
  tierDelays,
} from "./config-values.ts";
import { optional, type SettingRow, setting } from "./setting-row.ts";
import { LOG_LEVELS, type Settings } from "./settings.ts";
import { SettingsError } from "./settings-error.ts";

export type { SettingSources } from "./config-sources.ts";
export type { ListenAddress } from "./config-values.ts";
export type { SettingRow } from "./setting-row.ts";
export { SettingsError } from "./settings-error.ts";

const LATER = "is not available yet in this version";

export const SETTINGS = {
  config: optional(path, {
    otherwise: "no file",
    inFile: false,
    summary: "YAML file with settings, one `key: value` per line.",
  }),
  "data-dir": setting(path, "./moraine-data", {
    summary: "Folder for everything the service keeps; one process at a time may use it.",
  }),
  listen: setting(listenAddress, "127.0.0.1:9720", {
    summary: "Address of the API.",
  }),
  "console-listen": setting(listenAddressOrOff, "127.0.0.1:9721", {
    summary: "Address for health checks and metrics; `off` for none.",
  }),
  "tls-cert": optional(path, {
    otherwise: "HTTP in the clear",
    summary:
      "PEM file with the certificate that both listeners show, followed by the other certificates of its chain;" +
      " needs `tls-key` too. They speak TLS 1.2 and 1.3 then, and read both files again on SIGHUP: open" +
      " connections go on, new ones get the new certificate, and files that can't be used are refused in the" +
      " log.",
  }),
  "tls-key": optional(path, {
    otherwise: "HTTP in the clear",
    summary:
      "PEM file with the private key of `tls-cert`, without a passphrase; nobody else should read it.",
  }),
  "console-tls": setting(oneOf(["on", "off"]), "on", {
    summary:
      "Whether the console listener uses the certificate too; `off` leaves it in the clear, which it may be on a" +
      " loopback address only.",
  }),
  "root-access-key-id": optional(accessKeyId, {
    otherwise: "generated once",
    summary: "Access key id of the root identity; needs `root-secret-access-key` too.",
  }),
  "root-secret-access-key": optional(secretAccessKey, {
    otherwise: "generated once",
    secret: true,
    summary:
      "Secret access key of the root identity; better given by the environment or the file than by the" +
      " flag, which other users of the machine can see.",
  }),
  "root-account-id": optional(accountId, {
    otherwise: "generated once",
    summary: "Account of the root identity.",
  }),
  "encryption-key-file": optional(path, {
    otherwise: "archives are not encrypted, and secrets are with `secrets.key` in the data folder",
    summary:
      "File with the key that archives, descriptions and stored secrets are encrypted with: 32 bytes, raw or" +
      " as 64 hex digits or base64. Once given it is needed at every start; keep a copy elsewhere.",
  }),
  "encryption-kms-key-id": optional(kmsKeyId, {
    otherwise: "no key service",
    summary:
      "Key of AWS KMS, by id, ARN or alias, that opens the folder's key in place of a key file; asked once at" +
      " each start. Credentials and region come from the environment, as for every AWS client.",
  }),
  "kms-endpoint": optional(serviceUrl, {
    otherwise: "AWS KMS in the environment's region",
    summary: "URL of the KMS-compatible service that has `encryption-kms-key-id`.",
  }),
  region: setting(regionName, "us-east-1", {
    summary: "Region for clients whose signature names none.",
  }),
  "tier-delays": setting(tierDelays, "Expedited=0s,Standard=0s,Bulk=0s", {
    summary:
      "Earliest completion of a retrieval job after it was asked for, per tier; tiers not named take 0s," +
      " and `aws` takes the real service's typical times.",
  }),
  "expedited-capacity": setting(expeditedCapacity, "unlimited", {
    summary:
      "How many Expedited retrievals an account without provisioned capacity may have in progress; the" +
      " next is refused with 503. `unlimited` refuses none.",
  }),
  inventory: setting(inventoryMode, "live", {
    summary:
      "`live` takes a fresh inventory for each inventory job and shows live numbers; a duration" +
      " inventories changed vaults that often, as the real service does daily.",
  }),
  "job-retention": setting(duration({ min: "1s" }), "24h", {
    summary: "How long a finished job and its output are kept.",
  }),
  "upload-retention": setting(duration({ min: "1s" }), "24h", {
    summary: "How long a multipart upload is kept after its last activity.",
  }),
  "sns-endpoint": optional(serviceUrl, {
    otherwise: "the built-in topics",
    summary:
      "URL of an SNS-compatible service whose topics get the notifications of vaults and jobs, instead of the" +
      " built-in ones; its credentials come from the environment, as for every AWS client.",
  }),
  "s3-endpoint": optional(serviceUrl, {
    otherwise: "`buckets/<bucket>/<key>` in the data folder",
    summary:
      "URL of an S3-compatible service whose buckets get the results of select jobs; its credentials come from" +
      " the environment, as for every AWS client.",
  }),
  "notification-allow-private": optional(oneOf(["true", "false"]), {
    otherwise: "`true` when the API listens on a loopback address, else `false`",
    summary:
      "Whether notifications may be delivered to addresses that are not public: private, loopback," +
      " link-local, multicast.",
  }),
  "scrub-rate": setting(byteRate("off"), "16MiB/s", {
    summary:
      "How many bytes per second the scrub reads again to verify what is stored; `off` reads nothing again.",
  }),
  "scrub-interval": setting(duration({ min: "1s" }), "30d", {
    summary:
      "The time in which the scrub verifies every blob at least once; when `scrub-rate` is too low for that, log" +
      " and metrics say so.",
  }),
  "mirror-dir": optional(path, {
    otherwise: "no mirror",
    summary:
      "Folder, on another disk, that gets a second copy of every blob before an upload is acknowledged; damaged" +
      " copies are put back from each other.",
  }),
  "mirror-fill-rate": setting(byteRate("unlimited"), "64MiB/s", {
    summary:
      "How many bytes per second are read to bring a mirror up to date that was attached to a service with blobs.",
  }),
  "idle-timeout": setting(duration({ min: "100ms", max: "1d" }), "60s", {
    summary: "How long a client may send nothing in the middle of a request.",
  }),
  "request-rate": setting(requestRate, "off", {
    summary:
      "How many requests an access key may send per second, and at once after a rest; one too many is" +
      " answered `ThrottlingException` (400), which clients wait after and repeat. It keeps one busy client" +
      " from crowding out the others.",
  }),
  "max-connections": setting(count({ min: 1, max: 1_000_000 }), "10000", {
    summary:
      "How many connections the API keeps open; a further one is answered `ThrottlingException` (400) once and" +
      " closed. Each takes a file descriptor and some memory: the limit on open files (`ulimit -n`) should be" +
      " at least twice as large.",
  }),
  "max-uploads": setting(count({ min: 1, max: 100_000 }), "512", {
    summary:
      "How many request bodies, archives and parts above all, are received at the same time; a further request" +
      " is answered `ThrottlingException` (400) before its body is read. Each holds memory for as long as it" +
      " takes, however slow its client is.",
  }),
  audit: setting(oneOf(["on", "off"]), "on", {
    summary:
      "Whether every request is told in the audit log, files in the folder `audit` of the data folder; with" +
      " `on`, a request that may change something is refused while they can't be written.",
  }),
  "log-level": setting(oneOf(LOG_LEVELS, { form: "level" }), "info", {
    summary:
      "The least severe log lines that are written to standard error: trace, debug, info, warn, error," +
      " fatal or silent.",
  }),
  "log-format": setting(oneOf(["json"]), "json", {
    summary: "Form of the log lines: one JSON object each.",
  }),
  metadata: setting(oneOf(["sqlite"], { note: `postgres://… ${LATER}` }), "sqlite", {
    summary: "Where metadata is kept; `sqlite` is a database in the data folder.",
  }),
  blobs: setting(oneOf(["files"], { note: `s3://… ${LATER}` }), "files", {
    summary:
      "Where the bytes of archives are kept; `files` are plain files in the data folder; small ones are with the metadata.",
  }),
  "native-hashing": setting(oneOf(["on", "off"]), "on", {
    summary:
      "Whether uploads are hashed by the native addon, where the install found a C compiler and the processor has" +
      " SHA-256 instructions; else, and with `off`, node:crypto computes the same hashes in two passes.",
  }),
  "native-sending": setting(oneOf(["on", "off"]), "on", {
    summary:
      "Whether downloads go from their file to the connection by `sendfile`, on Linux where the install found a C" +
      " compiler. Encrypted or mirrored archives and connections over TLS are read and written, as all are with `off`.",
  }),
  "native-receiving": setting(oneOf(["on", "off"]), "on", {
    summary:
      "Whether large bodies are read from their connections by what stores them, past Node's HTTP server, where the install" +
      " found a C compiler and the Node.js in use allows it. Bodies over TLS and bodies that are mirrored come through that" +
      " server, as all do with `off`.",
  }),
} as const satisfies Record<string, SettingRow<unknown>>;

export type SettingName = keyof typeof SETTINGS;
type Values = {
  readonly [Name in SettingName]: (typeof SETTINGS)[Name] extends SettingRow<infer Value>
    ? Value
    : never;
};

/**
 * The settings that the sources give: flag before environment before file before default. Values that
 * lose are checked too. Throws `SettingsError` with all mistakes.
 */
export function parseSettings(sources: SettingSources): Settings {
  const { given, mistakes } = gatherValues(sources, SETTINGS);
  const values = new Map<string, unknown>();
  for (const [name, row] of Object.entries<SettingRow<unknown>>(SETTINGS)) {
    const candidates = given.get(name) ?? [];
    mistakes.push(...candidates.flatMap((candidate) => listMistakes(name, row, candidate)));
    const text = candidates[0]?.text ?? row.default;
    values.set(name, text === undefined ? undefined : row.kind.find(text));
  }
  mistakes.push(...listConflicts(given, values));
  if (mistakes.length > 0) {
    throw new SettingsError(mistakes);
  }
  // Without mistakes each row's own kind made each value, so the types of the table hold.
  return deepFreeze(arrange(Object.fromEntries(values) as Values));
}

function listMistakes(
  name: string,
  row: SettingRow<unknown>,
  { text, origin }: GivenValue,
): readonly string[] {
  if (text === undefined) {
    return [`${name} (${origin}) needs a value: ${row.kind.rule}`];
  }
  return row.kind.find(text) === undefined
    ? [`${name} (${origin}) must be ${row.kind.rule}; got ${showValue(text, row.secret)}`]
    : [];
}

function arrange(values: Values): Settings {
  const keyId = values["root-access-key-id"];
  const secret = values["root-secret-access-key"];
  const console = values["console-listen"];
  const keyFile = values["encryption-key-file"];
  return {
    dataDir: resolve(values["data-dir"]),
    listeners: {
      api: values.listen,
      console: console === "off" ? undefined : console,
      idleTimeoutMs: values["idle-timeout"],
      tls: arrangeTls(values),
    },
    root: {
      keys:
        keyId === undefined || secret === undefined
          ? undefined
          : { accessKeyId: keyId, secretAccessKey: secret },
      accountId: values["root-account-id"],
    },
    encryption: {
      keyFile: keyFile === undefined ? undefined : resolve(keyFile),
      kmsKeyId: values["encryption-kms-key-id"],
      kmsEndpoint: values["kms-endpoint"],
    },
    region: values.region,
    jobs: {
      tierDelays: values["tier-delays"],
      retentionMs: values["job-retention"],
      expeditedCapacity: values["expedited-capacity"],
      s3Endpoint: values["s3-endpoint"],
    },
    inventory: values.inventory,
    uploads: { retentionMs: values["upload-retention"] },
    notifications: {
      snsEndpoint: values["sns-endpoint"],
      allowPrivate: findBoolean(values["notification-allow-private"]),
    },
    limits: {
      requestRate: values["request-rate"] === "off" ? undefined : values["request-rate"],
      connectionsMax: values["max-connections"],
      uploadsMax: values["max-uploads"],
    },
    scrub: {
      bytesPerSecond: values["scrub-rate"] === "off" ? undefined : values["scrub-rate"],
      intervalMs: values["scrub-interval"],
    },
    mirror: {
      dir: values["mirror-dir"] === undefined ? undefined : resolve(values["mirror-dir"]),
      fillBytesPerSecond:
        values["mirror-fill-rate"] === "unlimited" ? undefined : values["mirror-fill-rate"],
    },
    audit: values.audit === "on",
    log: { level: values["log-level"], format: values["log-format"] },
    metadata: values.metadata,
    blobs: values.blobs,
    nativeHashing: values["native-hashing"] === "on",
    nativeSending: values["native-sending"] === "on",
    nativeReceiving: values["native-receiving"] === "on",
  };
}

function arrangeTls(values: Values): Settings["listeners"]["tls"] {
  const certificate = values["tls-cert"];
  const privateKey = values["tls-key"];
  return certificate === undefined || privateKey === undefined
    ? undefined
    : {
        certificatePath: resolve(certificate),
        privateKeyPath: resolve(privateKey),
        onConsole: values["console-tls"] === "on",
      };
}

function findBoolean(text: "true" | "false" | undefined): boolean | undefined {
  return text === undefined ? undefined : text === "true";
}

function deepFreeze<Value extends object>(value: Value): Value {
  for (const member of Object.values(value)) {
    if (typeof member === "object" && member !== null) {
      deepFreeze(member);
    }
  }
  return Object.freeze(value);
}
