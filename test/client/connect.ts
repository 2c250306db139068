/** Clients for tests: of the in-process service, or of a server that plays a script. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createGlacierClient, type GlacierClientOptions } from "../../src/client/client.ts";
import type { WireServer } from "../support/wire-server.ts";

export const TEST_SECRET = "scriptedSecret/scriptedSecret/0123456789";

/** A client of `server` with the root's key. */
export function connect(server: WireServer, options: Partial<GlacierClientOptions> = {}) {
  const { accessKeyId, secretAccessKey } = server.signing("us-east-1");
  return createGlacierClient({
    endpoint: new URL(`http://${server.host}`),
    region: "us-east-1",
    credentials: async () => ({ accessKeyId, secretAccessKey }),
    ...options,
  });
}

export type Scene = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/**
 * A server that answers each request with the next scene, the last one over and over, and a client of
 * it that notes its pauses in place of taking them.
 */
export async function playScenes(
  scenes: readonly [Scene, ...Scene[]],
  options: Partial<GlacierClientOptions> = {},
) {
  const requests: IncomingMessage[] = [];
  const pausesMs: number[] = [];
  const play = async (request: IncomingMessage, response: ServerResponse) => {
    const scene = scenes[Math.min(requests.length, scenes.length - 1)] ?? scenes[0];
    requests.push(request);
    await scene(request, response);
  };
  const server = createServer(play);
  // Without a listener of its own, a request that waits for 100 Continue is told to go on at once.
  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  const client = createGlacierClient({
    endpoint: new URL(`http://127.0.0.1:${port}`),
    region: "us-east-1",
    credentials: async () => ({
      accessKeyId: "AKIDSCRIPTED00000001",
      secretAccessKey: TEST_SECRET,
    }),
    surroundings: {
      random: () => 1,
      sleep: async (durationMs) => {
        pausesMs.push(durationMs);
      },
    },
    ...options,
  });
  return {
    client,
    server,
    port,
    requests,
    pausesMs,
    close: async () => {
      client.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Answers with JSON. */
export function answerJson(status: number, json: object): Scene {
  return (_request, response) => {
    const text = JSON.stringify(json);
    response.writeHead(status, {
      "content-type": "application/json",
      "content-length": Buffer.byteLength(text),
      "x-amzn-requestid": "scripted-request",
    });
    response.end(text);
  };
}

/** Cuts the connection without an answer. */
export const dropConnection: Scene = (request) => {
  request.socket.destroy();
};

/** Takes the whole body, then plays `scene`. */
export function afterBody(scene: Scene, note?: (body: Buffer) => void): Scene {
  return async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) {
      chunks.push(chunk);
    }
    note?.(Buffer.concat(chunks));
    await scene(request, response);
  };
}
