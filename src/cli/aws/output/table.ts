/** `--output table`: boxes in boxes, one for each nested structure or list, as the AWS CLI draws them. */
import type { JsonValue } from "../../../std/json.ts";
import { formatPythonText, isList, isObject } from "../python-text.ts";
import { measureText } from "./text-width.ts";

export interface TableSettings {
  /** Boxes wider than this are turned on their side where a row stands alone. */
  readonly terminalWidth: number;
  readonly color: boolean;
}

interface Section {
  readonly title: string;
  readonly level: number;
  headers: readonly string[];
  rows: (readonly string[])[];
}

type Structure = { readonly [key: string]: JsonValue | undefined };

/** The text of `value` under `title`; empty when there is nothing to show. */
export function formatTableOutput(
  title: string,
  value: JsonValue,
  settings: TableSettings,
): string {
  const sections: Section[] = [];
  if (!addSections(sections, title, value, 0)) {
    return "";
  }
  const width = tableWidth(sections);
  const turned = width > settings.terminalWidth ? sections.map(turn) : sections;
  const lines = ["-".repeat(tableWidth(turned))];
  for (const section of turned) {
    lines.push(...drawSection(section, tableWidth(turned), settings.color));
  }
  return `${lines.join("\n")}\n`;
}

function addSections(
  sections: Section[],
  title: string | undefined,
  value: JsonValue,
  level: number,
): boolean {
  if (isEmpty(value)) {
    return false;
  }
  if (title !== undefined) {
    sections.push({ title, level, headers: [], rows: [] });
  }
  if (isObject(value)) {
    addStructure(sections, value, level);
  } else if (isList(value) && isObject(value[0])) {
    addStructures(sections, value.filter(isObject), title ?? "", level);
  } else if (isList(value)) {
    for (const item of value) {
      addItem(sections, item, level);
    }
  }
  return true;
}

function isEmpty(value: JsonValue): boolean {
  return (
    value === null ||
    value === "" ||
    value === 0 ||
    value === false ||
    (isList(value) && value.length === 0) ||
    (isObject(value) && Object.keys(value).length === 0)
  );
}

function addItem(sections: Section[], item: JsonValue, level: number): void {
  if (isScalar(item)) {
    addRow(sections, [item]);
  } else if (isList(item) && item.every(isScalar)) {
    addRow(sections, item);
  } else {
    addSections(sections, undefined, item, level);
  }
}

function addStructure(sections: Section[], value: Structure, level: number): void {
  const { scalars, nested } = splitNames([value]);
  const [only] = scalars;
  if (scalars.length === 1 && only !== undefined) {
    addRow(sections, [only, value[only] ?? null]);
  } else if (scalars.length > 0) {
    setHeaders(sections, scalars);
    addRow(
      sections,
      scalars.map((name) => value[name] ?? null),
    );
  }
  for (const name of nested) {
    addSections(sections, name, value[name] ?? null, level + 1);
  }
}

function addStructures(
  sections: Section[],
  values: readonly Structure[],
  title: string,
  level: number,
): void {
  const { scalars, nested } = splitNames(values);
  setHeaders(sections, scalars);
  for (const [index, value] of values.entries()) {
    if (index > 0 && nested.length > 0) {
      sections.push({ title, level, headers: scalars, rows: [] });
    }
    addRow(
      sections,
      scalars.map((name) => (name in value ? (value[name] ?? null) : "")),
    );
    for (const name of nested.filter((each) => each in value)) {
      addSections(sections, name, value[name] ?? null, level + 1);
    }
  }
}

function splitNames(values: readonly Structure[]) {
  const scalars = new Set<string>();
  const nested = new Set<string>();
  for (const value of values) {
    for (const [name, member] of Object.entries(value)) {
      (isScalar(member ?? null) ? scalars : nested).add(name);
    }
  }
  return { scalars: [...scalars].sort(), nested: [...nested].sort() };
}

function isScalar(value: JsonValue): boolean {
  return !isList(value) && !isObject(value);
}

function setHeaders(sections: Section[], headers: readonly string[]): void {
  const section = sections.at(-1);
  if (section !== undefined) {
    section.headers = headers;
  }
}

function addRow(sections: Section[], cells: readonly JsonValue[]): void {
  sections.at(-1)?.rows.push(cells.map(formatPythonText));
}

/** A single row below headers becomes a row for each header. */
function turn(section: Section): Section {
  const [row] = section.rows;
  if (section.rows.length !== 1 || section.headers.length === 0 || row === undefined) {
    return section;
  }
  const rows = section.headers.map((header, index) => [header, row[index] ?? ""]);
  return { ...section, headers: [], rows };
}

const PADDING = 4;
const BORDERS = 2;

function tableWidth(sections: readonly Section[]): number {
  return Math.max(...sections.map(sectionWidth));
}

function sectionWidth(section: Section): number {
  const cells = columnWidths(section).reduce((sum, width) => sum + width + PADDING, 0);
  const content = Math.max(measureText(section.title), cells);
  return content + BORDERS + 2 * section.level;
}

function columnWidths({ headers, rows }: Section): readonly number[] {
  const lines = headers.length > 0 ? [headers, ...rows] : rows;
  const columns = Math.max(0, ...lines.map((line) => line.length));
  return Array.from({ length: columns }, (_, column) =>
    Math.max(...lines.map((line) => measureText(line[column] ?? ""))),
  );
}

function drawSection(section: Section, tableColumns: number, color: boolean): readonly string[] {
  const width = tableColumns - 2 * section.level;
  const edge = (color ? "\x1b[2m\x1b[33m|\x1b[0m" : "|").repeat(section.level);
  const widths = scaleWidths(columnWidths(section), width);
  const lines: string[] = [];
  lines.push(center(section.title, width, "|"));
  if (section.headers.length === 0 && section.rows.length === 0) {
    lines.push(`+${"-".repeat(width - 2)}+`);
  }
  if (section.headers.length > 0) {
    lines.push(drawBreak(widths));
    lines.push(
      section.headers
        .map((header, index) => center(header, widths[index] ?? 0, index === 0 ? "|" : ""))
        .join(""),
    );
  }
  if (section.rows.length > 0 && widths.length > 0) {
    lines.push(drawBreak(widths));
    lines.push(...section.rows.map((row) => drawRow(row, widths, color)));
    lines.push(drawBreak(widths));
  }
  return lines.map((line) => `${edge}${line}${edge}`);
}

/** Spreads the columns over the width of the table. */
function scaleWidths(widths: readonly number[], width: number): readonly number[] {
  const padded = widths.map((each) => each + PADDING);
  const sum = padded.reduce((total, each) => total + each, 0);
  const scaled = padded.map((each) => roundHalfToEven((width / sum) * each));
  let excess = scaled.reduce((total, each) => total + each, 0) - width;
  while (excess !== 0 && scaled.length > 0) {
    const step = Math.sign(excess);
    for (let turnIndex = 0; turnIndex < scaled.length && excess !== 0; turnIndex += 1) {
      const index = step > 0 ? turnIndex : scaled.length - 1 - turnIndex;
      scaled[index] = (scaled[index] ?? 0) - step;
      excess -= step;
    }
  }
  return scaled;
}

function roundHalfToEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor === 0.5) {
    return floor % 2 === 0 ? floor : floor + 1;
  }
  return Math.round(value);
}

function drawBreak(widths: readonly number[]): string {
  return widths
    .map((width, index) =>
      index === 0 ? `+${"-".repeat(width - 2)}+` : `${"-".repeat(width - 1)}+`,
    )
    .join("");
}

function center(text: string, width: number, leftEdge: string): string {
  const length = measureText(text);
  const before = Math.max(0, Math.floor(width / 2) - Math.floor(length / 2) - 1);
  const after = Math.max(0, width - 1 - (leftEdge.length + before + length));
  return `${leftEdge}${" ".repeat(before)}${text}${" ".repeat(after)}|`;
}

function drawRow(row: readonly string[], widths: readonly number[], color: boolean): string {
  return row.map((cell, index) => drawCell(cell, widths[index] ?? 0, index === 0, color)).join("");
}

function drawCell(text: string, width: number, isFirst: boolean, color: boolean): string {
  const edge = isFirst ? "|" : "";
  const length = measureText(text);
  const padding = width - (length + 2 + edge.length + 1) >= 0 ? 2 : 0;
  const after = Math.max(0, width - (edge.length + padding + length) - 1);
  const shown = color ? `\x1b[1m\x1b[34m${text}\x1b[0m` : text;
  return `${edge}${" ".repeat(padding)}${shown}${" ".repeat(after)}|`;
}
