/** The number of the last boot that wrote here, as decimal text in a file of its own. */
import { assert } from "../../std/assert.ts";
import { FILE_MODE, type Layout, syncFolder } from "./layout.ts";

/** Boot numbers are the first 8 hex digits of a blob id. */
const BOOT_MAX = 0xffff_ffff;

/** The last boot begun, 0 when none; throws when the file holds anything but a boot number. */
export async function readBoot(layout: Layout): Promise<number> {
  const text = await layout.files
    .readFile(layout.bootFile, "utf8")
    .catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") {
        return "0";
      }
      throw error;
    });
  const boot = Number(text.trim());
  if (!/^\d+\s*$/.test(text) || boot > BOOT_MAX) {
    throw new Error(`${layout.bootFile} must hold a boot number up to ${BOOT_MAX}; got "${text}"`);
  }
  return boot;
}

/**
 * Replaces the boot number by the higher `boot`, durably. A crash before the rename leaves the old number
 * and `boot.new`, which the next call overwrites; after it the new number, or the old one if the power failed
 * before the folder was synced: then no blob of the new boot was written yet either.
 */
export async function writeBoot(layout: Layout, boot: number): Promise<void> {
  const last = await readBoot(layout);
  assert(Number.isInteger(boot) && boot <= BOOT_MAX, `boot must be up to ${BOOT_MAX}; got ${boot}`);
  assert(boot > last, `boot must be higher than the last one, ${last}; got ${boot}`);
  const temporary = `${layout.bootFile}.new`;
  const file = await layout.files.open(temporary, "w", FILE_MODE);
  try {
    await file.writeFile(`${boot}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await layout.files.rename(temporary, layout.bootFile);
  await syncFolder(layout.files, layout.root);
}
