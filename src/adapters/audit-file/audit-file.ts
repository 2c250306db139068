/**
 * The audit log in files: `<folder>/YYYY-MM-DD.jsonl`, a file for each day of UTC. Lines that come while a write
 * is under way share the next one, and its fsync.
 */
import { randomUUID } from "node:crypto";
import { chmod, mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import type { AuditEvent, AuditLog } from "../../ports/audit-log.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Logger } from "../../ports/logger.ts";
import { syncFolder } from "../../std/durable-file-node.ts";
import { formatIsoSeconds } from "../../std/iso-time.ts";
import { formatAuditLine } from "./audit-line.ts";
import { type DayFile, openDayFile } from "./day-file.ts";

/** Lines of reads wait so long for others to be written with. */
const FLUSH_MS = 500;
/** Waiting lines are written at once when there are so many bytes of them. */
const FLUSH_CHARACTERS = 256 * 1024;
/** Lines that can't be written are kept up to this size; beyond it those of reads are given up. */
const WAITING_MAX_CHARACTERS = 16 * 1024 * 1024;

export interface AuditFileOptions {
  readonly folder: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface AuditFile extends AuditLog {
  /** Writes what waits, and logs what can't be written. Nothing may be handed over any more. */
  close(): Promise<void>;
}

/** The folder of the audit log can't be used; the message says which and why. */
export class AuditFolderError extends Error {
  override readonly name = "AuditFolderError";
}

/** Opens the log, making its folder (mode 0700). Throws `AuditFolderError`. */
export async function openAuditFile(options: AuditFileOptions): Promise<AuditFile> {
  const { folder } = options;
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await chmod(folder, 0o700);
    await syncFolder(dirname(folder));
  } catch (cause) {
    throw new AuditFolderError(`the folder of the audit log ${folder} can't be used: ${cause}`, {
      cause,
    });
  }
  return createWriter(options);
}

interface WaitingLine {
  readonly day: string;
  readonly text: string;
}

/** Lines that were given up since the last write. */
interface Lost {
  count: number;
  firstAt: string;
  lastAt: string;
}

function createWriter({ folder, clock, logger }: AuditFileOptions): AuditFile {
  let waiting: WaitingLine[] = [];
  let waitingCharacters = 0;
  let mustSync = false;
  let lost: Lost | undefined;
  let failure: unknown;
  let file: DayFile | undefined;
  let timer: NodeJS.Timeout | undefined;
  /** The write under way, and the one after it that everything handed over by now goes into. */
  let current: Promise<void> | undefined;
  let next: Promise<void> | undefined;

  const add = (event: AuditEvent): void => {
    const text = formatAuditLine(event);
    waiting.push({ day: event.eventTime.slice(0, 10), text });
    waitingCharacters += text.length;
  };
  const openFor = async (day: string): Promise<DayFile> => {
    if (file?.day !== day) {
      const finished = file;
      file = undefined;
      await finished?.close();
      file = await openDayFile(folder, day);
    }
    return file;
  };
  const writeAll = async (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    const [batch, lostNow] = [waiting, lost];
    const sync = mustSync;
    [waiting, waitingCharacters, mustSync, lost] = [[], 0, false, undefined];
    const left = lostNow === undefined ? batch : [...batch, describeLoss(lostNow, clock)];
    try {
      for (let group = takeDay(left); group !== undefined; group = takeDay(left)) {
        const day = await openFor(group.day);
        try {
          await day.append(group.text);
          sync && (await day.sync());
        } catch (error) {
          left.unshift(...group.lines);
          throw error;
        }
      }
    } catch (error) {
      keep(left, sync);
      throw error;
    }
  };
  /** Puts lines back that could not be written, before those that came meanwhile. */
  const keep = (lines: readonly WaitingLine[], sync: boolean): void => {
    waiting = [...lines, ...waiting];
    waitingCharacters = waiting.reduce((sum, { text }) => sum + text.length, 0);
    mustSync ||= sync;
  };
  const noteOutcome = (error: unknown): void => {
    if (error !== undefined && failure === undefined) {
      logger.error({ err: error, folder }, "the audit log can't be written");
    } else if (error === undefined && failure !== undefined) {
      logger.warn({ folder }, "the audit log can be written again");
    }
    failure = error;
  };
  const run = async (): Promise<void> => {
    try {
      await writeAll();
      noteOutcome(undefined);
    } catch (error) {
      noteOutcome(error ?? new Error("unknown"));
      flushLater();
      throw error;
    }
  };
  /** Writes everything handed over so far: with the write under way ended, all of it in one. */
  const flush = (): Promise<void> => {
    if (current === undefined) {
      current = run().finally(() => {
        current = undefined;
      });
      return current;
    }
    next ??= current
      .catch(() => undefined)
      .then(() => {
        next = undefined;
        return flush();
      });
    return next;
  };
  // The failure is logged and remembered by `run`; nobody else waits for these writes.
  const flushQuietly = (): void => void flush().catch(() => undefined);
  const flushLater = (): void => {
    timer ??= setTimeout(() => {
      timer = undefined;
      flushQuietly();
    }, FLUSH_MS).unref();
  };
  return {
    record: (event) => {
      add(event);
      mustSync = true;
      return flush();
    },
    buffer: (event) => {
      if (waitingCharacters > WAITING_MAX_CHARACTERS) {
        lost = addLoss(lost, event.eventTime);
        logger.error({ requestId: event.requestID, event: event.eventName }, "audit line lost");
        return;
      }
      add(event);
      waitingCharacters > FLUSH_CHARACTERS && failure === undefined ? flushQuietly() : flushLater();
    },
    check: async () => {
      if (failure !== undefined) {
        await flush();
      }
    },
    close: async () => {
      await flush().catch(() => {
        for (const { text } of waiting) {
          logger.error({ line: text.trimEnd() }, "audit line not written");
        }
      });
      clearTimeout(timer);
      await file?.close();
    },
  };
}

/** Takes the lines at the front that belong to one day; `undefined` when there are none. */
function takeDay(lines: WaitingLine[]) {
  const [first] = lines;
  if (first === undefined) {
    return undefined;
  }
  const end = lines.findIndex(({ day }) => day !== first.day);
  const taken = lines.splice(0, end < 0 ? lines.length : end);
  return { day: first.day, lines: taken, text: taken.map(({ text }) => text).join("") };
}

function addLoss(lost: Lost | undefined, at: string): Lost {
  return { count: (lost?.count ?? 0) + 1, firstAt: lost?.firstAt ?? at, lastAt: at };
}

/** Says in the log itself that lines are missing. */
function describeLoss(lost: Lost, clock: Clock): WaitingLine {
  const eventTime = formatIsoSeconds(clock.nowMs());
  const event: AuditEvent = {
    eventVersion: "1.08",
    userIdentity: { type: "Unknown" },
    eventTime,
    eventSource: "moraine",
    eventName: "AuditLinesLost",
    awsRegion: "",
    sourceIPAddress: "",
    userAgent: null,
    requestParameters: null,
    responseElements: null,
    additionalEventData: { ...lost },
    requestID: "",
    eventID: randomUUID(),
    readOnly: true,
    eventType: "AwsServiceEvent",
    managementEvent: true,
    eventCategory: "Management",
  };
  return { day: eventTime.slice(0, 10), text: formatAuditLine(event) };
}
