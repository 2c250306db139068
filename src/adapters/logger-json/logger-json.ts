/** Logging as JSON lines, through pino. */
import pino from "pino";
import type { Logger } from "../../ports/logger.ts";

export type JsonLogLevel = "trace" | "debug" | "info" | "warn" | "error" | "fatal" | "silent";

/** Takes one line at a time, with its line end. */
export interface LogDestination {
  write(line: string): void;
}

/**
 * A logger that writes one JSON object per line (`level`, `time`, the fields, `msg`) to standard error, or
 * to `destination`. Lines are written at once, so that the last one before a crash is not lost. Errors
 * among the fields are written with their stack and causes under `err` and `error`.
 */
export function createJsonLogger(options: {
  readonly level: JsonLogLevel;
  readonly destination?: LogDestination;
}): Logger {
  const { level, destination = pino.destination({ fd: 2, sync: true }) } = options;
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: {
        err: pino.stdSerializers.errWithCause,
        error: pino.stdSerializers.errWithCause,
      },
    },
    destination,
  );
}
