/** What the operations API needs of the running service besides what every operation needs. */

import type { ServiceStats } from "../operations/operator/describe-service.ts";

/** Something that happens while something long is done; members are what JSON can hold. */
export interface OperatorEvent {
  readonly Event: string;
  readonly [member: string]: unknown;
}

/** Resolves when the caller may go on. */
export type TellEvent = (event: OperatorEvent) => Promise<void>;

/** How to check what is stored. */
export interface IntegrityRequest {
  readonly Rehash: boolean;
  /** `null` for as many as the storage gives. */
  readonly MaxBytesPerSecond: number | null;
}

/** How to put damaged blobs back. */
export interface RepairRequest {
  /** A folder on the machine of the service, or `s3://bucket/prefix`. */
  readonly From: string;
  /** Looks only at blobs with known damage. */
  readonly KnownOnly: boolean;
  /** `null` for as many as the storage gives. */
  readonly MaxBytesPerSecond: number | null;
}

export interface BackupRequest {
  /** Absolute path on the machine of the service. */
  readonly Directory: string;
  /** Whether the bytes of archives are part of it. */
  readonly Blobs: boolean;
}

/** Where the new master key is from: one of the two. */
export interface KeyRotationRequest {
  /** Absolute path on the machine of the service. */
  readonly NewKeyFile: string | null;
  readonly NewKmsKeyId: string | null;
  readonly KmsEndpoint: string | null;
}

/** Something long that was admitted and now keeps others of its kind out: either call ends that. */
export interface LongRun {
  /** Resolves with what was done; ends early when `signal` aborts by throwing its reason. */
  run(tell: TellEvent, signal: AbortSignal): Promise<object>;
  /** Called in place of `run`. */
  cancel(): void;
}

export interface OperatorServices {
  /** Aborted when the service is told to stop. */
  readonly stopping: AbortSignal;
  describeService(): Promise<ServiceStats>;
  /** Throws `ManagementError` `OperationInProgress` while another check runs. */
  checkIntegrity(request: IntegrityRequest): LongRun;
  /** Throws `ManagementError` when there is no copy at that place, or another repair runs. */
  repairBlobs(request: RepairRequest): Promise<LongRun>;
  /** Throws `ManagementError` when there can't be a backup at that place, or another is being written. */
  createBackup(request: BackupRequest): Promise<LongRun>;
  /** Throws `ManagementError` while another rotation or a backup goes on. */
  rotateKeys(request: KeyRotationRequest): LongRun;
}
