/**
 * The options that every command takes, and what surrounds a command, with the AWS CLI v2 and with
 * `moraine glacier`: TLS, timeouts, profiles, pagers, prompts, interruption and memory.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { open, readdir, truncate, writeFile } from "node:fs/promises";
import { createServer as createHttpServer, request, type ServerResponse } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, createServer as createTcpServer, type Server } from "node:net";
import { join, resolve } from "node:path";
import { after, before, describe, it } from "node:test";
import { awsEnvironment, makeFolder, runCommand } from "../support/external-command.ts";
import { MIB } from "../support/payload.ts";
import { type ServerProcess, startServer } from "../support/server-process.ts";
import { type AwsRunner, startAws } from "./cli-differential-aws.ts";
import { makeCertificate, measure, onTerminal, pairs } from "./cli-differential-programs.ts";

const ENTRY = resolve(import.meta.dirname, "../../bin/moraine.mjs");
const REGION = "eu-west-1";
const LIST = ["glacier", "list-vaults", "--account-id", "-"] as const;
/** A large body may cost this much more memory than a small one: buffers and garbage, not the body. */
const MEMORY_MARGIN_BYTES = 96 * MIB;
const LARGE_BYTES = 256 * MIB;
const NO_REGION = { AWS_REGION: undefined, AWS_DEFAULT_REGION: undefined };
const NO_CREDENTIALS = { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined };

interface Setting {
  /** Beside the usual ones; `undefined` for one that is not set. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

describe("the options of moraine glacier beside those of the AWS CLI v2", () => {
  let server: ServerProcess;
  let aws: AwsRunner;
  let folder: Awaited<ReturnType<typeof makeFolder>>;
  const listeners: Server[] = [];

  const environment = (setting: Setting): Record<string, string> => {
    const base = { ...awsEnvironment(server.credentials, REGION), AWS_MAX_ATTEMPTS: "1" };
    const own = { HOME: folder.path, PATH: process.env["PATH"] ?? "", LC_ALL: "C.UTF-8" };
    const all = Object.entries({ ...base, ...own, ...setting.env });
    return Object.fromEntries(
      all.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
    );
  };
  const moraine = (words: readonly string[], setting: Setting = {}) =>
    runCommand(
      "/usr/bin/env",
      ["-i", ...pairs(environment(setting)), process.execPath, ENTRY, ...words],
      {
        cwd: folder.path,
      },
    );
  const both = async (words: readonly string[], setting: Setting = {}) => {
    const line = { words, env: environment(setting), cwd: folder.path };
    const [expected, actual] = await Promise.all([aws.run(line), moraine(words, setting)]);
    return { expected, actual, shown: `aws: ${expected.stderr}\nmoraine: ${actual.stderr}` };
  };
  const agree = async (words: readonly string[], setting: Setting = {}) => {
    const { expected, actual, shown } = await both(words, setting);
    assert.deepEqual(
      { code: actual.code, stdout: actual.stdout },
      { code: expected.code, stdout: expected.stdout },
      shown,
    );
    return { ...actual, expected };
  };
  const service = () => ["--endpoint-url", server.apiUrl];
  const listen = async (listener: Server): Promise<number> => {
    listeners.push(listener);
    listener.listen(0, "127.0.0.1");
    await once(listener, "listening");
    return (listener.address() as AddressInfo).port;
  };

  before(async () => {
    server = await startServer();
    aws = await startAws();
    folder = await makeFolder();
    const vault = ["--account-id", "-", "--vault-name", "photos"];
    const made = await moraine(["glacier", "create-vault", ...vault, ...service()]);
    assert.equal(made.code, 0, made.stderr);
  });
  after(async () => {
    await aws?.stop();
    for (const listener of listeners) {
      listener.close();
    }
    await server?.stop();
    await folder?.remove();
  });

  it("verifies certificates, against --ca-bundle when there is one, unless told not to", async () => {
    const certificate = await makeCertificate(folder.path);
    const { hostname, port } = new URL(server.apiUrl);
    const proxy = createHttpsServer(certificate, (incoming, outgoing) => {
      const { method = "GET", url = "/", rawHeaders: headers } = incoming;
      const onward = request(
        { hostname, port, method, path: url, headers, setHost: false },
        (answer) => {
          outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
          answer.pipe(outgoing);
        },
      );
      incoming.pipe(onward);
    });
    const url = `https://127.0.0.1:${await listen(proxy)}`;
    const words = [...LIST, "--endpoint-url", url];
    const bundle = join(folder.path, "certificate.pem");
    const config = join(folder.path, "tls-config");
    await writeFile(config, `[default]\nca_bundle = ${bundle}\n`);

    const refused = await agree(words);
    assert.equal(refused.code, 255);
    for (const { stderr } of [refused, refused.expected]) {
      assert.match(stderr, /^SSL validation failed for https:\/\/127/m);
    }
    assert.equal((await agree([...words, "--ca-bundle", bundle])).code, 0);
    assert.equal((await agree(words, { env: { AWS_CA_BUNDLE: bundle } })).code, 0);
    assert.equal((await agree(words, { env: { AWS_CONFIG_FILE: config } })).code, 0);
    assert.equal((await agree([...words, "--no-verify-ssl"])).code, 0);
    assert.equal((await agree([...words, "--ca-bundle", "/nonexistent"])).code, 255);
  });

  it("gives up after --cli-read-timeout when the service keeps silent", async () => {
    const silent = createTcpServer((socket) => socket.on("error", () => {}));
    const url = `http://127.0.0.1:${await listen(silent)}`;
    const words = [...LIST, "--endpoint-url", url, "--cli-read-timeout", "1"];
    const ended = await agree(words);
    assert.equal(ended.code, 255);
    assert.equal(lastLine(ended.stderr), lastLine(ended.expected.stderr));
    assert.match(ended.stderr, /Read timeout on endpoint URL/);
  });

  it("gives up after --cli-connect-timeout when no connection comes about", async () => {
    const silent = createTcpServer((socket) => socket.on("error", () => {}));
    const url = `https://127.0.0.1:${await listen(silent)}`;
    const words = [...LIST, "--endpoint-url", url, "--cli-connect-timeout", "1"];
    const ended = await agree(words);
    assert.equal(ended.code, 255);
    assert.match(ended.stderr, /Connect timeout on endpoint URL/);
    // It counts a TLS handshake that does not end among the read timeouts.
    assert.match(ended.expected.stderr, /Read timeout on endpoint URL/);
  });

  it("says where it could not connect to", async () => {
    const ended = await agree([...LIST, "--endpoint-url", "http://127.0.0.1:1"]);
    assert.equal(lastLine(ended.stderr), lastLine(ended.expected.stderr));
  });

  it("takes region, credentials and format from the profile, and options before all", async () => {
    const config = join(folder.path, "config");
    const { accessKeyId, secretAccessKey } = server.credentials;
    const keys = `aws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`;
    const profile = `region = ${REGION}\n${keys}`;
    await writeFile(
      config,
      `[default]\nregion = eu-west-1\n[profile p]\n${profile}output = text\n` +
        `[profile bad]\n${profile}output = nonsense\n`,
    );
    const env = {
      AWS_CONFIG_FILE: config,
      ...NO_CREDENTIALS,
      ...NO_REGION,
    };
    const words = [...LIST, ...service()];
    assert.equal((await agree([...words, "--profile", "p"], { env })).code, 0);
    assert.equal((await agree(words, { env: { ...env, AWS_PROFILE: "p" } })).code, 0);
    const json = [...words, "--profile", "p", "--output", "json", "--region", "eu-north-1"];
    assert.deepEqual(JSON.parse((await agree(json, { env })).stdout), { VaultList: [] });
    assert.equal((await agree([...words, "--profile", "bad"], { env })).code, 255);
    assert.equal((await agree([...words, "--profile", "none"], { env })).code, 255);
    const lost = await agree(words, { env });
    assert.equal(lost.code, 253);
    assert.equal(lastLine(lost.stderr), lastLine(lost.expected.stderr));
  });

  it("wants a region", async () => {
    const ended = await agree([...LIST, ...service()], { env: NO_REGION });
    assert.equal(ended.code, 253);
    assert.equal(lastLine(ended.stderr), lastLine(ended.expected.stderr));
  });

  it("sends no signature with --no-sign-request, and needs no credentials", async () => {
    const seen: (string | undefined)[] = [];
    const recorder = createHttpServer((incoming, outgoing) => {
      seen.push(incoming.headers.authorization?.split(" ")[0]);
      outgoing.setHeader("content-type", "application/json").end('{"VaultList":[]}');
    });
    const words = [...LIST, "--endpoint-url", `http://127.0.0.1:${await listen(recorder)}`];
    const unsigned = [...words, "--no-sign-request"];
    assert.equal((await agree(unsigned, { env: NO_CREDENTIALS })).code, 0);
    assert.equal((await agree(words)).code, 0);
    assert.deepEqual(seen, [undefined, undefined, "AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256"]);
  });

  it("writes what it does to standard error with --debug, and no secret", async () => {
    const { stdout, stderr } = await agree([...LIST, ...service(), "--debug"]);
    assert.ok(JSON.parse(stdout).VaultList.length > 0);
    assert.match(stderr, /\/-\/vaults/);
    assert.ok(!stderr.includes(server.credentials.secretAccessKey));
    assert.doesNotMatch(stderr, /Signature=[0-9a-f]/);
  });

  it("reads bytes in --cli-input-json by --cli-binary-format", async () => {
    const sizes: number[] = [];
    const recorder = createHttpServer(async (incoming, outgoing) => {
      const chunks = await incoming.toArray();
      sizes.push(Buffer.concat(chunks).length);
      outgoing.writeHead(201, { "x-amz-archive-id": "a", location: "/l" }).end();
    });
    const input = '{"accountId":"-","vaultName":"photos","body":"aGVsbG8="}';
    const words = ["glacier", "upload-archive", "--cli-input-json", input];
    const url = ["--endpoint-url", `http://127.0.0.1:${await listen(recorder)}`];
    await agree([...words, ...url]);
    await agree([...words, ...url, "--cli-binary-format", "base64"]);
    await agree([...words, ...url, "--cli-binary-format", "raw-in-base64-out"]);
    assert.deepEqual(sizes, [5, 5, 5, 5, 8, 8]);
  });

  it("has the exit statuses of version 1 with --cli-compat v1", async () => {
    const v1 = ["--cli-compat", "v1"];
    const statuses = await Promise.all(
      [
        [...LIST, ...service()],
        ["glacier", "describe-vault"],
        [...LIST, ...service(), "--bogus"],
        [...LIST, ...service(), "--limit", "0"],
        [...LIST, "--profile", "none"],
      ].map(async (words) => (await moraine([...words, ...v1])).code),
    );
    assert.deepEqual(statuses, [0, 2, 255, 255, 255]);
  });

  it("asks nobody where there is no terminal", async () => {
    for (const env of [{ AWS_CLI_AUTO_PROMPT: "on" }, { AWS_CLI_AUTO_PROMPT: "on-partial" }]) {
      const { expected, actual } = await both(["glacier", "list-vaults"], { env });
      assert.deepEqual(actual, expected);
      assert.equal(actual.code, 255);
      assert.equal((await agree([...LIST, ...service(), "--no-cli-auto-prompt"], { env })).code, 0);
    }
  });

  it("shows output in the pager on a terminal alone, unless it is unwanted", async () => {
    const config = join(folder.path, "pager-config");
    await writeFile(config, "[default]\ncli_pager = sed s/^/profile:/\n");
    const show = async (env: Readonly<Record<string, string>>, ...more: readonly string[]) => {
      const words = [...LIST, ...service(), "--output", "text", "--query", "VaultList[].VaultName"];
      const line = [...words, ...more];
      const setting = { env: { AWS_CONFIG_FILE: config, ...env } };
      const [expected, actual] = await Promise.all([
        onTerminal(["/usr/bin/aws", ...line], environment(setting)),
        onTerminal([process.execPath, ENTRY, ...line], environment(setting)),
      ]);
      assert.deepEqual(actual, expected);
      return actual.stdout.trim();
    };
    const env = { AWS_PAGER: "sed s/^/paged:/" };
    assert.equal(await show(env), "paged:photos");
    assert.equal(await show(env, "--no-cli-pager"), "photos");
    assert.equal(await show({ AWS_PAGER: "" }), "photos");
    assert.equal(await show({ AWS_PAGER: "true" }), "");
    const words = [...LIST, ...service(), "--query", "VaultList[0].VaultName"];
    const line = [process.execPath, ENTRY, ...words];
    const profile = { AWS_PAGER: undefined, AWS_CONFIG_FILE: config };
    const paged = await onTerminal(line, environment({ env: profile }));
    assert.match(paged.stdout, /profile:"photos"/);
    const missing = { AWS_PAGER: "moraine-no-such-pager" };
    const plain = await onTerminal(line, environment({ env: missing }));
    assert.equal(plain.code, 0);
    assert.match(plain.stdout, /Unable to redirect output to pager.*"photos"/s);
  });

  it("ends with 130 on ^C, and leaves no part of the output", async () => {
    let begun: (() => void) | undefined;
    const half = createHttpServer((_, outgoing: ServerResponse) => {
      outgoing.writeHead(200, { "content-type": "application/octet-stream", "content-length": 10 });
      outgoing.write("12345");
      begun?.();
    });
    const url = `http://127.0.0.1:${await listen(half)}`;
    const job = ["--account-id", "-", "--vault-name", "v", "--job-id", "j", "interrupted.bin"];
    const words = ["glacier", "get-job-output", ...job, "--endpoint-url", url];
    const started = new Promise<void>((done) => {
      begun = done;
    });
    const child = spawn(process.execPath, [ENTRY, ...words], {
      env: environment({}),
      cwd: folder.path,
      stdio: ["ignore", "pipe", "pipe"],
    });
    await started;
    while (!(await readdir(folder.path)).some((name) => name.endsWith(".partial"))) {
      await new Promise((next) => setImmediate(next));
    }
    child.kill("SIGINT");
    const [code] = await once(child, "close");
    assert.equal(code, 130);
    const left = await readdir(folder.path);
    assert.deepEqual(
      left.filter((name) => name.startsWith("interrupted")),
      [],
    );
    half.closeAllConnections();
  });

  it("moves a large archive in the memory that a small one takes", async () => {
    const vault = ["--account-id", "-", "--vault-name", "photos"];
    const upload = async (name: string, sizeBytes: number) => {
      await (await open(join(folder.path, name), "w")).close();
      await truncate(join(folder.path, name), sizeBytes);
      const words = ["glacier", "upload-archive", ...vault, "--body", name, ...service()];
      return await measured(words);
    };
    const download = async (archiveId: string, name: string) => {
      const parameters = `Type=archive-retrieval,Tier=Expedited,ArchiveId=${archiveId}`;
      const job = ["glacier", "initiate-job", ...vault, "--job-parameters", parameters];
      const { jobId } = JSON.parse((await moraine([...job, ...service()])).stdout);
      const query = ["--query", "Completed", "--job-id", jobId];
      const ask = ["glacier", "describe-job", ...vault, ...query, ...service()];
      while ((await moraine(ask)).stdout.trim() === "false") {
        // Asks again.
      }
      const output = [...vault, "--job-id", jobId, name];
      return await measured(["glacier", "get-job-output", ...output, ...service()]);
    };
    const measured = async (words: readonly string[]) => {
      const run = await measure([process.execPath, ENTRY, ...words], environment({}), folder.path);
      assert.equal(run.code, 0, run.stderr);
      return { ...JSON.parse(run.stdout), peakBytes: run.peakBytes };
    };
    const small = await upload("small.bin", MIB);
    const large = await upload("large.bin", LARGE_BYTES);
    assert.ok(
      large.peakBytes < small.peakBytes + MEMORY_MARGIN_BYTES,
      `upload: ${small.peakBytes} and ${large.peakBytes} bytes`,
    );
    const first = await download(small.archiveId, "small.out");
    const second = await download(large.archiveId, "large.out");
    assert.ok(
      second.peakBytes < first.peakBytes + MEMORY_MARGIN_BYTES,
      `download: ${first.peakBytes} and ${second.peakBytes} bytes`,
    );
  });
});

function lastLine(text: string): string {
  return text.trimEnd().split("\n").at(-1) ?? "";
}
