/** A client of the management services that speak AWS's query protocol, derived from their tables of actions. */
import { signRequest } from "../auth/sigv4/sign.ts";
import type { QueryService } from "../protocol/query/query-service.ts";
import type { Schema, StructureSchema } from "../protocol/schema.ts";
import { assertNever } from "../std/assert.ts";
import { formatHex, utf8Bytes } from "../std/bytes.ts";
import { hmacSha256, sha256 } from "../std/hasher-node.ts";
import type { GlacierClientOptions } from "./client.ts";
import { findChild, findXmlRoot, type XmlElement } from "./xml.ts";

export interface QueryClientOptions
  extends Pick<GlacierClientOptions, "endpoint" | "region" | "credentials"> {
  readonly fetch: typeof globalThis.fetch;
  readonly nowMs: () => number;
}

/** The service refused; code and message are its own. */
export class QueryRefusal extends Error {
  override readonly name = "QueryRefusal";
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** Nobody answered, or something that does not speak the protocol. */
export class QueryUnreachable extends Error {
  override readonly name = "QueryUnreachable";
}

/** An answer: strings, numbers, booleans, lists and objects, by the action's row. */
export interface QueryOutput {
  readonly [member: string]: unknown;
}

const ANSWER_MAX_MS = 30_000;

/**
 * Calls `action` of `service` with string parameters; members without a value are left out. Resolves with the
 * members of the result. Throws `QueryRefusal`, `QueryUnreachable`, or what the credentials throw.
 */
export async function callQuery(
  service: QueryService,
  action: string,
  input: Readonly<Record<string, string | undefined>>,
  options: QueryClientOptions,
): Promise<QueryOutput> {
  const form = new URLSearchParams({ Action: action, Version: service.version });
  for (const [name, value] of Object.entries(input)) {
    if (value !== undefined) {
      form.set(name, value);
    }
  }
  const { status, text } = await send(service, form.toString(), options);
  const root = findXmlRoot(text);
  if (root?.name === "ErrorResponse") {
    const error = findChild(root, "Error");
    const code = findChild(error, "Code")?.text ?? "Unknown";
    throw new QueryRefusal(status, code, findChild(error, "Message")?.text ?? "");
  }
  if (root?.name !== `${action}Response` || status !== 200) {
    throw new QueryUnreachable(
      `${options.endpoint.origin} answered ${status}, but not as ${service.name} does`,
    );
  }
  const members = service.actions[action]?.output;
  const result = findChild(root, `${action}Result`);
  return members === undefined || result === undefined ? {} : decodeMembers(members, result);
}

async function send(
  service: QueryService,
  body: string,
  { endpoint, region, credentials, fetch, nowMs }: QueryClientOptions,
): Promise<{ readonly status: number; readonly text: string }> {
  const contentType = "application/x-www-form-urlencoded; charset=utf-8";
  const headers: [string, string][] = [["content-type", contentType]];
  const added =
    credentials === undefined
      ? []
      : signRequest({
          request: {
            method: "POST",
            path: endpoint.pathname,
            query: "",
            headers: [["host", endpoint.host], ...headers],
          },
          credentials: await credentials(),
          region,
          service: service.name,
          nowMs: nowMs(),
          payloadHash: formatHex(sha256(utf8Bytes(body))),
          sha256,
          hmacSha256,
        });
  try {
    const response = await fetch(endpoint, {
      method: "POST",
      headers: [...headers, ...added],
      body,
      redirect: "error",
      signal: AbortSignal.timeout(ANSWER_MAX_MS),
    });
    return { status: response.status, text: await response.text() };
  } catch (cause) {
    const { cause: inner = cause } = cause instanceof Error ? cause : {};
    const { code, message } = inner as { readonly code?: unknown; readonly message?: unknown };
    const reason = typeof code === "string" ? code : String(message ?? inner);
    throw new QueryUnreachable(`${endpoint.origin} can't be reached: ${reason}`, { cause });
  }
}

/** Members that the answer leaves out are left out. */
function decodeMembers(members: StructureSchema["members"], element: XmlElement): QueryOutput {
  const decoded: Record<string, unknown> = {};
  for (const [name, schema] of Object.entries(members)) {
    const child = findChild(element, name);
    if (child !== undefined) {
      decoded[name] = decode(schema, child);
    }
  }
  return decoded;
}

function decode(schema: Schema, element: XmlElement): unknown {
  switch (schema.kind) {
    case "string":
    case "timestamp":
      return element.text;
    case "integer":
      return Number(element.text);
    case "boolean":
      return element.text === "true";
    case "list":
      return element.children
        .filter(({ name }) => name === "member")
        .map((item) => decode(schema.item, item));
    case "map":
      return Object.fromEntries(
        element.children.map((entry) => {
          const value = findChild(entry, "value");
          const key = findChild(entry, "key")?.text ?? "";
          return [key, value === undefined ? undefined : decode(schema.value, value)];
        }),
      );
    case "structure":
      return decodeMembers(schema.members, element);
    case "omittable":
      return decode(schema.of, element);
    default:
      return assertNever(schema);
  }
}
