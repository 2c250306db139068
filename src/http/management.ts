/**
 * Requests of the management services: a form with an `Action`, answered in XML (protocol/query). A service may
 * speak AWS JSON as well (management-json.ts).
 */
import { randomUUID } from "node:crypto";
import type { ServerResponse } from "node:http";
import { ServiceError } from "../domain/errors.ts";
import { ManagementError } from "../domain/management-error.ts";
import type { Services } from "../operations/handler.ts";
import type { ManagementCall, ManagementService } from "../operations/management-handler.ts";
import { decodeQuery, type QueryParameters } from "../protocol/query/query-parameters.ts";
import type { ActionRow, QueryService } from "../protocol/query/query-service.ts";
import { formatQueryError, formatQueryResult } from "../protocol/query/query-xml.ts";
import type { Exchange } from "./exchange.ts";
import {
  decodeJsonInput,
  findJsonAction,
  formatJsonResult,
  renderJsonError,
} from "./management-json.ts";
import type { RenderedError } from "./render-error.ts";

/** What a management request asks for. */
export interface ManagementRequest {
  readonly action: string;
  readonly row: ActionRow;
  readonly input: { readonly [member: string]: unknown };
}

/** The service that a request is meant for, with the dialect it is to be answered in. */
export function findManagement(
  services: ReadonlyMap<string, ManagementService>,
  { claimedService, headers }: Exchange,
): ManagementService | undefined {
  const service = services.get(claimedService ?? "");
  return service?.table.json !== undefined && headers.has("x-amz-target")
    ? { ...service, dialect: "json" }
    : service;
}

/** Reads action and parameters from query and form, or from header and JSON. Throws `ManagementError`. */
export function decodeManagement(
  { table, dialect }: ManagementService,
  exchange: Exchange,
  wholeBody: Uint8Array,
): ManagementRequest {
  const isJson = dialect === "json";
  const parameters = isJson
    ? new Map<string, string>()
    : readParameters(table, exchange, wholeBody);
  const action = isJson ? findJsonAction(table, exchange) : parameters.get("Action");
  const version = parameters.get("Version") ?? table.version;
  const row = action === undefined ? undefined : table.actions[action];
  if (action === undefined || row === undefined || !Object.hasOwn(table.actions, action)) {
    throw new ManagementError(
      400,
      action === undefined ? "MissingAction" : "InvalidAction",
      `Could not find operation ${action ?? "(none given)"} for version ${version} of ${table.name}`,
    );
  }
  if (version !== table.version) {
    throw new ManagementError(
      400,
      "NoSuchVersion",
      `The version of ${table.name} is ${table.version}; got ${version}`,
    );
  }
  const input = isJson
    ? decodeJsonInput(row, wholeBody)
    : decodeQuery(row.input, parameters, table.flattened);
  return { action, row, input };
}

function readParameters(
  { pathParameter }: QueryService,
  { target }: Exchange,
  wholeBody: Uint8Array,
): QueryParameters {
  const form = new URLSearchParams(Buffer.from(wholeBody).toString("utf8"));
  const path: [string, string][] =
    pathParameter !== undefined && target.path !== "/" ? [[pathParameter, target.path]] : [];
  return new Map([...path, ...target.parameters, ...[...form].reverse()]);
}

/** The resource that policies see: what the service finds, else the row's with the input's values filled in. */
export async function findResource(
  management: ManagementService,
  request: ManagementRequest,
  call: ManagementCall,
  services: Services,
): Promise<string> {
  const found = await management.findResource?.(request, call, services);
  return found ?? fillResource(request, call);
}

function fillResource(request: ManagementRequest, call: ManagementCall): string {
  return request.row.resource.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => {
    if (name === "accountId" || name === "region") {
      return call[name];
    }
    const value = request.input[name];
    return typeof value === "string" ? value : "*";
  });
}

/** Runs the action; returns the body of its answer, and what the body says. */
export async function runManagement(
  { table, handlers, dialect }: ManagementService,
  request: ManagementRequest,
  call: ManagementCall,
  services: Services,
): Promise<{ readonly text: string; readonly output: object | undefined }> {
  const handler = handlers[request.action];
  if (handler === undefined) {
    throw new ManagementError(400, "InvalidAction", `${request.action} has no handler`);
  }
  // Input and handler belong to the same row of the same table.
  const output = await handler(request.input as never, call, services);
  const members = output as { readonly [member: string]: unknown } | undefined;
  const text =
    dialect === "json"
      ? formatJsonResult(request.row, members)
      : formatQueryResult(table, request.action, members, call.requestId);
  return { text, output };
}

/** Sends a successful answer; returns the length of its body. */
export function sendManagementAnswer(
  response: ServerResponse,
  text: string,
  { dialect, requestId }: Pick<ManagementService, "dialect"> & { readonly requestId: string },
): number {
  const body = Buffer.from(text);
  response.writeHead(200, [
    ...["x-amzn-RequestId", requestId],
    ...["Content-Type", dialect === "json" ? "application/x-amz-json-1.0" : "text/xml"],
    ...["Content-Length", String(body.length)],
  ]);
  response.end(body);
  return body.length;
}

/** Request ids of these services are UUIDs. */
export function createManagementRequestId(): string {
  return randomUUID();
}

/** The answer for anything thrown, in the dialect of the service. */
export function renderManagementError(
  { table, dialect }: ManagementService,
  error: unknown,
  requestId: string,
): RenderedError {
  const shown = describeRefusal(table, error, requestId);
  if (dialect === "json") {
    return renderJsonError(table, shown, requestId);
  }
  const body = formatQueryError(table, shown, requestId);
  return {
    status: shown.status,
    headers: [
      ["x-amzn-RequestId", requestId],
      ["Content-Type", "text/xml"],
      ["Content-Length", String(Buffer.byteLength(body))],
    ],
    body,
    shown,
  };
}

/** What the front of AWS's query services calls the refusals that Glacier's front has other words for. */
const FRONT_CODES: Partial<Record<ServiceError["code"], readonly [status: number, code: string]>> =
  {
    AccessDeniedException: [403, "AccessDenied"],
    ExpiredTokenException: [403, "ExpiredToken"],
    InvalidSignatureException: [403, "SignatureDoesNotMatch"],
    MissingAuthenticationTokenException: [403, "MissingAuthenticationToken"],
    RequestTimeoutException: [408, "RequestTimeout"],
    ThrottlingException: [400, "Throttling"],
    UnrecognizedClientException: [403, "InvalidClientTokenId"],
    ServiceUnavailableException: [500, "ServiceFailure"],
  };

function describeRefusal(table: QueryService, error: unknown, requestId: string): ManagementError {
  if (error instanceof ManagementError) {
    return error;
  }
  if (error instanceof ServiceError) {
    if (error.code === "AccessDeniedException" && table.deniedCode !== undefined) {
      return new ManagementError(403, table.deniedCode, error.message);
    }
    const [status, code] = FRONT_CODES[error.code] ?? [400, error.code.replace(/Exception$/, "")];
    return new ManagementError(status, code, error.message);
  }
  return new ManagementError(
    500,
    "ServiceFailure",
    `The service failed to answer; the log tells why under request id ${requestId}.`,
  );
}
