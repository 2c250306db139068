/** Plays a fixture against a server and compares each answer, byte by byte, with the one it states. */
import { exchangeBytes, formatRequest, signHead, type WireAnswer } from "../support/wire-client.ts";
import type { WireServer } from "../support/wire-server.ts";
import type { Fixture, FixtureExchange, FixtureMessage } from "./fixture-format.ts";
import { bringAbout } from "./givens.ts";
import { type Bindings, fillIn, generalize, matches } from "./placeholders.ts";

/** How one exchange went. */
export interface PlayedExchange {
  /** The answer as the fixture states it. */
  readonly expected: string;
  /** The answer that came, written as a fixture would; equal to `expected` when all is well. */
  readonly actual: string;
}

/**
 * Plays all exchanges in order, each on a connection of its own. `region` keeps the vaults of this
 * fixture apart from those of others on the same server.
 */
export async function playFixture(
  fixture: Fixture,
  server: WireServer,
  region: string,
): Promise<readonly PlayedExchange[]> {
  const bindings: Bindings = new Map([
    ["host", server.host],
    ["accountId", server.accountId],
    ["region", region],
  ]);
  const played: PlayedExchange[] = [];
  for (const exchange of fixture.exchanges) {
    for (const given of exchange.givens) {
      await bringAbout(given, server, bindings);
    }
    const answer = await exchangeBytes(server.port, requestBytes(exchange, server, bindings));
    played.push(compare(exchange.answer, answer, bindings));
  }
  return played;
}

function requestBytes(exchange: FixtureExchange, server: WireServer, bindings: Bindings): Buffer {
  const { request } = exchange;
  const bodyText = fillIn(request.body, bindings);
  const body = Buffer.from(bodyText, "latin1");
  const [method = "", target = ""] = fillIn(request.start, bindings, bodyText).split(" ");
  const headers = request.headers.map(([name, value]): [string, string] => [
    name,
    fillIn(value, bindings, bodyText),
  ]);
  const head = { method, target, headers };
  const signing = server.signing(bindings.get("region") ?? "");
  return formatRequest(exchange.unsigned ? head : signHead(head, body, signing), body);
}

/** Line by line: a line that is as stated is kept as stated, any other is shown as it came. */
function compare(stated: FixtureMessage, answer: WireAnswer, bindings: Bindings): PlayedExchange {
  const bodyText = answer.body.toString("latin1");
  const show = (template: string, text: string): string =>
    matches(template, text, bindings, bodyText) ? template : generalize(text, bindings);
  const left = [...answer.headers];
  const headers: string[] = [];
  for (const [name, value] of stated.headers) {
    const index = left.findIndex(([candidate]) => candidate === name);
    const [found] = index < 0 ? [] : left.splice(index, 1);
    if (found !== undefined) {
      headers.push(`${name}: ${show(value, found[1])}`);
    }
  }
  const unstated = left.map(([name, value]) => `${name}: ${generalize(value, bindings)}`);
  return {
    expected: formatMessage(stated.start, stated.headers.map(formatHeader), stated.body),
    actual: formatMessage(
      show(stated.start, answer.statusLine),
      [...headers, ...unstated],
      show(stated.body, bodyText),
    ),
  };
}

function formatHeader([name, value]: readonly [string, string]): string {
  return `${name}: ${value}`;
}

function formatMessage(start: string, headers: readonly string[], body: string): string {
  return `${[start, ...headers].join("\n")}\n\n${body}${body === "" ? "" : "\n"}`;
}
