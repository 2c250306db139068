/**
 * Lists page by page, as botocore does for the AWS CLI (contract §7.4): `--max-items` cuts the result and
 * gives a token for the rest, `--starting-token` takes it, or a marker of the service.
 */
import { type OperationName, takes } from "../../protocol/operations.ts";
import type { JsonValue } from "../../std/json.ts";
import { CommandFailure } from "./errors-and-exit-codes.ts";
import { inputMembers, outputMembers } from "./operation-shape.ts";
import { isList, isObject } from "./python-text.ts";

/** The members of a list operation that paging uses. */
export interface Paging {
  readonly inputToken: string;
  readonly limit: string;
  readonly outputToken: string;
  /** The list in the answer. */
  readonly result: string;
}

export interface PagingSettings {
  readonly pageSize?: string;
  readonly maxItems?: string;
  readonly startingToken?: string;
}

/** A printable answer. */
export type Page = Readonly<Record<string, JsonValue>>;
export type FetchPage = (parameters: Readonly<Record<string, unknown>>) => Promise<Page>;

/** The paging members of the operation; `undefined` when it doesn't list in pages. */
export function pagingOf(operation: OperationName): Paging | undefined {
  const inputs = new Set(inputMembers(operation).map(({ name }) => name));
  const outputs = outputMembers(operation);
  const result = outputs.find(({ shape }) => shape.kind === "list");
  const isPaged = takes(operation, "query") && inputs.has("marker") && inputs.has("limit");
  return isPaged && result !== undefined
    ? { inputToken: "marker", limit: "limit", outputToken: "Marker", result: result.name }
    : undefined;
}

/** A walk over the pages of a list. */
export interface PageWalk {
  readonly paging: Paging;
  readonly pages: AsyncIterable<Page>;
  /** Once the pages have ended: the token for what `--max-items` cut off. */
  resumeToken(): string | undefined;
}

/** Fetches pages as they are asked for. Throws a `CommandFailure` for a token that can't be read. */
export function walkPages(
  paging: Paging,
  parameters: Readonly<Record<string, unknown>>,
  settings: PagingSettings,
  fetchPage: FetchPage,
): PageWalk {
  const end: { token?: Token } = {};
  const pages = generatePages(paging, parameters, settings, fetchPage, end);
  return {
    paging,
    pages,
    resumeToken: () => (end.token === undefined ? undefined : formatToken(end.token, paging)),
  };
}

/** All pages as one answer, which holds the list alone and, when it was cut, `NextToken`. */
export async function joinPages(walk: PageWalk): Promise<Page> {
  let items: readonly JsonValue[] | undefined;
  for await (const page of walk.pages) {
    const found = page[walk.paging.result];
    items = isList(found) ? [...(items ?? []), ...found] : items;
  }
  const token = walk.resumeToken();
  return {
    ...(items === undefined ? {} : { [walk.paging.result]: items }),
    ...(token === undefined ? {} : { NextToken: token }),
  };
}

interface Token {
  readonly marker: string | null;
  /** Items of the marker's page that have been shown already. */
  readonly shown?: number;
}

async function* generatePages(
  paging: Paging,
  parameters: Readonly<Record<string, unknown>>,
  settings: PagingSettings,
  fetchPage: FetchPage,
  end: { token?: Token },
): AsyncGenerator<Page> {
  const start = parseToken(settings.startingToken, paging);
  const most = parseCount(settings.maxItems);
  const size = settings.pageSize === undefined ? {} : { [paging.limit]: settings.pageSize };
  let skipped = start.shown ?? 0;
  let marker = start.marker;
  let total = 0;
  for (;;) {
    const token = marker === null ? {} : { [paging.inputToken]: marker };
    const page = await fetchPage({ ...parameters, ...size, ...token });
    const found = page[paging.result];
    const items = isList(found) ? found.slice(skipped) : [];
    const kept = Math.min(items.length, most - total);
    const list = isList(found) ? { [paging.result]: items.slice(0, kept) } : {};
    if (kept < items.length) {
      end.token = { marker, shown: kept + skipped };
      yield { ...page, ...list };
      return;
    }
    yield { ...page, ...list };
    total += kept;
    const next = page[paging.outputToken];
    if (typeof next !== "string" || next === "") {
      return;
    }
    if (total === most) {
      end.token = { marker: next };
      return;
    }
    if (next === marker && total > kept) {
      throw new CommandFailure(
        "general",
        `Error during pagination: The same next token was received twice: ${next}`,
      );
    }
    marker = next;
    skipped = 0;
  }
}

function parseCount(text: string | undefined): number {
  if (text === undefined) {
    return Number.POSITIVE_INFINITY;
  }
  if (!/^\s*[+-]?\d+\s*$/.test(text)) {
    throw new CommandFailure("general", `invalid literal for int() with base 10: '${text}'`);
  }
  return Math.max(0, Number(text));
}

/** Base64 of JSON with the spaces that Python puts into it. */
function formatToken({ marker, shown }: Token, { inputToken }: Paging): string {
  const amount = shown === undefined ? "" : `, "boto_truncate_amount": ${shown}`;
  const json = `{${JSON.stringify(inputToken)}: ${JSON.stringify(marker)}${amount}}`;
  return Buffer.from(escapeNonAscii(json)).toString("base64");
}

function escapeNonAscii(text: string): string {
  return text.replaceAll(
    /[^\0-\x7f]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function parseToken(text: string | undefined, { inputToken }: Paging): Token {
  if (text === undefined) {
    return { marker: null };
  }
  const decoded = decodeToken(text);
  if (decoded !== undefined) {
    const marker = decoded[inputToken];
    const shown = decoded["boto_truncate_amount"];
    return {
      marker: typeof marker === "string" ? marker : null,
      shown: typeof shown === "number" ? shown : 0,
    };
  }
  return parsePlainToken(text);
}

function decodeToken(text: string) {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, "base64").toString("utf8"));
    return isObject(value) ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) {
      return undefined;
    }
    throw error;
  }
}

/** A marker of the service, or the old form of a token: the marker, `___` and the number of shown items. */
function parsePlainToken(text: string): Token {
  const parts = text.split("___");
  const count = parts.length === 2 ? parts[1] : undefined;
  if (count !== undefined && /^\d+$/.test(count)) {
    return { marker: parts[0] === "None" ? null : (parts[0] ?? null), shown: Number(count) };
  }
  if (parts.length > 2) {
    throw new CommandFailure("general", `Bad starting token: ${text}`);
  }
  return { marker: text === "None" ? null : text };
}
