/** Names of packs, by which they are recognised where no journal tells their members. */
import { formatIsoBasic } from "../../std/iso-time.ts";

const PACK_NAME = /(?:^|\/)\.pack\/\d{8}T\d{6}Z-[0-9a-f]{8}\.tar$/;

/** `PREFIX/.pack/20260131T120000Z-1f2e3d4c.tar`; `random` is 8 hex digits. */
export function formatPackName(prefix: string, pack: { nowMs: number; random: string }): string {
  const name = `.pack/${formatIsoBasic(pack.nowMs)}-${pack.random}.tar`;
  return prefix === "" ? name : `${prefix}/${name}`;
}

/** Whether the archive is a pack by its name. */
export function isPackName(name: string): boolean {
  return PACK_NAME.test(name);
}
