/** Plays the golden fixtures against a service and keeps the requests that went over the wire. */
import { exchangeBytes } from "../support/wire-client.ts";
import type { WireServer } from "../support/wire-server.ts";
import { type Fixture, listFixtures } from "../wire/fixture-format.ts";
import { bringAbout } from "../wire/givens.ts";
import { type Bindings, fillIn, matches } from "../wire/placeholders.ts";
import { type RecordedRequest, signRecorded } from "./recorded-request.ts";

/** Bodies of megabytes make a fuzzer slow and find nothing that shorter ones don't. */
const BODY_MAX_BYTES = 64 * 1024;
const FIXTURE_MAX_BYTES = 16 * 1024;

/**
 * The requests of every fixture that needs no settings of its own, with ids that `server` gave; `round` keeps the
 * vaults of one recording apart from those of another.
 */
export async function recordFixtures(
  server: WireServer,
  round: number,
): Promise<readonly RecordedRequest[]> {
  const recorded: RecordedRequest[] = [];
  const fixtures = listFixtures().filter(({ settings }) => Object.keys(settings).length === 0);
  for (const [index, fixture] of fixtures.entries()) {
    recorded.push(...(await recordFixture(fixture, server, `fuzz-${round}-${index}`)));
  }
  return recorded.filter(({ body }) => body.length <= BODY_MAX_BYTES);
}

async function recordFixture(
  fixture: Fixture,
  server: WireServer,
  region: string,
): Promise<readonly RecordedRequest[]> {
  const bindings: Bindings = new Map([
    ["host", server.host],
    ["accountId", server.accountId],
    ["region", region],
  ]);
  const recorded: RecordedRequest[] = [];
  for (const { givens, request, answer, unsigned } of fixture.exchanges) {
    for (const given of givens) {
      await bringAbout(given, server, bindings);
    }
    const bodyText = fillIn(request.body, bindings);
    const [method = "", target = ""] = fillIn(request.start, bindings, bodyText).split(" ");
    const made: RecordedRequest = {
      name: fixture.name,
      method,
      target,
      headers: request.headers.map(([name, value]) => [name, fillIn(value, bindings, bodyText)]),
      body: Buffer.from(bodyText, "latin1"),
      region,
      service: "glacier",
      signature: { kind: unsigned ? "none" : "ours" },
    };
    recorded.push(made);
    const bytes = signRecorded(made, server.signing(region), Date.now());
    const heard = await exchangeBytes(server.port, bytes);
    // Ids in the answer are what later requests of the fixture speak of.
    if (answer.body.length <= FIXTURE_MAX_BYTES) {
      matches(answer.body, heard.body.toString("latin1"), bindings, "");
    }
    for (const [name, value] of answer.headers) {
      matches(value, heard.header(name) ?? "", bindings, "");
    }
  }
  return recorded;
}
