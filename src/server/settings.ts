/** What a run is told, once it is checked: the values of the table in config.ts, arranged by what they are about. */
import type { AccountId } from "../domain/ids.ts";
import type { InventoryMode } from "../domain/inventory.ts";
import type { ExpeditedCapacity } from "../domain/provisioned-capacity.ts";
import type { TierDelays } from "../domain/retrieval-tier.ts";
import type { LimitSettings } from "../http/request-limits.ts";
import type { ListenAddress } from "./config-values.ts";
import type { TlsFiles } from "./tls-certificate.ts";

export const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** The root identity as far as settings name it; key id and secret come together or not at all. */
export interface RootSettings {
  readonly keys: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined;
  readonly accountId: AccountId | undefined;
}

/** What archives are encrypted with; without a key file and a key of KMS they are not. */
export interface EncryptionSettings {
  /** Absolute. */
  readonly keyFile: string | undefined;
  readonly kmsKeyId: string | undefined;
  readonly kmsEndpoint: string | undefined;
}

/** The settings of one run, checked and frozen. */
export interface Settings {
  /** Absolute. */
  readonly dataDir: string;
  readonly listeners: {
    readonly api: ListenAddress;
    /** `undefined` when switched off. */
    readonly console: ListenAddress | undefined;
    readonly idleTimeoutMs: number;
    /** `undefined` without TLS. */
    readonly tls: (TlsFiles & { readonly onConsole: boolean }) | undefined;
  };
  readonly root: RootSettings;
  readonly encryption: EncryptionSettings;
  /** Region of clients whose signing scope names none. */
  readonly region: string;
  readonly jobs: {
    readonly tierDelays: TierDelays;
    readonly retentionMs: number;
    readonly expeditedCapacity: ExpeditedCapacity;
    /** Where the results of select jobs go; `undefined` for the data folder. */
    readonly s3Endpoint: string | undefined;
  };
  readonly inventory: InventoryMode;
  readonly uploads: { readonly retentionMs: number };
  readonly notifications: {
    readonly snsEndpoint: string | undefined;
    /** `undefined`: as the listener's address says. */
    readonly allowPrivate: boolean | undefined;
  };
  readonly limits: LimitSettings;
  /** Without a rate nothing is read again. */
  readonly scrub: { readonly bytesPerSecond: number | undefined; readonly intervalMs: number };
  readonly mirror: {
    /** Absolute; `undefined` for no mirror. */
    readonly dir: string | undefined;
    /** `undefined` for as fast as it goes. */
    readonly fillBytesPerSecond: number | undefined;
  };
  readonly audit: boolean;
  readonly log: { readonly level: LogLevel; readonly format: "json" };
  readonly metadata: "sqlite";
  readonly blobs: "files";
  readonly nativeHashing: boolean;
  readonly nativeSending: boolean;
  readonly nativeReceiving: boolean;
}
