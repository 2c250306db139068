/** Request heads, signed before the clock starts. */
import { signRequest } from "../../src/auth/sigv4/sign.ts";
import { hmacSha256, sha256 } from "../../src/std/hasher-node.ts";
import { sha256Of } from "../../test/support/payload.ts";
import type { PlannedRequest } from "../load/plan.ts";
import { credentials } from "./server-under-test.ts";

/** A body as far as a request tells of it. */
export interface BodyFacts {
  readonly sizeBytes: number;
  /** Lower-case hex SHA-256. */
  readonly sha256: string;
  /** Where it begins in the body file; at its start unless given. */
  readonly offset?: number;
}

export interface RequestFacts {
  readonly method: string;
  /** From the slash on, without query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: BodyFacts;
  readonly status: number;
}

/** Signatures differ by their second, from so many before now to as many after: a part of the 5 minutes allowed. */
const SECONDS_APART = 200;
const NO_BODY: BodyFacts = { sizeBytes: 0, sha256: sha256Of(Buffer.alloc(0)) };

/**
 * `count` requests to 127.0.0.1:`port`, each signed for another second (every 400 the same), so that a service
 * that remembers what it verified gains no more than from callers of its real life.
 */
export function signRequests(
  port: number,
  count: number,
  describe: (index: number) => RequestFacts,
): PlannedRequest[] {
  const nowMs = Date.now();
  return Array.from({ length: count }, (_, index) =>
    signOne(port, describe(index), nowMs + ((index % (2 * SECONDS_APART)) - SECONDS_APART) * 1000),
  );
}

function signOne(port: number, facts: RequestFacts, nowMs: number): PlannedRequest {
  const { method, path, body = NO_BODY } = facts;
  const headers: [string, string][] = [
    ["host", `127.0.0.1:${port}`],
    ["x-amz-glacier-version", "2012-06-01"],
    ...Object.entries(facts.headers ?? {}),
  ];
  if (method !== "GET") {
    headers.push(["content-length", String(body.sizeBytes)]);
  }
  const added = signRequest({
    request: { method, path, query: "", headers },
    credentials,
    region: "us-east-1",
    service: "glacier",
    nowMs,
    payloadHash: body.sha256,
    sha256,
    hmacSha256,
  });
  return {
    head: formatHead(`${method} ${path}`, [...headers, ...added]),
    bodyBytes: body.sizeBytes,
    ...(body.offset === undefined ? {} : { bodyOffset: body.offset }),
    status: facts.status,
  };
}

/** A GET without a signature, for servers that ask for none. */
export function plainGet(port: number, path: string, range?: string): Buffer {
  const headers: [string, string][] = [["host", `127.0.0.1:${port}`]];
  return formatHead(`GET ${path}`, range === undefined ? headers : [...headers, ["range", range]]);
}

function formatHead(line: string, headers: readonly (readonly [string, string])[]): Buffer {
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`${line} HTTP/1.1\r\n${lines.join("")}\r\n`, "latin1");
}
