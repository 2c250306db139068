/** A started server with boto3 and the AWS command line beside it, and users and accounts made for tests. */
import assert from "node:assert/strict";
import { join } from "node:path";
import {
  type Boto3Caller,
  type Boto3Client,
  type Credentials,
  startBoto3,
} from "./boto3-caller.ts";
import { awsEnvironment, type CommandResult, findProgram, runCommand } from "./external-command.ts";
import {
  rootCredentials,
  type ServerOptions,
  type ServerProcess,
  startServer,
} from "./server-process.ts";

const moraineScript = join(import.meta.dirname, "../../bin/moraine.mjs");

/** The start of every Glacier ARN of the server's own account in us-east-1. */
export const ARN_PREFIX = `arn:aws:glacier:us-east-1:${rootCredentials.accountId}:`;

/** A caller of Glacier with what it signs with. */
export interface Somebody extends Boto3Client {
  readonly credentials: Credentials;
  readonly arn: string;
}

export interface ServiceWorld {
  /** The server that runs now; `restart` replaces it. */
  server(): ServerProcess;
  /** Ends the server in an orderly way or as a crash would, and starts it anew on the same data. */
  restart(end: "SIGTERM" | "SIGKILL"): Promise<void>;
  readonly boto3: Boto3Caller;
  readonly root: Somebody;
  /** The client of a service for one key. */
  clientOf(credentials: Credentials, service?: string, caller?: Boto3Caller): Boto3Client;
  /** Runs `aws glacier` as whom `credentials` names, without retries. */
  aws(
    credentials: Credentials,
    command: string,
    ...args: readonly string[]
  ): Promise<CommandResult>;
  /** Runs `moraine` with root's credentials. */
  moraine(...words: readonly string[]): Promise<CommandResult>;
  /** Gives a user of root's account its only inline policy. */
  putUserPolicy(name: string, ...statements: readonly object[]): Promise<void>;
  /** Makes a user of root's account with one inline policy, or with none when no statement is given. */
  makeUser(name: string, ...statements: readonly object[]): Promise<Somebody>;
  /** Makes an account; resolves with its root. */
  makeAccount(accountId: string): Promise<Somebody>;
  close(): Promise<void>;
}

/** The text of a policy with these statements. */
export function formatPolicy(...statements: readonly object[]): string {
  return JSON.stringify({ Version: "2012-10-17", Statement: statements });
}

/** The outcome of a call that was denied: who, what, and on which resource of root's account. */
export function formatRefusal(arn: string, action: string, resource: string): string {
  return (
    `403 AccessDeniedException: User: ${arn} is not authorized to perform: glacier:${action} ` +
    `on resource: ${ARN_PREFIX}${resource}`
  );
}

/** Starts the server, Python and the command line. Rejects when the machine lacks one of them. */
export async function openServiceWorld(options: ServerOptions = {}): Promise<ServiceWorld> {
  const program = await findProgram(["/usr/bin/aws", "aws"], {
    probe: ["--version"],
    expected: /^aws-cli\/2/,
    advice: "the AWS CLI version 2 is needed: apt-get install awscli",
  });
  const boto3 = await startBoto3();
  let server = await startServer(options).catch(async (error) => {
    await boto3.close();
    throw error;
  });

  const clientOf = (credentials: Credentials, service = "glacier", caller = boto3) =>
    caller.client(() => ({ endpoint: server.apiUrl, credentials, service }));
  const makeSomebody = (credentials: Credentials, arn: string): Somebody => ({
    ...clientOf(credentials),
    credentials,
    arn,
  });
  const environment = (credentials: Credentials) => ({
    ...awsEnvironment({ accountId: "", ...credentials }),
    AWS_MAX_ATTEMPTS: "1",
  });
  const iam = clientOf(rootCredentials, "iam");
  const moraine: ServiceWorld["moraine"] = (...words) =>
    runCommand(process.execPath, [moraineScript, ...words, "--admin-url", server.consoleUrl], {
      env: environment(rootCredentials),
    });
  const putUserPolicy: ServiceWorld["putUserPolicy"] = async (name, ...statements) => {
    const PolicyDocument = formatPolicy(...statements);
    await iam.result("put_user_policy", { UserName: name, PolicyName: "only", PolicyDocument });
  };

  return {
    server: () => server,
    restart: async (end) => {
      if (end === "SIGKILL") {
        await server.kill9();
      } else {
        const { code, signal } = await server.stop();
        assert.deepEqual([code, signal], [0, null], server.logs());
      }
      server = await startServer(options);
    },
    boto3,
    root: makeSomebody(rootCredentials, `arn:aws:iam::${rootCredentials.accountId}:root`),
    clientOf,
    aws: (credentials, command, ...args) => {
      const place = ["--endpoint-url", server.apiUrl, "--output", "json"];
      const env = environment(credentials);
      return runCommand(program, ["glacier", command, ...args, ...place], { env });
    },
    moraine,
    putUserPolicy,
    makeUser: async (name, ...statements) => {
      await iam.result("create_user", { UserName: name });
      if (statements.length > 0) {
        await putUserPolicy(name, ...statements);
      }
      const { AccessKey: key } = await iam.result("create_access_key", { UserName: name });
      const credentials = { accessKeyId: key.AccessKeyId, secretAccessKey: key.SecretAccessKey };
      return makeSomebody(credentials, `arn:aws:iam::${rootCredentials.accountId}:user/${name}`);
    },
    makeAccount: async (accountId) => {
      const made = await moraine("account", "create", "--account-id", accountId);
      if (made.code !== 0) {
        throw new Error(`moraine account create ${accountId}: ${made.stderr}`);
      }
      const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey } = JSON.parse(
        made.stdout,
      );
      return makeSomebody({ accessKeyId, secretAccessKey }, `arn:aws:iam::${accountId}:root`);
    },
    close: async () => {
      await boto3.close();
      await server.stop();
    },
  };
}
