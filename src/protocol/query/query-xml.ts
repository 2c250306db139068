/** Answers of the query protocol: XML in the shape that AWS's clients parse. */

import { assert, assertNever } from "../../std/assert.ts";
import { formatIsoMilliseconds } from "../../std/iso-time.ts";
import type { Schema, StructureSchema } from "../schema.ts";
import type { QueryService } from "./query-service.ts";

/** `<ActionResponse>` with the result, when the action has one, and the request id. */
export function formatQueryResult(
  service: QueryService,
  action: string,
  output: { readonly [member: string]: unknown } | undefined,
  requestId: string,
): string {
  const members = service.actions[action]?.output;
  const result =
    members === undefined || output === undefined
      ? ""
      : element(`${action}Result`, encodeMembers(members, output, service.flattened));
  const metadata = element("ResponseMetadata", element("RequestId", escapeXml(requestId)));
  return element(`${action}Response`, result + metadata, service.namespace);
}

/** `<ErrorResponse>` of a refusal or failure. */
export function formatQueryError(
  service: QueryService,
  error: { readonly status: number; readonly code: string; readonly message: string },
  requestId: string,
): string {
  const type = error.status < 500 ? "Sender" : "Receiver";
  const about =
    element("Type", type) +
    element("Code", escapeXml(error.code)) +
    element("Message", escapeXml(error.message));
  const body = element("Error", about) + element("RequestId", escapeXml(requestId));
  return element("ErrorResponse", body, service.namespace);
}

/** Text as XML content: markup escaped, characters that XML can't hold replaced. */
export function escapeXml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("\r", "&#xD;")
    .replaceAll(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, "\uFFFD");
}

function element(name: string, content: string, namespace?: string): string {
  const attribute = namespace === undefined ? "" : ` xmlns="${namespace}"`;
  return `<${name}${attribute}>${content}</${name}>`;
}

type Flattened = QueryService["flattened"];

function encodeMembers(
  members: StructureSchema["members"],
  value: { readonly [member: string]: unknown },
  flattened: Flattened,
): string {
  return Object.entries(members)
    .map(([name, schema]) => encodeMember({ name, schema }, value[name], flattened))
    .join("");
}

function encodeMember(
  { name, schema }: { readonly name: string; readonly schema: Schema },
  value: unknown,
  flattened: Flattened,
): string {
  if (value === null || value === undefined) {
    return "";
  }
  const itemName = flattened?.[name];
  return itemName === undefined
    ? element(name, encode(schema, value, flattened))
    : encodeFlattened({ itemName, schema }, value, flattened);
}

/** One element for each item. The casts are those of `encode`. */
function encodeFlattened(
  { itemName, schema }: { readonly itemName: string; readonly schema: Schema },
  value: unknown,
  flattened: Flattened,
): string {
  if (schema.kind === "map") {
    return [...(value as ReadonlyMap<string, unknown>)]
      .map(([key, item]) => {
        const content = encode(schema.value, item, flattened);
        return element(itemName, element("Name", escapeXml(key)) + element("Value", content));
      })
      .join("");
  }
  assert(schema.kind === "list", `${itemName} must be a list or a map to be flattened`);
  return (value as readonly unknown[])
    .map((item) => element(itemName, encode(schema.item, item, flattened)))
    .join("");
}

/** The casts follow `OutputValue`, which ties each kind to its type where a handler returns. */
function encode(schema: Schema, value: unknown, flattened: Flattened): string {
  switch (schema.kind) {
    case "string":
      return escapeXml(value as string);
    case "integer":
    case "boolean":
      return String(value);
    case "timestamp":
      return formatIsoMilliseconds(value as number);
    case "list":
      return (value as readonly unknown[])
        .map((item) => element("member", encode(schema.item, item, flattened)))
        .join("");
    case "map":
      return [...(value as ReadonlyMap<string, unknown>)]
        .map(([key, item]) => {
          const content = encode(schema.value, item, flattened);
          return element("entry", element("key", escapeXml(key)) + element("value", content));
        })
        .join("");
    case "structure": {
      const members = value as { readonly [member: string]: unknown };
      return encodeMembers(schema.members, members, flattened);
    }
    case "omittable":
      return encode(schema.of, value, flattened);
    default:
      return assertNever(schema);
  }
}
