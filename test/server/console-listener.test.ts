import assert from "node:assert/strict";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { connect } from "node:net";
import { describe, it, type TestContext } from "node:test";
import {
  type ConsoleListenerOptions,
  createConsoleListener,
} from "../../src/http/console-listener.ts";

async function start(test: TestContext, options: Partial<ConsoleListenerOptions> = {}) {
  const errors: string[] = [];
  const server = createConsoleListener({
    isReady: () => true,
    renderMetrics: () => Promise.resolve("moraine_requests_total 1\n"),
    logger: {
      debug: () => {},
      info: () => {},
      warn: () => {},
      error: (_fields: object, message: string) => void errors.push(message),
    },
    ...options,
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  test.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, port, errors };
}

describe("createConsoleListener", () => {
  it("says that it lives", async (test) => {
    const { url } = await start(test, { isReady: () => false });
    const response = await fetch(`${url}/health/live`);
    assert.equal(response.status, 200);
    assert.equal(await response.text(), "ok\n");
  });

  it("says whether the service takes requests", async (test) => {
    let ready = false;
    const { url } = await start(test, { isReady: () => ready });
    assert.equal((await fetch(`${url}/health/ready`)).status, 503);
    ready = true;
    assert.equal((await fetch(`${url}/health/ready?verbose`)).status, 200);
    ready = false;
    assert.equal((await fetch(`${url}/health/ready`)).status, 503);
  });

  it("shows the metrics in the Prometheus text format", async (test) => {
    const { url } = await start(test);
    const response = await fetch(`${url}/metrics`);
    assert.equal(await response.text(), "moraine_requests_total 1\n");
    assert.match(response.headers.get("content-type") ?? "", /^text\/plain; version=0\.0\.4/);
    assert.equal(response.headers.get("cache-control"), "no-store");
  });

  it("lets no page of another site read it", async (test) => {
    const { url } = await start(test);
    const headers = { origin: "https://evil.example", "access-control-request-method": "GET" };
    for (const method of ["GET", "OPTIONS"]) {
      const response = await fetch(`${url}/metrics`, { method, headers });
      const names = [...response.headers.keys()];
      assert.deepEqual(
        names.filter((name) => name.startsWith("access-control-")),
        [],
      );
    }
  });

  it("answers on a loopback address to addresses and localhost, and to no other name", async (test) => {
    const { port } = await start(test, {
      mustNameLoopback: true,
      answerOperator: async (_request, response) => void response.end("operator"),
    });
    const ask = async (path: string, host: string | undefined) => {
      const line = host === undefined ? "" : `Host: ${host}\r\n`;
      const version = host === undefined ? "1.0" : "1.1";
      const socket = connect(port, "127.0.0.1");
      socket.write(`GET ${path} HTTP/${version}\r\n${line}Connection: close\r\n\r\n`);
      const chunks: Buffer[] = [];
      socket.on("data", (chunk: Buffer) => chunks.push(chunk));
      await once(socket, "close");
      return Buffer.concat(chunks).toString().split(" ")[1];
    };
    for (const path of ["/metrics", "/health/live", "/admin/v1/accounts"]) {
      for (const host of ["127.0.0.1:9721", "[::1]:9721", "localhost", "LocalHost:1", undefined]) {
        assert.equal(await ask(path, host), "200", `${path} ${host}`);
      }
      for (const host of ["evil.example", "evil.example:9721", "127.0.0.1.evil.example", ""]) {
        assert.equal(await ask(path, host), "421", `${path} ${host}`);
      }
    }
  });

  it("answers HEAD with the head alone", async (test) => {
    const { url } = await start(test);
    const response = await fetch(`${url}/metrics`, { method: "HEAD" });
    assert.equal(response.headers.get("content-length"), "25");
    assert.equal(await response.text(), "");
  });

  it("finds nothing else, and takes no other method", async (test) => {
    const { url } = await start(test);
    for (const path of ["/", "/health", "/health/live/", "/metrics/x", "/%2e%2e/etc/passwd"]) {
      assert.equal((await fetch(`${url}${path}`)).status, 404, path);
    }
    for (const method of ["POST", "PUT", "DELETE", "OPTIONS"]) {
      assert.equal((await fetch(`${url}/metrics`, { method })).status, 404, method);
    }
  });

  it("ends the connection of a request with a body instead of reading it", async (test) => {
    const { url } = await start(test);
    const response = await fetch(`${url}/metrics`, { method: "POST", body: "x".repeat(100_000) });
    assert.equal(response.status, 404);
    assert.equal(response.headers.get("connection"), "close");
  });

  it("answers 500 without details when the metrics fail, and logs why", async (test) => {
    const { url, errors } = await start(test, {
      renderMetrics: () => Promise.reject(new Error("a private detail")),
    });
    const response = await fetch(`${url}/metrics`);
    assert.equal(response.status, 500);
    assert.equal(await response.text(), "internal error\n");
    assert.equal(errors.length, 1);
  });

  it("refuses a head that is larger than 8 KiB", async (test) => {
    const { port } = await start(test);
    const socket = connect(port, "127.0.0.1");
    socket.write(`GET /health/live HTTP/1.1\r\nhost: x\r\nx: ${"y".repeat(9000)}\r\n\r\n`);
    const [head] = await once(socket, "data");
    socket.destroy();
    assert.match(String(head), /^HTTP\/1\.1 431 /);
  });
});
