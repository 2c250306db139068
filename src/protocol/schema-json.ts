/** JSON to and from values by a schema. */
import { invalidParameter, notSerializable } from "../domain/errors.ts";
import { assert, assertNever } from "../std/assert.ts";
import { findIsoInstant, formatIsoMilliseconds } from "../std/iso-time.ts";
import type { JsonValue } from "../std/json.ts";
import type { Schema, StructureSchema } from "./schema.ts";

type JsonObject = { readonly [key: string]: JsonValue | undefined };

/**
 * The value of `json` by `schema`, an `InputValue` of it; `null` is `undefined`. `where` names the member in messages.
 * Throws `SerializationException` for a wrong JSON type (contract §1.5, §1.6); unknown members are ignored.
 */
export function decodeJson(schema: Schema, json: JsonValue | undefined, where: string): unknown {
  if (json === null || json === undefined) {
    return undefined;
  }
  switch (schema.kind) {
    case "string":
      return decodeString(json, schema.numbersToo === true, where);
    case "integer":
      return expectType(isInteger(json), json, where, "an integer");
    case "boolean":
      return expectType(typeof json === "boolean", json, where, "a boolean");
    case "timestamp":
      return decodeTimestamp(json, where);
    case "list":
      return decodeList(schema.item, json, where);
    case "map":
      return decodeMap(schema.value, json, where);
    case "structure":
      return decodeStructure(schema, json, where);
    case "omittable":
      return decodeJson(schema.of, json, where);
    default:
      return assertNever(schema);
  }
}

function expectType(holds: boolean, json: JsonValue, where: string, expected: string): JsonValue {
  if (!holds) {
    throw notSerializable(`${where} must be ${expected}; got ${jsonTypeOf(json)}`);
  }
  return json;
}

function decodeString(json: JsonValue, numbersToo: boolean, where: string): JsonValue {
  const isNumber = typeof json === "number" || typeof json === "bigint";
  return numbersToo && isNumber
    ? String(json)
    : expectType(typeof json === "string", json, where, "a string");
}

function isInteger(json: JsonValue): boolean {
  return typeof json === "bigint" || (typeof json === "number" && Number.isInteger(json));
}

function decodeTimestamp(json: JsonValue, where: string): number {
  const text = expectType(typeof json === "string", json, where, "a string") as string;
  const instant = findIsoInstant(text);
  if (instant === undefined) {
    throw invalidParameter(`${where} must be an ISO 8601 date with seconds and zone; got ${text}`);
  }
  return instant;
}

function decodeList(item: Schema, json: JsonValue, where: string): unknown[] {
  if (!Array.isArray(json)) {
    throw notSerializable(`${where} must be a list; got ${jsonTypeOf(json)}`);
  }
  return json.map((element: JsonValue, index) => {
    const value = decodeJson(item, element, `${where}[${index}]`);
    if (value === undefined) {
      throw notSerializable(`${where}[${index}] must not be null`);
    }
    return value;
  });
}

function decodeMap(valueSchema: Schema, json: JsonValue, where: string): Map<string, unknown> {
  const entries = Object.entries(expectObject(json, where)).map(([key, element]) => {
    const value = decodeJson(valueSchema, element, `${where}.${key}`);
    if (value === undefined) {
      throw notSerializable(`${where}.${key} must not be null`);
    }
    return [key, value] as const;
  });
  return new Map(entries);
}

function decodeStructure(schema: StructureSchema, json: JsonValue, where: string): object {
  const object = expectObject(json, where);
  const find = (name: string) => (Object.hasOwn(object, name) ? object[name] : undefined);
  return Object.fromEntries(
    Object.entries(schema.members).map(([name, member]) => {
      const [other] = Object.entries(schema.aliases ?? {}).find(([, of]) => of === name) ?? [];
      const own = find(name) ?? (other === undefined ? undefined : find(other));
      return [name, decodeJson(member, own, where === "" ? name : `${where}.${name}`)];
    }),
  );
}

function expectObject(json: JsonValue, where: string): JsonObject {
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    const subject = where === "" ? "The request body" : where;
    throw notSerializable(`${subject} must be a JSON object; got ${jsonTypeOf(json)}`);
  }
  return json as JsonObject;
}

function jsonTypeOf(json: JsonValue): string {
  if (json === null) {
    return "null";
  }
  if (Array.isArray(json)) {
    return "a list";
  }
  switch (typeof json) {
    case "object":
      return "an object";
    case "bigint":
      return "a number";
    default:
      return `a ${typeof json}`;
  }
}

/**
 * JSON of `value`, an `OutputValue` of `schema`, members in the schema's order; `undefined` for an
 * omittable member without a value.
 */
export function encodeJson(schema: Schema, value: unknown): JsonValue | undefined {
  if (schema.kind === "omittable") {
    return value === undefined ? undefined : encodeJson(schema.of, value);
  }
  if (value === null || value === undefined) {
    assert(value === null, `a member of kind ${schema.kind} was not stated`);
    return null;
  }
  // The casts below follow `OutputValue`, which ties each kind to its type where a handler returns.
  switch (schema.kind) {
    case "integer":
      return typeof value === "bigint" ? smallestInteger(value) : (value as JsonValue);
    case "string":
    case "boolean":
      return value as JsonValue;
    case "timestamp":
      return formatIsoMilliseconds(value as number);
    case "list":
      return (value as unknown[]).map((element) => encodeJson(schema.item, element) ?? null);
    case "map":
      return Object.fromEntries(
        [...(value as ReadonlyMap<string, unknown>)].map(([key, element]) => [
          key,
          encodeJson(schema.value, element),
        ]),
      );
    case "structure":
      return encodeStructure(schema, value as Record<string, unknown>);
    default:
      return assertNever(schema);
  }
}

function encodeStructure(
  { members }: StructureSchema,
  value: Readonly<Record<string, unknown>>,
): JsonValue {
  const json: Record<string, JsonValue | undefined> = {};
  for (const name in members) {
    const member = members[name];
    if (member !== undefined) {
      json[name] = encodeJson(member, value[name]);
    }
  }
  return json;
}

/** Written the same either way, but text without any `bigint` is made several times faster. */
function smallestInteger(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
