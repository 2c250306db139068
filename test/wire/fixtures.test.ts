/** Plays every fixture of this folder. */
import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { startWireServer, type WireServer } from "../support/wire-server.ts";
import { listFixtures, parseFixture } from "./fixture-format.ts";
import { playFixture } from "./run-fixture.ts";

const servers = new Map<string, Promise<WireServer>>();

/** Fixtures that need the same settings share a server; each has a region, and so vaults, of its own. */
function serverFor(settings: Readonly<Record<string, string>>): Promise<WireServer> {
  const key = JSON.stringify(settings);
  const server = servers.get(key) ?? startWireServer(settings);
  servers.set(key, server);
  return server;
}

after(async () => {
  await Promise.all([...servers.values()].map(async (server) => (await server).stop()));
});

describe("the answer on the wire", () => {
  for (const [index, fixture] of listFixtures().entries()) {
    it(`is as recorded: ${fixture.name}`, async () => {
      const server = await serverFor(fixture.settings);
      const played = await playFixture(fixture, server, `wire-fixture-${index}`);
      for (const { actual, expected } of played) {
        assert.equal(actual, expected);
      }
    });
  }
});

describe("a fixture file", () => {
  it("must name its source in the contract first", () => {
    assert.throws(() => parseFixture("x", "x.http", "GET / HTTP/1.1\n\n---\nHTTP/1.1 200 OK\n\n"));
  });

  it("must hold an answer for each request", () => {
    const text = "# contract \u00c2\u00a71.1\nGET / HTTP/1.1\n\n";
    assert.throws(() => parseFixture("x", "x.http", text), /an exchange is a request/);
  });
});
