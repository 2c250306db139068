/** One call of the operations API, and how its body is read. */
import { z } from "zod";
import { notSerializable } from "../domain/errors.ts";
import type { Services } from "../operations/handler.ts";
import { utf8Text } from "../std/bytes.ts";
import type { AuditServices } from "./audit-trail.ts";
import type { AuthenticationServices } from "./authenticate.ts";
import type { AuthorizationServices } from "./authorize.ts";
import type { Exchange } from "./exchange.ts";
import type { LongRun, OperatorServices } from "./operator-services.ts";

export interface AdminServices
  extends Services,
    AuthenticationServices,
    AuthorizationServices,
    AuditServices {
  readonly idleTimeoutMs: number;
  readonly operator: OperatorServices;
}

export interface AdminAnswer {
  readonly status: number;
  readonly content: object;
}

/** An answer that is told event by event while the work is done. */
export interface AdminStream {
  readonly work: LongRun;
}

export interface AdminRequest {
  readonly exchange: Exchange;
  readonly wholeBody: Uint8Array;
  /** Keeps the parameters for the audit log; they hold no secret. */
  readonly note: (parameters: object) => void;
}

/** What answers one method of one path. */
export interface AdminRoute {
  /** As the audit log calls it. */
  readonly action: string;
  readonly run: (
    request: AdminRequest,
    services: AdminServices,
  ) => Promise<AdminAnswer | AdminStream>;
}

export type AdminRoutes = {
  readonly [path: string]: { readonly [method: string]: AdminRoute };
};

/** The body as `schema` has it; none is an empty object. Throws `SerializationException`. */
export function parseAdminBody<T>(schema: z.ZodType<T>, wholeBody: Uint8Array): T {
  const parsed = schema.safeParse(parseJsonObject(wholeBody));
  if (!parsed.success) {
    throw notSerializable(`The body is not as expected: ${z.prettifyError(parsed.error)}`);
  }
  return parsed.data;
}

function parseJsonObject(wholeBody: Uint8Array): unknown {
  try {
    return wholeBody.length === 0 ? {} : JSON.parse(utf8Text(wholeBody));
  } catch (cause) {
    throw notSerializable("The body is not JSON", { cause });
  }
}
