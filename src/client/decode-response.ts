/** The output of an operation, or its error, from an answer. */
import { STATUS_CODES } from "node:http";
import type { Field } from "../protocol/fields.ts";
import { type OperationName, operations } from "../protocol/operations.ts";
import { assert, assertNever } from "../std/assert.ts";
import { utf8Text } from "../std/bytes.ts";
import { type JsonValue, parseJson } from "../std/json.ts";
import type { DownloadBody, ResponseHeaders } from "./call-types.ts";
import { conformJson } from "./conform-json.ts";
import { GlacierServiceError } from "./errors.ts";

/** An answer of success; the body is either bytes still to come, or all of a JSON text. */
export interface ReceivedAnswer {
  readonly status: number;
  readonly headers: ResponseHeaders;
  readonly body: DownloadBody | Uint8Array;
}

/** Whether the answer of the operation is bytes to be streamed. */
export function answersStream(operation: OperationName): boolean {
  return Object.values<Field>(operations[operation].output).some((field) => field.in === "stream");
}

/**
 * The members of `answer` by the operation's shape. Throws `JsonMismatch`, `SyntaxError` or `TypeError`
 * when the body is not of the API.
 */
export function decodeResponse(operation: OperationName, answer: ReceivedAnswer): object {
  const output: { [member: string]: unknown } = {};
  const json = jsonOf(operation, answer);
  for (const [member, field] of Object.entries<Field>(operations[operation].output)) {
    const value = decodeField(field, member, { answer, json });
    if (value !== undefined) {
      output[member] = value;
    }
  }
  return output;
}

interface Decoding {
  readonly answer: ReceivedAnswer;
  readonly json: JsonValue;
}

function decodeField(field: Field, member: string, { answer, json }: Decoding): unknown {
  switch (field.in) {
    case "header":
      return answer.headers[field.name.toLowerCase()];
    case "body": {
      const schema = { kind: "structure", members: { [field.name]: field.schema } } as const;
      const only = conformJson(schema, json, { where: "The answer", unknown: "drop" });
      return (only as { readonly [name: string]: JsonValue })[field.name];
    }
    case "payload":
      return conformJson(field.schema, json, { where: member, unknown: "drop" });
    case "stream":
      return answer.body;
    case "status":
      return answer.status;
    case "path":
    case "query":
      return assert(false, `an answer has no member in ${field.in}`);
    default:
      return assertNever(field);
  }
}

function jsonOf(operation: OperationName, { body }: ReceivedAnswer): JsonValue {
  const fields = Object.values<Field>(operations[operation].output);
  const hasJson = fields.some((field) => field.in === "body" || field.in === "payload");
  return hasJson && body instanceof Uint8Array ? parseJson(utf8Text(body)) : {};
}

/**
 * The error of an answer that is no success: its code from `x-amzn-ErrorType` up to a colon, else from
 * the body (contract §1.4, §1.5), else the status, for answers of proxies.
 */
export function decodeError(
  answer: { readonly status: number; readonly headers: ResponseHeaders; readonly text: string },
  attempts: number,
): GlacierServiceError {
  const { status, headers, text } = answer;
  const body = errorMembers(text);
  const headerCode = headers["x-amzn-errortype"]?.split(":")[0];
  const code = [headerCode, body.code].find((found) => found !== undefined && found !== "");
  const fallback = STATUS_CODES[status] ?? `The service answered with status ${status}`;
  return new GlacierServiceError(body.message ?? fallback, {
    code: code ?? String(status),
    status,
    requestId: headers["x-amzn-requestid"],
    attempts,
  });
}

function errorMembers(text: string): { readonly code?: string; readonly message?: string } {
  try {
    const json: unknown = JSON.parse(text);
    const { code, message, Message } = (json ?? {}) as { readonly [name: string]: unknown };
    const said = message ?? Message;
    return {
      ...(typeof code === "string" ? { code } : {}),
      ...(typeof said === "string" ? { message: said } : {}),
    };
  } catch {
    return {};
  }
}
