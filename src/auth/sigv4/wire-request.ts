/** A request as it stood on the wire: what a signature is made over, before anything is decoded. */

/**
 * The head of a request. Strings hold one code unit per byte received (latin1, as Node gives
 * them), so that a signature is checked over those bytes and never over a re-encoding of them
 * (contract §0 N).
 */
export interface WireRequest {
  readonly method: string;
  /**
   * As on the wire, percent-encoding kept, without query; after the authority of an absolute-form
   * target.
   */
  readonly path: string;
  /** As on the wire, without `?`. */
  readonly query: string;
  /** In wire order, names in any case, duplicates kept. */
  readonly headers: readonly (readonly [name: string, value: string])[];
}

/** Every value of a header in wire order; `name` in lower case. */
export function listHeaderValues(request: WireRequest, name: string): string[] {
  const values: string[] = [];
  for (const [candidate, value] of request.headers) {
    if (candidate.length === name.length && candidate.toLowerCase() === name) {
      values.push(value);
    }
  }
  return values;
}

/** The values of each header in wire order, by name in lower case. */
export function groupHeaders(request: WireRequest): Map<string, string[]> {
  const valuesByName = new Map<string, string[]>();
  for (const [name, value] of request.headers) {
    const key = name.toLowerCase();
    const values = valuesByName.get(key);
    if (values === undefined) {
      valuesByName.set(key, [value]);
    } else {
      values.push(value);
    }
  }
  return valuesByName;
}
