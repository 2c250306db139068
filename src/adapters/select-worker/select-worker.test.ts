import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Worker } from "node:worker_threads";
import { SelectFailure } from "../../domain/select-failure.ts";
import type { SelectPart, SelectTask } from "../../ports/select-runner.ts";
import { concatBytes, utf8Text } from "../../std/bytes.ts";
import { createSelectWorker } from "./select-worker.ts";

function taskOf(expression: string): SelectTask {
  const parameters = {
    expression,
    expressionType: "SQL",
    inputSerialization: undefined,
    outputSerialization: undefined,
  } as const;
  return { parameters, nowMs: Date.UTC(2026, 0, 2) };
}

/** Chunks with buffers of their own, as the port demands; `taken` counts them. */
async function* chunksOf(
  texts: Iterable<string>,
  taken = { count: 0 },
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for (const text of texts) {
    taken.count += 1;
    yield new Uint8Array(new TextEncoder().encode(text));
  }
}

function* endless(text: string): Generator<string> {
  for (;;) {
    yield text;
  }
}

/** An archive of one part that lies nowhere: its bytes are `chunks`. */
async function* streamed(
  chunks: AsyncIterable<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<SelectPart> {
  yield { sizeBytes: 1, leaves: new Uint8Array(0), place: undefined, read: () => chunks };
}

async function collect(output: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of output) {
    chunks.push(new Uint8Array(chunk));
  }
  return utf8Text(concatBytes(chunks));
}

const open = new AbortController().signal;

/** A thread that runs `source` in place of the query. */
function threadOf(source: string): Worker {
  return new Worker(source, { eval: true });
}

describe("the threads of queries", () => {
  it("give the output of a query over chunks that cut records anywhere", async () => {
    const entry = new URL("./select-thread.ts", import.meta.url);
    const runner = createSelectWorker({
      start: (start) => new Worker(entry, { workerData: start }),
    });
    const chunks = chunksOf(["a,", "1\nb", ",2\nc,3", "\n"]);
    const task = taskOf("SELECT _1, UTCNOW() FROM archive WHERE _2 <> '2'");
    const text = await collect(runner.run(task, streamed(chunks), open));
    assert.equal(text, "a,2026-01-02T00:00:00.000Z\nc,2026-01-02T00:00:00.000Z\n");
    await runner.close();
  });

  it("run several queries at once, each by itself", async () => {
    const runner = createSelectWorker();
    const queries = ["_1", "_2"].map((column) => {
      const chunks = chunksOf(Array.from({ length: 50 }, (_, row) => `x${row},y${row}\n`));
      return collect(runner.run(taskOf(`SELECT ${column} FROM archive`), streamed(chunks), open));
    });
    const [first, second] = await Promise.all(queries);
    assert.equal(first, Array.from({ length: 50 }, (_, row) => `x${row}\n`).join(""));
    assert.equal(second, Array.from({ length: 50 }, (_, row) => `y${row}\n`).join(""));
    await runner.close();
  });

  it("name the record at which a query failed", async () => {
    const runner = createSelectWorker();
    const task = taskOf("SELECT CAST(_1 AS INT) FROM archive");
    const output = runner.run(task, streamed(chunksOf(["1\n2\n", "three\n"])), open);
    await assert.rejects(collect(output), (error: unknown) => {
      assert.ok(error instanceof SelectFailure);
      assert.deepEqual([error.failureCode, error.recordNumber], ["CastFailed", 3]);
      return true;
    });
    await runner.close();
  });

  it("pass on what the archive throws", async () => {
    const runner = createSelectWorker();
    async function* failing(): AsyncGenerator<Uint8Array<ArrayBuffer>> {
      yield* chunksOf(["a\n"]);
      throw new Error("the disk is gone");
    }
    const output = runner.run(taskOf("SELECT * FROM archive"), streamed(failing()), open);
    await assert.rejects(collect(output), /the disk is gone/);
    await runner.close();
  });

  it("take no more of the archive than is asked of the output", async () => {
    const runner = createSelectWorker();
    const taken = { count: 0 };
    const row = `${"x".repeat(999)}\n`.repeat(1000);
    const wide = taskOf("SELECT _1, _1, _1, _1, _1, _1, _1, _1 FROM archive");
    const output = runner
      .run(wide, streamed(chunksOf(endless(row), taken)), open)
      [Symbol.asyncIterator]();
    let largest = 0;
    for (let count = 0; count < 40; count += 1) {
      const next = await output.next();
      largest = Math.max(largest, next.value?.length ?? 0);
    }
    // 40 pieces of a quarter MiB are less than two chunks of eightfold output; one is read ahead.
    assert.ok(taken.count <= 4, `${taken.count} chunks were taken`);
    assert.ok(largest <= 1024 * 1024, `a piece has ${largest} bytes`);
    await output.return?.();
    await runner.close();
  });

  it("end a query whose iteration ends, and close what it read from", async () => {
    const runner = createSelectWorker();
    let isClosed = false;
    async function* source(): AsyncGenerator<Uint8Array<ArrayBuffer>> {
      try {
        yield* chunksOf(endless("a\n".repeat(200_000)));
      } finally {
        isClosed = true;
      }
    }
    for await (const chunk of runner.run(
      taskOf("SELECT * FROM archive"),
      streamed(source()),
      open,
    )) {
      assert.ok(chunk.length > 0);
      break;
    }
    assert.ok(isClosed);
    await runner.close();
  });

  it("end a query at once when it is aborted, though its thread is deep in a record", async () => {
    const runner = createSelectWorker({ start: () => threadOf("for (;;) {}") });
    const ending = new AbortController();
    const output = runner.run(
      taskOf("SELECT * FROM archive"),
      streamed(chunksOf(["a\n"])),
      ending.signal,
    );
    const collected = collect(output);
    ending.abort();
    await assert.rejects(collected, /the thread of a query stopped/);
  });

  it("end a query that gives no sign of life", async () => {
    const runner = createSelectWorker({ silenceMaxMs: 50, start: () => threadOf("for (;;) {}") });
    const output = runner.run(taskOf("SELECT * FROM archive"), streamed(chunksOf(["a\n"])), open);
    await assert.rejects(collect(output), (error: unknown) => {
      assert.ok(error instanceof SelectFailure);
      assert.equal(error.failureCode, "QueryTimeout");
      return true;
    });
  });

  it("may be silent for longer while they wait for the storage", async () => {
    const source = `
      const { parentPort } = require("node:worker_threads");
      setTimeout(() => parentPort.postMessage({ kind: "finished" }), 100);
    `;
    const runner = createSelectWorker({
      silenceMaxMs: 10,
      start: ({ waits }) => {
        Atomics.store(new Int32Array(waits), 0, 1);
        return threadOf(source);
      },
    });
    const output = runner.run(taskOf("SELECT * FROM archive"), streamed(chunksOf([])), open);
    assert.equal(await collect(output), "");
    await runner.close();
  });

  it("say that a thread broke down, which is no failure of the query", async () => {
    const runner = createSelectWorker({ start: () => threadOf("throw new Error('out of luck')") });
    const output = runner.run(taskOf("SELECT * FROM archive"), streamed(chunksOf(["a\n"])), open);
    await assert.rejects(collect(output), (error: unknown) => {
      assert.ok(!(error instanceof SelectFailure));
      assert.match(String(error), /out of luck/);
      return true;
    });
  });
});
