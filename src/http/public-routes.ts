/**
 * What the API listener answers to anyone: the links in messages of topics, and the certificate that their
 * signatures are verified with. The token or the ARN in a link is what lets its holder use it.
 */
import type { ServerResponse } from "node:http";
import { notFound } from "../domain/errors.ts";
import type { Services } from "../operations/handler.ts";
import { confirmByToken, unsubscribeByArn } from "../operations/subscription-end.ts";
import { formatQueryResult } from "../protocol/query/query-xml.ts";
import { sns } from "../protocol/query/sns.ts";
import type { Exchange } from "./exchange.ts";

export interface PublicRoute {
  /** As logs and metrics name it. */
  readonly operation: string;
  /** Writes nothing; throws `ManagementError` or `ServiceError`. */
  readonly run: (services: Services, requestId: string) => Promise<PublicAnswer>;
}

interface PublicAnswer {
  readonly contentType: string;
  readonly body: string;
}

/** The public route that an unsigned GET asks for; `undefined` for every other request. */
export function findPublicRoute(exchange: Exchange): PublicRoute | undefined {
  const { method, target, claimedService, headers } = exchange;
  if (method !== "GET" || headers.has("authorization") || claimedService !== undefined) {
    return undefined;
  }
  const [, certificateName] =
    /^\/(SimpleNotificationService-[0-9a-f]{32}\.pem)$/.exec(target.path) ?? [];
  if (certificateName !== undefined) {
    return {
      operation: "sns:certificate",
      run: (services) => showCertificate(certificateName, services),
    };
  }
  return target.path === "/" ? findLink(target.parameters) : undefined;
}

/** Sends the answer; returns the length of its body. */
export function sendPublicAnswer(
  response: ServerResponse,
  { contentType, body }: PublicAnswer,
  requestId: string,
): number {
  const bytes = Buffer.from(body);
  response.writeHead(200, [
    ...["x-amzn-RequestId", requestId],
    ...["Content-Type", contentType],
    ...["Content-Length", String(bytes.length)],
  ]);
  response.end(bytes);
  return bytes.length;
}

function findLink(parameters: ReadonlyMap<string, string>): PublicRoute | undefined {
  switch (parameters.get("Action")) {
    case "ConfirmSubscription":
      return {
        operation: "sns:ConfirmSubscription",
        run: (services, requestId) => confirm(parameters, services, requestId),
      };
    case "Unsubscribe":
      return {
        operation: "sns:Unsubscribe",
        run: async (services, requestId) => {
          await unsubscribeByArn(parameters.get("SubscriptionArn"), services);
          return formatXml("Unsubscribe", undefined, requestId);
        },
      };
    default:
      return undefined;
  }
}

async function confirm(
  parameters: ReadonlyMap<string, string>,
  services: Services,
  requestId: string,
): Promise<PublicAnswer> {
  const confirmation = {
    topicArn: parameters.get("TopicArn"),
    token: parameters.get("Token"),
    isGuarded: parameters.get("AuthenticateOnUnsubscribe") === "true",
  };
  const { subscriptionArn } = await confirmByToken(confirmation, services);
  return formatXml("ConfirmSubscription", { SubscriptionArn: subscriptionArn }, requestId);
}

async function showCertificate(name: string, { messaging }: Services): Promise<PublicAnswer> {
  const { certificateName, certificatePem } = await messaging.signer.identity();
  if (name !== certificateName) {
    throw notFound(`There is no certificate ${name}`);
  }
  return { contentType: "application/x-pem-file", body: certificatePem };
}

function formatXml(
  action: string,
  output: { readonly [member: string]: string } | undefined,
  requestId: string,
): PublicAnswer {
  return {
    contentType: "text/xml",
    body: formatQueryResult(sns, action, output, requestId),
  };
}
