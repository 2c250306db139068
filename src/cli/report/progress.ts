/** Bars on a terminal: one for each item under way, and one for all of them. */
import { MultiBar, type SingleBar } from "cli-progress";
import type { Screen } from "../terminal.ts";
import { formatDuration, formatRate, formatSize } from "../units.ts";
import { createRateMeter, type RateMeter } from "./rate-meter.ts";

export interface ProgressPlan {
  /** What is counted, as `files` or `archives`; the total line says `524/1253 files`. */
  readonly noun: string;
  readonly itemCount: number;
  readonly totalBytes: number;
}

export interface Progress {
  /** An item is under way; `doneBytes` of it were done before. A size of 0 is unknown. */
  start(name: string, sizeBytes: number, doneBytes?: number): ProgressItem;
  /** Counts an item that needs no bar, as one that is there already. */
  skip(sizeBytes: number): void;
  /** A word on the total line, such as `2 retried`. */
  remark(text: string): void;
  /** A line above the bars. */
  log(line: string): void;
  /** Wipes the bars away. */
  close(): void;
}

export interface ProgressItem {
  /** More bytes are done; fewer when work is repeated. */
  advance(bytes: number): void;
  /** Shown in place of the rate, such as `resumed at part 211/640`. */
  label(text: string): void;
  /** Takes the bar away; the item counts as finished. */
  end(): void;
}

/** Where nobody looks. */
export const silentProgress: Progress = {
  start: () => ({ advance: () => undefined, label: () => undefined, end: () => undefined }),
  skip: () => undefined,
  remark: () => undefined,
  log: () => undefined,
  close: () => undefined,
};

interface Payload {
  readonly line: (doneBytes: number, columns: number) => string;
}

/** Draws on `screen`; log lines go there too. */
export function createProgress(
  plan: ProgressPlan,
  { screen, nowMs }: { readonly screen: Screen; readonly nowMs: () => number },
): Progress {
  const bars = new MultiBar({
    stream: screen.stream,
    clearOnComplete: true,
    hideCursor: true,
    fps: 8,
    // The session listens for signals itself.
    gracefulExit: false,
    format: (_options, { value }, payload: Payload) => payload.line(value, screen.columns() - 1),
  });
  const meter = createRateMeter(nowMs);
  const total = { ...plan, finished: 0, doneBytes: 0, remark: "" };
  const totalBar = bars.create(Number.MAX_SAFE_INTEGER, 0, {
    line: (_done, columns) => formatTotal(total, meter, columns),
  } satisfies Payload);
  return {
    start: (name, sizeBytes, doneBytes = 0) => {
      total.doneBytes += doneBytes;
      const item = createItem(bars, { name, sizeBytes, doneBytes, nowMs });
      return {
        ...item,
        advance: (bytes) => {
          total.doneBytes += bytes;
          meter.add(bytes);
          item.advance(bytes);
        },
        end: () => {
          total.finished += 1;
          item.end();
        },
      };
    },
    skip: (sizeBytes) => {
      total.finished += 1;
      total.doneBytes += sizeBytes;
    },
    remark: (text) => {
      total.remark = text;
    },
    log: (line) => bars.log(`${line}\n`),
    close: () => {
      bars.remove(totalBar);
      bars.stop();
    },
  };
}

function createItem(
  bars: MultiBar,
  item: {
    readonly name: string;
    readonly sizeBytes: number;
    readonly doneBytes: number;
    readonly nowMs: () => number;
  },
): ProgressItem {
  const meter = createRateMeter(item.nowMs);
  let label: string | undefined;
  const bar: SingleBar = bars.create(Number.MAX_SAFE_INTEGER, item.doneBytes, {
    line: (doneBytes, columns) => formatItem({ ...item, doneBytes, label, meter }, columns),
  } satisfies Payload);
  return {
    advance: (bytes) => {
      meter.add(bytes);
      bar.increment(bytes);
    },
    label: (text) => {
      label = text;
    },
    end: () => {
      bars.remove(bar);
    },
  };
}

/** `  IMG_2291.MOV    ███████░░░  74 %   3.1/4.2 GiB   38.2 MiB/s   0:29`; narrow screens drop the end. */
export function formatItem(
  item: {
    readonly name: string;
    readonly sizeBytes: number;
    readonly doneBytes: number;
    readonly label: string | undefined;
    readonly meter: RateMeter;
  },
  columns: number,
): string {
  const { name, sizeBytes, doneBytes, label, meter } = item;
  const nameColumns = Math.max(12, Math.min(32, Math.floor(columns / 3)));
  const shown = `  ${fitName(name, nameColumns)}`;
  if (sizeBytes === 0) {
    return cut(`${shown}  ${formatSize(doneBytes)}  ${formatRate(meter.rate())}`, columns);
  }
  const share = Math.min(1, doneBytes / sizeBytes);
  const percent = `${String(Math.floor(share * 100)).padStart(3)} %`;
  const remainingMs = meter.estimateMs(sizeBytes - doneBytes);
  const estimate = remainingMs === undefined ? "" : `  ${formatDuration(remainingMs)}`;
  const details = label ?? `${formatRate(meter.rate())}${estimate}`;
  const sizes = `${formatSize(doneBytes)}/${formatSize(sizeBytes)}`;
  return cut(`${shown}  ${drawBar(share, columns)} ${percent}  ${sizes}  ${details}`, columns);
}

function formatTotal(
  total: ProgressPlan & {
    readonly finished: number;
    readonly doneBytes: number;
    readonly remark: string;
  },
  meter: RateMeter,
  columns: number,
): string {
  const share = total.totalBytes === 0 ? 1 : Math.min(1, total.doneBytes / total.totalBytes);
  const remainingMs = meter.estimateMs(total.totalBytes - total.doneBytes);
  const parts = [
    `Total ${drawBar(share, columns)} ${Math.floor(share * 100)} %`,
    `${formatSize(total.doneBytes)}/${formatSize(total.totalBytes)}`,
    `${total.finished}/${total.itemCount} ${total.noun}`,
    formatRate(meter.rate()),
    ...(remainingMs === undefined ? [] : [`ETA ${formatDuration(remainingMs)}`]),
    ...(total.remark === "" ? [] : [total.remark]),
  ];
  return cut(parts.join(" · "), columns);
}

const BAR_COLUMNS = 20;
const NARROW_BAR_COLUMNS = 8;
const NARROW_SCREEN_COLUMNS = 100;

function drawBar(share: number, columns: number): string {
  const width = columns < NARROW_SCREEN_COLUMNS ? NARROW_BAR_COLUMNS : BAR_COLUMNS;
  const full = Math.round(share * width);
  return "█".repeat(full) + "░".repeat(width - full);
}

/** Both ends of a long name tell most. */
function fitName(name: string, columns: number): string {
  const characters = [...name.replaceAll(/\p{Cc}/gu, "?")];
  if (characters.length <= columns) {
    return characters.join("").padEnd(columns);
  }
  const head = Math.ceil((columns - 1) / 2);
  const tail = columns - 1 - head;
  return `${characters.slice(0, head).join("")}…${characters.slice(-tail).join("")}`;
}

function cut(line: string, columns: number): string {
  const characters = [...line];
  return characters.length <= columns ? line : `${characters.slice(0, columns - 1).join("")}…`;
}
