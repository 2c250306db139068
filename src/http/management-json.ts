/** Management requests in AWS JSON 1.0: the action in a header, input and answer as JSON objects. */
import { ServiceError } from "../domain/errors.ts";
import { ManagementError } from "../domain/management-error.ts";
import type { ActionRow, QueryService } from "../protocol/query/query-service.ts";
import { structure } from "../protocol/schema.ts";
import { decodeJson, encodeJson } from "../protocol/schema-json.ts";
import { formatJson, type JsonValue, parseJson } from "../std/json.ts";
import type { Exchange } from "./exchange.ts";
import type { RenderedError } from "./render-error.ts";

/** The action in `X-Amz-Target`; `undefined` when that is meant for another service. */
export function findJsonAction({ json }: QueryService, { headers }: Exchange): string | undefined {
  const target = headers.get("x-amz-target") ?? "";
  return json !== undefined && target.startsWith(json.targetPrefix)
    ? target.slice(json.targetPrefix.length)
    : undefined;
}

/** The members of the row's input. Throws `ManagementError` `SerializationException`. */
export function decodeJsonInput(
  row: ActionRow,
  wholeBody: Uint8Array,
): { readonly [member: string]: unknown } {
  try {
    const text = Buffer.from(wholeBody).toString("utf8");
    const json = text === "" ? {} : parseJson(text);
    const members = decodeJson(structure(row.input), json, "");
    // `null`, the only JSON that decodes to nothing, names no member.
    return (members ?? {}) as { readonly [member: string]: unknown };
  } catch (error) {
    if (error instanceof ServiceError || error instanceof SyntaxError) {
      throw new ManagementError(400, "SerializationException", error.message);
    }
    throw error;
  }
}

/** The answer's body: members without a value are left out. */
export function formatJsonResult(
  row: ActionRow,
  output: { readonly [member: string]: unknown } | undefined,
): string {
  const members = row.output ?? {};
  return formatJson(
    dropNulls(output === undefined ? {} : (encodeJson(structure(members), output) ?? {})),
  );
}

/** An error with its type, and its code in the query protocol for clients that still look for that. */
export function renderJsonError(
  { json }: QueryService,
  error: ManagementError,
  requestId: string,
): RenderedError {
  const type = json?.typeByCode[error.code] ?? error.code;
  const body = formatJson({ __type: `${json?.typePrefix}${type}`, message: error.message });
  const fault = error.status < 500 ? "Sender" : "Receiver";
  return {
    status: error.status,
    headers: [
      ["x-amzn-RequestId", requestId],
      ["x-amzn-query-error", `${error.code};${fault}`],
      ["Content-Type", "application/x-amz-json-1.0"],
      ["Content-Length", String(Buffer.byteLength(body))],
    ],
    body,
    shown: error,
  };
}

function dropNulls(value: JsonValue): JsonValue {
  if (Array.isArray(value)) {
    return value.map(dropNulls);
  }
  if (typeof value !== "object" || value === null) {
    return value;
  }
  const kept = Object.entries(value).filter(
    ([, member]) => member !== null && member !== undefined,
  );
  return Object.fromEntries(kept.map(([name, member]) => [name, dropNulls(member as JsonValue)]));
}
