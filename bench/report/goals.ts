/** The goals, as ratios and bounds on figures of one run. */
import type { GoalResult, Row } from "./row.ts";
import { roundTo } from "./statistics.ts";

/** A row's figures before its goals are known. */
export type Figures = Omit<Row, "goals">;

interface Goal {
  readonly figure: (row: Figures) => number | undefined;
  readonly atLeast?: number;
  readonly atMost?: number;
  /** As in "≥ 0.75 of nginx"; `#` stands for the bound. */
  readonly text: string;
  /** Only with, or only without, the accelerator. */
  readonly accelerated?: boolean;
}

const ratio = (name: string) => (row: Figures) => row.ratios[name];

const flat = (what: string): readonly Goal[] => [
  { figure: ratio(what), atMost: 1.2, text: `≤ # × ${what}` },
];

/** By the row's id. */
const GOALS: Readonly<Record<string, readonly Goal[]>> = {
  "upload-1g-x1": [
    { figure: ratio("T"), atLeast: 0.45, text: "≥ # T", accelerated: true },
    { figure: ratio("T"), atLeast: 0.3, text: "≥ # T", accelerated: false },
  ],
  "upload-1g-x4": [
    { figure: ratio("T"), atLeast: 0.52, text: "≥ # T" },
    { figure: (row) => row.cpuSecondsPerGb, atMost: 1.6, text: "≤ # CPU s/GB" },
    { figure: (row) => row.peakMib, atMost: 256, text: "≤ # MiB" },
  ],
  "small-8": [{ figure: ratio("moto"), atLeast: 15, text: "≥ # × moto" }],
  "small-64": [
    { figure: ratio("moto"), atLeast: 35, text: "≥ # × moto" },
    { figure: (row) => row.p99Ms, atMost: 10, text: "p99 ≤ # ms" },
  ],
  "download-x4": [{ figure: ratio("nginx"), atLeast: 0.75, text: "≥ # nginx" }],
  "describe-vault": [
    { figure: ratio("bare node:http"), atLeast: 0.85, text: "≥ # bare node:http" },
  ],
  "inventory-1m": [
    { figure: (row) => row.median, atMost: 2.5, text: "≤ # s" },
    { figure: (row) => row.peakMib, atMost: 250, text: "≤ # MiB" },
    { figure: (row) => row.loopDelayP99Ms, atMost: 10, text: "loop delay p99 ≤ # ms" },
  ],
  "describe-vault-10m": flat("1 000 archives"),
  "initiate-archive-10m": flat("1 000 archives"),
  "initiate-inventory-10m": flat("1 000 archives"),
  "start-empty": [{ figure: (row) => row.median, atMost: 0.5, text: "≤ # s" }],
  "start-1m": [{ figure: (row) => row.median, atMost: 1, text: "≤ # s" }],
};

/** The goals of the row, met or not. */
export function judgeGoals(row: Figures, options: { readonly accelerated: boolean }): GoalResult[] {
  return (GOALS[row.id] ?? [])
    .filter((goal) => (goal.accelerated ?? options.accelerated) === options.accelerated)
    .map((goal) => {
      const bound = goal.atLeast ?? goal.atMost ?? 0;
      const value = goal.figure(row);
      const isMet =
        value === undefined
          ? undefined
          : goal.atLeast === undefined
            ? value <= bound
            : value >= bound;
      return { text: goal.text.replace("#", String(roundTo(bound, 3))), isMet };
    });
}
