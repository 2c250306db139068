/** Binds listeners, and ends them without cutting off the requests under way. */
import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { dropHandshakes } from "../http/http-server.ts";
import type { ListenAddress } from "./config.ts";

/** How long requests under way may take to end once the service is told to stop. */
const REQUEST_GRACE_MS = 7_000;
const IDLE_SWEEP_MS = 50;

/** The listener's address cannot be bound; the message names setting, address and reason. */
export class ListenError extends Error {
  override readonly name = "ListenError";
}

/** Binds `server`; throws `ListenError`. */
export async function bindListener(
  server: Server,
  setting: string,
  address: ListenAddress,
): Promise<Server> {
  server.listen({ host: address.host, port: address.port });
  try {
    await once(server, "listening");
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const reason = code === "EADDRINUSE" ? "another process listens there" : String(code);
    throw new ListenError(
      `${setting}: ${address.host}:${address.port} can't be listened on: ${reason}`,
      { cause },
    );
  }
  return server;
}

/** Where a bound server listens. */
export function addressOf(server: Server): AddressInfo {
  // A TCP listener that is bound always has one; only pipes have a text and unbound ones `null`.
  return server.address() as AddressInfo;
}

/** Takes no new connection; connections end with their request, and are cut off at the bound. */
export async function endListener(server: Server): Promise<void> {
  const closed = once(server, "close");
  server.close();
  dropHandshakes(server);
  const sweep = setInterval(() => server.closeIdleConnections(), IDLE_SWEEP_MS);
  const cutOff = setTimeout(() => server.closeAllConnections(), REQUEST_GRACE_MS);
  await closed;
  clearInterval(sweep);
  clearTimeout(cutOff);
}
