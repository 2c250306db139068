/** A runner for tests of what surrounds queries: its output is the archive itself. */
import { SelectFailure } from "../../src/domain/select-failure.ts";
import type { SelectRunner } from "../../src/ports/select-runner.ts";

/** The expression of a query that fails once it has seen the whole archive. */
export const FAILING_EXPRESSION = "fail at the end";

/** Output is handed on in pieces of this size. */
const PIECE_BYTES = 300_000;

/** Copies; `before` is called before each piece and may throw or wait. */
export function createCopyingRunner(before: () => Promise<void> | void = () => {}): SelectRunner {
  return {
    async *run({ parameters }, parts, signal) {
      for await (const part of parts) {
        for await (const chunk of part.read(0)) {
          for (let start = 0; start < chunk.length; start += PIECE_BYTES) {
            await before();
            signal.throwIfAborted();
            yield chunk.subarray(start, start + PIECE_BYTES);
          }
        }
      }
      if (parameters.expression === FAILING_EXPRESSION) {
        throw new SelectFailure("CastFailed", "record 7 (at byte 123): no number", 7);
      }
    },
    close: async () => undefined,
  };
}
