/** The server under both listeners: HTTP/1.1 in the clear, or over TLS when there is a certificate. */
import { createServer as createPlainServer, type Server, type ServerOptions } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { Socket } from "node:net";
import { type SecureContextOptions, Server as TlsServer } from "node:tls";

/** A certificate with its private key, both PEM; further certificates of the chain follow the first one. */
export interface TlsIdentity {
  readonly certificatePem: string;
  readonly privateKeyPem: string;
}

/**
 * Forward secrecy and authenticated encryption only: the intermediate profile of Mozilla's guidelines without
 * finite-field Diffie-Hellman. Every client of the last ten years speaks one of them.
 */
const CIPHERS = [
  "TLS_AES_128_GCM_SHA256",
  "TLS_AES_256_GCM_SHA384",
  "TLS_CHACHA20_POLY1305_SHA256",
  "ECDHE-ECDSA-AES128-GCM-SHA256",
  "ECDHE-RSA-AES128-GCM-SHA256",
  "ECDHE-ECDSA-AES256-GCM-SHA384",
  "ECDHE-RSA-AES256-GCM-SHA384",
  "ECDHE-ECDSA-CHACHA20-POLY1305",
  "ECDHE-RSA-CHACHA20-POLY1305",
].join(":");

/** How long a client may take to agree on keys. */
const HANDSHAKE_MAX_MS = 10_000;

/** A server, not yet listening; over TLS when `identity` is given. */
export function createHttpServer(
  options: ServerOptions,
  identity: TlsIdentity | undefined,
): Server {
  if (identity === undefined) {
    return createPlainServer(options);
  }
  const server = createTlsServer({
    ...options,
    ...contextOptions(identity),
    ALPNProtocols: ["http/1.1"],
    handshakeTimeout: HANDSHAKE_MAX_MS,
  });
  rememberHandshakes(server);
  return server;
}

/** Connections without keys so far, by their other end: they are not among those that a server can close. */
const handshakes = new WeakMap<Server, Map<string, Socket>>();

function rememberHandshakes(server: Server): void {
  const underWay = new Map<string, Socket>();
  handshakes.set(server, underWay);
  const peerOf = ({ remoteAddress, remotePort }: Socket) => `${remoteAddress} ${remotePort}`;
  server.on("connection", (socket: Socket) => {
    const peer = peerOf(socket);
    underWay.set(peer, socket);
    socket.once("close", () => underWay.delete(peer));
  });
  server.on("secureConnection", (socket: Socket) => underWay.delete(peerOf(socket)));
}

/** Closes connections on which no request can have come yet, for a server that ends. */
export function dropHandshakes(server: Server): void {
  for (const socket of handshakes.get(server)?.values() ?? []) {
    socket.destroy();
  }
}

/**
 * Gives a server over TLS another certificate: connections that are open keep theirs, new ones get this. Throws
 * what OpenSSL says when it can't be used; the old one stays then.
 */
export function replaceIdentity(server: Server, identity: TlsIdentity): void {
  if (server instanceof TlsServer) {
    server.setSecureContext(contextOptions(identity));
  }
}

/** How a connection that can carry requests announces itself. */
export function connectionEvent(server: Server): "connection" | "secureConnection" {
  return server instanceof TlsServer ? "secureConnection" : "connection";
}

/**
 * Whether no request could come on a connection yet, since its keys were never agreed on: bytes written to it
 * reach nobody. Asked when a connection has failed.
 */
export function watchHandshakes(server: Server): (socket: Socket) => boolean {
  if (!(server instanceof TlsServer)) {
    return () => false;
  }
  const agreed = new WeakSet<Socket>();
  server.on("secureConnection", (socket) => agreed.add(socket));
  return (socket) => !agreed.has(socket);
}

/** What both a new server and a new certificate need. */
export function contextOptions(identity: TlsIdentity): SecureContextOptions {
  return {
    cert: identity.certificatePem,
    key: identity.privateKeyPem,
    minVersion: "TLSv1.2",
    ciphers: CIPHERS,
    honorCipherOrder: true,
  };
}
