/** Where each member of an operation's input and output travels. */
import type { BodyBytes } from "../domain/body-bytes.ts";
import type { FileRange } from "../std/file-range.ts";
import type { InputValue, OutputValue, Schema, StructureSchema } from "./schema.ts";

export type Field =
  /** A segment of the path. */
  | { readonly in: "path"; readonly name: string }
  | { readonly in: "query"; readonly name: string }
  /** `required`: an absent or empty header is a `MissingParameterValueException` naming it. */
  | { readonly in: "header"; readonly name: string; readonly required: boolean }
  /** A member of the JSON body. */
  | { readonly in: "body"; readonly name: string; readonly schema: Schema }
  /** The whole JSON body. `wrapper`: an outer member that is accepted around it as well. */
  | { readonly in: "payload"; readonly schema: StructureSchema; readonly wrapper?: string }
  /** The bytes of the body. */
  | { readonly in: "stream" }
  /** The status code of the answer. */
  | { readonly in: "status" };

export type Fields = { readonly [member: string]: Field };

/** The bytes of an upload: length and linear hash are known before the first byte is read. */
export interface RequestBody {
  readonly sizeBytes: number;
  /** `x-amz-content-sha256`, 64 lower-case hex digits, covered by the request's signature. */
  readonly sha256: string;
  readonly bytes: BodyBytes;
}

/** The bytes of a download. */
export interface ResponseBody {
  readonly sizeBytes: number;
  readonly bytes: AsyncIterable<Uint8Array>;
  /**
   * The same in pieces, some of which may be ranges of files; in place of `bytes`, for who sends files without reading
   * them. A piece is closed when the next one is asked for, or when the iteration ends.
   */
  readonly pieces?: () => AsyncIterable<Uint8Array | FileRange>;
}

export type InputOf<F extends Fields> = {
  readonly [K in keyof F]: F[K] extends { in: "path" }
    ? string
    : F[K] extends { in: "header"; required: true }
      ? string
      : F[K] extends { in: "query" | "header" }
        ? string | undefined
        : F[K] extends { in: "body" | "payload"; schema: infer S extends Schema }
          ? InputValue<S> | undefined
          : F[K] extends { in: "stream" }
            ? RequestBody
            : never;
};

export type OutputOf<F extends Fields> = {
  readonly [K in keyof F]: F[K] extends { in: "header" }
    ? string | undefined
    : F[K] extends { in: "body" | "payload"; schema: infer S extends Schema }
      ? OutputValue<S>
      : F[K] extends { in: "stream" }
        ? ResponseBody
        : F[K] extends { in: "status" }
          ? number
          : never;
};

export function path<const N extends string>(name: N) {
  return { in: "path", name } as const;
}

export function query<const N extends string>(name: N) {
  return { in: "query", name } as const;
}

/** A header that may be absent. */
export function header<const N extends string>(name: N) {
  return { in: "header", name, required: false } as const;
}

/** A header that must be there. */
export function requiredHeader<const N extends string>(name: N) {
  return { in: "header", name, required: true } as const;
}

export function body<const N extends string, const S extends Schema>(name: N, schema: S) {
  return { in: "body", name, schema } as const;
}

/** Every member of a structure as a member of the JSON body. */
export function bodyMembers<const M extends StructureSchema["members"]>(members: M) {
  const fields = Object.entries(members).map(([name, schema]) => [name, body(name, schema)]);
  // The mapped type restates what the line above does: one body field for each member, under its name.
  return Object.fromEntries(fields) as {
    readonly [K in keyof M]: { readonly in: "body"; readonly name: K; readonly schema: M[K] };
  };
}

export function payload<const S extends StructureSchema>(schema: S) {
  return { in: "payload", schema } as const;
}

/** A payload that some documentation shows inside an outer member; both forms are read (contract §8.10). */
export function wrappedPayload<const S extends StructureSchema>(schema: S, wrapper: string) {
  return { in: "payload", schema, wrapper } as const;
}

export const stream = { in: "stream" } as const;
export const statusCode = { in: "status" } as const;
