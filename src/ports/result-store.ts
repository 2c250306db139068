import type { ObjectOptions } from "../domain/output-location.ts";

/** The bucket that a select job's results go to, and how each object of them is stored. */
export interface ResultDestination extends ObjectOptions {
  readonly bucketName: string;
  /** The region of the job's vault, which must be that of the bucket (API reference, S3Location). */
  readonly region: string;
}

/** An object to be read: the names of its bucket and of itself, and the region of the bucket. */
export type ResultSource = Pick<ResultDestination, "bucketName" | "region"> & {
  readonly key: string;
};

/** One object being written. Calls come one after another, never at once. */
export interface ResultWriter {
  /** Takes the bytes of `chunk`, which the caller may reuse once this has resolved. */
  write(chunk: Uint8Array): Promise<void>;
  /** Makes the object visible as a whole, durably, in place of one with the same key. Called once. */
  commit(): Promise<void>;
  /** Drops everything; may be called at any time before `commit`, and twice. Does not throw. */
  abort(): Promise<void>;
}

/** The bytes of an object; whoever takes it reads them to the end or ends the iteration. */
export interface StoredResult {
  readonly sizeBytes: number;
  readonly bytes: AsyncIterable<Uint8Array>;
}

/**
 * Where the results of select jobs go: objects under keys in buckets. Others see an object as a whole or not at
 * all; what was committed stays across crashes, and a crash before leaves nothing visible. The same key written
 * twice holds what came last. Every call but `abort` throws `ResultStoreError` (domain/result-store-error.ts)
 * when the destination refuses or does not answer, and for names that it can't hold.
 */
export interface ResultStore {
  /** The largest object it takes, at most `SELECT_PART_MAX_BYTES`: less where an object is gathered in memory. */
  readonly partMaxBytes: number;
  /** Starts an object of at most `partMaxBytes`; keys have at most 1024 bytes. */
  openWriter(destination: ResultDestination, key: string): Promise<ResultWriter>;
  /** Keys that begin with `prefix`, which ends with a slash, in no order. */
  list(destination: ResultDestination, prefix: string): AsyncIterable<string>;
  /** Removes an object, durably; no error when there is none. */
  remove(destination: ResultDestination, key: string): Promise<void>;
  /** The object's bytes; `undefined` when there is none. */
  find(source: ResultSource): Promise<StoredResult | undefined>;
  /** Ends what is open. */
  close(): Promise<void>;
}
