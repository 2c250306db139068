/** A request as a client sent it, taken apart so that it can be changed and signed again. */

import { sha256Hex } from "../support/test-bytes.ts";
import {
  formatRequest,
  type HeaderList,
  presignHead,
  type Signing,
  signHead,
  signHeadOver,
  type WireHead,
} from "../support/wire-client.ts";

export interface RecordedRequest {
  /** Where it comes from, for reports. */
  readonly name: string;
  readonly method: string;
  /** As in the request line; one code unit per byte, as in headers. */
  readonly target: string;
  /** Without those of a signature. */
  readonly headers: HeaderList;
  readonly body: Buffer;
  readonly region: string;
  readonly service: string;
  readonly signature: SignatureForm;
}

/** How the client signs: as ours does, over headers of its own choice, in the query, or not at all. */
export type SignatureForm =
  | { readonly kind: "ours" | "query" | "none" }
  | { readonly kind: "over"; readonly names: readonly string[]; readonly separator: string };

/** The bytes of `request`, signed for `nowMs` as its client would. */
export function signRecorded(
  request: RecordedRequest,
  keys: Pick<Signing, "accessKeyId" | "secretAccessKey">,
  nowMs: number,
): Buffer {
  const { body, signature } = request;
  const head = withHashes(request);
  const signing = { ...keys, region: request.region, service: request.service, nowMs };
  switch (signature.kind) {
    case "none":
      return formatRequest(head, body);
    case "query":
      return formatRequest(presignHead(head, body, { ...signing, expiresSeconds: 300 }), body);
    case "over":
      return formatRequest(
        signHeadOver(withDate(head, nowMs), body, {
          ...signing,
          signedHeaders: signature.names,
          separator: signature.separator,
        }),
        body,
      );
    default:
      return formatRequest(signHead(head, body, signing), body);
  }
}

/** A stated hash of the payload follows the payload. */
function withHashes({ method, target, headers, body }: RecordedRequest): WireHead {
  return {
    method,
    target,
    headers: headers.map(([name, value]) =>
      name.toLowerCase() === "x-amz-content-sha256" && /^[0-9a-f]{64}$/.test(value)
        ? [name, sha256Hex(body)]
        : [name, value],
    ),
  };
}

function withDate(head: WireHead, nowMs: number): WireHead {
  const date = new Date(nowMs).toISOString().replaceAll(/[-:]|\.\d{3}/g, "");
  return { ...head, headers: [...head.headers, ["X-Amz-Date", date]] };
}
