/**
 * The same request again and again over sockets of their own, in a process that does next to nothing else: no
 * signing, no parsing. Started as a program with a plan as JSON in its only argument; prints the outcome as JSON.
 */
import { connect } from "node:net";

export interface LoadPlan {
  readonly port: number;
  readonly connections: number;
  readonly seconds: number;
  /** The whole request, base64. */
  readonly requestBase64: string;
}

export interface LoadOutcome {
  readonly requests: number;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** The status line of the first answer. */
  readonly statusLine: string;
  /** Answers that did not begin with that line. */
  readonly others: number;
}

const HEAD_END = "\r\n\r\n";

async function run(plan: LoadPlan): Promise<LoadOutcome> {
  const request = Buffer.from(plan.requestBase64, "base64");
  const latenciesMs: number[] = [];
  let statusLine: string | undefined;
  let others = 0;
  const startedAt = performance.now();
  const endsAt = startedAt + plan.seconds * 1000;
  const drive = () =>
    new Promise<void>((resolve, reject) => {
      const socket = connect({ port: plan.port, host: "127.0.0.1", noDelay: true });
      let sentAt = 0;
      let waiting: Buffer = Buffer.alloc(0);
      const send = () => {
        sentAt = performance.now();
        socket.write(request);
      };
      socket.on("connect", send);
      socket.on("data", (chunk: Buffer) => {
        waiting = waiting.length === 0 ? chunk : Buffer.concat([waiting, chunk]);
        const end = findAnswerEnd(waiting);
        if (end === undefined || waiting.length < end) {
          return;
        }
        const line = waiting.toString("latin1", 0, waiting.indexOf("\r\n"));
        statusLine ??= line;
        others += line === statusLine ? 0 : 1;
        waiting = waiting.subarray(end);
        const now = performance.now();
        latenciesMs.push(now - sentAt);
        now < endsAt ? send() : socket.end();
      });
      socket.on("error", reject);
      socket.on("close", () => resolve());
    });
  await Promise.all(Array.from({ length: plan.connections }, drive));
  const seconds = (performance.now() - startedAt) / 1000;
  latenciesMs.sort((left, right) => left - right);
  const quantile = (part: number) => latenciesMs[Math.floor(latenciesMs.length * part)] ?? 0;
  return {
    requests: latenciesMs.length,
    seconds,
    p50Ms: quantile(0.5),
    p99Ms: quantile(0.99),
    statusLine: statusLine ?? "",
    others,
  };
}

/** Where the first answer in `bytes` ends; `undefined` while its head is not whole. */
function findAnswerEnd(bytes: Buffer): number | undefined {
  const headEnd = bytes.indexOf(HEAD_END);
  if (headEnd < 0) {
    return undefined;
  }
  const head = bytes.toString("latin1", 0, headEnd);
  const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
  return headEnd + HEAD_END.length + Number(length ?? 0);
}

const [planText] = process.argv.slice(2);
if (import.meta.main && planText !== undefined) {
  // The program that starts this one writes the plan.
  console.log(JSON.stringify(await run(JSON.parse(planText) as LoadPlan)));
}
