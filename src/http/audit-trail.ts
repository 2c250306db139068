/** What becomes known of a request on its way, for its one line in the audit log. */
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { serviceUnavailable } from "../domain/errors.ts";
import type { AuditLog } from "../ports/audit-log.ts";
import type { Clock } from "../ports/clock.ts";
import type { IdSource } from "../ports/id-source.ts";
import type { Logger } from "../ports/logger.ts";
import type { Field } from "../protocol/fields.ts";
import { listFields } from "../protocol/operations.ts";
import type { Route } from "../protocol/router.ts";
import { type AuditFacts, buildAuditEvent, isReadOnly } from "./audit-event.ts";
import { HIDDEN } from "./audit-values.ts";
import type { Authenticated } from "./authenticate.ts";
import { type Exchange, findSourceIp } from "./exchange.ts";
import type { RenderedError } from "./render-error.ts";

export interface AuditServices {
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly logger: Logger;
  readonly defaultRegion: string;
}

/** Filled in as the request proceeds; everything may be missing at its end. */
export interface AuditTrail {
  readonly request: IncomingMessage;
  exchange: Exchange | undefined;
  authenticated: Authenticated | undefined;
  /** The management service that is asked for. */
  service: string | undefined;
  route: Route | undefined;
  /** The action of a management request. */
  action: string | undefined;
  /** What was decoded: the operation's input, or the action's. */
  input: object | undefined;
  output: object | undefined;
  /** Whether the line was handed over, written or not. */
  isTold: boolean;
}

/** The end of a request. */
export interface AuditOutcome {
  readonly requestId: string;
  /** `undefined` when the connection was cut instead of an answer. */
  readonly status: number | undefined;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly error: { readonly code: string; readonly message: string } | undefined;
}

/** Nothing is known but the request itself. */
export function beginTrail(request: IncomingMessage): AuditTrail {
  return {
    request,
    exchange: undefined,
    authenticated: undefined,
    service: undefined,
    route: undefined,
    action: undefined,
    input: undefined,
    output: undefined,
    isTold: false,
  };
}

/**
 * Resolves when a request may have its effect, as far as the audit log is concerned: its line can be written.
 * Throws `ServiceUnavailableException`.
 */
export async function checkTrail(trail: AuditTrail, services: AuditServices): Promise<void> {
  if (!isReadOnly(describeOperation(trail))) {
    await orUnavailable(services.audit.check());
  }
}

/** Whether `tellBeforeAnswer` would have something to do. */
export function mustTellBeforeAnswer(trail: AuditTrail): boolean {
  return !trail.isTold && !isReadOnly(describeOperation(trail));
}

/**
 * Hands the line over before the answer: resolves when it is written for a request that may change something,
 * at once for the others. Throws `ServiceUnavailableException`, and does nothing the second time.
 */
export async function tellBeforeAnswer(
  trail: AuditTrail,
  outcome: AuditOutcome,
  services: AuditServices,
): Promise<void> {
  if (mustTellBeforeAnswer(trail)) {
    trail.isTold = true;
    const event = buildAuditEvent(gatherFacts(trail, outcome, services));
    await orUnavailable(services.audit.record(event));
  }
}

/** Hands the line over that was not before the answer. Never throws. */
export function tellAfterAnswer(
  trail: AuditTrail,
  outcome: AuditOutcome,
  services: AuditServices,
): void {
  if (!trail.isTold) {
    trail.isTold = true;
    services.audit.buffer(buildAuditEvent(gatherFacts(trail, outcome, services)));
  }
}

/** Hands over the line of bytes that are no HTTP request. Never throws. */
export function tellUnparsed(
  socket: Socket,
  { requestId, rendered }: { readonly requestId: string; readonly rendered: RenderedError },
  { audit, clock, ids, defaultRegion }: AuditServices,
): void {
  const event = buildAuditEvent({
    requestId,
    eventId: ids.uuid(),
    nowMs: clock.nowMs(),
    method: "",
    path: "",
    service: "glacier",
    operation: undefined,
    principal: undefined,
    accessKeyId: undefined,
    region: defaultRegion,
    sourceIp: findSourceIp({ socket }),
    userAgent: undefined,
    parameters: undefined,
    output: undefined,
    error: rendered.shown,
    status: rendered.status,
    bytesIn: 0,
    bytesOut: Buffer.byteLength(rendered.body),
  });
  audit.buffer(event);
}

/** A link of a topic's message: its token is what lets its holder use it, so it is not told. */
export function notePublicRoute(trail: AuditTrail, { operation }: { readonly operation: string }) {
  const [service, action] = operation.split(":");
  trail.service = service;
  trail.action = action;
  const { parameters = new Map<string, string>() } = trail.exchange?.target ?? {};
  trail.input = Object.fromEntries(
    ["TopicArn", "SubscriptionArn"].map((name) => [name, parameters.get(name)]),
  );
}

/** The parameters that the operation's shape names, as far as they are known. */
export function listParameters(
  route: Route,
  exchange: Pick<Exchange, "headers" | "target"> | undefined,
  input: object | undefined,
): Readonly<Record<string, unknown>> {
  const decoded = input as Readonly<Record<string, unknown>> | undefined;
  const find = (member: string, field: Field): unknown => {
    switch (field.in) {
      case "path":
        return route.parameters[field.name];
      case "query":
        return exchange?.target.parameters.get(field.name);
      case "header":
        return exchange?.headers.get(field.name.toLowerCase());
      case "body":
      case "payload":
        return decoded?.[member];
      case "stream":
      case "status":
        return undefined;
    }
  };
  const parameters: Record<string, unknown> = {};
  for (const [member, field] of listFields(route.operation, "input")) {
    parameters[member] = find(member, field);
  }
  return parameters;
}

async function orUnavailable(writing: Promise<void>): Promise<void> {
  try {
    await writing;
  } catch (cause) {
    throw serviceUnavailable("The audit log can't be written, so the request is refused.", cause);
  }
}

function describeOperation({ request, service, route, action }: AuditTrail) {
  return {
    method: request.method ?? "GET",
    service: service ?? "glacier",
    operation: service === undefined ? route?.operation : action,
  };
}

/** Error messages repeat what they refuse, which may be a credential in the wrong form. */
function hideSecrets(
  { code, message }: { readonly code: string; readonly message: string },
  exchange: Exchange | undefined,
) {
  const secrets = exchange === undefined ? [] : listSecrets(exchange);
  if (secrets.length > SECRET_PIECES_MAX) {
    return { code, message: HIDDEN };
  }
  // After its first paragraph, the refusal of a signature repeats all signed headers.
  const [firstParagraph = ""] = message.split("\n\n", 1);
  const shown = secrets.reduce((text, secret) => text.replaceAll(secret, HIDDEN), firstParagraph);
  return { code, message: shown };
}

/**
 * A header in a known form has fewer. Each piece is a walk through the message, which grows by what stands in its
 * place: thousands of them took more than a second.
 */
const SECRET_PIECES_MAX = 64;
/** Shorter pieces hide nothing, and would tear other words. */
const SECRET_MIN_CHARACTERS = 4;
const SECRET_HEADERS: ReadonlySet<string> = new Set([
  "authorization",
  "cookie",
  "x-amz-security-token",
]);
const SECRET_PARAMETERS = ["X-Amz-Signature", "X-Amz-Security-Token"] as const;
/** What of an `Authorization` header is no secret. */
const HARMLESS_PART = /^(AWS4-HMAC-SHA256$|Credential=|SignedHeaders=)/;

/** Pieces of the credentials that the request carries, longest first. */
function listSecrets({ wire, target }: Exchange): readonly string[] {
  const values = wire.headers
    .filter(([name]) => SECRET_HEADERS.has(name.toLowerCase()))
    .flatMap(([, value]) => [value.trim(), ...value.split(/[\s,]+/), ...value.split(",")])
    .map((piece) => piece.trim().replace(/^Signature=/, ""))
    .filter((piece) => !HARMLESS_PART.test(piece));
  const parameters = SECRET_PARAMETERS.map((name) => target.parameters.get(name) ?? "");
  return [...values, ...parameters]
    .filter((piece) => piece.length >= SECRET_MIN_CHARACTERS)
    .sort((left, right) => right.length - left.length);
}

function gatherFacts(
  trail: AuditTrail,
  outcome: AuditOutcome,
  { clock, ids, defaultRegion }: AuditServices,
): AuditFacts {
  const { request, exchange, authenticated, route, input, output } = trail;
  const { method, service, operation } = describeOperation(trail);
  return {
    method,
    service,
    operation,
    requestId: outcome.requestId,
    status: outcome.status,
    bytesIn: outcome.bytesIn,
    bytesOut: outcome.bytesOut,
    error: outcome.error && hideSecrets(outcome.error, exchange),
    eventId: ids.uuid(),
    nowMs: clock.nowMs(),
    path: request.url?.split("?", 1)[0] ?? "",
    principal: authenticated?.principal,
    accessKeyId: exchange?.claimedAccessKeyId,
    region: authenticated?.region ?? defaultRegion,
    sourceIp: exchange?.sourceIp ?? findSourceIp(request),
    userAgent: exchange?.headers.get("user-agent") ?? request.headers["user-agent"],
    parameters: route === undefined ? input : listParameters(route, exchange, input),
    output: outcome.error === undefined ? output : undefined,
  };
}
