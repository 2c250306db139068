/** Lines of the audit log that are not written yet, in order, and how many were given up. */
import type { AuditEvent } from "../../ports/audit-log.ts";
import { formatAuditLine } from "./audit-line.ts";

export interface WaitingLine {
  /** Whose file it belongs to: `2014-12-10`. */
  readonly day: string;
  readonly text: string;
}

/** Lines that were given up since the last write. */
export interface LostLines {
  readonly count: number;
  readonly firstAt: string;
  readonly lastAt: string;
}

/** Everything that one write takes. */
export interface Batch {
  readonly lines: WaitingLine[];
  /** Whether somebody waits for the lines to be durable. */
  readonly mustSync: boolean;
  readonly lost: LostLines | undefined;
}

export interface WaitingLines {
  add(event: AuditEvent, options: { readonly mustSync: boolean }): void;
  /** Counts a line that is not kept; returns how many that are by now. */
  lose(event: AuditEvent): number;
  /** In UTF-16 units. */
  characters(): number;
  takeAll(): Batch;
  /** Puts back what could not be written, before what came meanwhile. */
  putBack(batch: Batch): void;
}

export function createWaitingLines(): WaitingLines {
  let batch: Batch = { lines: [], mustSync: false, lost: undefined };
  let characters = 0;
  return {
    add: (event, { mustSync }) => {
      const text = formatAuditLine(event);
      batch.lines.push({ day: event.eventTime.slice(0, 10), text });
      characters += text.length;
      batch = mustSync ? { ...batch, mustSync } : batch;
    },
    lose: ({ eventTime }) => {
      const lost = joinLost(batch.lost, { count: 1, firstAt: eventTime, lastAt: eventTime });
      batch = { ...batch, lost };
      return lost?.count ?? 0;
    },
    characters: () => characters,
    takeAll: () => {
      const taken = batch;
      batch = { lines: [], mustSync: false, lost: undefined };
      characters = 0;
      return taken;
    },
    putBack: (earlier) => {
      batch = {
        lines: [...earlier.lines, ...batch.lines],
        mustSync: earlier.mustSync || batch.mustSync,
        lost: joinLost(earlier.lost, batch.lost),
      };
      characters = batch.lines.reduce((sum, { text }) => sum + text.length, 0);
    },
  };
}

/** The lines at the front that belong to one day, taken out of `lines`; `undefined` when there are none. */
export function takeDay(lines: WaitingLine[]) {
  const [first] = lines;
  if (first === undefined) {
    return undefined;
  }
  const end = lines.findIndex(({ day }) => day !== first.day);
  const taken = lines.splice(0, end < 0 ? lines.length : end);
  return { day: first.day, lines: taken, text: taken.map(({ text }) => text).join("") };
}

function joinLost(
  earlier: LostLines | undefined,
  later: LostLines | undefined,
): LostLines | undefined {
  if (earlier === undefined || later === undefined) {
    return earlier ?? later;
  }
  const count = earlier.count + later.count;
  return { count, firstAt: earlier.firstAt, lastAt: later.lastAt };
}
