/** What the event loop and a blob worker say to each other. `task` numbers an upload or a request. */
import type { ReceivedBytes } from "../../domain/body-bytes.ts";
import type { SealedBlob } from "./sealed-format.ts";
import type { BlobSeal } from "./segment-sealer.ts";
import type { DigestResult } from "./streaming-digest.ts";

/** What a worker is started with. */
export interface WorkerStart {
  readonly memory: SharedArrayBuffer;
  readonly slotBytes: number;
  /** Whether the worker may hash with the native addon. */
  readonly accelerate: boolean;
}

export interface LeafRequest {
  readonly path: string;
  readonly firstLeaf: number;
  readonly leafCount: number;
  /** What opens the blob when it is encrypted. */
  readonly sealed?: SealedBlob | undefined;
}

/** A segment of an encrypted blob, in a file that stays open until the answer. */
export interface SegmentRequest {
  readonly fd: number;
  readonly blob: SealedBlob;
  readonly index: number;
}

/** Bytes of an upload that a worker receives from its connection; see `DetachedBytes`. */
export interface ReceiveRequest {
  readonly descriptor: number;
  readonly sizeBytes: number;
  readonly idleTimeoutMs: number;
}

export type ToWorker =
  | {
      readonly kind: "open";
      readonly task: number;
      readonly path: string;
      /** What to encrypt with; `undefined` for a blob that is written as it is. */
      readonly seal: BlobSeal | undefined;
    }
  | {
      readonly kind: "data";
      readonly task: number;
      readonly slot: number;
      readonly length: number;
      readonly moreFollow: boolean;
    }
  /** The worker owns the descriptor from here on. */
  | ({ readonly kind: "receive"; readonly task: number } & ReceiveRequest)
  | { readonly kind: "stopReceiving"; readonly task: number }
  | {
      readonly kind: "finish";
      readonly task: number;
      /** The header of an encrypted blob, known only now that its size is. */
      readonly header: Uint8Array | undefined;
    }
  | { readonly kind: "drop"; readonly task: number }
  | { readonly kind: "hashLeaves"; readonly task: number; readonly request: LeafRequest }
  | { readonly kind: "openSegment"; readonly task: number; readonly request: SegmentRequest };

export type FromWorker =
  | { readonly kind: "released"; readonly task: number; readonly slot: number }
  /** The answer to each `receive`: what came, also when it was stopped or the upload failed. */
  | ({ readonly kind: "received"; readonly task: number } & ReceivedBytes)
  | { readonly kind: "finished"; readonly task: number; readonly digest: DigestResult }
  | { readonly kind: "dropped"; readonly task: number }
  | { readonly kind: "hashed"; readonly task: number; readonly leaves: Uint8Array }
  | { readonly kind: "opened"; readonly task: number; readonly bytes: Uint8Array }
  | { readonly kind: "failed"; readonly task: number; readonly error: ErrorFacts };

/** A file system error as plain data: structured cloning would lose its code. */
export interface ErrorFacts {
  readonly message: string;
  readonly code: string | undefined;
  readonly errno: number | undefined;
  readonly syscall: string | undefined;
}

/** The facts of `error`, to be sent. */
export function factsOf(error: unknown): ErrorFacts {
  const { message, code, errno, syscall } = error as NodeJS.ErrnoException;
  return { message: message ?? String(error), code, errno, syscall };
}

/** The error that `facts` describe, with its code. */
export function errorOf(facts: ErrorFacts): Error {
  const error: NodeJS.ErrnoException = new Error(facts.message);
  for (const key of ["code", "syscall", "errno"] as const) {
    const value = facts[key];
    if (value !== undefined) {
      Object.assign(error, { [key]: value });
    }
  }
  return error;
}
