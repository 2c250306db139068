/** Bodies of every size through the client, both ways, and what becomes of broken ones. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { createGlacierClient, type GlacierClient } from "../../src/client/client.ts";
import { hashBytes, hashFile } from "../../src/client/hash-source.ts";
import { makePayload } from "../support/payload.ts";
import { sha256Hex, treeHashHex } from "../support/test-bytes.ts";
import { startWireServer, type WireServer } from "../support/wire-server.ts";
import {
  afterBody,
  answerJson,
  connect,
  dropConnection,
  playScenes,
  type Scene,
} from "./connect.ts";

const MIB = 1024 * 1024;
const vaultName = "photos";

let server: WireServer;
let client: GlacierClient;
let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "moraine-transfers-"));
  server = await startWireServer();
  client = connect(server);
  await client.call("CreateVault", { vaultName });
});
after(async () => {
  client.close();
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

async function retrieve(archiveId: string): Promise<Buffer> {
  const jobParameters = { Type: "archive-retrieval", ArchiveId: archiveId };
  const { output } = await client.call("InitiateJob", { vaultName, jobParameters });
  const jobId = output.jobId ?? "";
  for (let tries = 0; tries < 500; tries += 1) {
    const job = await client.call("DescribeJob", { vaultName, jobId });
    if (job.output.Completed === true) {
      const download = await client.call("GetJobOutput", { vaultName, jobId });
      return Buffer.concat(await Array.fromAsync(download.output.body.bytes));
    }
    await sleep(20);
  }
  return assert.fail("the retrieval did not finish");
}

describe("uploads and downloads", () => {
  for (const sizeBytes of [1, MIB - 1, MIB, MIB + 1, 3 * MIB, 10 * MIB]) {
    it(`carry a file of ${sizeBytes} bytes there and back`, async () => {
      const { bytes } = makePayload(sizeBytes, "transfer");
      const path = join(folder, `file-${sizeBytes}`);
      await writeFile(path, bytes);
      const body = await hashFile(path);
      const { output } = await client.call("UploadArchive", { vaultName, body });
      assert.equal(output.checksum, treeHashHex(bytes));
      assert.equal(sha256Hex(await retrieve(output.archiveId ?? "")), body.sha256);
    });
  }

  it("send no body that the service refuses beforehand", async () => {
    let opened = 0;
    const source = hashBytes(new Uint8Array(4 * MIB));
    const body = {
      ...source,
      open: () => {
        opened += 1;
        return source.open();
      },
    };
    await assert.rejects(client.call("UploadArchive", { vaultName: "none", body }), {
      code: "ResourceNotFoundException",
    });
    assert.equal(opened, 0);
  });

  it("name a file that changed after it was hashed, without another attempt", async () => {
    const path = join(folder, "changing");
    await writeFile(path, Buffer.alloc(2 * MIB));
    const body = await hashFile(path);
    await writeFile(path, "other");
    await assert.rejects(client.call("UploadArchive", { vaultName, body }), {
      name: "SourceChangedError",
      message: `${path} changed while it was being read`,
    });
  });

  it("refuse a source that gives more or fewer bytes than it states", async () => {
    for (const sizeBytes of [9, 11]) {
      const body = { ...hashBytes(new Uint8Array(10)), sizeBytes };
      await assert.rejects(client.call("UploadArchive", { vaultName, body }), {
        name: "SourceChangedError",
      });
    }
  });

  it("take no more of a long download than the reader asks for", async () => {
    const total = 192 * MIB;
    const chunk = Buffer.alloc(MIB);
    let sentBytes = 0;
    const download: Scene = async (_request, response) => {
      response.writeHead(200, { "content-length": total });
      for (; sentBytes < total; sentBytes += MIB) {
        if (!response.write(chunk)) {
          await new Promise((resolve) => response.once("drain", resolve));
        }
      }
      response.end();
    };
    const scripted = await playScenes([download]);
    const { output } = await scripted.client.call("GetJobOutput", { vaultName, jobId: "j" });
    let received = 0;
    for await (const piece of output.body.bytes) {
      if (received === 0) {
        // Long enough for all of it to come, if anything but the sockets' buffers held it back.
        await sleep(500);
        assert.ok(sentBytes < 64 * MIB, `${sentBytes} bytes were taken`);
      }
      received += piece.length;
    }
    await scripted.close();
    assert.equal(received, total);
  });
});

describe("a download that breaks", () => {
  it("fails after the bytes that came, naming the endpoint", async () => {
    const half: Scene = (request, response) => {
      response.writeHead(200, { "content-length": 10 });
      response.write("12345", () => setTimeout(() => request.socket.destroy(), 20));
    };
    const scripted = await playScenes([half]);
    const { output } = await scripted.client.call("GetJobOutput", { vaultName, jobId: "j" });
    let text = "";
    await assert.rejects(async () => {
      for await (const piece of output.body.bytes) {
        text += Buffer.from(piece).toString();
      }
    }, /Connection was closed before we received a valid response from endpoint URL: "http:/);
    assert.equal(text, "12345");
    await scripted.close();
  });

  it("ends with the reason of the signal", async () => {
    const endless: Scene = (_request, response) => {
      response.writeHead(200, { "content-length": 10 });
      response.write("1");
    };
    const scripted = await playScenes([endless]);
    const controller = new AbortController();
    const { signal } = controller;
    const input = { vaultName, jobId: "j" };
    const { output } = await scripted.client.call("GetJobOutput", input, { signal });
    setTimeout(() => controller.abort(new Error("no longer wanted")), 20);
    await assert.rejects(Array.fromAsync(output.body.bytes), { message: "no longer wanted" });
    await scripted.close();
  });

  it("closes its connection when the reader stops or cancels", async () => {
    const endless: Scene = (_request, response) => {
      response.writeHead(200, { "content-length": 10 });
      response.write("1");
    };
    const scripted = await playScenes([endless]);
    const closings: Promise<unknown>[] = [];
    const start = async () => {
      const { output } = await scripted.client.call("GetJobOutput", { vaultName, jobId: "j" });
      const { socket } = scripted.requests.at(-1)!;
      closings.push(new Promise((resolve) => socket.once("close", resolve)));
      return output.body;
    };
    for await (const _piece of (await start()).bytes) {
      break;
    }
    (await start()).cancel();
    await Promise.all(closings);
    await scripted.close();
  });
});

describe("a failed attempt", () => {
  const upload = { vaultName, body: hashBytes(Buffer.alloc(2 * MIB, "retry")) };
  const created: Scene = (_request, response) => {
    response.writeHead(201, { "x-amz-archive-id": "id", "content-length": 0 });
    response.end();
  };
  const throttling = answerJson(400, { code: "ThrottlingException", message: "Rate exceeded" });
  const failing = answerJson(500, { code: "ServiceUnavailableException", message: "later" });

  it("is repeated with the whole body after dropped connections, 500 and throttling", async () => {
    const bodies: string[] = [];
    const note = (body: Buffer) => bodies.push(sha256Hex(body));
    const scripted = await playScenes([
      dropConnection,
      afterBody(failing, note),
      afterBody(throttling, note),
      afterBody(dropConnection, note),
      afterBody(created, note),
    ]);
    const { output } = await scripted.client.call("UploadArchive", upload);
    assert.equal(output.archiveId, "id");
    assert.deepEqual(
      bodies,
      Array.from({ length: 4 }, () => upload.body.sha256),
    );
    assert.deepEqual(scripted.pausesMs, [1000, 2000, 4000, 8000]);
    await scripted.close();
  });

  it("is the last one after five, and says how many there were", async () => {
    const scripted = await playScenes([throttling]);
    await assert.rejects(scripted.client.call("ListVaults", {}), {
      code: "ThrottlingException",
      message: "Rate exceeded",
      requestId: "scripted-request",
      attempts: 5,
    });
    assert.equal(scripted.requests.length, 5);
    await scripted.close();
  });

  it("is signed anew each time, with the session token", async () => {
    let nowMs = Date.UTC(2026, 0, 1);
    const scripted = await playScenes([failing, answerJson(200, { VaultList: [] })], {
      credentials: async () => ({
        accessKeyId: "AKIDSCRIPTED00000001",
        secretAccessKey: "s",
        sessionToken: "token",
      }),
      surroundings: {
        nowMs: () => {
          nowMs += 1000;
          return nowMs;
        },
        sleep: async () => undefined,
      },
    });
    await scripted.client.call("ListVaults", {});
    const dates = scripted.requests.map(({ headers }) => headers["x-amz-date"]);
    assert.deepEqual(dates, ["20260101T000001Z", "20260101T000002Z"]);
    assert.equal(scripted.requests[1]?.headers["x-amz-security-token"], "token");
    assert.match(String(scripted.requests[1]?.headers.authorization), /x-amz-security-token/);
    await scripted.close();
  });

  it("is not repeated once the signal says so", async () => {
    const controller = new AbortController();
    const scripted = await playScenes([failing], {
      onTraffic: ({ kind }) => {
        if (kind === "retry") {
          controller.abort(new Error("stop"));
        }
      },
    });
    await assert.rejects(scripted.client.call("ListVaults", {}, { signal: controller.signal }), {
      message: "stop",
    });
    assert.equal(scripted.requests.length, 1);
    await scripted.close();
  });
});

describe("the transport", () => {
  it("are not tried again when the call says so", async () => {
    const scripted = await playScenes([dropConnection]);
    const call = scripted.client.call("ListVaults", {}, { maxAttempts: 1 });
    await assert.rejects(call, { name: "TransportError", failure: "closed" });
    assert.equal(scripted.requests.length, 1);
    await scripted.close();
  });

  it("says that nobody listens at the endpoint", async () => {
    const scripted = await playScenes([dropConnection], { maxAttempts: 1 });
    await scripted.close();
    await assert.rejects(scripted.client.call("DescribeVault", { vaultName }), {
      name: "TransportError",
      failure: "unreachable",
      message: `Could not connect to the endpoint URL: "http://127.0.0.1:${scripted.port}/-/vaults/photos"`,
    });
  });

  it("bounds the wait for a connection, the handshake of TLS included", async () => {
    const mute = createTcpServer((socket) => socket.on("error", () => undefined).resume());
    mute.listen(0, "127.0.0.1");
    await new Promise((resolve) => mute.once("listening", resolve));
    const origin = `https://127.0.0.1:${(mute.address() as AddressInfo).port}`;
    const waiting = createGlacierClient({
      endpoint: new URL(origin),
      region: "us-east-1",
      credentials: undefined,
      connectTimeoutMs: 50,
      maxAttempts: 1,
    });
    await assert.rejects(waiting.call("ListVaults", {}), {
      failure: "connect-timeout",
      message: `Connect timeout on endpoint URL: "${origin}/-/vaults"`,
    });
    waiting.close();
    await new Promise((resolve) => mute.close(resolve));
  });

  it("says that the service fell silent", async () => {
    const silent: Scene = () => undefined;
    const scripted = await playScenes([silent], { maxAttempts: 1, readTimeoutMs: 50 });
    await assert.rejects(scripted.client.call("ListVaults", {}), {
      failure: "read-timeout",
      message: `Read timeout on endpoint URL: "http://127.0.0.1:${scripted.port}/-/vaults"`,
    });
    await scripted.close();
  });

  it("says that the service fell silent in the middle of a download", async () => {
    const stalling: Scene = (_request, response) => {
      response.writeHead(200, { "content-length": 10 });
      response.write("12345");
    };
    const scripted = await playScenes([stalling], { readTimeoutMs: 50 });
    const { output } = await scripted.client.call("GetJobOutput", { vaultName, jobId: "j" });
    await assert.rejects(Array.fromAsync(output.body.bytes), { failure: "read-timeout" });
    await scripted.close();
  });

  it("says that the service stopped taking an upload", async () => {
    const stuck: Scene = (request) => {
      request.pause();
    };
    const scripted = await playScenes([stuck], { maxAttempts: 1, readTimeoutMs: 50 });
    const body = hashBytes(new Uint8Array(32 * MIB));
    await assert.rejects(scripted.client.call("UploadArchive", { vaultName, body }), {
      failure: "read-timeout",
    });
    await scripted.close();
  });

  it("counts no silence while the reader of a download takes its time", async () => {
    const scripted = await playScenes(
      [(_request, response) => response.end(Buffer.alloc(8 * MIB)) as unknown as undefined],
      { readTimeoutMs: 100 },
    );
    const { output } = await scripted.client.call("GetJobOutput", { vaultName, jobId: "j" });
    let received = 0;
    for await (const piece of output.body.bytes) {
      if (received === 0) {
        await sleep(300);
      }
      received += piece.length;
    }
    assert.equal(received, 8 * MIB);
    await scripted.close();
  });

  it("says that an answer is not one of the API", async () => {
    const page: Scene = (_request, response) => {
      response.end("<html>");
    };
    const scripted = await playScenes([page]);
    await assert.rejects(scripted.client.call("ListVaults", {}), { failure: "not-the-api" });
    assert.equal(scripted.requests.length, 1);
    await scripted.close();
  });

  it("uses one connection for calls that follow each other", async () => {
    const scripted = await playScenes([answerJson(200, { VaultList: [] })]);
    const ports = new Set<number | undefined>();
    for (let count = 0; count < 3; count += 1) {
      await scripted.client.call("ListVaults", {});
      ports.add(scripted.requests.at(-1)?.socket.remotePort);
    }
    assert.equal(ports.size, 1);
    await scripted.close();
  });

  it("keeps a path that stands before the API's", async () => {
    const scripted = await playScenes([answerJson(200, { VaultList: [] })]);
    const behind = createGlacierClient({
      endpoint: new URL(`http://127.0.0.1:${scripted.port}/glacier/`),
      region: "us-east-1",
      credentials: undefined,
    });
    await behind.call("ListVaults", { limit: "1" });
    behind.close();
    assert.equal(scripted.requests[0]?.url, "/glacier/-/vaults?limit=1");
    await scripted.close();
  });
});

describe("the transport over TLS", () => {
  let tlsServer: ReturnType<typeof createTlsServer>;
  let endpoint: URL;
  let ca: string;
  before(async () => {
    const key = join(folder, "key.pem");
    const certificate = join(folder, "certificate.pem");
    const names = "subjectAltName=IP:127.0.0.1";
    const subject = ["-subj", "/CN=127.0.0.1", "-addext", names, "-days", "2"];
    const files = ["-keyout", key, "-out", certificate];
    execFileSync(
      "openssl",
      ["req", "-x509", "-newkey", "rsa:2048", "-nodes", ...files, ...subject],
      {
        stdio: "ignore",
      },
    );
    ca = await readFile(certificate, "utf8");
    tlsServer = createTlsServer({ key: await readFile(key), cert: ca }, (_request, response) => {
      response.end('{"VaultList":[]}');
    });
    tlsServer.listen(0, "127.0.0.1");
    await new Promise((resolve) => tlsServer.once("listening", resolve));
    endpoint = new URL(`https://127.0.0.1:${(tlsServer.address() as AddressInfo).port}`);
  });
  after(() => {
    tlsServer.closeAllConnections();
    tlsServer.close();
  });

  async function listOver(options: { readonly ca?: string; readonly verifyTls?: boolean }) {
    const overTls = createGlacierClient({
      endpoint,
      region: "us-east-1",
      credentials: undefined,
      ...options,
    });
    try {
      return (await overTls.call("ListVaults", {})).output;
    } finally {
      overTls.close();
    }
  }

  it("refuses a certificate that nobody trusts, at once", async () => {
    await assert.rejects(listOver({}), { failure: "tls", message: /^SSL validation failed for/ });
  });

  it("trusts the certificates that it is given", async () => {
    assert.deepEqual(await listOver({ ca }), { VaultList: [] });
  });

  it("takes any certificate when told so", async () => {
    assert.deepEqual(await listOver({ verifyTls: false }), { VaultList: [] });
  });
});
