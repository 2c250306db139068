/** Changes of a recorded request before it is signed: what a wrong, old or hostile client could say. */

import type { Random } from "../simulation/random.ts";
import { treeHashHex } from "../support/test-bytes.ts";
import type { HeaderList } from "../support/wire-client.ts";
import { mutateJson } from "./mutate-json.ts";
import { mutateBytes, mutateText } from "./mutate-text.ts";
import type { RecordedRequest } from "./recorded-request.ts";

type Mutation = (request: RecordedRequest, random: Random) => RecordedRequest;

const METHODS = [
  "GET",
  "PUT",
  "POST",
  "DELETE",
  "HEAD",
  "PATCH",
  "OPTIONS",
  "TRACE",
  "CONNECT",
  "PROPFIND",
];

const SEGMENTS = [
  ...[
    "",
    ".",
    "..",
    "%2e%2e",
    "%2E%2E%2F..%2Fetc",
    "%00",
    "%",
    "%zz",
    "%ff%fe",
    "-",
    "*",
    "%2F",
    "a/b",
  ],
  ...[
    "..%5c..%5c",
    "%c0%ae%c0%ae",
    "\u00e9",
    "%F0%9F%98%80",
    "v".repeat(300),
    "__proto__",
    "constructor",
  ],
  ...[
    "000000000000",
    "111122223333",
    "vaults",
    "archives",
    "jobs",
    "{id}",
    "%20",
    "+",
    ";a=b",
    "~root",
  ],
];

const PARAMETERS = [
  ...[
    "limit=0",
    "limit=-1",
    "limit=1e3",
    "limit=99999999999999999999",
    "limit=",
    "limit",
    "limit=%00",
  ],
  ...[
    "marker=",
    "marker=%ff",
    "marker=AAAA",
    "completed=maybe",
    "statuscode=InProgress%00",
    "operation=add",
  ],
  ...[
    "operation=remove",
    "operation=",
    "operation=__proto__",
    "&&&&",
    "=",
    "a=b=c",
    "%=%",
    "?",
    "#",
  ],
  ...["Action=Unsubscribe", "Action=ConfirmSubscription&Token=x&TopicArn=y", "X-Amz-Signature=0"],
  ...["X-Amz-Algorithm=AWS4-HMAC-SHA256", "x-amz-part-size=7", "X-Amz-Expires=0", "X-Amz-Date=now"],
];

const NAMES = [
  ...[
    "Host",
    "Content-Length",
    "Transfer-Encoding",
    "Content-Range",
    "Range",
    "Expect",
    "Connection",
  ],
  ...[
    "x-amz-content-sha256",
    "x-amz-sha256-tree-hash",
    "x-amz-archive-description",
    "x-amz-archive-size",
  ],
  ...[
    "x-amz-part-size",
    "x-amz-glacier-version",
    "x-amz-date",
    "Date",
    "Authorization",
    "X-Amz-Target",
  ],
  ...[
    "X-Amz-Security-Token",
    "Content-Type",
    "Upgrade",
    "Trailer",
    "TE",
    "Cookie",
    "X-Forwarded-For",
  ],
  ...["x-amz-", "x-amz-x".padEnd(500, "y"), "__proto__", "constructor", "Content-Length ", "X:Y"],
];

const VALUES = [
  ...[
    "",
    " ",
    "0",
    "-1",
    "+1",
    "1",
    "01",
    "1e3",
    "0x10",
    "4294967296",
    "18446744073709551616",
    "1.5",
    "NaN",
  ],
  ...[
    "null",
    "true",
    "chunked",
    "gzip, chunked",
    "identity",
    "close",
    "keep-alive, upgrade",
    "100-continue",
  ],
  ...[
    "bytes 0-0/*",
    "bytes 0-1048575/*",
    "bytes 1-0/*",
    "bytes 0-99999999999999999999/*",
    "bytes=-",
    "bytes=0-",
  ],
  ...[
    "bytes=5-2",
    "bytes=0-0,1-1",
    "UNSIGNED-PAYLOAD",
    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
    "2012-06-01",
  ],
  ...[
    "\u00c3\u00a9",
    "\u00ff\u00fe",
    "a\u0001b",
    "a\tb",
    "\u0024{x}",
    "%0d%0aSet-Cookie: a=b",
    "<x>&\"'",
    "x".repeat(2000),
  ],
  ...[
    "0".repeat(64),
    "A".repeat(64),
    "f".repeat(63),
    "AWS4-HMAC-SHA256 Credential=,SignedHeaders=,Signature=",
  ],
  ...[
    "20260101T000000Z",
    "99991231T235959Z",
    "localhost",
    "evil.example",
    "[::1]:80",
    "a@b",
    "AmazonSQS.Nope",
  ],
];

const mutations: readonly Mutation[] = [
  (request, random) => ({ ...request, method: random.pick(METHODS) ?? "GET" }),
  mutateSegment,
  mutateSegment,
  mutateQuery,
  (request, random) => ({ ...request, target: mutateText(request.target, random) }),
  (request) => ({ ...request, target: `http://elsewhere.example${request.target}` }),
  (request, random) => ({ ...request, target: `/${"x/".repeat(random.below(4000))}` }),
  changeHeader,
  changeHeader,
  addHeader,
  addHeader,
  dropHeader,
  repeatHeader,
  respellHeader,
  changeLength,
  mutateBody,
  mutateBody,
  mutateBody,
  rehashTree,
  (request, random) => ({ ...request, region: mutateText(request.region, random) }),
  (request, random) => ({
    ...request,
    service: random.pick(["glacier", "iam", "sts", "sns", "sqs", "moraine", "s3", ""]) ?? "",
  }),
];

/** One to four changes, one after another. */
export function mutateRequest(request: RecordedRequest, random: Random): RecordedRequest {
  let mutated = request;
  for (let count = 1 + random.below(4); count > 0; count -= 1) {
    mutated = random.pick(mutations)?.(mutated, random) ?? mutated;
  }
  return mutated;
}

function mutateSegment(request: RecordedRequest, random: Random): RecordedRequest {
  const [path = "", ...query] = request.target.split("?");
  const segments = path.split("/");
  const index = random.below(segments.length);
  const replaced = random.chance(0.5)
    ? (random.pick(SEGMENTS) ?? "")
    : mutateText(segments[index] ?? "", random);
  segments.splice(index, random.below(2), replaced);
  return { ...request, target: [segments.join("/"), ...query].join("?") };
}

function mutateQuery(request: RecordedRequest, random: Random): RecordedRequest {
  const [path = "", query = ""] = request.target.split("?");
  const pairs = query === "" ? [] : query.split("&");
  const index = random.below(pairs.length + 1);
  const kept = random.chance(0.3) ? 1 : 0;
  pairs.splice(index, kept, random.pick(PARAMETERS) ?? "");
  return { ...request, target: `${path}?${pairs.join("&")}` };
}

function changeHeader(request: RecordedRequest, random: Random): RecordedRequest {
  const chosen = random.below(request.headers.length);
  return withHeaders(
    request,
    request.headers.map(([name, value], index) =>
      index === chosen
        ? [name, random.chance(0.5) ? (random.pick(VALUES) ?? "") : mutateText(value, random)]
        : [name, value],
    ),
  );
}

function addHeader(request: RecordedRequest, random: Random): RecordedRequest {
  const added = [random.pick(NAMES) ?? "", random.pick(VALUES) ?? ""] as const;
  const headers = [...request.headers];
  headers.splice(random.below(headers.length + 1), 0, added);
  return withHeaders(request, headers);
}

function dropHeader(request: RecordedRequest, random: Random): RecordedRequest {
  const chosen = random.below(request.headers.length);
  return withHeaders(
    request,
    request.headers.filter((_header, index) => index !== chosen),
  );
}

function repeatHeader(request: RecordedRequest, random: Random): RecordedRequest {
  const repeated = random.pick(request.headers);
  const times = random.chance(0.1) ? 500 : 1;
  const copies = repeated === undefined ? [] : Array.from({ length: times }, () => repeated);
  return withHeaders(request, [...request.headers, ...copies]);
}

/** Names in another case, blanks around the colon, a line folded as HTTP once allowed. */
function respellHeader(request: RecordedRequest, random: Random): RecordedRequest {
  const chosen = random.below(request.headers.length);
  const respell = random.pick<(name: string, value: string) => readonly [string, string]>([
    (name, value) => [name.toUpperCase(), value],
    (name, value) => [`${name} `, value],
    (name, value) => [name, `${value}  `],
    (name, value) => [name, `\t${value}`],
    (name, value) => [name, `${value}\r\n continued`],
    (name, value) => [name, `${value}\nX-Injected: yes`],
    (name, value) => [name, `${value}\0`],
    (name, value) => [` ${name}`, value],
  ]);
  return withHeaders(
    request,
    request.headers.map(([name, value], index) =>
      index === chosen && respell !== undefined ? respell(name, value) : [name, value],
    ),
  );
}

function changeLength(request: RecordedRequest, random: Random): RecordedRequest {
  const { length } = request.body;
  const stated = random.pick([
    ...[`${length + 1}`, `${Math.max(0, length - 1)}`, "0", `${length}, ${length}`, `0${length}`],
    ...[`+${length}`, `${length}.0`, `0x${length.toString(16)}`, "9007199254740993", "-0", ""],
  ]);
  return withHeaders(
    request,
    request.headers.map(([name, value]) =>
      name.toLowerCase() === "content-length" ? [name, stated ?? ""] : [name, value],
    ),
  );
}

/** The length follows, so that what was changed is what is read. */
function mutateBody(request: RecordedRequest, random: Random): RecordedRequest {
  const text = request.body.toString("latin1");
  const isJson = /^\s*[{[]/.test(text);
  const body =
    isJson && random.chance(0.8)
      ? Buffer.from(mutateJson(text, random), "utf8")
      : mutateBytes(request.body, random);
  return withHeaders(
    { ...request, body },
    request.headers.map(([name, value]) =>
      name.toLowerCase() === "content-length" ? [name, String(body.length)] : [name, value],
    ),
  );
}

function rehashTree(request: RecordedRequest): RecordedRequest {
  return withHeaders(
    request,
    request.headers.map(([name, value]) =>
      name.toLowerCase() === "x-amz-sha256-tree-hash" && request.body.length > 0
        ? [name, treeHashHex(request.body)]
        : [name, value],
    ),
  );
}

function withHeaders(request: RecordedRequest, headers: HeaderList): RecordedRequest {
  return { ...request, headers };
}
