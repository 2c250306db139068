/** Requests signed by curl and by aws4, which know nothing of the service. */
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { findProgram, makeFolder, runCommand } from "../support/external-command.ts";
import { MIB, makePayload } from "../support/payload.ts";
import { type ServerProcess, startServer } from "../support/server-process.ts";

const VERSION = "x-amz-glacier-version: 2012-06-01";

describe("curl --aws-sigv4", () => {
  let server: ServerProcess;
  let folder: Awaited<ReturnType<typeof makeFolder>>;
  let program: string;

  before(async () => {
    program = await findProgram(["curl"], {
      probe: ["--help", "all"],
      expected: /--aws-sigv4/,
      advice: "curl 7.75 or newer is needed: apt-get install curl",
    });
    server = await startServer();
    folder = await makeFolder();
  });
  after(async () => {
    await server?.stop();
    await folder?.remove();
  });

  const curl = async (path: string, ...args: readonly string[]) => {
    const { accessKeyId, secretAccessKey } = server.credentials;
    const result = await runCommand(
      program,
      [
        ...["--silent", "--show-error", "--aws-sigv4", "aws:amz:sa-east-1:glacier"],
        ...["--user", `${accessKeyId}:${secretAccessKey}`, "--header", VERSION],
        ...["--write-out", "\n%{http_code}", ...args, `${server.apiUrl}${path}`],
      ],
      { cwd: folder.path },
    );
    assert.equal(result.code, 0, result.stderr);
    const [status, ...lines] = result.stdout.split("\n").reverse();
    return { status: Number(status), body: lines.reverse().join("\n") };
  };

  it("makes a vault, describes it and lists it with a limit", async () => {
    const created = await curl("/-/vaults/curl.vault", "--request", "PUT");
    assert.equal(created.status, 201);
    const described = await curl("/-/vaults/curl.vault");
    assert.equal(described.status, 200);
    assert.equal(JSON.parse(described.body).VaultName, "curl.vault");
    const listed = await curl("/-/vaults?limit=5");
    assert.equal(JSON.parse(listed.body).VaultList.length, 1);
    assert.equal(JSON.parse(listed.body).Marker, null);
  });

  it("uploads an archive, runs a job and downloads the same bytes", async () => {
    const payload = makePayload(3 * MIB + 1, "curl");
    await writeFile(join(folder.path, "archive"), payload.bytes);
    const stored = await curl(
      "/-/vaults/curl.vault/archives",
      ...["--request", "POST", "--data-binary", "@archive", "--dump-header", "headers"],
      ...["--header", `x-amz-content-sha256: ${payload.sha256}`],
      ...["--header", `x-amz-sha256-tree-hash: ${payload.treeHash}`],
    );
    assert.equal(stored.status, 201, stored.body);
    const headers = await readFile(join(folder.path, "headers"), "utf8");
    const archiveId = /^x-amz-archive-id: (\S+)/im.exec(headers)?.[1];
    assert.ok(archiveId);
    const job = JSON.stringify({ Type: "archive-retrieval", ArchiveId: archiveId });
    const started = await curl(
      "/-/vaults/curl.vault/jobs",
      ...["--data", job, "--dump-header", "job-headers"],
    );
    assert.equal(started.status, 202, started.body);
    const jobHeaders = await readFile(join(folder.path, "job-headers"), "utf8");
    const location = /^location: (\S+)/im.exec(jobHeaders)?.[1];
    assert.ok(location, "the answer names the job");
    while (!JSON.parse((await curl(location)).body).Completed) {}
    const got = await curl(`${location}/output`, "--output", "output");
    assert.equal(got.status, 200);
    assert.ok(payload.bytes.equals(await readFile(join(folder.path, "output"))));
  });
});

interface SignedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body?: Buffer | string;
}

interface Aws4 {
  sign(
    request: SignedRequest & { service: string; region: string; signQuery?: boolean },
    credentials: { accessKeyId: string; secretAccessKey: string },
  ): SignedRequest;
}

describe("aws4", () => {
  let server: ServerProcess;
  let aws4: Aws4;

  before(async () => {
    // The package comes without types.
    aws4 = createRequire(import.meta.url)("aws4") as Aws4;
    server = await startServer();
  });
  after(async () => {
    await server?.stop();
  });

  const call = async (
    method: string,
    path: string,
    more: { body?: Buffer; headers?: Record<string, string>; signQuery?: boolean } = {},
  ): Promise<Response> => {
    const { headers: added, ...rest } = more;
    const headers = {
      Host: new URL(server.apiUrl).host,
      "x-amz-glacier-version": "2012-06-01",
      ...added,
    };
    const plain = { method, path, headers, service: "glacier", region: "us-east-1", ...rest };
    const request = aws4.sign(plain, server.credentials);
    const { Host: _host, ...sent } = request.headers;
    return await fetch(`${server.apiUrl}${request.path}`, {
      method,
      headers: sent,
      ...(more.body === undefined ? {} : { body: new Uint8Array(more.body) }),
    });
  };

  it("signs headers for a vault, its tags and an archive", async () => {
    const { accountId } = server.credentials;
    const created = await call("PUT", `/${accountId}/vaults/aws4.vault`);
    assert.equal(created.status, 201);
    const tagged = await call("POST", "/-/vaults/aws4.vault/tags?operation=add", {
      body: Buffer.from(JSON.stringify({ Tags: { by: "aws4" } })),
    });
    assert.equal(tagged.status, 204);
    const payload = makePayload(1000, "aws4");
    const stored = await call("POST", "/-/vaults/aws4.vault/archives", {
      body: payload.bytes,
      headers: {
        "x-amz-content-sha256": payload.sha256,
        "x-amz-sha256-tree-hash": payload.treeHash,
        "x-amz-archive-description": "two  spaces",
      },
    });
    assert.equal(stored.status, 201, await stored.text());
    assert.equal(stored.headers.get("x-amz-sha256-tree-hash"), payload.treeHash);
  });

  it("signs the query of a request instead of its headers", async () => {
    const response = await call("GET", "/-/vaults?limit=3&X-Amz-Expires=60", { signQuery: true });
    assert.equal(response.status, 200, await response.text());
  });
});
