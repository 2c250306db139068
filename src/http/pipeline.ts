/**
 * The path of a request through the service: request id → authentication → version header → route →
 * account → vault → policies → input → operation → answer. The order of checks is the contract's (§1.2).
 * Metrics and the access log live here and nowhere else.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import {
  invalidParameter,
  missingParameter,
  ServiceError,
  serviceUnavailable,
} from "../domain/errors.ts";
import { ManagementError } from "../domain/management-error.ts";
import type { Call, Handler, Handlers, Services } from "../operations/handler.ts";
import type { ManagementService } from "../operations/management-handler.ts";
import type { Metrics } from "../ports/metrics.ts";
import { type OperationName, takes } from "../protocol/operations.ts";
import { findRoute } from "../protocol/router.ts";
import { admit, circumstancesOf } from "./admit.ts";
import { type AuthenticationServices, authenticate, readCheckedBody } from "./authenticate.ts";
import type { AuthorizationServices } from "./authorize.ts";
import { authorizeManagement } from "./authorize-management.ts";
import { decodeRequest } from "./decode-request.ts";
import { releaseBody } from "./drain.ts";
import { createExchange, type Exchange } from "./exchange.ts";
import {
  createManagementRequestId,
  decodeManagement,
  findManagement,
  renderManagementError,
  runManagement,
  sendManagementAnswer,
} from "./management.ts";
import { findPublicRoute, sendPublicAnswer } from "./public-routes.ts";
import { renderError, sendError } from "./render-error.ts";
import { renderResponse } from "./render-response.ts";
import { ClientGone } from "./request-body.ts";

export interface PipelineServices extends Services, AuthenticationServices, AuthorizationServices {
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
  facts.management = findManagement(services.management, exchange);
  const publicRoute = findPublicRoute(exchange);
  try {
    if (publicRoute !== undefined) {
      facts.requestId = createManagementRequestId();
      facts.operation = publicRoute.operation;
      facts.management = services.management.get("sns");
      const found = await publicRoute.run(services, facts.requestId);
      facts.bytesOut = sendPublicAnswer(response, found, facts.requestId);
    } else if (facts.management !== undefined) {
      facts.requestId = createManagementRequestId();
      const text = await performManagement(exchange, facts.management, facts, services);
      announceStop(response, services);
      facts.bytesOut = sendManagementAnswer(response, text, {
        ...facts.management,
        requestId: facts.requestId,
      });
    } else {
      const { operation, output } = await perform(exchange, facts, services);
      announceStop(response, services);
      facts.bytesOut = await renderResponse(response, operation, output, facts.requestId);
    }
    facts.status = response.statusCode;
  } finally {
    facts.bytesIn = exchange.body.receivedBytes();
  }
}

/** An answer given while the service stops is the last of its connection, and says so. */
function announceStop(response: ServerResponse, services: PipelineServices): void {
  if (services.isStopping()) {
    response.shouldKeepAlive = false;
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
  const readBody = () => readCheckedBody(exchange, authenticated, services.sha256);
  // InitiateJob names its archive in the body, and policies may ask for the archive's age.
  const namingBody = route.operation === "InitiateJob" ? await readBody() : undefined;
  const { owner, vault, authorizeAgain } = await admit(
    { route, exchange, authenticated, namingBody },
    services,
  );
  const wholeBody = namingBody ?? (isUpload ? undefined : await readBody());
  const { parameters } = route;
  const input = decodeRequest(route.operation, { parameters, exchange, wholeBody });
  const call = { ...owner, principal: authenticated.principal, vault, authorizeAgain };
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
  const circumstances = circumstancesOf(exchange, services.clock);
  await authorizeManagement(management, { request, call, circumstances }, services);
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
      : renderManagementError(facts.management, error, facts.requestId);
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
