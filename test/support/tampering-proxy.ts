/** A proxy before the service that damages, strips or cuts the outputs of jobs on their way. */
import { once } from "node:events";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What becomes of one output; `count` counts the outputs before it. */
export interface Tampering {
  /** Flips a bit of the byte at this offset of the answer. */
  readonly flipAt?: number;
  /** Leaves the tree hash out, as a service might that states none. */
  readonly hideTreeHash?: boolean;
  /** Ends the connection after so many bytes. */
  readonly cutAfter?: number;
}

export interface TamperingProxy {
  readonly url: string;
  /** How many outputs went through. */
  outputs(): number;
  close(): Promise<void>;
}

/** Signatures stay valid: the request goes on as it came, with the proxy's own name as its host. */
export async function startTamperingProxy(
  apiUrl: string,
  tamper: (output: { readonly count: number; readonly range: string | undefined }) => Tampering,
): Promise<TamperingProxy> {
  let count = 0;
  const server = createServer((received, response) => {
    const isOutput = received.url?.endsWith("/output") === true;
    const tampering = isOutput ? tamper({ count, range: received.headers.range }) : {};
    count += isOutput ? 1 : 0;
    forward(apiUrl, received, response, tampering);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    outputs: () => count,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

function forward(
  apiUrl: string,
  received: IncomingMessage,
  response: ServerResponse,
  tampering: Tampering,
): void {
  const { hostname, port } = new URL(apiUrl);
  const sent = request(
    { hostname, port, method: received.method, path: received.url, headers: received.rawHeaders },
    (answer) => {
      const headers = Object.entries(answer.headersDistinct).flatMap(([name, values = []]) =>
        tampering.hideTreeHash && name === "x-amz-sha256-tree-hash"
          ? []
          : values.flatMap((value) => [name, value]),
      );
      response.writeHead(Number(answer.statusCode), headers);
      void relay(answer, response, tampering);
    },
  );
  sent.on("error", () => response.destroy());
  received.pipe(sent);
}

async function relay(
  answer: IncomingMessage,
  response: ServerResponse,
  { flipAt = -1, cutAfter = Number.POSITIVE_INFINITY }: Tampering,
): Promise<void> {
  let offset = 0;
  try {
    for await (const chunk of answer) {
      if (flipAt >= offset && flipAt < offset + chunk.length) {
        chunk[flipAt - offset] ^= 1;
      }
      offset += chunk.length;
      if (!response.write(chunk)) {
        await once(response, "drain");
      }
      if (offset >= cutAfter) {
        response.destroy();
        return;
      }
    }
    response.end();
  } catch {
    response.destroy();
  }
}
