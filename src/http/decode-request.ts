/** Turns a request into the input of its operation, by the operation's shape. */
import {
  badRequest,
  invalidParameter,
  missingParameter,
  notSerializable,
} from "../domain/errors.ts";
import { UPLOAD_MAX_BYTES } from "../domain/limits.ts";
import type { Field, RequestBody } from "../protocol/fields.ts";
import { type Input, listFields, type OperationName, takes } from "../protocol/operations.ts";
import type { Route } from "../protocol/router.ts";
import { structure } from "../protocol/schema.ts";
import { decodeJson } from "../protocol/schema-json.ts";
import { assert, assertNever } from "../std/assert.ts";
import { utf8Text } from "../std/bytes.ts";
import { type JsonValue, parseJson } from "../std/json.ts";
import type { Exchange } from "./exchange.ts";

/** Where the pieces of an input come from. */
interface Sources {
  readonly parameters: Route["parameters"];
  readonly exchange: Exchange;
  /** The JSON body; `undefined` when there is none. */
  readonly json: JsonValue | undefined;
  readonly upload: RequestBody | undefined;
}

/**
 * The input of `operation`. `wholeBody` is the body of an operation that takes JSON; a body of any other
 * operation is ignored (contract §0 A). Throws `MissingParameterValueException` for an absent required
 * header, `SerializationException` for a body that is not JSON or has a member of the wrong type.
 */
export function decodeRequest<N extends OperationName>(
  operation: N,
  sources: {
    readonly parameters: Route["parameters"];
    readonly exchange: Exchange;
    readonly wholeBody: Uint8Array | undefined;
  },
): Input<N> {
  const fields = listFields(operation, "input");
  const takesJson = takes(operation, "body") || takes(operation, "payload");
  const complete: Sources = {
    parameters: sources.parameters,
    exchange: sources.exchange,
    upload: takes(operation, "stream") ? decodeUpload(sources.exchange) : undefined,
    json: takesJson ? parseBody(sources.wholeBody) : undefined,
  };
  const input: Record<string, unknown> = {};
  for (const [member, field] of fields) {
    input[member] = decodeField(field, complete);
  }
  // `Input<N>` is derived from the same fields that were just walked.
  return input as Input<N>;
}

function decodeField(field: Field, sources: Sources): unknown {
  switch (field.in) {
    case "path":
      return sources.parameters[field.name];
    case "query":
      return sources.exchange.target.parameters.get(field.name);
    case "header":
      return decodeHeader(field.name, field.required, sources.exchange);
    case "body":
      return decodeMember(field, sources.json);
    case "payload":
      return decodeJson(field.schema, unwrap(sources.json, field.wrapper) ?? {}, "");
    case "stream":
      return sources.upload;
    case "status":
      assert(false, "a request has no status");
      return undefined;
    default:
      return assertNever(field);
  }
}

function decodeHeader(name: string, required: boolean, exchange: Exchange): string | undefined {
  const value = exchange.headers.get(name.toLowerCase());
  if (value === undefined && required) {
    throw missingParameter(name);
  }
  return value;
}

function decodeMember(field: Extract<Field, { in: "body" }>, json: JsonValue | undefined): unknown {
  const whole = decodeJson(structure({ [field.name]: field.schema }), json ?? {}, "");
  return (whole as { readonly [name: string]: unknown })[field.name];
}

function unwrap(json: JsonValue | undefined, wrapper: string | undefined): JsonValue | undefined {
  const isObject = typeof json === "object" && json !== null && !Array.isArray(json);
  if (!isObject || wrapper === undefined || !Object.hasOwn(json, wrapper)) {
    return json;
  }
  return (json as { readonly [key: string]: JsonValue })[wrapper];
}

/** The JSON of a body; an absent or blank one is `undefined` (contract §1.6). */
function parseBody(bytes: Uint8Array | undefined): JsonValue | undefined {
  if (bytes === undefined || bytes.length === 0) {
    return undefined;
  }
  const text = decodeUtf8(bytes);
  if (text.trim() === "") {
    return undefined;
  }
  try {
    return parseJson(text);
  } catch (cause) {
    throw notSerializable("The request body is not well-formed JSON", { cause });
  }
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return utf8Text(bytes);
  } catch (cause) {
    throw badRequest("The request body is not UTF-8", { cause });
  }
}

/** Length and hash of an upload, decided before its first byte is read (contract §2.18, §2.21). */
function decodeUpload(exchange: Exchange): RequestBody {
  const { announcedBytes, headers } = exchange;
  if (announcedBytes === undefined) {
    throw missingParameter("Content-Length");
  }
  if (announcedBytes < 1 || announcedBytes > UPLOAD_MAX_BYTES) {
    throw invalidParameter(`Invalid Content-Length: ${announcedBytes}`);
  }
  const sha256 = headers.get("x-amz-content-sha256");
  if (sha256 === undefined) {
    throw missingParameter("x-amz-content-sha256");
  }
  return { sizeBytes: announcedBytes, sha256, bytes: exchange.body.bytes };
}
