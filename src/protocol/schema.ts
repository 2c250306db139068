/**
 * A small language for the shapes of the wire: what a JSON member, a header or a whole body holds. Decoding,
 * rendering, the client, the command line's flags and the reference pages are derived from it.
 */

export type Schema =
  | StringSchema
  | { readonly kind: "integer" }
  | { readonly kind: "boolean" }
  /** Epoch milliseconds inside; ISO 8601 with three fraction digits on the wire (contract §1.7). */
  | { readonly kind: "timestamp" }
  | { readonly kind: "list"; readonly item: Schema }
  | { readonly kind: "map"; readonly value: Schema }
  | StructureSchema
  /** In an answer: left out when there is no value, where every other member is `null`. */
  | { readonly kind: "omittable"; readonly of: Schema };

export interface StringSchema {
  readonly kind: "string";
  /** Values the service knows; documentation for tools, checked by the domain's parsers. */
  readonly values?: readonly string[];
  /** A JSON number is read as well, as its text (contract §2.26, `Limit`). */
  readonly numbersToo?: true;
}

export interface StructureSchema {
  readonly kind: "structure";
  readonly members: { readonly [name: string]: Schema };
  /** Other names under which a request may send members; the member's own name wins. */
  readonly aliases?: { readonly [other: string]: string };
}

export const string = { kind: "string" } as const;
export const integer = { kind: "integer" } as const;
export const boolean = { kind: "boolean" } as const;
export const timestamp = { kind: "timestamp" } as const;

export const stringOrNumber = { kind: "string", numbersToo: true } as const;

/** A string of which the service knows these values. */
export function oneOf<const V extends readonly string[]>(values: V) {
  return { kind: "string", values } as const;
}

/** A JSON array. */
export function list<const S extends Schema>(item: S) {
  return { kind: "list", item } as const;
}

/** A JSON object with any keys and values of one schema. */
export function map<const S extends Schema>(value: S) {
  return { kind: "map", value } as const;
}

/** A JSON object with known members; answers render them in this order. */
export function structure<const M extends StructureSchema["members"]>(members: M) {
  return { kind: "structure", members } as const;
}

/** A structure of whose members some are read under another name too. */
export function withAliases<const S extends StructureSchema>(
  schema: S,
  aliases: { readonly [other: string]: keyof S["members"] & string },
): S {
  return { ...schema, aliases };
}

/** A member that an answer leaves out when it has no value. */
export function omittable<const S extends Schema>(of: S) {
  return { kind: "omittable", of } as const;
}

/**
 * What a decoded request holds: absent and `null` members alike are `undefined`. (Of a schema that is not
 * known yet, as in code over all operations, nothing is known of the value either.)
 */
export type InputValue<S extends Schema> = Schema extends S
  ? unknown
  : S extends StringSchema
    ? string
    : S extends { kind: "integer" }
      ? number | bigint
      : S extends { kind: "boolean" }
        ? boolean
        : S extends { kind: "timestamp" }
          ? number
          : S extends { kind: "list"; item: infer I extends Schema }
            ? readonly InputValue<I>[]
            : S extends { kind: "map"; value: infer V extends Schema }
              ? ReadonlyMap<string, InputValue<V>>
              : S extends { kind: "structure"; members: infer M extends StructureSchema["members"] }
                ? { readonly [K in keyof M]: InputValue<M[K]> | undefined }
                : S extends { kind: "omittable"; of: infer O extends Schema }
                  ? InputValue<O>
                  : never;

/** What a handler returns: every member is stated; `null` says that it has no value. */
export type OutputValue<S extends Schema> = Schema extends S
  ? unknown
  : S extends StringSchema
    ? string | null
    : S extends { kind: "integer" }
      ? number | bigint | null
      : S extends { kind: "boolean" }
        ? boolean | null
        : S extends { kind: "timestamp" }
          ? number | null
          : S extends { kind: "list"; item: infer I extends Schema }
            ? readonly OutputValue<I>[] | null
            : S extends { kind: "map"; value: infer V extends Schema }
              ? ReadonlyMap<string, OutputValue<V>> | null
              : S extends { kind: "structure"; members: infer M extends StructureSchema["members"] }
                ? { readonly [K in keyof M]: OutputValue<M[K]> } | null
                : S extends { kind: "omittable"; of: infer O extends Schema }
                  ? OutputValue<O> | undefined
                  : never;
