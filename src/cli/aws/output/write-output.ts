/** Prints an answer, or the pages of a list, in the format that is asked for. */
import type { JsonValue } from "../../../std/json.ts";
import type { OutputFormat } from "../global-options.ts";
import { joinPages, type Page, type PageWalk } from "../pagination.ts";
import { isObject } from "../python-text.ts";
import type { Query } from "../query.ts";
import { formatJsonOutput } from "./json.ts";
import { formatTableOutput, type TableSettings } from "./table.ts";
import { formatTextOutput } from "./text.ts";
import { formatYamlOutput } from "./yaml.ts";
import { formatYamlStreamItem } from "./yaml-stream.ts";

export interface OutputSettings extends TableSettings {
  readonly format: OutputFormat;
  readonly query: Query | undefined;
  /** The operation's name, the title of a table. */
  readonly title: string;
}

export type Write = (text: string) => void;

/** Prints one answer. */
export function writeAnswer(answer: Page, settings: OutputSettings, write: Write): void {
  const value = applyQuery(answer, settings);
  if (settings.format === "yaml-stream") {
    const isNothing = isObject(value) && Object.keys(value).length === 0;
    write(isNothing ? "" : formatYamlStreamItem(value));
  } else {
    write(formatWhole(value, settings.format, settings));
  }
}

/** Prints pages: text and yaml-stream one by one as they come, other formats when all are there. */
export async function writePages(
  walk: PageWalk,
  settings: OutputSettings,
  write: Write,
): Promise<void> {
  switch (settings.format) {
    case "yaml-stream":
      for await (const page of walk.pages) {
        write(formatYamlStreamItem(applyQuery(page, settings)));
      }
      return;
    case "text":
      await writeTextPages(walk, settings, write);
      return;
    case "json":
    case "table":
    case "yaml":
      writeAnswer(await joinPages(walk), settings, write);
  }
}

async function writeTextPages(
  walk: PageWalk,
  settings: OutputSettings,
  write: Write,
): Promise<void> {
  const { result } = walk.paging;
  for await (const page of walk.pages) {
    const list = { [result]: page[result] ?? null };
    write(formatTextOutput(applyQuery(list, settings)));
  }
  const token = walk.resumeToken();
  if (token !== undefined) {
    const next = { NextToken: { NextToken: token } };
    write(formatTextOutput(applyQuery(next, settings)));
  }
}

function applyQuery(value: JsonValue, { query }: OutputSettings): JsonValue {
  return query === undefined ? value : query(value);
}

function formatWhole(
  value: JsonValue,
  format: Exclude<OutputFormat, "yaml-stream">,
  settings: OutputSettings,
): string {
  switch (format) {
    case "json":
      return formatJsonOutput(value);
    case "yaml":
      return formatYamlOutput(value);
    case "text":
      return formatTextOutput(value);
    case "table":
      return formatTableOutput(settings.title, value, settings);
  }
}
