/** Inputs and outputs of calls, as the API's members travel: derived from the operation table. */
import type { Field, Fields } from "../protocol/fields.ts";
import type { OperationName, operations } from "../protocol/operations.ts";
import type { Schema, StringSchema, StructureSchema } from "../protocol/schema.ts";

/** Bytes to upload. They are hashed before, because their hashes are signed. */
export interface UploadSource {
  readonly sizeBytes: number;
  /** Linear SHA-256, 64 lower-case hex digits. */
  readonly sha256: string;
  /** Sent as `x-amz-sha256-tree-hash` unless the input has a `checksum`. */
  readonly treeHash?: string;
  /**
   * The bytes from their beginning; called once for each attempt. A chunk may be overwritten when the
   * second one after it is asked for, so who keeps chunks has to copy them.
   */
  open(): AsyncIterable<Uint8Array>;
}

/** The bytes of a download, as they arrive. */
export interface DownloadBody {
  /** Absent when the answer has no `Content-Length`. */
  readonly sizeBytes: number | undefined;
  /**
   * Can be read once. Throws `TransportError` when the connection fails before the last byte; what was
   * read until then stands, and the rest can be had with a `range`.
   */
  readonly bytes: AsyncIterable<Uint8Array>;
  /** Ends the download. Call it when the bytes are not read. */
  cancel(): void;
}

/** The JSON of a schema; dates are texts as on the wire. */
export type JsonOf<S extends Schema> = Schema extends S
  ? unknown
  : S extends { kind: "string"; numbersToo: true }
    ? string | number
    : S extends StringSchema
      ? string
      : S extends { kind: "integer" }
        ? number | bigint
        : S extends { kind: "boolean" }
          ? boolean
          : S extends { kind: "timestamp" }
            ? string
            : S extends { kind: "list"; item: infer I extends Schema }
              ? readonly JsonOf<I>[]
              : S extends { kind: "map"; value: infer V extends Schema }
                ? { readonly [key: string]: JsonOf<V> }
                : S extends {
                      kind: "structure";
                      members: infer M extends StructureSchema["members"];
                    }
                  ? { readonly [K in keyof M]?: JsonOf<M[K]> | undefined }
                  : S extends { kind: "omittable"; of: infer O extends Schema }
                    ? JsonOf<O>
                    : never;

type MemberIn<F extends Field> = F extends { in: "path" | "query" | "header" }
  ? string
  : F extends { in: "body" | "payload"; schema: infer S extends Schema }
    ? JsonOf<S>
    : F extends { in: "stream" }
      ? UploadSource
      : never;

type MemberOut<F extends Field> = F extends { in: "header" }
  ? string
  : F extends { in: "body" | "payload"; schema: infer S extends Schema }
    ? JsonOf<S>
    : F extends { in: "stream" }
      ? DownloadBody
      : F extends { in: "status" }
        ? number
        : never;

/** What names the resource has to be given, and so have the bytes; the account is `-` by default. */
type NeededKeys<F extends Fields> = {
  [K in keyof F]: F[K] extends { in: "path" | "stream" } ? Exclude<K, "accountId"> : never;
}[keyof F];

type AlwaysKeys<F extends Fields> = {
  [K in keyof F]: F[K] extends { in: "stream" | "status" } ? K : never;
}[keyof F];

type CallInputOf<F extends Fields> = {
  readonly [K in NeededKeys<F>]: MemberIn<F[K]>;
} & {
  readonly [K in Exclude<keyof F, NeededKeys<F>>]?: MemberIn<F[K]> | undefined;
};

type CallOutputOf<F extends Fields> = {
  readonly [K in AlwaysKeys<F>]: MemberOut<F[K]>;
} & {
  readonly [K in Exclude<keyof F, AlwaysKeys<F>>]?: MemberOut<F[K]>;
};

/** The members of a request. */
export type CallInput<N extends OperationName> = CallInputOf<(typeof operations)[N]["input"]>;
/** The members that the answer has; one that is absent or `null` on the wire is left out. */
export type CallOutput<N extends OperationName> = CallOutputOf<(typeof operations)[N]["output"]>;

/** An answer of success. */
export interface CallResult<N extends OperationName> {
  readonly output: CallOutput<N>;
  readonly status: number;
  /** By lower-case name. */
  readonly headers: ResponseHeaders;
  readonly requestId: string | undefined;
}

export type ResponseHeaders = { readonly [name: string]: string | undefined };
