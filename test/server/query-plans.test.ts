import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, it, type TestContext } from "node:test";
import { makeFolder } from "../support/external-command.ts";
import type { GlacierClient } from "../support/glacier-client.ts";
import { combineTreeHashes, MIB, makePayload } from "../support/payload.ts";
import { startService } from "../support/service-in-process.ts";

/** Tables that grow with what is stored or done; all others are bounded by limits, or by what is under way. */
const LARGE_TABLES = [
  "archives",
  "manifest_parts",
  "jobs",
  "uploads",
  "vaults",
  "users",
  "access_keys",
];

/** A page of the scrub's walk: it follows the index from its position on, and ends at its limit. */
const WALK =
  /^select \* from "manifest_parts" where not exists .* order by "blob_id" limit \? \+ 0$/;

/** Every query text that a database was asked to prepare, until the test ends. */
function recordQueries(test: TestContext): Set<string> {
  const texts = new Set<string>();
  const { prepare } = DatabaseSync.prototype;
  test.mock.method(DatabaseSync.prototype, "prepare", function (this: DatabaseSync, text: string) {
    texts.add(text);
    return prepare.call(this, text);
  });
  return texts;
}

/** Asks for everything that reads or changes what a vault has. */
async function useEveryOperation(client: GlacierClient): Promise<void> {
  const vault = "/-/vaults/v";
  const body = makePayload(MIB, 1);
  const json = (value: object) => Buffer.from(JSON.stringify(value));
  await client.createVault("v");
  await client.uploadArchive("v", makePayload(10, 2));
  const archiveId = await client.uploadArchive("v", makePayload(20, 3));
  const kept = await client.initiateMultipartUpload("v", MIB);
  await client.uploadPart({ vault: "v", uploadId: kept }, { start: 0, body });
  await client.uploadPart({ vault: "v", uploadId: kept }, { start: 0, body });
  await client.listParts("v", kept);
  const aborted = await client.initiateMultipartUpload("v", MIB);
  await client.listMultipartUploads("v");
  await client.must({ method: "GET", path: `${vault}/multipart-uploads`, query: "limit=1" });
  await client.abortMultipartUpload("v", aborted);
  const treeHash = combineTreeHashes([body.treeHash]);
  await client.completeMultipartUpload(
    { vault: "v", uploadId: kept },
    { sizeBytes: MIB, treeHash },
  );
  const inventory = await client.initiateJob("v", { Type: "inventory-retrieval" });
  const retrieval = { Type: "archive-retrieval", ArchiveId: archiveId, Tier: "Expedited" };
  const job = await client.initiateJob("v", retrieval);
  for (const jobId of [inventory, job]) {
    await client.awaitJob("v", jobId);
    await client.must({ method: "GET", path: `${vault}/jobs/${jobId}/output` });
  }
  for (const query of ["", "limit=1", "completed=true", "statuscode=InProgress"]) {
    await client.must({ method: "GET", path: `${vault}/jobs`, query });
  }
  await client.must({ method: "GET", path: "/-/vaults" });
  await client.must({ method: "GET", path: "/-/vaults", query: "limit=1" });
  await client.must({ method: "GET", path: vault });
  const tags = json({ Tags: { a: "b" } });
  await client.must({ method: "POST", path: `${vault}/tags`, query: "operation=add", body: tags });
  await client.must({ method: "GET", path: `${vault}/tags` });
  await client.must({ method: "GET", path: "/-/provisioned-capacity" });
  await client.must({ method: "GET", path: "/-/policies/data-retrieval" });
  await client.deleteArchive("v", archiveId);
}

/** The steps of a query that walk through a whole large table, or a whole index of it. */
function findScans(database: DatabaseSync, text: string): string[] {
  const steps = database.prepare(`EXPLAIN QUERY PLAN ${text}`).all();
  return steps
    .map(({ detail }) => String(detail))
    .filter((detail) => LARGE_TABLES.some((table) => new RegExp(`^SCAN ${table}\\b`).test(detail)));
}

describe("the queries of requests and of the jobs they start", () => {
  it("walk through no table that grows with what is stored", async (test) => {
    const folder = await makeFolder();
    const texts = recordQueries(test);
    const service = await startService({ "data-dir": folder.path });
    test.after(async () => {
      await service.stop();
      await folder.remove();
    });
    await useEveryOperation(service.glacier);
    const queries = [...texts].filter(
      (text) => /^(select|insert|update|delete|with)\b/i.test(text) && !WALK.test(text),
    );
    const database = new DatabaseSync(join(folder.path, "metadata.db"), { readOnly: true });
    test.after(() => database.close());
    const scans = queries.flatMap((text) =>
      findScans(database, text).map((step) => `${step} in: ${text}`),
    );
    assert.ok(queries.length > 40, `only ${queries.length} queries were seen`);
    assert.deepEqual(scans, []);
    const linear = 'select count(*) from "archives" where "size_bytes" = ?';
    assert.equal(findScans(database, linear).length, 1, "a walk through a table is noticed");
  });
});
