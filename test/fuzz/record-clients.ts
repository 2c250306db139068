/**
 * The forms in which the known clients send requests: which headers, which of them signed, and what is peculiar.
 * Captured from the unmodified clients, and kept here as a table.
 */
import { generateBytes, sha256Hex, treeHashHex } from "../support/test-bytes.ts";
import type { HeaderList } from "../support/wire-client.ts";
import { perform, type WireServer } from "../support/wire-server.ts";
import type { RecordedRequest, SignatureForm } from "./recorded-request.ts";

interface Client {
  readonly name: string;
  /** Beside `Host` and the version; `body` is what will be sent. */
  readonly headers: (body: Buffer) => HeaderList;
  /** Lower case, sorted; those that a request lacks are left out. */
  readonly signed: readonly string[];
  readonly host?: (server: WireServer) => string;
  readonly separator?: string;
  /** Whether the hash of the payload is stated with every request instead of uploads only. */
  readonly alwaysHashes?: boolean;
}

const AMZ = [
  "x-amz-archive-description",
  "x-amz-archive-size",
  "x-amz-content-sha256",
  "x-amz-date",
  "x-amz-glacier-version",
  "x-amz-part-size",
  "x-amz-sha256-tree-hash",
  "x-amz-target",
];

const CLIENTS: readonly Client[] = [
  {
    name: "boto3",
    headers: () => [
      ["Accept-Encoding", "identity"],
      ["User-Agent", "Boto3/1.43 md/Botocore#1.43"],
      ["amz-sdk-invocation-id", "0b0d2c3e-5b4f-4f8c-9d2a-7e6f5d4c3b2a"],
      ["amz-sdk-request", "attempt=1"],
    ],
    signed: ["host", ...AMZ],
  },
  {
    name: "sdk-js-v2",
    headers: () => [
      ["User-Agent", "aws-sdk-nodejs/2.1693.0 linux/v26.10.0"],
      ["Content-Type", "application/json"],
      ["Connection", "close"],
    ],
    signed: ["host", ...AMZ],
  },
  {
    name: "sdk-js-v3",
    headers: () => [
      ["content-type", "application/octet-stream"],
      ["amz-sdk-invocation-id", "0b0d2c3e-5b4f-4f8c-9d2a-7e6f5d4c3b2a"],
      ["amz-sdk-request", "attempt=1; max=3"],
      ["x-amz-user-agent", "aws-sdk-js/3.1048.0"],
    ],
    signed: [
      ...["amz-sdk-invocation-id", "amz-sdk-request", "content-length", "content-range"],
      ...["content-type", "host", "range", ...AMZ, "x-amz-user-agent"],
    ],
    alwaysHashes: true,
  },
  {
    name: "sdk-go-v1",
    headers: (body) => [
      ["User-Agent", "aws-sdk-go/1.44 (go1.19; linux; amd64)"],
      ["Accept-Encoding", "gzip"],
      ...(body.length === 0 ? ([["X-Amz-Sha256-Tree-Hash", ""]] as const) : []),
    ],
    signed: ["content-length", "content-range", "host", ...AMZ],
    alwaysHashes: true,
  },
  {
    name: "sdk-go-v2",
    headers: () => [
      ["Amz-Sdk-Invocation-Id", "0b0d2c3e-5b4f-4f8c-9d2a-7e6f5d4c3b2a"],
      ["Amz-Sdk-Request", "attempt=1; max=3"],
      ["Content-Type", "application/octet-stream"],
    ],
    signed: [
      "amz-sdk-invocation-id",
      "amz-sdk-request",
      "content-length",
      "content-type",
      "host",
      ...AMZ,
    ],
  },
  {
    name: "sdk-ruby-v1",
    headers: () => [
      ["Content-Type", ""],
      ["Accept-Encoding", ""],
      ["User-Agent", "aws-sdk-ruby1/1.67"],
    ],
    signed: ["content-length", "host", "user-agent", ...AMZ],
    host: () => "127.0.0.1",
    alwaysHashes: true,
  },
  {
    name: "fog",
    headers: () => [["Date", "Thu, 01 Jan 2026 00:00:00 +0000"]],
    signed: ["content-length", "content-range", "date", "host", ...AMZ],
    host: () => "127.0.0.1",
  },
  {
    name: "boto2",
    headers: () => [["User-Agent", "Boto/2.49.0 Python/2.7"]],
    signed: ["host", ...AMZ],
    separator: ",",
  },
  {
    name: "mt-aws-glacier",
    headers: () => [
      ["Connection", "TE, close"],
      ["TE", "deflate,gzip;q=0.3"],
      ["Content-Type", "application/x-www-form-urlencoded; charset=utf-8"],
    ],
    signed: ["content-length", "content-range", "content-type", "host", ...AMZ],
    host: () => "glacier.us-east-1.amazonaws.com",
  },
];

interface Call {
  readonly name: string;
  readonly method: string;
  readonly target: string;
  readonly headers?: HeaderList;
  readonly body?: Buffer | string;
  readonly isUpload?: boolean;
}

/** Every call of the table in the form of every client, beside the management services and presigned URLs. */
export async function recordClients(
  server: WireServer,
  round: number,
): Promise<readonly RecordedRequest[]> {
  const region = `fuzz-${round}-clients`;
  const calls = await listCalls(server, region);
  const ofClients = CLIENTS.flatMap((client) =>
    calls.map((call) => formatAs(client, call, { server, region })),
  );
  const presigned = calls
    .filter(({ method }) => method === "GET")
    .map((call) => plain(call, { server, region, signature: { kind: "query" } }));
  return [...ofClients, ...presigned, ...listManagement(server, region)];
}

interface Place {
  readonly server: WireServer;
  readonly region: string;
}

function formatAs(client: Client, call: Call, { server, region }: Place): RecordedRequest {
  const body = Buffer.from(call.body ?? "");
  const isHashed = client.alwaysHashes === true || call.isUpload === true;
  const headers: HeaderList = [
    ["Host", client.host?.(server) ?? server.host],
    ["x-amz-glacier-version", "2012-06-01"],
    ...client.headers(body),
    ...(call.headers ?? []),
    ...(isHashed ? ([["x-amz-content-sha256", sha256Hex(body)]] as const) : []),
    ["Content-Length", String(body.length)],
  ];
  const present = new Set(["x-amz-date", ...headers.map(([name]) => name.toLowerCase())]);
  const names = [...client.signed].filter((name) => present.has(name)).sort();
  const { separator = ", " } = client;
  return {
    name: `${client.name} ${call.name}`,
    method: call.method,
    target: call.target,
    headers,
    body,
    region,
    service: "glacier",
    signature: { kind: "over", names, separator },
  };
}

function plain(
  call: Call,
  {
    server,
    region,
    signature,
    service = "glacier",
  }: Place & {
    readonly signature: SignatureForm;
    readonly service?: string;
  },
): RecordedRequest {
  const body = Buffer.from(call.body ?? "");
  const headers: HeaderList = [
    ["Host", server.host],
    ...(service === "glacier" ? ([["x-amz-glacier-version", "2012-06-01"]] as const) : []),
    ...(call.headers ?? []),
    ["Content-Length", String(body.length)],
  ];
  const { method, target } = call;
  return {
    name: `${service} ${call.name}`,
    method,
    target,
    headers,
    body,
    region,
    service,
    signature,
  };
}

/** What the calls speak of is made first. */
async function listCalls(server: WireServer, region: string): Promise<readonly Call[]> {
  const archive = generateBytes(0, 3000);
  const hashes: HeaderList = [["x-amz-sha256-tree-hash", treeHashHex(archive)]];
  const vault = "/-/vaults/clients";
  const made = async (target: string, method: string, given: object): Promise<string> => {
    const answer = await perform(server, { method, target, region, ...given });
    return (
      answer.header("x-amz-archive-id") ??
      answer.header("x-amz-multipart-upload-id") ??
      answer.header("x-amz-job-id") ??
      ""
    );
  };
  await made(vault, "PUT", {});
  const archiveId = await made(`${vault}/archives`, "POST", {
    headers: [...hashes, ["x-amz-content-sha256", sha256Hex(archive)]],
    body: archive,
  });
  const uploadId = await made(`${vault}/multipart-uploads`, "POST", {
    headers: [["x-amz-part-size", "1048576"]],
  });
  const job = JSON.stringify({ Type: "archive-retrieval", ArchiveId: archiveId });
  const jobId = await made(`${vault}/jobs`, "POST", { body: job });
  const policy = (effect: string, action: string) =>
    JSON.stringify({
      Version: "2012-10-17",
      Statement: [
        { Effect: effect, Principal: "*", Action: [action], Resource: "*" },
        {
          Sid: "s",
          Effect: "Deny",
          Principal: { AWS: `arn:aws:iam::${server.accountId}:root` },
          Action: "glacier:DeleteArchive",
          Resource: [`arn:aws:glacier:${region}:${server.accountId}:vaults/clients`],
          Condition: { NumericLessThan: { "glacier:ArchiveAgeInDays": "365" } },
        },
      ],
    });
  const select = {
    Type: "select",
    ArchiveId: archiveId,
    SelectParameters: {
      InputSerialization: { csv: {} },
      ExpressionType: "SQL",
      Expression: "SELECT s._1 FROM archive s WHERE s._2 LIKE 'a%' AND CAST(s._3 AS INT) > 5",
      OutputSerialization: { csv: {} },
    },
    OutputLocation: { S3: { BucketName: "b", Prefix: "p" } },
  };
  const inventory = {
    Type: "inventory-retrieval",
    Format: "CSV",
    InventoryRetrievalParameters: { StartDate: "2026-01-01T00:00:00Z", Limit: "10" },
  };
  return [
    { name: "create-vault", method: "PUT", target: vault },
    { name: "list-vaults", method: "GET", target: "/-/vaults?limit=1&marker=arn%3Aaws%3Aglacier" },
    { name: "describe-vault", method: "GET", target: vault },
    {
      name: "upload-archive",
      method: "POST",
      target: `${vault}/archives`,
      headers: [...hashes, ["x-amz-archive-description", "mt2 eyJmaWxlbmFtZSI6ImEifQ"]],
      body: archive,
      isUpload: true,
    },
    { name: "delete-archive", method: "DELETE", target: `${vault}/archives/${archiveId}` },
    {
      name: "initiate-multipart-upload",
      method: "POST",
      target: `${vault}/multipart-uploads`,
      headers: [["x-amz-part-size", "1048576"]],
    },
    {
      name: "upload-multipart-part",
      method: "PUT",
      target: `${vault}/multipart-uploads/${uploadId}`,
      headers: [...hashes, ["Content-Range", "bytes 0-2999/*"]],
      body: archive,
      isUpload: true,
    },
    { name: "list-parts", method: "GET", target: `${vault}/multipart-uploads/${uploadId}?limit=2` },
    {
      name: "complete-multipart-upload",
      method: "POST",
      target: `${vault}/multipart-uploads/${uploadId}`,
      headers: [...hashes, ["x-amz-archive-size", "3000"]],
      body: "{}",
    },
    { name: "initiate-job", method: "POST", target: `${vault}/jobs`, body: job },
    {
      name: "initiate-inventory",
      method: "POST",
      target: `${vault}/jobs`,
      body: JSON.stringify(inventory),
    },
    {
      name: "initiate-select",
      method: "POST",
      target: `${vault}/jobs`,
      body: JSON.stringify(select),
    },
    {
      name: "list-jobs",
      method: "GET",
      target: `${vault}/jobs?statuscode=InProgress&completed=false`,
    },
    { name: "describe-job", method: "GET", target: `${vault}/jobs/${jobId}` },
    {
      name: "get-job-output",
      method: "GET",
      target: `${vault}/jobs/${jobId}/output`,
      headers: [["Range", "bytes=0-1048575"]],
    },
    {
      name: "add-tags",
      method: "POST",
      target: `${vault}/tags?operation=add`,
      body: JSON.stringify({ Tags: { k: "v", "k 2": "" } }),
    },
    {
      name: "set-access-policy",
      method: "PUT",
      target: `${vault}/access-policy`,
      body: JSON.stringify({ Policy: policy("Allow", "glacier:Describe*") }),
    },
    {
      name: "initiate-vault-lock",
      method: "POST",
      target: `${vault}/lock-policy`,
      body: JSON.stringify({ Policy: policy("Deny", "glacier:DeleteVault") }),
    },
    {
      name: "set-notifications",
      method: "PUT",
      target: `${vault}/notification-configuration`,
      body: JSON.stringify({
        SNSTopic: `arn:aws:sns:${region}:${server.accountId}:topic`,
        Events: ["ArchiveRetrievalCompleted"],
      }),
    },
    {
      name: "set-retrieval-policy",
      method: "PUT",
      target: "/-/policies/data-retrieval",
      body: '{"Policy":{"Rules":[{"Strategy":"BytesPerHour","BytesPerHour":9007199254740993}]}}',
    },
  ];
}

/** Nothing here names an address outside: what a mutation makes of it must not be connected to. */
function listManagement(server: WireServer, region: string): readonly RecordedRequest[] {
  const form = (service: string, name: string, parameters: Readonly<Record<string, string>>) =>
    plain(
      {
        name,
        method: "POST",
        target: "/",
        headers: [["Content-Type", "application/x-www-form-urlencoded; charset=utf-8"]],
        body: new URLSearchParams({ Action: name, ...parameters }).toString(),
      },
      { server, region, service, signature: { kind: "ours" } },
    );
  const json = (name: string, input: object) =>
    plain(
      {
        name: `${name} json`,
        method: "POST",
        target: "/",
        headers: [
          ["Content-Type", "application/x-amz-json-1.0"],
          ["X-Amz-Target", `AmazonSQS.${name}`],
        ],
        body: JSON.stringify(input),
      },
      { server, region, service: "sqs", signature: { kind: "ours" } },
    );
  const queueUrl = `http://${server.host}/${server.accountId}/queue`;
  const topic = `arn:aws:sns:${region}:${server.accountId}:topic`;
  const policy =
    '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}';
  return [
    form("iam", "CreateUser", { UserName: "fuzz", Path: "/a/b/" }),
    form("iam", "ListUsers", { PathPrefix: "/a/", MaxItems: "3" }),
    form("iam", "GetUser", { UserName: "fuzz" }),
    form("iam", "PutUserPolicy", { UserName: "fuzz", PolicyName: "p", PolicyDocument: policy }),
    form("iam", "ListAccessKeys", { UserName: "fuzz" }),
    form("sts", "GetCallerIdentity", { Version: "2011-06-15" }),
    form("sns", "CreateTopic", {
      Name: "topic",
      "Attributes.entry.1.key": "DisplayName",
      "Attributes.entry.1.value": "d",
    }),
    form("sns", "ListTopics", {}),
    form("sns", "Publish", { TopicArn: topic, Message: "text", Subject: "s" }),
    form("sns", "GetTopicAttributes", { TopicArn: topic }),
    form("sqs", "CreateQueue", {
      QueueName: "queue",
      "Attribute.1.Name": "VisibilityTimeout",
      "Attribute.1.Value": "3",
    }),
    form("sqs", "SendMessage", { QueueUrl: queueUrl, MessageBody: "text" }),
    json("SendMessage", { QueueUrl: queueUrl, MessageBody: "text" }),
    json("ReceiveMessage", { QueueUrl: queueUrl, MaxNumberOfMessages: 2 }),
    json("GetQueueAttributes", { QueueUrl: queueUrl, AttributeNames: ["All"] }),
  ];
}
