/**
 * The audit log in files: `<folder>/YYYY-MM-DD.jsonl`, a file for each day of UTC. Lines that come while a write
 * is under way share the next one, and its fsync.
 */
import { chmod, mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import type { AuditLog } from "../../ports/audit-log.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Logger } from "../../ports/logger.ts";
import { syncFolder } from "../../std/durable-file-node.ts";
import { type DayFile, openDayFile } from "./day-file.ts";
import { describeLostLines } from "./lost-lines-event.ts";
import { createSharedFlush } from "./shared-flush.ts";
import { type Batch, createWaitingLines, takeDay } from "./waiting-lines.ts";

/** Lines of reads wait so long for others to be written with. */
const FLUSH_MS = 500;
/** Waiting lines are written at once when there are so many characters of them. */
const FLUSH_CHARACTERS = 256 * 1024;
/** Lines that can't be written are kept up to this size. */
const WAITING_MAX_CHARACTERS = 16 * 1024 * 1024;

export interface AuditFileOptions {
  readonly folder: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** For tests; 16 Mi characters unless given. */
  readonly waitingMaxCharacters?: number;
}

export interface AuditFile extends AuditLog {
  /** Writes what waits; what can't be written goes to the log of the service instead. */
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
    const message = `the folder of the audit log, ${folder}, can't be used: ${cause}`;
    throw new AuditFolderError(message, { cause });
  }
  return createAuditFile(options);
}

function createAuditFile(options: AuditFileOptions): AuditFile {
  const { folder, clock, logger, waitingMaxCharacters = WAITING_MAX_CHARACTERS } = options;
  const waiting = createWaitingLines();
  const days = createDayWriter(folder);
  /** What the last write failed with; `undefined` after one that did not. */
  let failure: unknown;
  let timer: NodeJS.Timeout | undefined;

  const flush = createSharedFlush(async () => {
    clearTimeout(timer);
    timer = undefined;
    const batch = waiting.takeAll();
    try {
      await days.write(batch);
    } catch (error) {
      waiting.putBack(batch);
      if (failure === undefined) {
        logger.error({ err: error, folder }, "the audit log can't be written");
      }
      failure = error;
      flushLater();
      throw error;
    }
    if (failure !== undefined) {
      logger.warn({ folder }, "the audit log can be written again");
    }
    failure = undefined;
    if (batch.lost !== undefined) {
      waiting.add(describeLostLines(batch.lost, clock.nowMs()), { mustSync: false });
      flushLater();
    }
  });
  // A failed write is logged and remembered above, and nobody else waits for this one.
  const flushQuietly = (): void => void flush().catch(() => undefined);
  const flushLater = (): void => {
    timer ??= setTimeout(flushQuietly, FLUSH_MS).unref();
  };
  const keep = (event: Parameters<AuditLog["buffer"]>[0], mustSync: boolean): boolean => {
    const isKept = waiting.characters() <= waitingMaxCharacters;
    if (isKept) {
      waiting.add(event, { mustSync });
    } else if (waiting.lose(event) === 1) {
      logger.error({ folder, waitingMaxCharacters }, "lines of the audit log are being lost");
    }
    return isKept;
  };
  return {
    record: async (event) => {
      if (!keep(event, true)) {
        throw failure ?? new Error("too many lines wait to be written");
      }
      await flush();
    },
    buffer: (event) => {
      keep(event, false);
      if (waiting.characters() > FLUSH_CHARACTERS && failure === undefined) {
        flushQuietly();
      } else {
        flushLater();
      }
    },
    check: async () => {
      if (failure !== undefined) {
        await flush();
      }
    },
    close: async () => {
      // Twice: the first write may find that lines were lost, which is a line of its own.
      await flush().catch(() => undefined);
      await flush().catch(() => undefined);
      clearTimeout(timer);
      for (const { text } of waiting.takeAll().lines) {
        logger.error({ line: text.trimEnd() }, "this line of the audit log could not be written");
      }
      await days.close();
    },
  };
}

/** Writes lines into the files of their days, of which one at a time is open. */
function createDayWriter(folder: string) {
  let file: DayFile | undefined;
  const close = async (): Promise<void> => {
    const finished = file;
    file = undefined;
    await finished?.close();
  };
  const openFor = async (day: string): Promise<DayFile> => {
    if (file?.day !== day) {
      await close();
      file = await openDayFile(folder, day);
    }
    return file;
  };
  return {
    close,
    /** Takes the lines it has written out of `lines`, so that those of a failure are left. */
    write: async ({ lines, mustSync }: Batch): Promise<void> => {
      for (let group = takeDay(lines); group !== undefined; group = takeDay(lines)) {
        try {
          await (await openFor(group.day)).append(group.text, { sync: mustSync });
        } catch (error) {
          lines.unshift(...group.lines);
          // Opened anew the next time: the folder may have been replaced to mend what was wrong.
          await close().catch(() => undefined);
          throw error;
        }
      }
    },
  };
}
