/** Reads what a connection answered, and says what of it is no sound answer. */

export interface FoundAnswers {
  readonly statuses: readonly number[];
  /** What is wrong with the bytes; `undefined` when nothing is. */
  readonly flaw: string | undefined;
}

/** Statuses that the contract names, and 405 and 409 of the management services. */
const STATUSES: ReadonlySet<number> = new Set([
  ...[100, 200, 201, 202, 204, 206, 400, 403, 404, 405, 408, 409],
]);
const HEADER_LINE = /^[A-Za-z0-9-]+: [\x20-\x7e\x80-\xff]*$/;

/** `bytes`: everything received until the service closed the connection. `asksHead`: a request may be a HEAD. */
export function readAnswers(bytes: Buffer, asksHead: boolean): FoundAnswers {
  const statuses: number[] = [];
  let rest = bytes;
  while (rest.length > 0) {
    const headEnd = rest.indexOf("\r\n\r\n");
    if (headEnd < 0) {
      return { statuses, flaw: `no head in ${JSON.stringify(rest.toString("latin1", 0, 200))}` };
    }
    const [statusLine = "", ...lines] = rest.toString("latin1", 0, headEnd).split("\r\n");
    const status = Number(/^HTTP\/1\.1 (\d{3}) [\x20-\x7e]+$/.exec(statusLine)?.[1]);
    const broken = lines.find((line) => !HEADER_LINE.test(line));
    if (!STATUSES.has(status) || broken !== undefined) {
      return {
        statuses,
        flaw: `${statusLine} ${broken ?? ""} ${rest.toString("latin1", 0, 1000)}`,
      };
    }
    const lengths = lines.filter((line) => /^content-length:/i.test(line));
    const hasNone = status === 100 || status === 204;
    if (lengths.length !== (hasNone ? 0 : 1)) {
      return { statuses, flaw: `${statusLine} states ${lengths.length} lengths` };
    }
    const length = hasNone ? 0 : Number(lengths[0]?.split(":")[1]);
    const bodyEnd = headEnd + 4 + length;
    const isHeadOnly = asksHead && !isNextAnswer(rest, bodyEnd) && isNextAnswer(rest, headEnd + 4);
    if (!isHeadOnly && rest.length < bodyEnd) {
      return { statuses, flaw: `${statusLine} was cut: ${rest.length} of ${bodyEnd} bytes` };
    }
    statuses.push(status);
    rest = rest.subarray(isHeadOnly ? headEnd + 4 : bodyEnd);
  }
  return { statuses, flaw: undefined };
}

/** Whether an answer or the end of the connection is at `start`. */
function isNextAnswer(bytes: Buffer, start: number): boolean {
  return bytes.length === start || bytes.toString("latin1", start, start + 9) === "HTTP/1.1 ";
}
