/**
 * A small client of the vault API on `node:http`, for tests and benchmarks that need many requests, streaming
 * bodies or requests that break off. It holds no rule of the service: what is asked for is sent.
 */
import { once } from "node:events";
import { Agent, type ClientRequest, request as httpRequest, type IncomingMessage } from "node:http";
import { signRequest } from "../../src/auth/sigv4/sign.ts";
import { hmacSha256, sha256 } from "../../src/std/hasher-node.ts";
import { type Payload, sha256Of } from "./payload.ts";

const EMPTY_SHA256 = sha256Of(Buffer.alloc(0));

export interface ClientOptions {
  readonly apiUrl: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** `us-east-1` unless given. */
  readonly region?: string;
  /** The account segment of paths; `-` unless given. */
  readonly account?: string;
  /** Connections at once; 64 unless given. */
  readonly maxSockets?: number;
  /** A request without any traffic for so long fails; 30 s unless given. */
  readonly timeoutMs?: number;
  /** The time that requests are signed for; that of the machine unless given. */
  readonly nowMs?: () => number;
}

/** A body that is made while it is sent. */
export interface StreamedBody {
  readonly sizeBytes: number;
  /** Lower-case hex SHA-256 of all of it. */
  readonly sha256: string;
  readonly chunks: () => Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
}

export interface RawRequest {
  readonly method: string;
  /** As on the wire, from the slash on, without query. */
  readonly path: string;
  /** As on the wire, without `?`. */
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | StreamedBody;
}

export interface RawResponse {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

/** An answer that was not the success asked for. */
export class GlacierError extends Error {
  override readonly name = "GlacierError";
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(`${status} ${code}: ${message}`);
    this.status = status;
    this.code = code;
  }
}

export interface JobDescription {
  readonly JobId: string;
  readonly StatusCode: "InProgress" | "Succeeded" | "Failed";
  readonly StatusMessage: string;
  readonly SHA256TreeHash: string | null;
}

export interface PartDescription {
  readonly RangeInBytes: string;
  readonly SHA256TreeHash: string;
}

export interface UploadDescription {
  readonly MultipartUploadId: string;
  readonly ArchiveDescription: string | null;
}

export type GlacierClient = ReturnType<typeof createGlacierClient>;

/** A client of the server at `apiUrl`; `close` drops its connections. */
export function createGlacierClient(options: ClientOptions) {
  const wire = createWire(options);
  const { must } = wire;
  const base = `/${options.account ?? "-"}/vaults`;
  const header = (response: RawResponse, name: string) => String(response.headers[name]);
  const json = (response: RawResponse) => JSON.parse(response.body.toString("utf8"));
  const hashes = (body: Payload) => ({
    "x-amz-content-sha256": body.sha256,
    "x-amz-sha256-tree-hash": body.treeHash,
  });
  const getJob = async (vault: string, jobId: string): Promise<JobDescription> =>
    json(await must({ method: "GET", path: `${base}/${vault}/jobs/${jobId}` }));
  return {
    ...wire,
    /** Succeeds too when the vault exists. */
    createVault: (vault: string) => must({ method: "PUT", path: `${base}/${vault}` }),
    deleteVault: (vault: string) => must({ method: "DELETE", path: `${base}/${vault}` }),
    /** Resolves with the archive id. */
    async uploadArchive(vault: string, body: Payload, description?: string): Promise<string> {
      const about = description === undefined ? {} : { "x-amz-archive-description": description };
      const response = await must({
        method: "POST",
        path: `${base}/${vault}/archives`,
        headers: { ...hashes(body), ...about },
        body: body.bytes,
      });
      return header(response, "x-amz-archive-id");
    },
    deleteArchive: (vault: string, archiveId: string) =>
      must({ method: "DELETE", path: `${base}/${vault}/archives/${archiveId}` }),
    /** Resolves with the upload id. */
    async initiateMultipartUpload(
      vault: string,
      partSizeBytes: number,
      description?: string,
    ): Promise<string> {
      const about = description === undefined ? {} : { "x-amz-archive-description": description };
      const response = await must({
        method: "POST",
        path: `${base}/${vault}/multipart-uploads`,
        headers: { "x-amz-part-size": String(partSizeBytes), ...about },
      });
      return header(response, "x-amz-multipart-upload-id");
    },
    uploadPart: (
      upload: { readonly vault: string; readonly uploadId: string },
      part: { readonly start: number; readonly body: Payload },
    ) =>
      must({
        method: "PUT",
        path: `${base}/${upload.vault}/multipart-uploads/${upload.uploadId}`,
        headers: {
          ...hashes(part.body),
          "content-range": `bytes ${part.start}-${part.start + part.body.bytes.length - 1}/*`,
        },
        body: part.body.bytes,
      }),
    /** Resolves with the archive id. */
    async completeMultipartUpload(
      upload: { readonly vault: string; readonly uploadId: string },
      archive: { readonly sizeBytes: number; readonly treeHash: string },
    ): Promise<string> {
      const response = await must({
        method: "POST",
        path: `${base}/${upload.vault}/multipart-uploads/${upload.uploadId}`,
        headers: {
          "x-amz-archive-size": String(archive.sizeBytes),
          "x-amz-sha256-tree-hash": archive.treeHash,
        },
      });
      return header(response, "x-amz-archive-id");
    },
    abortMultipartUpload: (vault: string, uploadId: string) =>
      must({ method: "DELETE", path: `${base}/${vault}/multipart-uploads/${uploadId}` }),
    /** All parts, page after page. */
    async listParts(vault: string, uploadId: string): Promise<PartDescription[]> {
      const parts: PartDescription[] = [];
      for (let query = ""; ; ) {
        const path = `${base}/${vault}/multipart-uploads/${uploadId}`;
        const page = json(await must({ method: "GET", path, query }));
        parts.push(...page.Parts);
        if (page.Marker === null) {
          return parts;
        }
        query = `marker=${encodeURIComponent(page.Marker)}`;
      }
    },
    /** All open uploads, page after page. */
    async listMultipartUploads(vault: string): Promise<UploadDescription[]> {
      const uploads: UploadDescription[] = [];
      for (let query = ""; ; ) {
        const path = `${base}/${vault}/multipart-uploads`;
        const page = json(await must({ method: "GET", path, query }));
        uploads.push(...page.UploadsList);
        if (page.Marker === null) {
          return uploads;
        }
        query = `marker=${encodeURIComponent(page.Marker)}`;
      }
    },
    /** Resolves with the job id. */
    async initiateJob(vault: string, parameters: object): Promise<string> {
      const body = Buffer.from(JSON.stringify(parameters));
      const response = await must({ method: "POST", path: `${base}/${vault}/jobs`, body });
      return header(response, "x-amz-job-id");
    },
    describeJob: getJob,
    /** Resolves with the job once it has ended; rejects after `boundMs` (30 s unless given). */
    async awaitJob(vault: string, jobId: string, boundMs = 30_000): Promise<JobDescription> {
      const deadline = performance.now() + boundMs;
      for (let pauseMs = 2; ; pauseMs = Math.min(pauseMs * 2, 200)) {
        const job = await getJob(vault, jobId);
        if (job.StatusCode !== "InProgress") {
          return job;
        }
        if (performance.now() > deadline) {
          throw new Error(`job ${jobId} was still in progress after ${boundMs} ms`);
        }
        await new Promise((resolve) => setTimeout(resolve, pauseMs));
      }
    },
    getJobOutput: (vault: string, jobId: string, range?: string) =>
      must({
        method: "GET",
        path: `${base}/${vault}/jobs/${jobId}/output`,
        headers: range === undefined ? {} : { range },
      }),
  };
}

function createWire(options: ClientOptions) {
  const agent = new Agent({ keepAlive: true, maxSockets: options.maxSockets ?? 64 });
  const url = new URL(options.apiUrl);

  /** Starts a request without sending its body: `end` it, write to it or destroy it. */
  const open = (raw: RawRequest): ClientRequest => {
    const { size, payloadHash } = measure(raw.body);
    const headers: [string, string][] = [
      ["host", url.host],
      ["x-amz-glacier-version", "2012-06-01"],
      ["content-length", String(size)],
      ...Object.entries(raw.headers ?? {}),
    ];
    const request = { method: raw.method, path: raw.path, query: raw.query ?? "", headers };
    const added = signRequest({
      request,
      credentials: options.credentials,
      region: options.region ?? "us-east-1",
      service: "glacier",
      nowMs: options.nowMs?.() ?? Date.now(),
      payloadHash,
      sha256,
      hmacSha256,
    });
    const sent = httpRequest({
      agent,
      host: url.hostname,
      port: url.port,
      method: raw.method,
      path: raw.query ? `${raw.path}?${raw.query}` : raw.path,
      headers: [...headers, ...added].flat(),
    });
    // An answer stands even when the server closes before it took the whole body.
    sent.on("error", () => undefined);
    sent.setTimeout(options.timeoutMs ?? 30_000, () => {
      sent.destroy(new Error(`${raw.method} ${raw.path}: no traffic for too long`));
    });
    return sent;
  };

  /** Sends all of the request; resolves with any answer, rejects when the connection fails first. */
  const send = async (raw: RawRequest): Promise<RawResponse> => {
    const sent = open(raw);
    const answered = awaitAnswer(sent);
    await Promise.race([writeBody(sent, raw.body), answered]);
    return await answered;
  };

  /** As `send`, but rejects with `GlacierError` unless the status is 2xx. */
  const must = async (raw: RawRequest): Promise<RawResponse> => {
    const response = await send(raw);
    if (response.status < 200 || response.status > 299) {
      const error = JSON.parse(response.body.toString("utf8"));
      throw new GlacierError(response.status, error.code, error.message);
    }
    return response;
  };
  return { open, send, must, close: () => agent.destroy() };
}

function measure(body: RawRequest["body"]): { size: number; payloadHash: string } {
  if (body === undefined) {
    return { size: 0, payloadHash: EMPTY_SHA256 };
  }
  return body instanceof Uint8Array
    ? { size: body.length, payloadHash: sha256Of(body) }
    : { size: body.sizeBytes, payloadHash: body.sha256 };
}

async function awaitAnswer(sent: ClientRequest): Promise<RawResponse> {
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) {
    chunks.push(chunk);
  }
  return {
    status: Number(response.statusCode),
    headers: response.headers,
    body: Buffer.concat(chunks),
  };
}

async function writeBody(sent: ClientRequest, body: RawRequest["body"]): Promise<void> {
  if (body === undefined || body instanceof Uint8Array) {
    sent.end(body);
    return;
  }
  for await (const chunk of body.chunks()) {
    if (sent.destroyed || sent.closed) {
      return;
    }
    if (!sent.write(chunk)) {
      await awaitDrain(sent);
    }
  }
  sent.end();
}

/** Resolves when more can be written or nothing can be any more. */
async function awaitDrain(sent: ClientRequest): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  sent.once("drain", resolve);
  sent.once("close", resolve);
  await promise;
  sent.off("drain", resolve);
  sent.off("close", resolve);
}
