/**
 * Parameters of the query protocol. Nesting is spelled in names: `Tags.member.1.Key`, `Attributes.entry.1.key`,
 * and in the flattened form of SQS `AttributeName.1`, `Attribute.1.Name`.
 */
import { validationError } from "../../domain/management-error.ts";
import type { Schema, StructureSchema } from "../schema.ts";

/** Decoded form parameters, the first value of each name. */
export type QueryParameters = ReadonlyMap<string, string>;

/** A parameter's own value and those of the names below it. */
interface Node {
  value: string | undefined;
  readonly children: Map<string, Node>;
}

const DEPTH_MAX = 8;

/** The members of `input` that `parameters` give. Throws `ManagementError` `ValidationError`. */
export function decodeQuery(
  input: StructureSchema["members"],
  parameters: QueryParameters,
  flattened: { readonly [member: string]: string } = {},
): { readonly [name: string]: unknown } {
  const root = growTree(parameters);
  return Object.fromEntries(
    Object.entries(input).map(([name, schema]) => [
      name,
      decode(schema, root.children.get(flattened[name] ?? name), name),
    ]),
  );
}

function growTree(parameters: QueryParameters): Node {
  const root: Node = { value: undefined, children: new Map() };
  for (const [name, value] of parameters) {
    const path = name.split(".");
    if (path.length > DEPTH_MAX) {
      throw validationError(`The parameter ${name} is nested more than ${DEPTH_MAX} levels deep`);
    }
    let node = root;
    for (const part of path) {
      const child = node.children.get(part) ?? { value: undefined, children: new Map() };
      node.children.set(part, child);
      node = child;
    }
    node.value = value;
  }
  return root;
}

function decode(schema: Schema, node: Node | undefined, where: string): unknown {
  if (node === undefined) {
    return undefined;
  }
  switch (schema.kind) {
    case "string":
    case "timestamp":
      return node.value;
    case "integer":
      return decodeInteger(node.value, where);
    case "boolean":
      return decodeBoolean(node.value, where);
    case "list":
      return itemsOf(node, "member").map((item, index) =>
        decode(schema.item, item, `${where}.member.${index + 1}`),
      );
    case "map":
      return decodeMap(schema.value, node, where);
    case "structure":
      return Object.fromEntries(
        Object.entries(schema.members).map(([name, member]) => [
          name,
          decode(member, node.children.get(name), `${where}.${name}`),
        ]),
      );
    case "omittable":
      return decode(schema.of, node, where);
  }
}

function decodeInteger(text: string | undefined, where: string): number | undefined {
  if (text === undefined || text === "") {
    return undefined;
  }
  const number = Number(text);
  if (!/^-?\d{1,15}$/.test(text)) {
    throw validationError(`${where} must be an integer; got ${text}`);
  }
  return number;
}

function decodeBoolean(text: string | undefined, where: string): boolean | undefined {
  if (text === undefined || text === "") {
    return undefined;
  }
  if (text !== "true" && text !== "false") {
    throw validationError(`${where} must be true or false; got ${text}`);
  }
  return text === "true";
}

function decodeMap(valueSchema: Schema, node: Node, where: string): Map<string, unknown> {
  const map = new Map<string, unknown>();
  for (const [index, entry] of itemsOf(node, "entry").entries()) {
    const key = findChild(entry, ["key", "Name", "Key"])?.value;
    if (key === undefined) {
      throw validationError(`${where}.entry.${index + 1} has no key`);
    }
    const value = findChild(entry, ["value", "Value"]);
    map.set(key, decode(valueSchema, value, `${where}.${key}`) ?? "");
  }
  return map;
}

/** Services spell the parts of a map's entry in different ways. */
function findChild({ children }: Node, names: readonly string[]): Node | undefined {
  return names.map((name) => children.get(name)).find((child) => child !== undefined);
}

/** Numbered children in the order of their numbers, below `wrapper` or flattened. */
function itemsOf(node: Node, wrapper: string): Node[] {
  const parent = node.children.get(wrapper) ?? node;
  return [...parent.children]
    .filter(([name]) => /^\d{1,6}$/.test(name))
    .sort(([left], [right]) => Number(left) - Number(right))
    .map(([, child]) => child);
}
