/** Reading a journal file line by line, in constant memory. */
import { isUtf8 } from "node:buffer";
import type { FileHandle } from "node:fs/promises";
import { crc32 } from "node:zlib";
import { type JournalHeader, type JournalLine, parseJournalLine } from "./format-record.ts";
import type { JournalRecord } from "./journal-record.ts";

const CHUNK_BYTES = 1024 * 1024;
/** No record is nearly as long: names and descriptions have a few thousand characters at most. */
export const LINE_MAX_BYTES = 1024 * 1024;

export interface SkippedLine {
  /** From 1. */
  readonly lineNumber: number;
  readonly reason: string;
}

export interface JournalReading {
  readonly onRecord: (record: JournalRecord) => void;
  readonly onHeader: (header: JournalHeader, lineNumber: number) => void;
  readonly onSkipped: (line: SkippedLine) => void;
  /**
   * Called when the first line is no header, before anything else; it should throw. `begun` is the text of
   * a file that has no whole line.
   */
  readonly onNoHeader: (begun: string | undefined) => void;
}

/** How far the whole lines reach, and what follows them. */
export interface JournalEnd {
  /** Where the next line begins, from which on a later reading can go on. */
  readonly offset: number;
  /** Whole lines up to there. */
  readonly lineCount: number;
  /** CRC-32 of all bytes up to there. */
  readonly crc: number;
  /** `whole`: a last line that only its line feed lacks, which was taken; `torn`: one that was ignored. */
  readonly tail: "none" | "whole" | "torn";
}

/**
 * Reads from `start` on, the beginning of a line, to the end of the file. A last line without line feed is
 * what a crash or a write under way leaves: it counts when it is whole.
 */
export async function readJournal(
  file: FileHandle,
  reading: JournalReading,
  start: Pick<JournalEnd, "offset" | "lineCount" | "crc"> = { offset: 0, lineCount: 0, crc: 0 },
): Promise<JournalEnd> {
  const buffer = Buffer.alloc(CHUNK_BYTES + LINE_MAX_BYTES);
  const lines = new LineDispatch(reading, start.lineCount);
  let { offset, crc } = start;
  let kept = 0;
  for (;;) {
    const { bytesRead } = await file.read(buffer, kept, buffer.length - kept, offset + kept);
    const filled = buffer.subarray(0, kept + bytesRead);
    const end = filled.lastIndexOf(0x0a) + 1;
    lines.takeChunk(filled.subarray(0, end));
    crc = crc32(filled.subarray(0, end), crc);
    offset += end;
    kept = filled.length - end;
    buffer.copyWithin(0, end, filled.length);
    if (bytesRead === 0) {
      const tail = kept === 0 ? "none" : lines.takeTail(buffer.subarray(0, kept));
      return { offset, lineCount: lines.count, crc, tail };
    }
    if (kept === buffer.length) {
      // A line of this length is no record. Its end is looked for without keeping what comes before.
      lines.skipLong();
      crc = crc32(buffer, crc);
      offset += kept;
      kept = 0;
    }
  }
}

class LineDispatch {
  count: number;
  readonly #reading: JournalReading;
  #isInLongLine = false;

  constructor(reading: JournalReading, lineCount: number) {
    this.#reading = reading;
    this.count = lineCount;
  }

  /** Whole lines, the last one ended by a line feed. */
  takeChunk(bytes: Buffer): void {
    let rest = bytes;
    if (this.#isInLongLine && bytes.length > 0) {
      rest = bytes.subarray(bytes.indexOf(0x0a) + 1);
      this.#isInLongLine = false;
    }
    if (rest.length === 0) {
      return;
    }
    const text = rest.subarray(0, -1);
    if (isUtf8(text)) {
      for (const line of text.toString("utf8").split("\n")) {
        this.#take(parseJournalLine(line));
      }
    } else {
      this.#takeDamaged(text);
    }
  }

  takeTail(bytes: Buffer): "whole" | "torn" {
    if (this.#isInLongLine) {
      return "torn";
    }
    const line = isUtf8(bytes) ? parseJournalLine(bytes.toString("utf8")) : undefined;
    if (line === undefined || line.kind === "malformed") {
      if (this.count === 0) {
        this.#reading.onNoHeader(bytes.toString("utf8"));
      }
      return "torn";
    }
    this.#take(line);
    this.count -= 1;
    return "whole";
  }

  /** Too long for the buffer, with its end still to come. */
  skipLong(): void {
    if (!this.#isInLongLine) {
      this.#isInLongLine = true;
      this.#take({ kind: "malformed", reason: `it has more than ${LINE_MAX_BYTES} bytes` });
    }
  }

  #takeDamaged(bytes: Buffer): void {
    for (let start = 0; start <= bytes.length; ) {
      const found = bytes.indexOf(0x0a, start);
      const end = found === -1 ? bytes.length : found;
      const line = bytes.subarray(start, end);
      this.#take(
        isUtf8(line)
          ? parseJournalLine(line.toString("utf8"))
          : { kind: "malformed", reason: "it is not UTF-8" },
      );
      start = end + 1;
    }
  }

  #take(line: JournalLine): void {
    this.count += 1;
    if (this.count === 1 && line.kind !== "header") {
      this.#reading.onNoHeader(undefined);
    }
    switch (line.kind) {
      case "record":
        this.#reading.onRecord(line.record);
        return;
      case "header":
        this.#reading.onHeader(line, this.count);
        return;
      case "malformed":
        this.#reading.onSkipped({ lineNumber: this.count, reason: line.reason });
        return;
      case "ignored":
        return;
    }
  }
}
