/** Reads objects of the buckets that a service keeps, through its operations API (`/admin/v1/buckets/…`). */
import { signRequest } from "../auth/sigv4/sign.ts";
import { formatHex, utf8Bytes } from "../std/bytes.ts";
import { type AdminClientOptions, AdminRefusal, AdminUnreachable } from "./admin-client.ts";

/** An object being read. */
export interface BucketObject {
  readonly sizeBytes: number;
  /** Throws `AdminUnreachable` when the connection ends early. */
  readonly bytes: AsyncIterable<Uint8Array>;
}

const SERVICE = "moraine";
const SIGNING_REGION = "us-east-1";

/**
 * The object `key` of a bucket in `region`, `undefined` when there is none. Throws `AdminUnreachable`, or
 * `AdminRefusal` for an answer that is no success.
 */
export async function findBucketObject(
  options: AdminClientOptions,
  object: { readonly bucketName: string; readonly region: string; readonly key: string },
): Promise<BucketObject | undefined> {
  const path = [object.bucketName, ...object.key.split("/")].map(encodeURIComponent).join("/");
  const target = `/admin/v1/buckets/${path}?region=${encodeURIComponent(object.region)}`;
  const url = new URL(target, options.adminUrl);
  const response = await request(url, options);
  if (response.ok && response.body !== null) {
    return {
      sizeBytes: Number(response.headers.get("content-length")),
      bytes: readBody(response.body, url),
    };
  }
  const { code, message } = findRefusal(await response.text().catch(() => ""));
  if (response.status === 404 && code === "NoSuchKey") {
    return undefined;
  }
  throw new AdminRefusal(response.status, code, message);
}

async function request(url: URL, options: AdminClientOptions): Promise<Response> {
  const { credentials, sha256, hmacSha256, fetch, nowMs } = options;
  const payloadHash = formatHex(sha256(utf8Bytes("")));
  const given: [string, string][] = [["x-amz-content-sha256", payloadHash]];
  const added = signRequest({
    request: {
      method: "GET",
      path: url.pathname,
      query: url.search.slice(1),
      headers: [["host", url.host], ...given],
    },
    credentials,
    region: SIGNING_REGION,
    service: SERVICE,
    nowMs: nowMs(),
    payloadHash,
    sha256,
    hmacSha256,
  });
  try {
    return await fetch(url, { headers: [...given, ...added], redirect: "error" });
  } catch (cause) {
    throw new AdminUnreachable(`${url.origin} can't be reached`, { cause });
  }
}

async function* readBody(
  body: ReadableStream<Uint8Array>,
  url: URL,
): AsyncGenerator<Uint8Array, void, void> {
  try {
    yield* body;
  } catch (cause) {
    throw new AdminUnreachable(`${url.origin} ended its answer early`, { cause });
  }
}

function findRefusal(text: string): { readonly code: string; readonly message: string } {
  try {
    const { code = "Unknown", message = text } = JSON.parse(text) as Partial<
      Record<string, string>
    >;
    return { code, message };
  } catch {
    return { code: "Unknown", message: text };
  }
}
