/** JSON brought to the form of a schema, for the bodies of requests and of answers alike. */
import type { Schema, StructureSchema } from "../protocol/schema.ts";
import { assertNever } from "../std/assert.ts";
import type { JsonValue } from "../std/json.ts";

/** The JSON does not fit the schema; the message names the member. */
export class JsonMismatch extends Error {
  override readonly name = "JsonMismatch";
}

/**
 * The members of `json` that `schema` knows, in its order, without those that are `null` or `undefined`.
 * `where` names the value in messages. Throws `JsonMismatch` for a wrong type and, if `unknown` is
 * `refuse`, for a member that the schema lacks.
 */
export function conformJson(
  schema: Schema,
  json: unknown,
  { where, unknown }: { readonly where: string; readonly unknown: "refuse" | "drop" },
): JsonValue {
  const inner = (member: Schema, value: unknown, place: string) =>
    conformJson(member, value, { where: place, unknown });
  switch (schema.kind) {
    case "string":
      return schema.numbersToo === true && typeof json === "number"
        ? json
        : expectKind(typeof json === "string", json, where, "a string");
    case "timestamp":
      return expectKind(typeof json === "string", json, where, "a date as text");
    case "integer":
      return expectKind(
        typeof json === "bigint" || Number.isInteger(json),
        json,
        where,
        "an integer",
      );
    case "boolean":
      return expectKind(typeof json === "boolean", json, where, "a boolean");
    case "list":
      expectKind(Array.isArray(json), json, where, "a list");
      // Checked in the line above; the compiler can't follow it.
      return (json as unknown[]).map((item, index) =>
        inner(schema.item, item, `${where}[${index}]`),
      );
    case "map":
      return collectMembers(entriesOf(json, where), (key, value) =>
        inner(schema.value, value, `${where}.${key}`),
      );
    case "structure":
      if (unknown === "refuse") {
        checkMembers(schema, entriesOf(json, where), where);
      }
      return conformStructure(schema, entriesOf(json, where), (member, value, name) =>
        inner(member, value, `${where}.${name}`),
      );
    case "omittable":
      return inner(schema.of, json, where);
    default:
      return assertNever(schema);
  }
}

type Entries = readonly (readonly [name: string, value: unknown])[];

function conformStructure(
  schema: StructureSchema,
  entries: Entries,
  inner: (member: Schema, value: unknown, name: string) => JsonValue,
): JsonValue {
  const given = new Map(entries);
  const known = Object.entries(schema.members);
  const inOrder = known.map(([name]) => [name, given.get(name)] as const);
  const members = new Map(known);
  return collectMembers(inOrder, (name, value) => {
    const member = members.get(name);
    return member === undefined ? null : inner(member, value, name);
  });
}

function collectMembers(
  entries: Entries,
  form: (name: string, value: unknown) => JsonValue,
): JsonValue {
  return Object.fromEntries(
    entries
      .filter(([, value]) => value !== null && value !== undefined)
      .map(([name, value]) => [name, form(name, value)]),
  );
}

function checkMembers(schema: StructureSchema, entries: Entries, where: string): void {
  const stranger = entries.find(([name]) => !Object.hasOwn(schema.members, name));
  if (stranger !== undefined) {
    const known = Object.keys(schema.members).join(", ");
    throw new JsonMismatch(`${where} has no member ${stranger[0]}; it has: ${known}`);
  }
}

function entriesOf(json: unknown, where: string): Entries {
  const isObject = typeof json === "object" && json !== null && !Array.isArray(json);
  expectKind(isObject, json, where, "an object");
  return Object.entries(json as object);
}

function expectKind(holds: boolean, json: unknown, where: string, expected: string): JsonValue {
  if (!holds) {
    throw new JsonMismatch(`${where} must be ${expected}; got ${kindOf(json)}`);
  }
  // Every caller has just checked that the value is of a kind that JSON has.
  return json as JsonValue;
}

function kindOf(json: unknown): string {
  if (json === null) {
    return "null";
  }
  return Array.isArray(json) ? "a list" : `a value of type ${typeof json}`;
}
