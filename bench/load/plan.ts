/** Requests prepared before the clock starts, as the load generators read them. */
import { writeFileSync } from "node:fs";

/** One request as it goes over the wire. */
export interface PlannedRequest {
  /** Request line and headers with the empty line after them. */
  readonly head: Buffer;
  /** Cut from the body file, which repeats itself; from its start unless `bodyOffset` says otherwise. */
  readonly bodyBytes: number;
  readonly bodyOffset?: number;
  /** Any other status ends the run. */
  readonly status: number;
}

/** What one run of the load generator sends. */
export interface LoadPlan {
  /** Each sends the plan's next request when it has the answer to its last one. */
  readonly connections: number;
  readonly requests: readonly PlannedRequest[];
  /** Path of the file that bodies are cut from. */
  readonly bodyFile: string;
}

/** What came of one run. */
export interface LoadResult {
  /** From the first byte sent to the last one received, with connections already open. */
  readonly seconds: number;
  /** Processor seconds of the load generator itself. */
  readonly clientCpuSeconds: number;
  /** In the order of the plan, from the first byte sent to the last one received. */
  readonly latenciesMs: readonly number[];
  readonly receivedBytes: number;
  readonly sentBodyBytes: number;
  /** The header `x-amz-archive-id` of each answer that has one. */
  readonly archiveIds: readonly string[];
}

/** Writes what `load.c` describes as PLAN. */
export function writePlan(file: string, requests: readonly PlannedRequest[]): void {
  const pieces = requests.flatMap(({ head, bodyBytes, bodyOffset = 0, status }) => [
    Buffer.from(`${head.length} ${bodyOffset} ${bodyBytes} ${status}\n`),
    head,
  ]);
  writeFileSync(file, Buffer.concat(pieces));
}

/** The requests of a plan that `writePlan` made. Throws when the text is none. */
export function parsePlan(bytes: Buffer): PlannedRequest[] {
  const requests: PlannedRequest[] = [];
  for (let at = 0; at < bytes.length; ) {
    const lineEnd = bytes.indexOf("\n", at);
    const words = bytes.toString("latin1", at, lineEnd).split(" ").map(Number);
    const [headBytes = Number.NaN, bodyOffset = 0, bodyBytes = 0, status = 0] = words;
    const headEnd = lineEnd + 1 + headBytes;
    if (lineEnd < 0 || words.length !== 4 || !(headEnd <= bytes.length)) {
      throw new Error(`no plan at byte ${at}`);
    }
    const head = bytes.subarray(lineEnd + 1, headEnd);
    requests.push({ head, bodyBytes, bodyOffset, status });
    at = headEnd;
  }
  return requests;
}

/** Reads what a load generator wrote; throws when it is not of a whole run of `plan`. */
export function parseResult(text: string, plan: Pick<LoadPlan, "requests">): LoadResult {
  const lines = text.trimEnd().split("\n");
  const total = /^total (\S+) (\S+)$/.exec(lines.pop() ?? "");
  if (total === null || lines.length !== plan.requests.length) {
    throw new Error(
      `the load generator told of ${lines.length} of ${plan.requests.length} requests`,
    );
  }
  const fields = lines.map((line) => line.split(" "));
  return {
    seconds: Number(total[1]),
    clientCpuSeconds: Number(total[2]),
    latenciesMs: fields.map(([micros]) => Number(micros) / 1000),
    receivedBytes: fields.reduce((sum, [, bytes]) => sum + Number(bytes), 0),
    sentBodyBytes: plan.requests.reduce((sum, { bodyBytes }) => sum + bodyBytes, 0),
    archiveIds: fields.flatMap(([, , id]) => (id === undefined || id === "-" ? [] : [id])),
  };
}
