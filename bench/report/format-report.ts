/** The report as a Markdown table, which a terminal shows well too. */
import type { GoalResult, Report, Row, Surroundings } from "./row.ts";
import { roundTo } from "./statistics.ts";

const HEADINGS = [
  "workload",
  "median (lowest–highest)",
  "ratios",
  "processor of the service",
  "p50 / p99",
  "peak MiB",
  "goal",
] as const;

/** Facts, then the table with its columns in line, then how long the run took. */
export function formatReport({ surroundings, rows, seconds, seedSeconds }: Report): string {
  const cells = [HEADINGS, HEADINGS.map(() => "---"), ...rows.map(formatRow)];
  const widths = HEADINGS.map((_, column) =>
    Math.max(...cells.map((line) => [...(line[column] ?? "")].length)),
  );
  const lines = cells.map((line, index) => {
    const fill = index === 1 ? "-" : " ";
    const padded = line.map((cell, column) => pad(cell, widths[column] ?? 0, fill));
    return `| ${padded.join(" | ")} |`;
  });
  const seeds = Object.entries(seedSeconds).map(([name, took]) => `, seeding ${name} ${took} s`);
  const end = `The run took ${seconds} s${seeds.join("")}.`;
  return `${formatSurroundings(surroundings)}\n\n${lines.join("\n")}\n\n${end}\n`;
}

function pad(cell: string, width: number, fill: string): string {
  return cell + fill.repeat(width - [...cell].length);
}

/** The cells of a row, in the order of the headings. */
export function formatRow(row: Row): string[] {
  const ratios = Object.entries(row.ratios).map(([name, value]) => formatRatio(name, value));
  return [
    row.name,
    `${number(row.median)} (${number(row.lowest)}–${number(row.highest)}) ${row.unit}`,
    ratios.join("; "),
    formatCpu(row),
    formatLatency(row),
    row.peakMib === undefined ? "" : String(row.peakMib),
    row.goals.map(formatGoal).join("; "),
  ];
}

function formatRatio(name: string, value: number): string {
  return name === "T" ? `${roundTo(value, 3)} T` : `${roundTo(value, 3)} × ${name}`;
}

function formatCpu(row: Row): string {
  const own: string[] = [];
  if (row.cpuSecondsPerGb !== undefined) {
    own.push(`${roundTo(row.cpuSecondsPerGb, 2)} s/GB`);
  }
  if (row.cpuMicrosPerRequest !== undefined) {
    own.push(`${Math.round(row.cpuMicrosPerRequest)} µs/request`);
  }
  if (row.cpuSecondsPerRun !== undefined) {
    own.push(`${roundTo(row.cpuSecondsPerRun, 2)} s`);
  }
  const ratios = Object.entries(row.cpuRatios).map(([name, value]) => formatRatio(name, value));
  return [...own, ...ratios].join("; ");
}

function formatLatency(row: Row): string {
  if (row.loopDelayP99Ms !== undefined) {
    return `loop ${number(row.loopDelayP99Ms)} (max ${number(row.loopDelayMaxMs ?? 0)}) ms`;
  }
  return row.p50Ms === undefined || row.p99Ms === undefined
    ? ""
    : `${number(row.p50Ms)} / ${number(row.p99Ms)} ms`;
}

/** `✓ ≥ 0.52 T`, `✗ …` when missed, `? …` when the run could not tell. */
export function formatGoal({ text, isMet }: GoalResult): string {
  return `${isMet === undefined ? "?" : isMet ? "✓" : "✗"} ${text}`;
}

function formatSurroundings(facts: Surroundings): string {
  const rivals = Object.entries(facts.rivals).map(([name, version]) => `${name} ${version}`);
  const parts = [
    `Moraine ${facts.version} on Node.js ${facts.node}, ${facts.cores} × ${facts.processor}`,
    `Linux ${facts.kernel}, ${facts.fileSystem} (${Math.round(facts.diskMBps)} MB/s buffered with fsync)`,
    `T = ${Math.round(facts.hashMBps)} MB/s (${facts.hashedBy})`,
    `load generator in ${facts.loadGenerator}`,
    ...(facts.hashing === "" ? [] : [`hashing: ${facts.hashing}`]),
    ...(rivals.length === 0 ? [] : [`compared with ${rivals.join(", ")}`]),
    `${facts.rounds} rounds${facts.scale === 1 ? "" : `, scale ${facts.scale}`}`,
    facts.date.slice(0, 10),
  ];
  return `${parts.join("; ")}.`;
}

function number(value: number): string {
  return String(roundTo(value, 3));
}
