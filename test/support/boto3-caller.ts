/** boto3 in a process that lives for many calls, each told and answered as a line of JSON. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { awsEnvironment, findProgram } from "./external-command.ts";
import { type RootCredentials, rootCredentials } from "./server-process.ts";

const script = join(import.meta.dirname, "../acceptance/boto3/policies_caller.py");

export type Credentials = Pick<RootCredentials, "accessKeyId" | "secretAccessKey">;

export interface CallPlace {
  readonly endpoint: string;
  readonly credentials: Credentials;
  /** `us-east-1` unless given. */
  readonly region?: string;
  /** `glacier` unless given. */
  readonly service?: string;
}

/** Parameters as boto3 takes them, for instance `{ vaultName: "photos" }`. */
export type Parameters = Readonly<Record<string, unknown>>;

/** Somebody who calls one service; the endpoint may change with a restart. */
export interface Boto3Client {
  /** Resolves with the result without its metadata; rejects when the service refuses. */
  result(operation: string, parameters?: Parameters): Promise<ReturnType<typeof JSON.parse>>;
  /** Resolves with `204`, or with `403 AccessDeniedException: <message>` when the service refuses. */
  outcome(operation: string, parameters?: Parameters): Promise<string>;
}

export interface Boto3Caller {
  /** `place` is asked at each call. */
  client(place: () => CallPlace): Boto3Client;
  close(): Promise<void>;
}

/** Starts Python with boto3. Rejects when the machine has none. */
export async function startBoto3(): Promise<Boto3Caller> {
  const python = await findProgram(["/usr/bin/python3", "python3"], {
    probe: ["-c", "import boto3; print('boto3', boto3.__version__)"],
    expected: /^boto3 /,
    advice: "Python with boto3 is needed: apt-get install python3-boto3",
  });
  const child = spawn(python, [script], {
    env: { ...process.env, ...awsEnvironment(rootCredentials), PYTHONDONTWRITEBYTECODE: "1" },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = once(child, "close");
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let turn: Promise<unknown> = Promise.resolve();

  const exchange = async (call: object) => {
    child.stdin.write(`${JSON.stringify(call)}\n`);
    const { value, done } = await lines.next();
    if (done) {
      throw new Error(`the boto3 driver ended at ${JSON.stringify(call)}`);
    }
    return JSON.parse(value);
  };
  /** One call at a time: answers come in the order of the calls. */
  const call = (place: CallPlace, operation: string, parameters: Parameters) => {
    const { endpoint, credentials, region = "us-east-1", service = "glacier" } = place;
    const { accessKeyId, secretAccessKey } = credentials;
    const words = { endpoint, region, service, accessKeyId, secretAccessKey };
    const answer = turn.then(() => exchange({ ...words, operation, parameters }));
    turn = answer.catch(() => undefined);
    return answer;
  };

  return {
    client: (place) => ({
      result: async (operation, parameters = {}) => {
        const answer = await call(place(), operation, parameters);
        if (answer.code !== undefined) {
          throw new Error(`${operation}: ${formatOutcome(answer)}`);
        }
        return answer.result;
      },
      outcome: async (operation, parameters = {}) =>
        formatOutcome(await call(place(), operation, parameters)),
    }),
    close: async () => {
      child.stdin.end();
      await ended;
    },
  };
}

function formatOutcome(answer: { status: number; code?: string; message?: string }): string {
  const { status, code, message } = answer;
  return code === undefined ? `${status}` : `${status} ${code}: ${message}`;
}
