/** Select jobs of a running service, for benchmarks and tests: an archive of one MiB of CSV over and over. */
import { hash } from "node:crypto";
import type { GlacierClient, StreamedBody } from "./glacier-client.ts";
import { combineTreeHashes, MIB } from "./payload.ts";

/** One MiB of whole records of 10 columns, about 100 bytes each; column 3 is `x0` to `x6` in turn. */
export function makeCsvBlock(): Buffer {
  const records: string[] = [];
  let size = 0;
  for (let row = 0; ; row += 1) {
    const record =
      `${row},name${row % 1000},x${row % 7},2024-01-0${(row % 9) + 1}T00:00:00Z,` +
      `${(row * 7919) % 100_000}.${row % 100},lorem ipsum dolor ${row % 13},abcdef,` +
      `${row % 2 === 0},eu-west-${row % 3},end${row}`;
    if (size + 2 * record.length > MIB) {
      records.push(record.padEnd(MIB - size - 1, "x"));
      return Buffer.from(`${records.join("\n")}\n`);
    }
    records.push(record);
    size += record.length + 1;
  }
}

/** Stores an archive of `mib` times `block`, of one MiB, in `vault`; resolves with its id. */
export async function uploadBlocks(
  client: GlacierClient,
  vault: string,
  { block, mib }: { readonly block: Buffer; readonly mib: number },
): Promise<string> {
  const partMib = Math.min(mib, 64);
  const leaf = hash("sha256", block, "hex");
  const partTreeHash = combineTreeHashes(Array.from({ length: partMib }, () => leaf));
  const part: StreamedBody = {
    sizeBytes: partMib * MIB,
    sha256: hash("sha256", Buffer.concat(Array.from({ length: partMib }, () => block)), "hex"),
    *chunks() {
      for (let sent = 0; sent < partMib; sent += 1) {
        yield block;
      }
    },
  };
  const uploadId = await client.initiateMultipartUpload(vault, part.sizeBytes);
  const parts = Math.ceil(mib / partMib);
  for (let index = 0; index < parts; index += 1) {
    const start = index * part.sizeBytes;
    await client.must({
      method: "PUT",
      path: `/-/vaults/${vault}/multipart-uploads/${uploadId}`,
      headers: {
        "x-amz-content-sha256": part.sha256,
        "x-amz-sha256-tree-hash": partTreeHash,
        "content-range": `bytes ${start}-${start + part.sizeBytes - 1}/*`,
      },
      body: part,
    });
  }
  return await client.completeMultipartUpload(
    { vault, uploadId },
    {
      sizeBytes: parts * part.sizeBytes,
      treeHash: combineTreeHashes(Array.from({ length: parts }, () => partTreeHash)),
    },
  );
}

/** Starts `expression` over an archive; resolves with the job's id. */
export async function startSelect(
  client: GlacierClient,
  vault: string,
  archiveId: string,
  expression: string,
): Promise<string> {
  return await client.initiateJob(vault, {
    Type: "select",
    ArchiveId: archiveId,
    SelectParameters: { Expression: expression, ExpressionType: "SQL" },
    OutputLocation: { S3: { BucketName: "results", Prefix: "bench" } },
  });
}
