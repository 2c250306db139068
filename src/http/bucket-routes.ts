/**
 * `GET /admin/v1/buckets/<bucket>/<key>` of the operations API: the bytes of an object that a select job wrote,
 * wherever the results go. `?region=` names the bucket's region; the default is the service's.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { ManagementError } from "../domain/management-error.ts";
import { ResultStoreError } from "../domain/result-store-error.ts";
import type { StoredResult } from "../ports/result-store.ts";
import type { AdminServices } from "./admin-route.ts";
import { ADMIN_PREFIX, authenticateOperator, describeFailure, sendAnswer } from "./admin-routes.ts";
import { type AuditTrail, beginTrail, tellAfterAnswer } from "./audit-trail.ts";
import { releaseBody } from "./drain.ts";
import { createExchange, type Exchange } from "./exchange.ts";

/** Paths of objects begin with it. */
export const BUCKETS_PREFIX = `${ADMIN_PREFIX}buckets/`;

/** Answers one request. Never rejects. */
export async function handleBucketRequest(
  request: IncomingMessage,
  response: ServerResponse,
  services: AdminServices,
): Promise<void> {
  const requestId = services.ids.requestId();
  const trail = { ...beginTrail(request), service: "moraine", action: "GetBucketObject" };
  try {
    const found = await findObject(request, response, { requestId, services, trail });
    tell({ requestId, services, trail }, { status: 200, bytesOut: found.sizeBytes });
    response.writeHead(200, {
      "content-type": "application/octet-stream",
      "content-length": found.sizeBytes,
      "cache-control": "no-store",
      "x-amzn-requestid": requestId,
    });
    await pipeline(Readable.from(found.bytes), response);
  } catch (error) {
    answerFailure(error, request, response, { requestId, services, trail });
  }
}

interface Surroundings {
  readonly requestId: string;
  readonly services: AdminServices;
  readonly trail: AuditTrail;
}

async function findObject(
  request: IncomingMessage,
  response: ServerResponse,
  { requestId, services, trail }: Surroundings,
): Promise<StoredResult> {
  const { idleTimeoutMs } = services;
  const options = { requestId, idleTimeoutMs, expectsContinue: false };
  const exchange = createExchange(request, response, options);
  trail.exchange = exchange;
  await authenticateOperator(exchange, trail, services);
  if (exchange.method !== "GET") {
    const message = `${BUCKETS_PREFIX}… takes GET; got ${exchange.method}`;
    throw new ManagementError(405, "MethodNotAllowed", message);
  }
  const source = sourceOf(exchange, services.defaultRegion);
  trail.input = source;
  const found = await services.results.find(source);
  if (found === undefined) {
    const message = `There is no object ${source.key} in bucket ${source.bucketName}`;
    throw new ManagementError(404, "NoSuchKey", message);
  }
  return found;
}

function sourceOf({ target }: Exchange, defaultRegion: string) {
  const [bucketName = "", ...names] = target.segments.slice(3);
  const region = target.parameters.get("region") ?? defaultRegion;
  return { bucketName, region, key: names.join("/") };
}

function answerFailure(
  error: unknown,
  request: IncomingMessage,
  response: ServerResponse,
  surroundings: Surroundings,
): void {
  const { requestId, services } = surroundings;
  const answer = describeFailure(refusalOf(error), surroundings);
  if (response.headersSent || response.destroyed || answer === undefined) {
    services.logger.warn({ err: error, requestId }, "an object could not be sent to its end");
    request.destroy();
    return;
  }
  const { code = "", message = "" } = answer.content as Partial<Record<string, string>>;
  tell(surroundings, { status: answer.status, bytesOut: 0, error: { code, message } });
  releaseBody(request, response, { expectsContinue: false }, (closeConnection) =>
    sendAnswer(response, answer, { requestId, closeConnection }),
  );
}

function refusalOf(error: unknown): unknown {
  if (!(error instanceof ResultStoreError)) {
    return error;
  }
  const { reason, bucketName } = error;
  const message = `Bucket ${bucketName} can't be read: ${reason}.`;
  return error.kind === "refused"
    ? new ManagementError(400, "InvalidRequest", message)
    : new ManagementError(503, "ServiceUnavailable", message);
}

/** Reading changes nothing, so its line need not be there before the answer. */
function tell(
  { requestId, services, trail }: Surroundings,
  outcome: {
    readonly status: number;
    readonly bytesOut: number;
    readonly error?: { readonly code: string; readonly message: string };
  },
): void {
  tellAfterAnswer(trail, { requestId, bytesIn: 0, error: undefined, ...outcome }, services);
}
