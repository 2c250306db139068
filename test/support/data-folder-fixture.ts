/** Data folders of released versions: what is in one, how it is filled, packed and unpacked. */
import { once } from "node:events";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, readdir, readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";
import { extract, pack } from "tar-stream";
import { signRequest } from "../../src/auth/sigv4/sign.ts";
import { hmacSha256, sha256 } from "../../src/std/hasher-node.ts";
import type { GlacierClient } from "./glacier-client.ts";
import { combineTreeHashes, describePayload, MIB, type Payload, sha256Of } from "./payload.ts";
import type { RootCredentials, ServerProcess } from "./server-process.ts";

/** What a fixture holds, in a JSON file beside it. */
export interface FixtureContent {
  /** Of the program that made it. */
  readonly version: string;
  readonly format: number;
  readonly archives: readonly {
    readonly vault: string;
    readonly archiveId: string;
    readonly sizeBytes: number;
    readonly sha256: string;
    readonly treeHash: string;
  }[];
  readonly deletedArchiveId: string;
  readonly upload: {
    readonly vault: string;
    readonly uploadId: string;
    readonly partTreeHash: string;
  };
  /** An archive retrieval and an inventory retrieval that succeeded. */
  readonly jobs: readonly {
    readonly vault: string;
    readonly jobId: string;
    readonly sha256: string;
  }[];
  readonly lockedVault: string;
  readonly user: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly topicArn: string;
  readonly queueUrlPath: string;
}

/** Jobs and uploads of a fixture stay for ten years, the most that can be set. */
export const FIXTURE_FLAGS = ["--job-retention", "3650d", "--upload-retention", "3650d"] as const;

/** Compressible, so that a fixture stays small; different in each MiB and for each seed. */
function makeContent(sizeBytes: number, seed: string): Payload {
  const bytes = Buffer.alloc(sizeBytes);
  for (let start = 0; start < sizeBytes; start += MIB) {
    bytes.fill(`${seed} ${start} `, start, Math.min(sizeBytes, start + MIB));
  }
  return describePayload(bytes);
}

/** Fills an empty service with something of everything. */
export async function fillFixture(
  server: ServerProcess,
  client: GlacierClient,
): Promise<Omit<FixtureContent, "version" | "format">> {
  const archives: FixtureContent["archives"][number][] = [];
  const [plain, locked] = ["photos", "ledgers"] as const;
  await client.createVault(plain);
  await client.createVault(locked);
  const put = async (vault: string, payload: Payload, description?: string) => {
    const archiveId = await client.uploadArchive(vault, payload, description);
    const { sha256: hash, treeHash, bytes } = payload;
    archives.push({ vault, archiveId, sizeBytes: bytes.length, sha256: hash, treeHash });
    return archiveId;
  };
  const first = await put(plain, makeContent(1, "one byte"), "the smallest");
  await put(plain, makeContent(70_000, "through a worker"), 'with "quotes", and commas');
  await put(plain, makeContent(2 * MIB + 5, "three leaves"));
  await put(locked, makeContent(1000, "ledger"), "2026");
  const multipart = await completeMultipart(client, plain);
  archives.push({ vault: plain, ...multipart });
  const gone = makeContent(20, "deleted");
  const deletedArchiveId = await client.uploadArchive(plain, gone);
  await client.deleteArchive(plain, deletedArchiveId);
  return {
    archives,
    deletedArchiveId,
    upload: await beginMultipart(client, plain),
    jobs: [
      await retrieve(client, plain, { Type: "archive-retrieval", ArchiveId: first }),
      await retrieve(client, plain, { Type: "inventory-retrieval" }),
    ],
    lockedVault: locked,
    ...(await fillSettings(server, client, { plain, locked })),
  };
}

async function completeMultipart(client: GlacierClient, vault: string) {
  const uploadId = await client.initiateMultipartUpload(vault, MIB, "in parts");
  const parts = [makeContent(MIB, "part one"), makeContent(123, "part two")];
  for (const [index, body] of parts.entries()) {
    await client.uploadPart({ vault, uploadId }, { start: index * MIB, body });
  }
  const bytes = Buffer.concat(parts.map((part) => part.bytes));
  const treeHash = combineTreeHashes(parts.map((part) => part.treeHash));
  const sizeBytes = bytes.length;
  const archiveId = await client.completeMultipartUpload(
    { vault, uploadId },
    { sizeBytes, treeHash },
  );
  return { archiveId, sizeBytes, sha256: sha256Of(bytes), treeHash };
}

async function beginMultipart(client: GlacierClient, vault: string) {
  const uploadId = await client.initiateMultipartUpload(vault, MIB, "begun");
  const body = makeContent(MIB, "begun");
  await client.uploadPart({ vault, uploadId }, { start: 0, body });
  return { vault, uploadId, partTreeHash: body.treeHash };
}

async function retrieve(client: GlacierClient, vault: string, parameters: object) {
  const jobId = await client.initiateJob(vault, parameters);
  await client.awaitJob(vault, jobId);
  const { body } = await client.getJobOutput(vault, jobId);
  return { vault, jobId, sha256: sha256Of(body) };
}

async function fillSettings(
  server: ServerProcess,
  client: GlacierClient,
  { plain, locked }: { readonly plain: string; readonly locked: string },
) {
  const send = (method: string, path: string, query: string, body: object) =>
    client.must({
      ...{ method, path: `/-/vaults/${path}`, query },
      body: Buffer.from(JSON.stringify(body)),
    });
  await send("POST", `${plain}/tags`, "operation=add", { Tags: { owner: "Ada", year: "2026" } });
  const { accountId } = server.credentials;
  const policy = JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "keep",
        Principal: "*",
        Effect: "Deny",
        Action: "glacier:DeleteArchive",
        Resource: `arn:aws:glacier:us-east-1:${accountId}:vaults/${locked}`,
      },
    ],
  });
  const lock = await send("POST", `${locked}/lock-policy`, "", { Policy: policy });
  await send("POST", `${locked}/lock-policy/${lock.headers["x-amz-lock-id"]}`, "", {});
  const topic = await manage(server, "sns", "Action=CreateTopic&Name=ended");
  const topicArn = pick(topic, "TopicArn");
  const queue = await manage(server, "sqs", "Action=CreateQueue&QueueName=ended");
  const queueUrlPath = new URL(pick(queue, "QueueUrl")).pathname;
  const endpoint = `arn:aws:sqs:us-east-1:${accountId}:ended`;
  await manage(
    server,
    "sns",
    `Action=Subscribe&TopicArn=${topicArn}&Protocol=sqs&Endpoint=${endpoint}`,
  );
  const Events = ["ArchiveRetrievalCompleted"];
  await send("PUT", `${plain}/notification-configuration`, "", { SNSTopic: topicArn, Events });
  await manage(server, "iam", "Action=CreateUser&UserName=ada");
  const document = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: "glacier:ListVaults", Resource: "*" }],
  });
  const policyText = encodeURIComponent(document);
  await manage(
    server,
    "iam",
    `Action=PutUserPolicy&UserName=ada&PolicyName=list&PolicyDocument=${policyText}`,
  );
  const key = await manage(server, "iam", "Action=CreateAccessKey&UserName=ada");
  const accessKeyId = pick(key, "AccessKeyId");
  const user = { accessKeyId, secretAccessKey: pick(key, "SecretAccessKey") };
  return { user, topicArn, queueUrlPath };
}

const API_VERSIONS = { iam: "2010-05-08", sns: "2010-03-31", sqs: "2012-11-05" } as const;

/** Sends an action of a management service as the root; resolves with the XML, rejects unless it succeeds. */
export async function manage(
  server: Pick<ServerProcess, "apiUrl"> & { readonly credentials: RootCredentials },
  service: keyof typeof API_VERSIONS,
  parameters: string,
): Promise<string> {
  const url = new URL(server.apiUrl);
  const body = Buffer.from(`${parameters}&Version=${API_VERSIONS[service]}`);
  const headers: [string, string][] = [
    ["host", url.host],
    ["content-type", "application/x-www-form-urlencoded"],
  ];
  const added = signRequest({
    request: { method: "POST", path: "/", query: "", headers },
    credentials: server.credentials,
    region: "us-east-1",
    service,
    nowMs: Date.now(),
    payloadHash: sha256Of(body),
    sha256,
    hmacSha256,
  });
  const sent = [...headers, ...added].filter(([name]) => name !== "host");
  const response = await fetch(server.apiUrl, { method: "POST", headers: sent, body });
  const text = await response.text();
  if (!response.ok) {
    throw new Error(`${parameters}: ${response.status} ${text}`);
  }
  return text;
}

function pick(xml: string, element: string): string {
  const text = new RegExp(`<${element}>([^<]+)<`).exec(xml)?.[1];
  if (text === undefined) {
    throw new Error(`no ${element} in ${xml}`);
  }
  return text;
}

/** Packs `folder` in the order of names and without times, all but empty shards and what a lock leaves. */
export async function packFolder(folder: string, file: string): Promise<void> {
  const packed = pack();
  const written = pipeline(packed, createGzip({ level: 9 }), createWriteStream(file));
  const names = await readdir(folder, { recursive: true });
  for (const name of names.sort()) {
    const path = join(folder, name);
    if ((await stat(path)).isFile() && !/^(lock\.|audit\/)/.test(name)) {
      packed.entry({ name, mode: 0o600, mtime: new Date(0) }, await readFile(path));
    }
  }
  packed.finalize();
  await written;
}

export async function unpackFolder(file: string, folder: string): Promise<void> {
  const unpacked = extract();
  unpacked.on("entry", (header, stream, next) => {
    void (async () => {
      const path = join(folder, header.name);
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      await pipeline(stream, createWriteStream(path, { mode: 0o600 }));
    })().then(() => next(), next);
  });
  const finished = once(unpacked, "finish");
  await pipeline(createReadStream(file), createGunzip(), unpacked);
  await finished;
}
