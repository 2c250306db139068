/** Runs one query over the bytes of one archive, in memory that does not grow with the archive. */

import { assert } from "../../std/assert.ts";
import type { SelectQuery } from "../ast.ts";
import { type CompiledQuery, compileQuery } from "../compile-query.ts";
import { type CsvInput, type CsvOutput, findCsvProblem } from "../csv/csv-options.ts";
import { CsvReader } from "../csv/csv-reader.ts";
import { CsvWriter } from "../csv/csv-writer.ts";
import { SelectRecordError } from "../csv/record-error.ts";
import { SelectRunError } from "../errors.ts";
import { type BytePredicate, findBytePredicate, UNDECIDED } from "./byte-predicate.ts";
import { findSureColumn } from "./sure-column.ts";

/** Output is handed on in blocks of about this size; a single record may make one larger by its own size. */
const BLOCK_BYTES = 256 * 1024;

export interface SelectRunOptions {
  readonly query: SelectQuery;
  readonly input: CsvInput;
  readonly output: CsvOutput;
  /** What UTCNOW() gives, in epoch milliseconds. */
  readonly nowMs: number;
}

/** How far a run has come. */
export interface SelectProgress {
  /** All bytes given to the run. */
  readonly bytesRead: number;
  /** Data records; a header, comments and empty lines are not counted. */
  readonly recordsRead: number;
  /** Records for which WHERE was TRUE: the records of the output. */
  readonly recordsMatched: number;
  readonly bytesWritten: number;
}

/**
 * A query in progress. Give it the archive's bytes in order, in chunks of any size, then `finish`. The output does
 * not depend on the size of the chunks, and memory is bounded by the record limits whatever the archive's
 * size: see `blocks` for the one exception. All methods throw `SelectRunError`, of a record `SelectRecordError`;
 * after that the run is of no use and what it has put out is not a result.
 */
export interface SelectRun {
  /** Takes the next bytes and returns the output they led to, which may be empty. */
  push(chunk: Uint8Array): Uint8Array;
  /** Says that no bytes follow and returns the rest of the output. */
  finish(): Uint8Array;
  /**
   * `push` (or, without chunk, `finish`) in blocks of about 256 KiB, for a caller who hands each on before the next
   * is made: a projection can make output of any length from a small chunk. To be iterated to the end. A block is
   * valid until the next one is asked for. With a chunk, less than a block stays in the run, until the next
   * call or `flush`.
   */
  blocks(chunk?: Uint8Array): Generator<Uint8Array>;
  /** What `blocks` has kept back, valid until the next call; it may be empty. */
  flush(): Uint8Array;
  readonly progress: SelectProgress;
}

/** Starts a run. `input` and `output` must be free of problems (`findCsvProblem`). No effects. */
export function createSelectRun(options: SelectRunOptions): SelectRun {
  for (const side of [options.input, options.output]) {
    const problem = findCsvProblem(side);
    assert(problem === undefined, `CSV options were not checked: ${problem}`);
  }
  return new CsvSelectRun(options);
}

class CsvSelectRun implements SelectRun {
  readonly #options: SelectRunOptions;
  readonly #reader: CsvReader;
  readonly #writer: CsvWriter;
  #query: CompiledQuery | undefined;
  #decide: BytePredicate | undefined;
  /** The columns to put out, when the projection is columns and nothing else. */
  #columns: readonly number[] | undefined;
  #bytesRead = 0;
  #recordsRead = 0;
  #recordsMatched = 0;
  #bytesTaken = 0;

  constructor(options: SelectRunOptions) {
    this.#options = options;
    this.#reader = new CsvReader(options.input);
    this.#writer = new CsvWriter(options.input, options.output);
  }

  get progress(): SelectProgress {
    return {
      bytesRead: this.#bytesRead,
      recordsRead: this.#recordsRead,
      recordsMatched: this.#recordsMatched,
      bytesWritten: this.#bytesTaken + this.#writer.pendingBytes,
    };
  }

  push(chunk: Uint8Array): Uint8Array {
    for (let offset = 0; offset < chunk.length; ) {
      offset = this.#take(chunk, offset);
      this.#run(Number.POSITIVE_INFINITY);
    }
    return this.flush().slice();
  }

  finish(): Uint8Array {
    this.#reader.end();
    this.#run(Number.POSITIVE_INFINITY);
    // Names are resolved even when no record needed them: a header without them is an error of the archive.
    this.#compiled();
    return this.flush().slice();
  }

  *blocks(chunk?: Uint8Array): Generator<Uint8Array> {
    for (let offset = 0; chunk !== undefined && offset < chunk.length; ) {
      offset = this.#take(chunk, offset);
      while (this.#run(BLOCK_BYTES)) {
        yield this.flush();
      }
    }
    if (chunk === undefined) {
      this.#reader.end();
      while (this.#run(BLOCK_BYTES)) {
        yield this.flush();
      }
      this.#compiled();
      yield this.flush();
    }
  }

  flush(): Uint8Array {
    this.#bytesTaken += this.#writer.pendingBytes;
    return this.#writer.take();
  }

  #take(chunk: Uint8Array, offset: number): number {
    const taken = this.#reader.take(chunk, offset);
    this.#bytesRead += taken - offset;
    return taken;
  }

  /** Runs the records at hand; true: stopped because `outputBytes` are pending, false: more input is needed. */
  #run(outputBytes: number): boolean {
    const reader = this.#reader;
    const writer = this.#writer;
    while (writer.pendingBytes < outputBytes) {
      if (!reader.next()) {
        return false;
      }
      this.#runRecord();
    }
    return true;
  }

  #runRecord(): void {
    const { record } = this.#reader;
    const { fileHeaderInfo } = this.#options.input;
    if (record.recordNumber === 1 && fileHeaderInfo !== "NONE") {
      this.#compile(fileHeaderInfo === "USE" ? this.#readNames() : undefined);
      return;
    }
    const query = this.#compiled();
    this.#recordsRead += 1;
    try {
      const decided = this.#decide === undefined ? UNDECIDED : this.#decide(record);
      if (decided === UNDECIDED ? query.matches(record) : decided) {
        this.#recordsMatched += 1;
        this.#writeRecord(query);
      }
    } catch (error) {
      throw this.#placed(error);
    }
  }

  #writeRecord(query: CompiledQuery): void {
    const { record } = this.#reader;
    if (this.#columns !== undefined) {
      this.#writer.copyColumns(record, this.#columns);
      return;
    }
    const texts = query.project(record);
    if (texts === "*") {
      this.#writer.copyRecord(record);
    } else {
      this.#writer.writeRecord(texts, record);
    }
  }

  #readNames(): readonly string[] {
    const { record } = this.#reader;
    return Array.from({ length: record.columnCount }, (_, index) => record.column(index) ?? "");
  }

  /** The query, compiled without names when the archive has brought none so far. */
  #compiled(): CompiledQuery {
    const { fileHeaderInfo } = this.#options.input;
    return this.#query ?? this.#compile(fileHeaderInfo === "USE" ? [] : undefined);
  }

  #compile(names: readonly string[] | undefined): CompiledQuery {
    const { query, nowMs } = this.#options;
    const compiled = compileQuery(query, names, { nowMs });
    this.#query = compiled;
    this.#decide = findBytePredicate(query.where, names);
    this.#columns = findColumns(query, names);
    return compiled;
  }

  /** `error` with the record at hand as its place, if it does not say one yet. */
  #placed(error: unknown): unknown {
    return error instanceof SelectRunError && !(error instanceof SelectRecordError)
      ? new SelectRecordError(error.code, error.message, this.#reader.record)
      : error;
  }
}

function findColumns(
  { projection }: SelectQuery,
  names: readonly string[] | undefined,
): readonly number[] | undefined {
  if (projection === "*") {
    return undefined;
  }
  const columns = projection.map(({ expression }) =>
    expression.kind === "column" ? findSureColumn(expression.identifier, names) : -1,
  );
  return columns.includes(-1) ? undefined : columns;
}
