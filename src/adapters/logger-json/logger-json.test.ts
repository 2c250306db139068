import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createJsonLogger, type JsonLogLevel } from "./logger-json.ts";

function recordingLogger(level: JsonLogLevel) {
  const lines: string[] = [];
  const logger = createJsonLogger({ level, destination: { write: (line) => lines.push(line) } });
  return { logger, lines, read: () => lines.map((line) => JSON.parse(line)) };
}

describe("createJsonLogger", () => {
  it("writes one JSON object per line with level, time, fields and message", () => {
    const { logger, lines, read } = recordingLogger("debug");
    logger.debug({}, "first");
    logger.info({ vault: "line\nbreak", size: 5n }, "second");
    logger.warn({}, "third");
    logger.error({}, "fourth");
    assert.ok(
      lines.every((line) => line.endsWith("}\n") && line.indexOf("\n") === line.length - 1),
    );
    const records = read();
    assert.deepEqual(
      records.map(({ level, msg }) => [level, msg]),
      [
        ["debug", "first"],
        ["info", "second"],
        ["warn", "third"],
        ["error", "fourth"],
      ],
    );
    assert.equal(records[1].vault, "line\nbreak");
    assert.equal(records[1].size, 5);
    assert.match(records[1].time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });

  it("leaves out lines below its level", () => {
    const { logger, lines } = recordingLogger("warn");
    logger.info({}, "not written");
    logger.warn({}, "written");
    assert.equal(lines.length, 1);
  });

  it("writes nothing when it is silent", () => {
    const { logger, lines } = recordingLogger("silent");
    logger.error({}, "not written");
    assert.equal(lines.length, 0);
  });

  it("writes an error with its message, code, stack and cause", () => {
    const { logger, read } = recordingLogger("info");
    const cause = Object.assign(new Error("no space left"), { code: "ENOSPC" });
    logger.error({ err: new Error("write failed", { cause }) }, "upload");
    logger.error({ error: cause }, "upload");
    const [first, second] = read();
    assert.equal(first.err.message, "write failed");
    assert.equal(first.err.cause.code, "ENOSPC");
    assert.match(first.err.stack, /logger-json\.test/);
    assert.equal(second.error.code, "ENOSPC");
  });
});
