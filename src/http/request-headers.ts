/** Request headers as the operations see them. */

/** Header values by lower-case name, as text decoded from UTF-8; empty ones are left out (contract §0 D). */
export type RequestHeaders = ReadonlyMap<string, string>;

/** Name and value pairs in wire order, values as latin1 code points: Node's `rawHeaders`, paired. */
export type RawHeaders = readonly (readonly [name: string, value: string])[];

/** Pairs of Node's flat list. */
export function pairRawHeaders(flat: readonly string[]): RawHeaders {
  const pairs: [string, string][] = [];
  for (let index = 0; index + 1 < flat.length; index += 2) {
    pairs.push([flat[index] ?? "", flat[index + 1] ?? ""]);
  }
  return pairs;
}

/** Values by name; a header sent twice is joined with a comma, as HTTP reads it. */
export function readRequestHeaders(pairs: RawHeaders): RequestHeaders {
  const headers = new Map<string, string>();
  for (const [name, value] of pairs) {
    const text = decodeHeader(value).trim();
    if (text !== "") {
      const key = name.toLowerCase();
      const earlier = headers.get(key);
      headers.set(key, earlier === undefined ? text : `${earlier}, ${text}`);
    }
  }
  return headers;
}

/** Whether `text` says the same as latin1 code points and as UTF-8. */
export function isAscii(text: string): boolean {
  return !/[\u0080-\uffff]/.test(text);
}

function decodeHeader(value: string): string {
  return isAscii(value) ? value : Buffer.from(value, "latin1").toString("utf8");
}
