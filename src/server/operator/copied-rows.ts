/** Small blobs in the metadata of another folder, a backup, or a copy of either: they are only read. */
import { access } from "node:fs/promises";
import {
  type DatabaseCopy,
  isDamage,
  openDatabaseCopy,
} from "../../adapters/metadata-sql/database-copy.ts";
import type { Logger } from "../../ports/logger.ts";
import type { SmallBlobStore } from "../../ports/small-blobs.ts";

export interface CopiedRows extends Pick<SmallBlobStore, "find"> {
  close(): void;
}

/** What a copy without metadata has. */
export const noRows: CopiedRows = { find: async () => undefined, close: () => undefined };

/**
 * The rows of the metadata at `path`; none when there is no such file, or when SQLite can't read it, which is logged:
 * other blobs of the copy can be read all the same. Nothing is written beside a file that nobody has open.
 */
export async function openCopiedRows(path: string, logger: Logger): Promise<CopiedRows> {
  if (!(await isThere(path))) {
    return noRows;
  }
  const unreadable = (error: unknown): void =>
    logger.warn({ err: error, path }, "the small blobs of a copy can't be read");
  let copy: DatabaseCopy;
  try {
    copy = openDatabaseCopy(path, { isAtRest: !(await isThere(`${path}-wal`)) });
  } catch (error) {
    unreadable(error);
    return noRows;
  }
  return {
    find: async (blobId) => {
      try {
        return copy.findRow(blobId);
      } catch (error) {
        if (isDamage(error)) {
          unreadable(error);
          return undefined;
        }
        throw error;
      }
    },
    close: () => copy.close(),
  };
}

async function isThere(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}
