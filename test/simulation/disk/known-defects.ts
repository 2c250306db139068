/** Mistakes that a blob store could make, to see that the simulation finds each. */
import type { Files, OpenFile } from "../../../src/adapters/blobs-filesystem/files.ts";
import type { BlobWriter } from "../../../src/ports/blob-store.ts";
import type { Defect } from "./disk-world.ts";

/** Names that were made are left to the kernel. */
const skipFolderSync: Defect = {
  files: (files) => changeOpen(files, (file, path) => (isFolder(path) ? withoutSync(file) : file)),
};

/** A file is synced, but only once it has its name and nobody waits for it any more. */
const renameBeforeSync: Defect = {
  files(files) {
    const late = new Map<string, () => Promise<void>>();
    return {
      ...changeOpen(files, (file, path) =>
        isTemporary(path)
          ? {
              ...file,
              sync: async () => {
                late.set(path, () => file.sync());
              },
            }
          : file,
      ),
      async rename(from, to) {
        await files.rename(from, to);
        setImmediate(() => {
          late
            .get(from)?.()
            .catch(() => undefined);
        });
      },
    };
  },
};

/** A blob is called committed before it is: the metadata names it first. */
const metadataBeforeBytes: Defect = {
  blobs(blobs) {
    const changed = (writer: BlobWriter): BlobWriter => ({
      write: (chunk) => writer.write(chunk),
      finish: () => writer.finish(),
      commit: async () => {
        setImmediate(() => {
          writer.commit().catch(() => undefined);
        });
      },
      abort: () => writer.abort(),
    });
    // The store is a class whose members are not its own; a proxy of one of them leaves the others as they are.
    return new Proxy(blobs, {
      get(store, name) {
        if (name === "openWriter") {
          return async (...args: Parameters<typeof store.openWriter>) =>
            changed(await store.openWriter(...args));
        }
        const member: unknown = Reflect.get(store, name);
        return typeof member === "function" ? member.bind(store) : member;
      },
    });
  },
};

/** A sync that failed is asked for again, and believed when it then succeeds. */
const retryFailedSync: Defect = {
  files: (files) => ({
    ...changeOpen(files, (file) => ({
      ...file,
      sync: async () => {
        try {
          await file.sync();
        } catch {
          await file.sync();
        }
      },
    })),
    fsync: (descriptor, done) =>
      files.fsync(descriptor, (error) =>
        error === null ? done(null) : files.fsync(descriptor, done),
      ),
  }),
};

/** A write that took only a part counts as a whole one. */
const trustShortWrites: Defect = {
  files: (files) => ({
    ...changeOpen(files, (file) => ({
      ...file,
      write: async (bytes, offset) => {
        await file.write(bytes, offset);
        return { bytesWritten: bytes.length - offset };
      },
    })),
    writeSync(descriptor, bytes, offset, length, position) {
      files.writeSync(descriptor, bytes, offset, length, position);
      return length;
    },
  }),
};

/** Temporary files of processes that died stay. */
const keepTemporaryFiles: Defect = {
  files: (files) => ({
    ...files,
    readdir: async (path) => (path.endsWith("/tmp") ? [] : await files.readdir(path)),
  }),
};

export const knownDefects = {
  skipFolderSync,
  renameBeforeSync,
  metadataBeforeBytes,
  retryFailedSync,
  trustShortWrites,
  keepTemporaryFiles,
} satisfies Record<string, Defect>;

export type DefectName = keyof typeof knownDefects;

function changeOpen(files: Files, change: (file: OpenFile, path: string) => OpenFile): Files {
  return {
    ...files,
    open: async (path, flags, mode) => change(await files.open(path, flags, mode), path),
  };
}

function withoutSync(file: OpenFile): OpenFile {
  return { ...file, sync: async () => undefined };
}

function isTemporary(path: string): boolean {
  return path.includes("/tmp/");
}

/** A shard of the store. */
function isFolder(path: string): boolean {
  return /\/data\/[0-9a-f]{2}$/.test(path);
}
