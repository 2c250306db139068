/**
 * Opaque markers of list operations and ranged inventories (contract §1.11): each names the first item not
 * yet returned. Markers of jobs and uploads are their ids; the other two are packed here.
 */

import { findArchiveId } from "../domain/ids.ts";
import type { InventoryPosition } from "../domain/job.ts";
import { findBase64urlBytes, formatBase64url } from "../std/bytes.ts";

const PART_MARKER_BYTES = 9;
const INVENTORY_MARKER_HEAD_BYTES = 17;
const VERSION = 1;

/** Marker of the part that starts at `startBytes`. */
export function formatPartMarker(startBytes: number): string {
  const bytes = new Uint8Array(PART_MARKER_BYTES);
  bytes[0] = VERSION;
  new DataView(bytes.buffer).setBigUint64(1, BigInt(startBytes));
  return formatBase64url(bytes);
}

/** The start that a part marker names; `undefined` when it is none of ours. */
export function findPartMarker(text: string): number | undefined {
  const bytes = findBase64urlBytes(text);
  if (bytes?.length !== PART_MARKER_BYTES || bytes[0] !== VERSION) {
    return undefined;
  }
  const start = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(1);
  return start <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(start) : undefined;
}

/** Marker of a position in the inventory of the vault with this internal key. */
export function formatInventoryMarker(vaultId: number, position: InventoryPosition): string {
  const head = new Uint8Array(INVENTORY_MARKER_HEAD_BYTES);
  head[0] = VERSION;
  const view = new DataView(head.buffer);
  view.setBigUint64(1, BigInt(vaultId));
  view.setBigUint64(9, BigInt(position.createdAtMs));
  // The archive id is base64url of whole bytes; 17 bytes do not end on a character, so join bytes, not texts.
  const archiveId = findBase64urlBytes(position.archiveId) ?? new Uint8Array();
  const bytes = new Uint8Array(head.length + archiveId.length);
  bytes.set(head);
  bytes.set(archiveId, head.length);
  return formatBase64url(bytes);
}

/** The position that a marker of this vault's inventory names; `undefined` when it is none of this vault. */
export function findInventoryMarker(vaultId: number, text: string): InventoryPosition | undefined {
  const bytes = findBase64urlBytes(text);
  if (bytes === undefined || bytes.length <= INVENTORY_MARKER_HEAD_BYTES || bytes[0] !== VERSION) {
    return undefined;
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const createdAtMs = view.getBigUint64(9);
  const archiveId = findArchiveId(formatBase64url(bytes.subarray(INVENTORY_MARKER_HEAD_BYTES)));
  const ours =
    view.getBigUint64(1) === BigInt(vaultId) && createdAtMs <= BigInt(Number.MAX_SAFE_INTEGER);
  return ours && archiveId !== undefined
    ? { createdAtMs: Number(createdAtMs), archiveId }
    : undefined;
}
