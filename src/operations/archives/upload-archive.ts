import { parseArchiveDescription } from "../../domain/description.ts";
import { parseTreeHash } from "../../domain/hash-hex.ts";
import { nextInventoryDueAtMs } from "../../domain/inventory.ts";
import type { StoredBlob } from "../../engine/ingest/store-blob.ts";
import { assert } from "../../std/assert.ts";
import { commitBlob } from "../commit-blob.ts";
import type { Call, Handler, Services } from "../handler.ts";
import { lockVault, requireLockedVault } from "../lock-vault.ts";
import { type NewArchive, recordArchive, renderArchiveCreated } from "../record-archive.ts";

/**
 * Stores an archive: first its bytes as one blob, verified against both hashes, then the records in one
 * transaction, after which it is durable and can be retrieved (contract §2.18). Nothing stays on failure.
 */
export const uploadArchive: Handler<"UploadArchive"> = async (input, call, services) => {
  const description = parseArchiveDescription(input.archiveDescription);
  parseTreeHash(input.checksum);
  const { sizeBytes, sha256, bytes } = input.body;
  // The text as sent: a refusal after the body was hashed repeats it (contract §1.5).
  const expected = { sizeBytes, sha256, treeHash: input.checksum };
  const blob = await services.ingest.store({ body: bytes, expected });
  const archive = {
    archiveId: services.ids.archiveId(),
    sizeBytes: blob.sizeBytes,
    treeHash: blob.treeHash,
    sha256: blob.sha256,
    description,
    manifestId: services.ids.manifestId(),
  };
  const add = blob.row === undefined ? addLarge : addSmall;
  await add(archive, blob, call, services);
  return renderArchiveCreated(call.vault, archive);
};

async function addLarge(
  archive: NewArchive,
  blob: StoredBlob,
  call: Call<"UploadArchive">,
  services: Services,
): Promise<void> {
  const { manifestId } = archive;
  const { blobId, sizeBytes, treeHash, leaves } = blob;
  const part = { startBytes: 0, sizeBytes, treeHash, blobId, leaves };
  await commitBlob(services, blob, async (session) => {
    const vault = await lockVault(session, call);
    await session.manifests.putPart(manifestId, part, services.ids.manifestId());
    await recordArchive(session, services, vault, archive);
  });
}

/** The same for a blob that becomes durable with the records, together with others of its kind. */
async function addSmall(
  archive: NewArchive,
  blob: StoredBlob,
  call: Call<"UploadArchive">,
  { metadata, ingest, clock, settings }: Services,
): Promise<void> {
  const { archiveId, manifestId, sizeBytes, description, treeHash: hash } = archive;
  await metadata.smallArchives.add(call.vault.vaultId, (locked) => {
    const vault = requireLockedVault(locked, call);
    const createdAtMs = clock.nowMs();
    const inventoryDueAtMs = nextInventoryDueAtMs(vault, settings.inventory, createdAtMs);
    const facts = { archiveId, manifestId, sizeBytes, description, hash };
    return { ...facts, ...getRow(ingest, blob), createdAtMs, inventoryDueAtMs };
  });
}

function getRow(ingest: Services["ingest"], blob: StoredBlob) {
  const row = ingest.findRow(blob);
  assert(row !== undefined, `the small blob ${blob.blobId} must have a row`);
  return row;
}
