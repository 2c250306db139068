/** The four list operations page by page. Which they are, and what they list, the table says. */
import type { Field } from "../protocol/fields.ts";
import { type OperationName, operations } from "../protocol/operations.ts";
import type { CallInput, CallResult } from "./call-types.ts";
import type { GlacierClient } from "./client.ts";
import { TransportError } from "./errors.ts";

/** The operations whose input has a `marker` and whose output has a `Marker`. */
export type PaginatedOperation = {
  [N in OperationName]: (typeof operations)[N] extends {
    readonly input: { readonly marker: unknown };
    readonly output: { readonly Marker: unknown };
  }
    ? N
    : never;
}[OperationName];

type Call = GlacierClient["call"];

export interface PageOptions {
  /** Items in a page at most; the service decides by default, and may give fewer. */
  readonly pageSize?: number | undefined;
  /** The `Marker` of an earlier page. */
  readonly startingMarker?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Whether the operation answers in pages. */
export function isPaginated(name: OperationName): name is PaginatedOperation {
  return "marker" in operations[name].input && "Marker" in operations[name].output;
}

/** The member of the output that holds the items, such as `VaultList`. */
export function itemsMember(name: PaginatedOperation): string {
  const fields = Object.entries<Field>(operations[name].output);
  const found = fields.find(([, field]) => field.in === "body" && field.schema.kind === "list");
  return found?.[0] ?? "";
}

/**
 * Every page, from the first or from `startingMarker` on, each asked for when it is wanted (contract
 * §1.11). Throws what `call` throws, and `TransportError` when the service names the same page twice
 * in a row, which would never end.
 */
export async function* listPages<N extends PaginatedOperation>(
  call: Call,
  name: N,
  input: CallInput<N>,
  options: PageOptions = {},
): AsyncGenerator<CallResult<N>, void> {
  const { pageSize, signal } = options;
  const limit = pageSize === undefined ? {} : { limit: String(pageSize) };
  let marker = options.startingMarker;
  do {
    const result = await call(name, { ...input, ...limit, ...markerMember(marker) }, { signal });
    yield result;
    const { Marker: next } = result.output as { readonly Marker?: string };
    if (next !== undefined && next === marker) {
      throw new TransportError("not-the-api", `The same next token was received twice: ${next}`);
    }
    marker = next;
  } while (marker !== undefined);
}

function markerMember(marker: string | undefined): { readonly marker?: string } {
  return marker === undefined ? {} : { marker };
}
