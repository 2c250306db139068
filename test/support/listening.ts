/** A server of node:http on a free port of 127.0.0.1, while something uses it. */
import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";

/** Resolves with what `use` does; the server and its connections are closed whatever it does. */
export async function listening<Result>(
  server: Server,
  use: (port: number) => Promise<Result>,
): Promise<Result> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    return await use((server.address() as AddressInfo).port);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}
