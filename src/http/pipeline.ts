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
import type { FileSender } from "../ports/file-sender.ts";
import type { Metrics } from "../ports/metrics.ts";
import { type OperationName, operations, takes } from "../protocol/operations.ts";
import { findRoute } from "../protocol/router.ts";
import { admit, circumstancesOf } from "./admit.ts";
import {
  type AuditServices,
  type AuditTrail,
  beginTrail,
  checkTrail,
  mustTellBeforeAnswer,
  notePublicRoute,
  tellAfterAnswer,
  tellBeforeAnswer,
} from "./audit-trail.ts";
import {
  type Authenticated,
  type AuthenticationServices,
  authenticate,
  readCheckedBody,
} from "./authenticate.ts";
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
import { type RenderedError, renderError, sendError } from "./render-error.ts";
import { renderResponse } from "./render-response.ts";
import { ClientGone } from "./request-body.ts";
import { holdBodyPlace, type RequestLimits, throttled } from "./request-limits.ts";

export interface PipelineServices
  extends Services,
    AuthenticationServices,
    AuthorizationServices,
    AuditServices {
  readonly limits: RequestLimits;
  readonly handlers: Handlers;
  /** The management services by name. */
  readonly management: ReadonlyMap<string, ManagementService>;
  readonly metrics: Metrics;
  /** Sends what lies in files, where it can; `undefined`: everything is read. */
  readonly fileSender: FileSender | undefined;
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
  /** As the client sees it, or would have. */
  error: { readonly code: string; readonly message: string } | undefined;
  readonly trail: AuditTrail;
}

/** API version, the only one there is. */
const API_VERSION = "2012-06-01";

/** Answers one request. Never rejects. */
export async function handleRequest(
  request: IncomingMessage,
  response: ServerResponse,
  options: { readonly expectsContinue: boolean; readonly isSurplus?: boolean },
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
    error: undefined,
    trail: beginTrail(request),
  };
  try {
    await answer(request, response, { ...options, facts }, services);
  } catch (error) {
    await refuse(error, request, response, { ...options, facts }, services);
  }
  tellAfterAnswer(facts.trail, facts, services);
  report(facts, performance.now() - startedAtMs, services);
}

interface RequestOptions {
  readonly expectsContinue: boolean;
  /** The connection is one too many: it gets this answer, and no other. */
  readonly isSurplus?: boolean;
  readonly facts: RequestFacts;
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { expectsContinue, isSurplus, facts }: RequestOptions,
  services: PipelineServices,
): Promise<void> {
  if (services.isStopping()) {
    throw serviceUnavailable("The service is stopping; send the request again.");
  }
  const exchange = createExchange(request, response, {
    requestId: facts.requestId,
    idleTimeoutMs: services.idleTimeoutMs,
    expectsContinue,
    onBodyStart: () => holdBodyPlace(request, response, services.limits),
  });
  facts.management = findManagement(services.management, exchange);
  facts.trail.exchange = exchange;
  facts.trail.service = facts.management?.table.name;
  if (isSurplus) {
    response.shouldKeepAlive = false;
    throw throttled(`${services.limits.connectionsMax} connections are open, which is the limit.`);
  }
  const publicRoute = findPublicRoute(exchange);
  try {
    if (publicRoute !== undefined) {
      facts.requestId = createManagementRequestId();
      facts.operation = publicRoute.operation;
      facts.management = services.management.get("sns");
      notePublicRoute(facts.trail, publicRoute);
      await checkTrail(facts.trail, services);
      const found = await publicRoute.run(services, facts.requestId);
      await prepareAnswer(response, 200, facts, services);
      facts.bytesOut = sendPublicAnswer(response, found, facts.requestId);
    } else if (facts.management !== undefined) {
      facts.requestId = createManagementRequestId();
      const text = await performManagement(exchange, facts.management, facts, services);
      facts.bytesOut = Buffer.byteLength(text);
      await prepareAnswer(response, 200, facts, services);
      facts.bytesOut = sendManagementAnswer(response, text, {
        ...facts.management,
        requestId: facts.requestId,
      });
    } else {
      const { operation, output } = await perform(exchange, facts, services);
      facts.trail.output = output;
      await prepareAnswer(response, operations[operation].status, facts, services);
      const { requestId } = facts;
      const { fileSender } = services;
      facts.bytesOut = await renderResponse(response, operation, output, requestId, fileSender);
    }
    facts.status = response.statusCode;
  } finally {
    facts.bytesIn = exchange.receivedBytes();
  }
}

/**
 * What comes between an operation and its answer: its line in the audit log, when it may have changed
 * something. An answer given while the service stops is the last of its connection, and says so.
 */
async function prepareAnswer(
  response: ServerResponse,
  status: number,
  facts: RequestFacts,
  services: PipelineServices,
): Promise<void> {
  const { trail } = facts;
  if (mustTellBeforeAnswer(trail)) {
    const bytesIn = trail.exchange?.receivedBytes() ?? 0;
    await tellBeforeAnswer(trail, { ...facts, status, bytesIn }, services);
  }
  if (services.isStopping()) {
    response.shouldKeepAlive = false;
  }
}

/** Finds out who asks, and whether it may ask now. */
async function identify(
  exchange: Exchange,
  isUpload: boolean,
  facts: RequestFacts,
  services: PipelineServices,
): Promise<Authenticated> {
  const authenticated = await authenticate(exchange, isUpload, services);
  facts.accountId = authenticated.principal.accountId;
  facts.trail.authenticated = authenticated;
  services.limits.countRequest(authenticated.accessKeyId);
  return authenticated;
}

async function perform(exchange: Exchange, facts: RequestFacts, services: PipelineServices) {
  const route = findRoute(exchange.method, exchange.target.segments, exchange.target.parameters);
  const isUpload = !(route instanceof Error) && takes(route.operation, "stream");
  facts.trail.route = route instanceof Error ? undefined : route;
  const authenticated = await identify(exchange, isUpload, facts, services);
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
  facts.trail.input = input;
  await checkTrail(facts.trail, services);
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
  const authenticated = await identify(exchange, false, facts, services);
  const { principal, region } = authenticated;
  const wholeBody = await readCheckedBody(exchange, authenticated, services.sha256);
  const request = decodeManagement(management, exchange, wholeBody);
  facts.operation = `${management.table.name}:${request.action}`;
  facts.trail.action = request.action;
  facts.trail.input = request.input;
  const call = {
    principal,
    accountId: principal.accountId,
    region,
    requestId: facts.requestId,
    endpoint: `${exchange.isSecure ? "https" : "http"}://${exchange.headers.get("host") ?? "localhost"}`,
  };
  const circumstances = circumstancesOf(exchange, services.clock);
  await authorizeManagement(management, { request, call, circumstances }, services);
  await checkTrail(facts.trail, services);
  const { text, output } = await runManagement(management, request, call, services);
  facts.trail.output = output;
  return text;
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
async function refuse(
  error: unknown,
  request: IncomingMessage,
  response: ServerResponse,
  { expectsContinue, facts }: RequestOptions,
  services: PipelineServices,
): Promise<void> {
  if (!isRefusal(error)) {
    services.logger.error({ err: error, requestId: facts.requestId }, "request failed");
  } else if (error instanceof ServiceError && error.cause !== undefined) {
    services.logger.warn({ err: error.cause, requestId: facts.requestId }, error.message);
  }
  if (response.headersSent || response.destroyed || error instanceof ClientGone) {
    // A half-sent answer can only be cut off, so that the client sees it is not whole.
    facts.status = response.headersSent ? response.statusCode : CLIENT_CLOSED;
    facts.error = isRefusal(error) ? DISCONNECTED : renderRefusal(error, facts).shown;
    request.destroy();
    return;
  }
  const rendered = await tellRefusal(renderRefusal(error, facts), facts, services);
  facts.status = rendered.status;
  facts.error = rendered.shown;
  facts.bytesOut = Buffer.byteLength(rendered.body);
  releaseBody(request, response, { expectsContinue }, (closeConnection) =>
    sendError(response, rendered, { closeConnection: closeConnection || services.isStopping() }),
  );
}

function renderRefusal(error: unknown, { management, requestId }: RequestFacts): RenderedError {
  return management === undefined
    ? renderError(error, requestId)
    : renderManagementError(management, error, requestId);
}

/** The refusal once the audit log has it, if it has to be there first; else what came in between. */
async function tellRefusal(
  rendered: RenderedError,
  facts: RequestFacts,
  services: PipelineServices,
): Promise<RenderedError> {
  const { status, shown: error, body } = rendered;
  const outcome = { ...facts, status, error, bytesOut: Buffer.byteLength(body) };
  try {
    await tellBeforeAnswer(facts.trail, outcome, services);
    return rendered;
  } catch (failure) {
    return renderRefusal(failure, facts);
  }
}

function isRefusal(error: unknown): boolean {
  return [ServiceError, ManagementError, ClientGone].some((kind) => error instanceof kind);
}

/** What access logs commonly note for a client that left before its answer. */
const CLIENT_CLOSED = 499;
const DISCONNECTED = {
  code: "ClientDisconnected",
  message: "The client went away before it had the whole answer.",
} as const;

function report(
  { requestId, operation, accountId, status, bytesIn, bytesOut }: RequestFacts,
  durationMs: number,
  { metrics, logger }: PipelineServices,
): void {
  metrics.requestFinished({ operation, status, bytesIn, bytesOut, durationMs });
  const roundedMs = Math.round(durationMs * 10) / 10;
  logger.info(
    { requestId, operation, accountId, status, bytesIn, bytesOut, durationMs: roundedMs },
    "request",
  );
}
