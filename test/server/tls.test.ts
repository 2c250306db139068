/** The listeners over TLS: what they speak, what they refuse, and how their certificate is replaced. */
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { Agent, request as httpsRequest, type RequestOptions } from "node:https";
import { connect as connectTcp } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { connect, type SecureVersion, type TLSSocket } from "node:tls";
import type { Logger } from "../../src/ports/logger.ts";
import { readCertificate } from "../../src/server/tls-certificate.ts";
import { runServe, type ServerProcess, startServer } from "../support/server-process.ts";
import { type CertificateFiles, makeCertificate } from "../support/test-certificate.ts";
import { signHead } from "../support/wire-client.ts";

let folder: string;
let files: CertificateFiles;
let certificate: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "moraine-tls-"));
  files = await makeCertificate(folder, "first");
  certificate = await readFile(files.certificatePath, "utf8");
});
after(() => rm(folder, { recursive: true, force: true }));

const flagsOf = ({ certificatePath, privateKeyPath }: CertificateFiles) => [
  ...["--tls-cert", certificatePath],
  ...["--tls-key", privateKeyPath],
];

interface Answer {
  readonly status: number | undefined;
  readonly text: string;
  /** SHA-256 of the certificate that the connection was opened with. */
  readonly fingerprint: string;
  readonly socket: TLSSocket;
}

function ask(url: string, options: RequestOptions & { readonly body?: string }): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpsRequest(url, { agent: false, ...options }, (response) => {
      const chunks: Buffer[] = [];
      const socket = response.socket as TLSSocket;
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () =>
        resolve({
          status: response.statusCode,
          text: Buffer.concat(chunks).toString(),
          fingerprint: socket.getPeerCertificate().fingerprint256 ?? "",
          socket,
        }),
      );
    });
    request.on("error", reject);
    request.end(options.body);
  });
}

/** A signed request of the root, as options for `ask`. */
function signed(
  server: ServerProcess,
  call: {
    readonly method: string;
    readonly path: string;
    readonly service?: string;
    readonly body?: string;
  },
): RequestOptions & { readonly body?: string } {
  const body = Buffer.from(call.body ?? "");
  const head = signHead(
    {
      method: call.method,
      target: call.path,
      headers: [
        ["Host", new URL(server.apiUrl).host],
        ["x-amz-glacier-version", "2012-06-01"],
        ["Content-Length", String(body.length)],
      ],
    },
    body,
    { ...server.credentials, region: "us-east-1", service: call.service ?? "glacier" },
  );
  const headers = Object.fromEntries(head.headers);
  return { method: call.method, path: call.path, headers, body: body.toString() };
}

const fingerprintOf = async (path: string) =>
  new X509Certificate(await readFile(path)).fingerprint256;

describe("listeners with tls-cert and tls-key", () => {
  let server: ServerProcess;
  before(async () => {
    server = await startServer({ flags: flagsOf(files) });
  });
  after(() => server?.stop());

  it("answer https on both, and say so in the banner", async () => {
    assert.match(server.apiUrl, /^https:/);
    assert.match(server.consoleUrl, /^https:/);
    const options = signed(server, { method: "GET", path: "/-/vaults" });
    assert.equal((await ask(server.apiUrl, { ca: certificate, ...options })).status, 200);
    const health = await ask(`${server.consoleUrl}/health/live`, { ca: certificate });
    assert.equal(health.text, "ok\n");
  });

  it("are not believed by a client that does not know the certificate", async () => {
    await assert.rejects(ask(server.apiUrl, {}), /self-signed certificate/);
  });

  for (const [version, isSpoken] of [
    ["TLSv1", false],
    ["TLSv1.1", false],
    ["TLSv1.2", true],
    ["TLSv1.3", true],
  ] as const satisfies [SecureVersion, boolean][]) {
    it(`${isSpoken ? "speak" : "refuse"} ${version}`, async () => {
      // Security level 0 makes our own side willing, so that the refusal is the server's.
      const limits = { minVersion: version, maxVersion: version, ciphers: "ALL:@SECLEVEL=0" };
      const asked = ask(`${server.consoleUrl}/health/live`, { ca: certificate, ...limits });
      if (isSpoken) {
        assert.equal((await asked).socket.getProtocol(), version);
      } else {
        await assert.rejects(asked, /alert protocol version/);
      }
    });
  }

  for (const cipher of ["AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-SHA", "NULL-SHA256"]) {
    it(`refuse a cipher without forward secrecy or authenticated encryption: ${cipher}`, async () => {
      const limits = { maxVersion: "TLSv1.2", ciphers: `${cipher}:@SECLEVEL=0` } as const;
      const asked = ask(`${server.consoleUrl}/health/live`, { ca: certificate, ...limits });
      await assert.rejects(asked, /handshake failure/);
    });
  }

  it("let go of clients that speak no TLS, and go on answering", async () => {
    const { port } = new URL(server.apiUrl);
    const socket = connectTcp(Number(port), "127.0.0.1");
    socket.write("GET /-/vaults HTTP/1.1\r\nHost: x\r\n\r\n");
    socket.resume();
    await once(socket, "close");
    const options = signed(server, { method: "GET", path: "/-/vaults" });
    assert.equal((await ask(server.apiUrl, { ca: certificate, ...options })).status, 200);
    assert.match(server.logs(), /"code":"ERR_SSL_HTTP_REQUEST".*"no TLS connection"/);
  });

  it("answer what is no HTTP over TLS with the contract's error", async () => {
    const { port } = new URL(server.apiUrl);
    const socket = connect({ host: "127.0.0.1", port: Number(port), ca: certificate });
    socket.write("GARBAGE\r\n\r\n");
    const chunks: Buffer[] = [];
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    await once(socket, "close");
    assert.match(Buffer.concat(chunks).toString(), /^HTTP\/1\.1 400 Bad Request\r\n/);
  });

  it("make aws:SecureTransport true", async () => {
    const make = signed(server, { method: "PUT", path: "/-/vaults/secure" });
    assert.equal((await ask(server.apiUrl, { ca: certificate, ...make })).status, 201);
    const deny = async (isSecure: boolean) => {
      const statement = {
        Effect: "Deny",
        Principal: "*",
        Action: "glacier:ListTagsForVault",
        Resource: `arn:aws:glacier:us-east-1:${server.credentials.accountId}:vaults/secure`,
        Condition: { Bool: { "aws:SecureTransport": String(isSecure) } },
      };
      const policy = JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
      const set = signed(server, {
        method: "PUT",
        path: "/-/vaults/secure/access-policy",
        body: JSON.stringify({ Policy: policy }),
      });
      assert.equal((await ask(server.apiUrl, { ca: certificate, ...set })).status, 204);
      const list = signed(server, { method: "GET", path: "/-/vaults/secure/tags" });
      return (await ask(server.apiUrl, { ca: certificate, ...list })).status;
    };
    assert.equal(await deny(false), 200);
    assert.equal(await deny(true), 403);
  });

  it("make the addresses of queues https", async () => {
    const call = {
      method: "POST",
      path: "/",
      service: "sqs",
      body: "Action=CreateQueue&QueueName=secure&Version=2012-11-05",
    };
    const { text } = await ask(server.apiUrl, { ca: certificate, ...signed(server, call) });
    assert.match(text, /<QueueUrl>https:\/\/127\.0\.0\.1:\d+\/\d{12}\/secure<\/QueueUrl>/);
  });

  it("answer the connection beyond max-connections over TLS too", async () => {
    const flags = [...flagsOf(files), "--max-connections", "1"];
    const small = await startServer({ flags });
    try {
      const agent = new Agent({ keepAlive: true, ca: certificate });
      const list = () => signed(small, { method: "GET", path: "/-/vaults" });
      assert.equal((await ask(small.apiUrl, { ...list(), agent })).status, 200);
      const surplus = await ask(small.apiUrl, { ca: certificate, ...list() });
      assert.match(surplus.text, /"ThrottlingException"/);
      assert.equal((await ask(small.apiUrl, { ...list(), agent })).status, 200);
      agent.destroy();
    } finally {
      await small.stop();
    }
  });

  it("stop in time while a client is silent before its handshake", async () => {
    const silent = await startServer({ flags: flagsOf(files) });
    const socket = connectTcp(Number(new URL(silent.apiUrl).port), "127.0.0.1");
    socket.on("error", () => undefined);
    await once(socket, "connect");
    assert.deepEqual(await silent.stop(), { code: 0, signal: null });
    socket.destroy();
  });
});

describe("console-tls off", () => {
  it("leaves the console listener in the clear on a loopback address", async () => {
    const server = await startServer({ flags: [...flagsOf(files), "--console-tls", "off"] });
    assert.match(server.apiUrl, /^https:/);
    assert.equal((await fetch(`${server.consoleUrl}/health/live`)).status, 200);
    await server.stop();
  });

  it("is refused for an address that others reach", async () => {
    const flags = [...flagsOf(files), "--console-tls", "off", "--console-listen", "0.0.0.0:0"];
    const { code, stderr } = await runServe(["--data-dir", join(folder, "never"), ...flags]);
    assert.equal(code, 2);
    assert.match(stderr, /console-tls may be off only while .* loopback address; it is 0\.0\.0\.0/);
  });
});

describe("SIGHUP", () => {
  let server: ServerProcess;
  let current: CertificateFiles;
  before(async () => {
    const place = join(folder, "current");
    await mkdir(place);
    current = await makeCertificate(place, "current");
    server = await startServer({ flags: flagsOf(current) });
  });
  after(() => server?.stop());

  const reload = async (said: RegExp): Promise<void> => {
    const before = server.logs().length;
    server.signal("SIGHUP");
    while (!said.test(server.logs().slice(before))) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  const install = async (next: CertificateFiles) => {
    await copyFile(next.certificatePath, current.certificatePath);
    await copyFile(next.privateKeyPath, current.privateKeyPath);
  };

  it("takes the new certificate for new connections and keeps the open ones", async () => {
    const old = await fingerprintOf(current.certificatePath);
    const trusted = { ca: [await readFile(current.certificatePath, "utf8"), certificate] };
    const agent = new Agent({ keepAlive: true, maxSockets: 1, ...trusted });
    const list = () => signed(server, { method: "GET", path: "/-/vaults" });
    const first = await ask(server.apiUrl, { ...list(), agent });
    await install(files);
    await reload(/"certificate replaced"/);
    const kept = await ask(server.apiUrl, { ...list(), agent });
    assert.equal(kept.socket, first.socket, "the open connection was dropped");
    assert.deepEqual([kept.status, kept.fingerprint], [200, old]);
    for (const url of [server.apiUrl, `${server.consoleUrl}/health/live`]) {
      const fresh = await ask(url, { ...trusted, ...(url === server.apiUrl ? list() : {}) });
      assert.equal(fresh.status, 200);
      assert.equal(fresh.fingerprint, await fingerprintOf(files.certificatePath));
    }
    agent.destroy();
  });

  it("keeps the old certificate when the new one can't be used, and says why", async () => {
    await install(files);
    await reload(/"certificate replaced"/);
    const list = () => signed(server, { method: "GET", path: "/-/vaults" });
    const other = await makeCertificate(folder, "other");
    for (const [spoil, said] of [
      [() => copyFile(other.privateKeyPath, current.privateKeyPath), /does not belong to the/],
      [() => writeFile(current.certificatePath, "nonsense"), /must hold a certificate in PEM form/],
      [() => rm(current.certificatePath), /there is no such file/],
    ] as const) {
      await spoil();
      await reload(said);
      const { status, fingerprint } = await ask(server.apiUrl, { ca: certificate, ...list() });
      assert.deepEqual([status, fingerprint], [200, await fingerprintOf(files.certificatePath)]);
    }
    await install(files);
    await reload(/"certificate replaced"/);
  });

  it("never puts the private key into the log", async () => {
    for (const path of [files.privateKeyPath, current.privateKeyPath]) {
      for (const line of (await readFile(path, "utf8")).trim().split("\n").slice(1, -1)) {
        assert.ok(!server.logs().includes(line));
      }
    }
  });
});

describe("readCertificate", () => {
  const warnings: string[] = [];
  const silent = () => undefined;
  const logger: Logger = {
    debug: silent,
    info: silent,
    error: silent,
    warn: (fields: object, message: string) =>
      void warnings.push(`${message} ${JSON.stringify(fields)}`),
  };
  const read = (given: CertificateFiles, nowMs = Date.now()) => {
    warnings.length = 0;
    return readCertificate(given, { clock: { nowMs: () => nowMs } as never, logger });
  };

  it("has nothing to say of a sound pair", async () => {
    const { certificatePem } = await read(files);
    assert.equal(certificatePem, certificate);
    assert.deepEqual(warnings, []);
  });

  it("warns of a certificate that has expired or is not valid yet", async () => {
    await read(files, Date.now() + 31 * 86_400_000);
    assert.match(warnings.join(), /has expired: clients will refuse it .*"validTo"/);
    await read(files, Date.now() - 86_400_000);
    assert.match(warnings.join(), /is not valid yet .*"validFrom"/);
  });

  it("warns of a key that others may read", async () => {
    const open = await makeCertificate(folder, "open");
    for (const mode of [0o640, 0o604]) {
      await chmod(open.privateKeyPath, mode);
      await read(open);
      assert.match(
        warnings.join(),
        new RegExp(`can be read by others.*"mode":"0${mode.toString(8)}"`),
      );
    }
  });

  it("names setting, file and reason of what it can't use", async () => {
    const other = await makeCertificate(folder, "stranger");
    const locked = await makeCertificate(folder, "locked", { passphrase: "open sesame" });
    const weak = await makeCertificate(folder, "weak", { keyKind: "rsa:1024" });
    const damaged = join(folder, "damaged.crt");
    await writeFile(damaged, certificate.replace(/\n..../, "\nAAAA"));
    const long = join(folder, "long.crt");
    await writeFile(long, certificate.padEnd(1024 * 1024 + 1, "\n"));
    const missing = join(folder, "missing");
    const rows: [Partial<CertificateFiles>, RegExp][] = [
      [{ certificatePath: missing }, /^tls-cert: .*\/missing: there is no such file$/],
      [{ privateKeyPath: missing }, /^tls-key: .*\/missing: there is no such file$/],
      [{ privateKeyPath: `${files.certificatePath}/x` }, /^tls-key: .* can't be read \(ENOTDIR\)$/],
      [{ privateKeyPath: folder }, /^tls-key: .* is not a file$/],
      [{ certificatePath: "/dev/zero" }, /^tls-cert: \/dev\/zero is not a file$/],
      [
        { certificatePath: long },
        /^tls-cert: .* must be at most 1048576 bytes long; it has 1048577$/,
      ],
      [
        { certificatePath: files.privateKeyPath },
        /^tls-cert: .* must hold a certificate in PEM form/,
      ],
      [{ certificatePath: damaged }, /^tls-cert: .*damaged\.crt holds a damaged certificate$/],
      [
        { privateKeyPath: files.certificatePath },
        /^tls-key: .* must hold a private key in PEM form/,
      ],
      [
        { privateKeyPath: other.privateKeyPath },
        /^tls-key: .*stranger.key does not belong to .*first\.crt$/,
      ],
      [locked, /^tls-key: .*locked\.key is protected by a passphrase; give a key without one$/],
      [weak, /^tls-cert: .*weak\.crt can't be used: ee key too small$/],
    ];
    for (const [changed, message] of rows) {
      await assert.rejects(read({ ...files, ...changed }), { name: "CertificateError", message });
    }
  });

  it("ends a start in one line, before the data folder is made", async () => {
    const dataDir = join(folder, "never");
    const flags = ["--data-dir", dataDir, "--tls-cert", join(folder, "nowhere"), "--tls-key", "k"];
    const { code, stderr } = await runServe(flags);
    assert.equal(code, 1);
    assert.match(stderr, /^moraine: tls-cert: .*\/nowhere: there is no such file\n$/);
    await assert.rejects(readFile(dataDir), { code: "ENOENT" });
  });

  it("needs both settings or neither", async () => {
    const flags = ["--data-dir", join(folder, "never"), "--tls-cert", files.certificatePath];
    const { code, stderr } = await runServe(flags);
    assert.equal(code, 2);
    assert.match(stderr, /tls-key is missing: it must be given together with tls-cert/);
  });
});
