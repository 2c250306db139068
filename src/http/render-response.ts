/** Writes the output of an operation as its response, by the operation's shape. */
import type { ServerResponse } from "node:http";
import type { FileSender } from "../ports/file-sender.ts";
import type { Field, ResponseBody } from "../protocol/fields.ts";
import { listFields, type OperationName, type Output, operations } from "../protocol/operations.ts";
import { encodeJson } from "../protocol/schema-json.ts";
import { assert } from "../std/assert.ts";
import { formatJson, type JsonValue } from "../std/json.ts";
import { isAscii } from "./request-headers.ts";
import { sendBody } from "./send-body.ts";

interface Rendered {
  status: number;
  /** Names and values in turns, as Node takes them. */
  readonly headers: string[];
  /** Members of the JSON body in the order of the shape. */
  readonly members: [name: string, value: JsonValue | undefined][];
  payload: JsonValue | undefined;
  stream: ResponseBody | undefined;
}

/** Sends `output`; resolves when the last byte was handed to the connection. Returns the body's length. */
export async function renderResponse<N extends OperationName>(
  response: ServerResponse,
  operation: N,
  output: Output<N>,
  requestId: string,
  fileSender?: FileSender,
): Promise<number> {
  const { status, headers, members, payload, stream } = render(operation, output);
  headers.push("x-amzn-RequestId", requestId);
  if (stream !== undefined) {
    headers.push("Content-Length", String(stream.sizeBytes));
    response.writeHead(status, headers);
    await sendBody(response, stream, fileSender);
    return stream.sizeBytes;
  }
  const json = payload ?? (members.length > 0 ? Object.fromEntries(members) : undefined);
  if (json === undefined) {
    response.writeHead(status, [...headers, ...emptyBodyHeaders(status)]);
    response.end();
    return 0;
  }
  headers.push("Content-Type", "application/json");
  return sendText(response, { status, headers, text: formatJson(json) });
}

/**
 * Head and body leave in one write when both are text of one code unit per byte, which JSON nearly always is. Returns
 * the body's length.
 */
function sendText(
  response: ServerResponse,
  { status, headers, text }: Pick<Rendered, "status" | "headers"> & { readonly text: string },
): number {
  const bytes = isAscii(text) ? undefined : Buffer.from(text);
  const sizeBytes = bytes?.length ?? text.length;
  headers.push("Content-Length", String(sizeBytes));
  response.writeHead(status, headers);
  bytes === undefined ? response.end(text, "latin1") : response.end(bytes);
  return sizeBytes;
}

/** 204 carries neither body nor length (contract §1.4). */
function emptyBodyHeaders(status: number): string[] {
  return status === 204 ? [] : ["Content-Length", "0"];
}

function render(operation: OperationName, output: object): Rendered {
  const rendered: Rendered = {
    status: operations[operation].status,
    headers: [],
    members: [],
    payload: undefined,
    stream: undefined,
  };
  for (const [member, field] of listFields(operation, "output")) {
    renderField(field, (output as Record<string, unknown>)[member], rendered);
  }
  return rendered;
}

/** The values' types follow from `Output<N>`, which is derived from the same fields. */
function renderField(field: Field, value: unknown, rendered: Rendered): void {
  switch (field.in) {
    case "header":
      if (value !== undefined) {
        rendered.headers.push(field.name, headerBytes(value as string));
      }
      break;
    case "body":
      rendered.members.push([field.name, encodeJson(field.schema, value)]);
      break;
    case "payload":
      rendered.payload = encodeJson(field.schema, value);
      break;
    case "stream":
      rendered.stream = value as ResponseBody;
      break;
    case "status":
      rendered.status = value as number;
      break;
    default:
      assert(false, `an answer has no field in ${field.in}`);
  }
}

/** Node sends a code unit per byte; what is not ASCII, as in the prefix of a bucket, goes as UTF-8. */
function headerBytes(text: string): string {
  return isAscii(text) ? text : Buffer.from(text, "utf8").toString("latin1");
}
