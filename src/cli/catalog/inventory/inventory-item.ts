/** An archive as an inventory lists it. */
import { decodeDescription } from "../../../domain/descriptions/decode-description.ts";
import { findIsoInstant } from "../../../std/iso-time.ts";
import { EXIT } from "../../exit-codes.ts";
import { VerbFailure } from "../../session/verb-failure.ts";
import type { CreatedRecord } from "../journal-record.ts";

export interface InventoryItem {
  readonly archiveId: string;
  /** Empty when there is none. */
  readonly description: string;
  /** Epoch milliseconds, cut to seconds by the service. */
  readonly createdAtMs: number;
  readonly sizeBytes: number;
  readonly treeHash: string;
}

/** What an inventory says of itself. */
export interface InventoryHead {
  readonly vaultArn: string | undefined;
  /** Epoch milliseconds; what is younger than that is not in it. */
  readonly takenAtMs: number | undefined;
}

/** Not an inventory, or a damaged one; the message says where. */
export class InventoryFormatError extends Error {
  override readonly name = "InventoryFormatError";
}

/** The record of an archive that an inventory lists, under the name that its description tells. */
export function recordOfItem(item: InventoryItem): CreatedRecord {
  const { archiveId, description, createdAtMs, sizeBytes, treeHash } = item;
  const { name, modifiedAtMs } = decodeDescription(description, archiveId);
  return {
    op: "CREATED",
    atMs: createdAtMs,
    archiveId,
    sizeBytes,
    treeHash,
    name,
    modifiedAtMs,
    description: description === "" ? undefined : description,
  };
}

/** Checks the members of an item; `where` begins the message of what is thrown. */
export function parseItem(
  members: { readonly [key: string]: unknown },
  where: string,
): InventoryItem {
  const fail = (key: string, rule: string) =>
    new InventoryFormatError(
      `${where}: ${key} must be ${rule}; got ${JSON.stringify(members[key]) ?? "nothing"}`,
    );
  const {
    ArchiveId: archiveId,
    ArchiveDescription: description = "",
    CreationDate: date,
    Size: size,
    SHA256TreeHash: treeHash,
  } = members;
  if (typeof archiveId !== "string" || !/^[\w-]+$/.test(archiveId)) {
    throw fail("ArchiveId", "letters, digits, - and _");
  }
  if (description !== null && typeof description !== "string") {
    throw fail("ArchiveDescription", "a text");
  }
  const createdAtMs = typeof date === "string" ? findIsoInstant(date) : undefined;
  if (createdAtMs === undefined) {
    throw fail("CreationDate", "an instant such as 2026-01-31T12:00:00Z");
  }
  // Some tools write the number as text.
  const sizeBytes = typeof size === "string" && /^\d+$/.test(size) ? Number(size) : size;
  if (typeof sizeBytes !== "number" || !Number.isSafeInteger(sizeBytes) || sizeBytes < 0) {
    throw fail("Size", "a whole number of at most 2^53-1");
  }
  if (typeof treeHash !== "string" || !/^[0-9a-fA-F]{64}$/.test(treeHash)) {
    throw fail("SHA256TreeHash", "64 hex digits");
  }
  return {
    archiveId,
    description: description ?? "",
    createdAtMs,
    sizeBytes,
    treeHash: treeHash.toLowerCase(),
  };
}

/** Runs `read`; an inventory of the service that is none becomes a `VerbFailure`. */
export async function explainInventory<Result>(read: () => Promise<Result>): Promise<Result> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof InventoryFormatError) {
      throw new VerbFailure(EXIT.unreachable, `the service's answer: ${error.message}`, {
        cause: error,
      });
    }
    throw error;
  }
}
