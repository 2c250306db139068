/** Data folders of released versions open, keep every byte and every setting, and those of newer ones are refused. */
import assert from "node:assert/strict";
import { globSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import {
  FIXTURE_FLAGS,
  type FixtureContent,
  manage,
  unpackFolder,
} from "../support/data-folder-fixture.ts";
import { runCommand } from "../support/external-command.ts";
import {
  createGlacierClient,
  type GlacierClient,
  GlacierError,
} from "../support/glacier-client.ts";
import { moraineProgram } from "../support/moraine-command.ts";
import { describePayload, sha256Of } from "../support/payload.ts";
import { runServe, type ServerProcess, startServer } from "../support/server-process.ts";

const fixtures = globSync(join(import.meta.dirname, "../fixtures/data-folders/*.tar.gz")).sort();

describe("the data folders of released versions", () => {
  it("are there", () => {
    assert.ok(fixtures.length > 0);
  });

  for (const fixture of fixtures) {
    const label = fixture.replace(/.*\/(.*)\.tar\.gz$/, "$1");
    describe(`a data folder of ${label}`, () => {
      let dataDir: string;
      let server: ServerProcess;
      let client: GlacierClient;
      let content: FixtureContent;

      before(async () => {
        content = JSON.parse(await readFile(fixture.replace(/tar\.gz$/, "json"), "utf8"));
        dataDir = await mkdtemp(join(tmpdir(), "moraine-fixture-"));
        await unpackFolder(fixture, dataDir);
        const flags = [...FIXTURE_FLAGS, "--tier-delays", "Standard=0s"];
        server = await startServer({ dataDir, flags });
        client = createGlacierClient(server);
      });
      after(async () => {
        client?.close();
        await server?.stop();
        await rm(dataDir, { recursive: true, force: true });
      });

      it(`of ${label} gives back every archive as its hashes say`, async () => {
        for (const { vault, archiveId, sizeBytes, sha256, treeHash } of content.archives) {
          const parameters = { Type: "archive-retrieval", ArchiveId: archiveId };
          const jobId = await client.initiateJob(vault, parameters);
          const job = await client.awaitJob(vault, jobId);
          assert.equal(job.StatusCode, "Succeeded", job.StatusMessage);
          const { bytes, ...hashes } = describePayload(
            (await client.getJobOutput(vault, jobId)).body,
          );
          assert.deepEqual([bytes.length, hashes], [sizeBytes, { sha256, treeHash }]);
        }
      });

      it(`of ${label} still serves the outputs of its jobs and lists its vaults`, async () => {
        for (const { vault, jobId, sha256 } of content.jobs) {
          assert.equal(sha256Of((await client.getJobOutput(vault, jobId)).body), sha256);
        }
        for (const name of new Set(content.archives.map(({ vault }) => vault))) {
          const { body } = await client.must({ method: "GET", path: `/-/vaults/${name}` });
          const own = content.archives.filter(({ vault }) => vault === name);
          const vault = JSON.parse(body.toString());
          assert.equal(vault.NumberOfArchives, own.length);
          assert.equal(
            vault.SizeInBytes,
            own.reduce((sum, archive) => sum + archive.sizeBytes, 0),
          );
        }
      });

      it(`of ${label} goes on with its multipart upload`, async () => {
        const { vault, uploadId, partTreeHash } = content.upload;
        const parts = await client.listParts(vault, uploadId);
        assert.deepEqual(
          parts.map((part) => part.SHA256TreeHash),
          [partTreeHash],
        );
        const archive = { sizeBytes: 1024 * 1024, treeHash: partTreeHash };
        await client.completeMultipartUpload({ vault, uploadId }, archive);
      });

      it(`of ${label} keeps its lock, its tags, its users and its topics`, async () => {
        const locked = content.archives.find(({ vault }) => vault === content.lockedVault);
        const isDenied = (error: unknown) => error instanceof GlacierError && error.status === 403;
        await assert.rejects(
          client.deleteArchive(content.lockedVault, String(locked?.archiveId)),
          isDenied,
        );
        const gone = { Type: "archive-retrieval", ArchiveId: content.deletedArchiveId };
        await assert.rejects(
          client.initiateJob(content.upload.vault, gone),
          (error: unknown) => error instanceof GlacierError && error.status === 404,
        );
        const path = `/-/vaults/${content.upload.vault}/tags`;
        const tags = JSON.parse((await client.must({ method: "GET", path })).body.toString());
        assert.deepEqual(tags.Tags, { owner: "Ada", year: "2026" });
        const user = createGlacierClient({ ...server, credentials: content.user });
        await user.must({ method: "GET", path: "/-/vaults" });
        user.close();
        const topics = await manage(server, "sns", "Action=ListTopics");
        assert.ok(topics.includes(content.topicArn), topics);
        const queues = await manage(server, "sqs", "Action=ListQueues");
        assert.ok(queues.includes(content.queueUrlPath), queues);
      });

      it(`of ${label} is clean for fsck, with every byte hashed again`, async () => {
        client.close();
        assert.deepEqual(await server.stop(), { code: 0, signal: null }, server.logs());
        const words = ["fsck", "--rehash", "--data-dir", dataDir];
        const result = await runCommand(process.execPath, [moraineProgram, ...words]);
        assert.equal(result.code, 0, `${result.stdout}${result.stderr}`);
      });
    });
  }
});

describe("a data folder of a newer version", () => {
  it("is refused with both format numbers, and nothing in it changes", async () => {
    const dataDir = await mkdtemp(join(tmpdir(), "moraine-newer-"));
    try {
      const text = `${JSON.stringify({ software: "moraine", format: 900 })}\n`;
      await writeFile(join(dataDir, "moraine-format.json"), text);
      const flags = ["--data-dir", dataDir, "--listen", "127.0.0.1:0", "--console-listen", "off"];
      const result = await runServe(flags);
      assert.ok(result.code !== 0 && result.code !== null, "it ends by itself");
      assert.match(
        result.stderr,
        /written by a newer version of Moraine \(format 900, this version reads up to \d+\)/,
      );
      assert.deepEqual(await readdir(dataDir), ["moraine-format.json"]);
      assert.equal(await readFile(join(dataDir, "moraine-format.json"), "utf8"), text);
    } finally {
      await rm(dataDir, { recursive: true, force: true });
    }
  });
});
