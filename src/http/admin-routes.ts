/**
 * The operations API on the console listener, for whoever runs the service: JSON over `/admin/v1/…`, each
 * request signed for the service `moraine` with a key of the operator's root.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { z } from "zod";
import { accessDenied, badRequest, ServiceError, serviceUnavailable } from "../domain/errors.ts";
import { OPERATIONS_BODY_MAX_BYTES } from "../domain/limits.ts";
import { ManagementError } from "../domain/management-error.ts";
import { createAccount } from "../operations/accounts/create-account.ts";
import { listAccounts } from "../operations/accounts/list-accounts.ts";
import { errorTable } from "../protocol/errors.ts";
import { formatJson, type JsonValue } from "../std/json.ts";
import {
  type AdminAnswer,
  type AdminRoutes,
  type AdminServices,
  type AdminStream,
  parseAdminBody,
} from "./admin-route.ts";
import {
  type AuditTrail,
  beginTrail,
  checkTrail,
  tellAfterAnswer,
  tellBeforeAnswer,
} from "./audit-trail.ts";
import { authenticate, readCheckedBody } from "./authenticate.ts";
import { releaseBody } from "./drain.ts";
import { streamEvents } from "./event-stream.ts";
import { createExchange, type Exchange } from "./exchange.ts";
import { explainAccess } from "./explain-access.ts";
import { OPERATOR_ROUTES } from "./operator-routes.ts";
import { bodyTooLong, ClientGone } from "./request-body.ts";

/** Paths of the operations API begin with it. */
export const ADMIN_PREFIX = "/admin/v1/";

/** The service in signing scopes. */
const SERVICE = "moraine";

const ROUTES: AdminRoutes = {
  ...OPERATOR_ROUTES,
  "/admin/v1/policy/explain": {
    POST: {
      action: "ExplainPolicy",
      run: async ({ wholeBody }, services) => ({
        status: 200,
        content: await explainAccess(parseAdminBody(explainBody, wholeBody), services),
      }),
    },
  },
  "/admin/v1/accounts": {
    GET: {
      action: "ListAccounts",
      run: async ({ exchange }, services) => ({
        status: 200,
        content: await listAccounts(exchange.target.parameters.get("marker"), services),
      }),
    },
    POST: {
      action: "CreateAccount",
      run: async ({ wholeBody }, services) => {
        const { AccountId } = parseAdminBody(createAccountBody, wholeBody);
        return { status: 201, content: await createAccount(AccountId, services) };
      },
    },
  },
};

const explainBody = z.strictObject({
  Principal: z.string(),
  Action: z.string(),
  Vault: z.string().optional(),
  Region: z.string().optional(),
  ArchiveAgeInDays: z.number().int().nonnegative().optional(),
  SourceIp: z.string().optional(),
});
const createAccountBody = z.strictObject({ AccountId: z.string().optional() });

/** Answers one request of the operations API. Never rejects. */
export async function handleAdminRequest(
  request: IncomingMessage,
  response: ServerResponse,
  services: AdminServices,
): Promise<void> {
  const requestId = services.ids.requestId();
  const facts = { requestId, method: request.method, path: request.url?.split("?", 1)[0] };
  const surroundings = { requestId, services, trail: { ...beginTrail(request), service: SERVICE } };
  const performed = await perform(request, response, surroundings).catch((error: unknown) =>
    describeFailure(error, surroundings),
  );
  const told = await tell(performed, surroundings);
  services.logger.info({ ...facts, status: statusOf(told) }, "operations request");
  if (
    performed !== undefined &&
    "work" in performed &&
    (told !== performed || response.destroyed)
  ) {
    performed.work.cancel();
  }
  if (told === undefined || response.destroyed) {
    request.destroy();
  } else if ("work" in told) {
    await stream(response, told, surroundings);
  } else {
    releaseBody(request, response, { expectsContinue: false }, (closeConnection) =>
      sendAnswer(response, told, { requestId, closeConnection }),
    );
  }
}

/** A stream has begun well; how it ends is its last event. */
function statusOf(answer: AdminAnswer | AdminStream | undefined): number | undefined {
  return answer === undefined || "status" in answer ? answer?.status : 200;
}

async function stream(
  response: ServerResponse,
  { work }: AdminStream,
  surroundings: Surroundings,
): Promise<void> {
  const { requestId, services, trail } = surroundings;
  const { stopping } = services.operator;
  const finished = await streamEvents(response, work, {
    requestId,
    stopping,
    describeFailure: (error) => {
      const reason = stopping.aborted ? serviceUnavailable("The service stops.") : error;
      return describeFailure(reason, surroundings)?.content ?? {};
    },
  });
  services.logger.info({ requestId, action: trail.action, finished }, "operations request ended");
}

interface Surroundings {
  readonly requestId: string;
  readonly services: AdminServices;
  readonly trail: AuditTrail;
}

/** The answer once the audit log has it, if it has to be there first; else what came in between. */
async function tell(
  answer: AdminAnswer | AdminStream | undefined,
  surroundings: Surroundings,
): Promise<AdminAnswer | AdminStream | undefined> {
  const { requestId, services, trail } = surroundings;
  const status = statusOf(answer);
  const content = answer !== undefined && "content" in answer ? answer.content : {};
  const { code, message } = content as { readonly code?: string; readonly message?: string };
  const isRefusal = status === undefined || status >= 400;
  trail.output = content;
  const outcome = {
    requestId,
    status,
    bytesIn: trail.exchange?.receivedBytes() ?? 0,
    // What a stream will tell is not known yet.
    bytesOut:
      answer === undefined || "work" in answer ? 0 : Buffer.byteLength(formatContent(content)),
    error: isRefusal ? { code: code ?? "ClientDisconnected", message: message ?? "" } : undefined,
  };
  try {
    await tellBeforeAnswer(trail, outcome, services);
    tellAfterAnswer(trail, outcome, services);
    return answer;
  } catch (error) {
    return describeFailure(error, surroundings);
  }
}

async function perform(
  request: IncomingMessage,
  response: ServerResponse,
  { requestId, services, trail }: Surroundings,
): Promise<AdminAnswer | AdminStream> {
  const { idleTimeoutMs } = services;
  const options = { requestId, idleTimeoutMs, expectsContinue: false };
  const exchange = createExchange(request, response, options);
  trail.exchange = exchange;
  checkBodySize(exchange);
  const wholeBody = await authenticateOperator(exchange, trail, services);
  const methods = Object.hasOwn(ROUTES, exchange.target.path)
    ? ROUTES[exchange.target.path]
    : undefined;
  if (methods === undefined) {
    throw new ManagementError(404, "NotFound", `There is no ${exchange.target.path}`);
  }
  const route = Object.hasOwn(methods, exchange.method) ? methods[exchange.method] : undefined;
  if (route === undefined) {
    const known = Object.keys(methods).join(", ");
    throw new ManagementError(
      405,
      "MethodNotAllowed",
      `${exchange.target.path} takes ${known}; got ${exchange.method}`,
    );
  }
  trail.action = route.action;
  await checkTrail(trail, services);
  const note = (parameters: object) => {
    trail.input = parameters;
  };
  return await route.run({ exchange, wholeBody, note }, services);
}

/** Before anything is read: the signature may cover the body, which then has to be read to be checked. */
function checkBodySize({ announcedBytes }: Exchange): void {
  if (announcedBytes === undefined) {
    throw badRequest("A request of the operations API must state its Content-Length");
  }
  if (announcedBytes > OPERATIONS_BODY_MAX_BYTES) {
    throw bodyTooLong(announcedBytes, OPERATIONS_BODY_MAX_BYTES);
  }
}

/** Returns the body when a key of the operator's root signed the request. */
export async function authenticateOperator(
  exchange: Exchange,
  trail: AuditTrail,
  services: AdminServices,
): Promise<Uint8Array> {
  const authenticated = await authenticate(exchange, false, {
    ...services,
    servedServices: [SERVICE],
  });
  trail.authenticated = authenticated;
  const { principal, service } = authenticated;
  const isOperator =
    principal.isRoot && principal.accountId === services.identity.operatorKey.accountId;
  if (!isOperator) {
    throw accessDenied(
      `User: ${principal.arn} is not authorized to use the operations API; the root of the` +
        " service's own account is",
    );
  }
  // A scope without a known service, as boto 2 derives it from the host, means Glacier.
  if (service !== SERVICE) {
    throw accessDenied(`Credential should be scoped to the service ${SERVICE}; got ${service}`);
  }
  return await readCheckedBody(exchange, authenticated, services.sha256);
}

/** The answer for anything thrown; `undefined` when nobody is there to hear it. */
export function describeFailure(
  error: unknown,
  { requestId, services }: Surroundings,
): AdminAnswer | undefined {
  if (error instanceof ClientGone) {
    return undefined;
  }
  if (error instanceof ManagementError) {
    return { status: error.status, content: { code: error.code, message: error.message } };
  }
  if (error instanceof ServiceError) {
    const { status } = errorTable[error.code];
    return { status, content: { code: error.code, message: error.message } };
  }
  services.logger.error({ err: error, requestId }, "operations request failed");
  const message = `The service failed to answer; the log tells why under request id ${requestId}.`;
  return { status: 500, content: { code: "ServiceUnavailableException", message } };
}

function formatContent(content: object): string {
  // Contents hold what JSON can hold, by their makers.
  return `${formatJson(content as JsonValue)}\n`;
}

/** Writes `answer` and ends the response. */
export function sendAnswer(
  response: ServerResponse,
  { status, content }: AdminAnswer,
  { requestId, closeConnection }: { readonly requestId: string; readonly closeConnection: boolean },
): void {
  const body = Buffer.from(formatContent(content));
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": body.length,
    "cache-control": "no-store",
    "x-amzn-requestid": requestId,
    ...(closeConnection ? { connection: "close" } : {}),
  });
  response.end(body);
}
