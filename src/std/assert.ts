/** Checks of invariants. A failed one is a defect of ours, never a mistake of a client. */

/** A broken invariant; shown to clients only as an internal failure with a request id. */
export class AssertionError extends Error {
  override readonly name = "AssertionError";
}

/** Throws `AssertionError` with `message` unless `condition` holds. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) {
    throw new AssertionError(message);
  }
}

/** Marks a branch that the compiler proves unreachable; adding a case to a union lists its work. */
export function assertNever(value: never): never {
  throw new AssertionError(`unexpected value: ${JSON.stringify(value)}`);
}
