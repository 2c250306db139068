/**
 * The path of a request through the service: request id → authentication → version header → route → account →
 * vault → input → operation → answer. The order of checks is the contract's (§1.2). Metrics and the access log
 * live here and nowhere else.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import {
  invalidParameter,
  missingParameter,
  ServiceError,
  serviceUnavailable,
  vaultNotFound,
} from "../domain/errors.ts";
import type { AccountId } from "../domain/ids.ts";
import { ManagementError } from "../domain/management-error.ts";
import { findVaultName, type Vault } from "../domain/vault.ts";
import type { Call, Handler, Handlers, Services } from "../operations/handler.ts";
import type { ManagementService } from "../operations/management-handler.ts";
import type { Metrics } from "../ports/metrics.ts";
import { formatVaultArn } from "../protocol/arn.ts";
import { type OperationName, takes } from "../protocol/operations.ts";
import { findRoute, type Route } from "../protocol/router.ts";
import { type AuthenticationServices, authenticate, readCheckedBody } from "./authenticate.ts";
import { authorizeAccount } from "./authorize.ts";
import { decodeRequest } from "./decode-request.ts";
import { releaseBody } from "./drain.ts";
import { createExchange, type Exchange } from "./exchange.ts";
import {
  createManagementRequestId,
  decodeManagement,
  renderManagementError,
  runManagement,
  sendManagementAnswer,
} from "./management.ts";
import { renderError, sendError } from "./render-error.ts";
import { renderResponse } from "./render-response.ts";
import { ClientGone } from "./request-body.ts";

export interface PipelineServices extends Services, AuthenticationServices {
  readonly handlers: Handlers;
  /** The management services by name. */
  readonly management: ReadonlyMap<string, ManagementService>;
  readonly metrics: Metrics;
  readonly idleTimeoutMs: number;
  /** True from the moment the service is told to stop. */
  readonly isStopping: () => boolean;
}

/** What the access log and the metrics tell of a request. */
interface RequestFacts {
  requestId: string;
  /** An operation of the table, or service and action of a management request. */
  operation: string;
  /** The management service in whose dialect the request is answered. */
  management: ManagementService | undefined;
  accountId: string | undefined;
  status: number;
  bytesIn: number;
  bytesOut: number;
}

/** API version, the only one there is. */
const API_VERSION = "2012-06-01";

/** Answers one request. Never rejects. */
export async function handleRequest(
  request: IncomingMessage,
  response: ServerResponse,
  options: { readonly expectsContinue: boolean },
  services: PipelineServices,
): Promise<void> {
  const startedAtMs = performance.now();
  const facts: RequestFacts = {
    requestId: services.ids.requestId(),
    operation: "none",
    management: undefined,
    accountId: undefined,
    status: 0,
    bytesIn: 0,
    bytesOut: 0,
  };
  try {
    await answer(request, response, { ...options, facts }, services);
  } catch (error) {
    refuse(error, request, response, { ...options, facts }, services);
  }
  report(facts, performance.now() - startedAtMs, services);
}

interface RequestOptions {
  readonly expectsContinue: boolean;
  readonly facts: RequestFacts;
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { expectsContinue, facts }: RequestOptions,
  services: PipelineServices,
): Promise<void> {
  if (services.isStopping()) {
    throw serviceUnavailable("The service is stopping; send the request again.");
  }
  const exchange = createExchange(request, response, {
    requestId: facts.requestId,
    idleTimeoutMs: services.idleTimeoutMs,
    expectsContinue,
  });
  facts.management = services.management.get(exchange.claimedService ?? "");
  try {
    if (facts.management !== undefined) {
      facts.requestId = createManagementRequestId();
      const text = await performManagement(exchange, facts.management, facts, services);
      facts.bytesOut = sendManagementAnswer(response, text, facts.requestId);
    } else {
      const { operation, output } = await perform(exchange, facts, services);
      facts.bytesOut = await renderResponse(response, operation, output, facts.requestId);
    }
    facts.status = response.statusCode;
  } finally {
    facts.bytesIn = exchange.body.receivedBytes();
  }
}

async function perform(exchange: Exchange, facts: RequestFacts, services: PipelineServices) {
  const route = findRoute(exchange.method, exchange.target.segments, exchange.target.parameters);
  const isUpload = !(route instanceof Error) && takes(route.operation, "stream");
  const authenticated = await authenticate(exchange, isUpload, services);
  facts.accountId = authenticated.principal.accountId;
  checkVersion(exchange);
  if (route instanceof Error) {
    throw route;
  }
  facts.operation = route.operation;
  const accountId = authorizeAccount(route.parameters["accountId"] ?? "", authenticated.principal);
  const owner = { accountId, region: authenticated.region };
  const vault = await findVault(route, owner, services);
  const wholeBody = isUpload
    ? undefined
    : await readCheckedBody(exchange, authenticated, services.sha256);
  const input = decodeRequest(route.operation, {
    parameters: route.parameters,
    exchange,
    wholeBody,
  });
  const call = { ...owner, principal: authenticated.principal, vault };
  return { operation: route.operation, output: await run(route.operation, input, call, services) };
}

/** A management request: authentication → action and parameters → operation. Returns the answer's body. */
async function performManagement(
  exchange: Exchange,
  management: ManagementService,
  facts: RequestFacts,
  services: PipelineServices,
): Promise<string> {
  const authenticated = await authenticate(exchange, false, services);
  const { principal, region } = authenticated;
  facts.accountId = principal.accountId;
  const wholeBody = await readCheckedBody(exchange, authenticated, services.sha256);
  const request = decodeManagement(management, exchange, wholeBody);
  facts.operation = `${management.table.name}:${request.action}`;
  const call = {
    principal,
    accountId: principal.accountId,
    region,
    requestId: facts.requestId,
    endpoint: `http://${exchange.headers.get("host") ?? "localhost"}`,
  };
  return await runManagement(management, request, call, services);
}

/**
 * Input, call and handler belong to one row of the table; the compiler can't carry that through a union of
 * 33 names, so the link is restated here, in the only place where a handler is called by name.
 */
function run(operation: OperationName, input: object, call: object, services: PipelineServices) {
  const handler = services.handlers[operation] as unknown as Handler<"DescribeVault">;
  return handler(input as never, call as Call<"DescribeVault">, services);
}

function checkVersion(exchange: Exchange): void {
  const version = exchange.headers.get("x-amz-glacier-version");
  if (version === undefined) {
    throw missingParameter("API version");
  }
  if (version !== API_VERSION) {
    throw invalidParameter(
      `Invalid x-amz-glacier-version: ${version}. The only API version is ${API_VERSION}.`,
    );
  }
}

/** The vault in the path. Only CreateVault and DeleteVault have something to say about an absent one. */
async function findVault(
  route: Route,
  owner: { readonly accountId: AccountId; readonly region: string },
  services: PipelineServices,
): Promise<Vault | undefined> {
  const text = route.parameters["vaultName"];
  if (text === undefined || route.operation === "CreateVault") {
    return undefined;
  }
  const vaultName = findVaultName(text);
  if (vaultName === undefined) {
    throw vaultNotFound(text);
  }
  const vault = await services.metadata.vaults.find({ ...owner, vaultName });
  if (vault === undefined && route.operation !== "DeleteVault") {
    throw vaultNotFound(formatVaultArn({ ...owner, vaultName }));
  }
  return vault;
}

/** Answers with an error where there still is an answer to give, and logs what was our own fault. */
function refuse(
  error: unknown,
  request: IncomingMessage,
  response: ServerResponse,
  { expectsContinue, facts }: RequestOptions,
  services: PipelineServices,
): void {
  if (!isRefusal(error)) {
    services.logger.error({ err: error, requestId: facts.requestId }, "request failed");
  } else if (error instanceof ServiceError && error.cause !== undefined) {
    services.logger.warn({ err: error.cause, requestId: facts.requestId }, error.message);
  }
  if (response.headersSent || response.destroyed || error instanceof ClientGone) {
    // A half-sent answer can only be cut off, so that the client sees it is not whole.
    facts.status = response.headersSent ? response.statusCode : CLIENT_CLOSED;
    request.destroy();
    return;
  }
  const rendered =
    facts.management === undefined
      ? renderError(error, facts.requestId)
      : renderManagementError(facts.management.table, error, facts.requestId);
  facts.status = rendered.status;
  facts.bytesOut = rendered.body.length;
  releaseBody(request, response, { expectsContinue }, (closeConnection) =>
    sendError(response, rendered, { closeConnection: closeConnection || services.isStopping() }),
  );
}

function isRefusal(error: unknown): boolean {
  return [ServiceError, ManagementError, ClientGone].some((kind) => error instanceof kind);
}

/** What access logs commonly note for a client that left before its answer. */
const CLIENT_CLOSED = 499;

function report(
  { management: _, ...facts }: RequestFacts,
  durationMs: number,
  services: PipelineServices,
): void {
  services.metrics.requestFinished({ ...facts, durationMs });
  services.logger.info({ ...facts, durationMs: Math.round(durationMs * 10) / 10 }, "request");
}
