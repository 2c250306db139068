/** The file operations of one process on a simulated disk: each is an effect that it may die before or after. */
import type { Files, OpenFile } from "../../../src/adapters/blobs-filesystem/files.ts";
import type { Process } from "../crash.ts";
import type { Random } from "../random.ts";
import { diskError, type SimulatedDisk, SimulatedFolder } from "./simulated-disk.ts";
import { SimulatedFile } from "./simulated-file.ts";

/** How likely an operation fails, and what was made to fail so far. */
export class DiskFaults {
  /** Writes, and names that are made, with ENOSPC. */
  full = 0;
  /** Everything, with EIO; a sync loses what it should have written. */
  broken = 0;
  /** Syncs, with EIO. */
  failingSyncs = 0;
  /** Opening, with EMFILE. */
  noDescriptors = 0;
  /** Writes that take only a part, which is no failure. */
  short = 0.1;
  injected = 0;
  /** Whether a read ever failed: then what was stored may be called damaged. */
  readsFailed = false;

  clear(): void {
    this.full = 0;
    this.broken = 0;
    this.failingSyncs = 0;
    this.noDescriptors = 0;
  }
}

type Operation = "open" | "create" | "write" | "read" | "sync" | "rename" | "unlink" | "list";

/** Most shards are empty in a short history. */
const nothing: AsyncIterable<never> = {
  [Symbol.asyncIterator]: () => ({ next: async () => ({ done: true, value: undefined }) }),
};

interface Descriptor {
  readonly node: SimulatedFile | SimulatedFolder;
  readonly path: string;
}

export function createSimulatedFiles(options: {
  readonly disk: SimulatedDisk;
  readonly process: Process;
  readonly random: Random;
  readonly faults: DiskFaults;
}): Files {
  const { disk, process, random, faults } = options;
  const descriptors = new Map<number, Descriptor>();
  let lastDescriptor = 2;

  const mayFail = (operation: Operation, path: string): void => {
    const code = decideFault(operation, faults, random);
    if (code !== undefined) {
      faults.injected += 1;
      faults.readsFailed ||= operation === "read" || (operation === "open" && code === "EIO");
      throw diskError(code, path);
    }
  };
  /** In a process of its own pace: other calls may come in between. */
  const run = <T>(operation: Operation, path: string, work: () => T): Promise<T> => {
    const isEffect = operation !== "open" && operation !== "read" && operation !== "list";
    const attempt = async (): Promise<T> => {
      for (let turns = isEffect ? random.below(4) : 0; turns > 0; turns -= 1) {
        await undefined;
      }
      process.checkAlive();
      mayFail(operation, path);
      return work();
    };
    return isEffect
      ? process.effect(`${operation} ${kindOf(path)}`, attempt)
      : process.read(attempt);
  };
  const runNow = <T>(operation: Operation, path: string, work: () => T): T =>
    process.effectNow(`${operation} ${kindOf(path)}`, () => {
      mayFail(operation, path);
      return work();
    });

  const openNode = (path: string, flags: "r" | "w" | "wx"): Descriptor => {
    if (flags === "r") {
      return { node: disk.get(path), path };
    }
    if (flags === "wx" && disk.find(path) !== undefined) {
      throw diskError("EEXIST", path);
    }
    const node = new SimulatedFile();
    disk.put(path, node);
    return { node, path };
  };
  const write = (
    { node, path }: Descriptor,
    rest: Uint8Array,
    position: number | undefined,
  ): number => {
    const isShort = rest.length > 1 && random.chance(faults.short);
    const taken = isShort ? rest.subarray(0, 1 + random.below(rest.length - 1)) : rest;
    fileOf(node, path).write(taken, position);
    return taken.length;
  };
  const read = (
    { node, path }: Descriptor,
    target: Uint8Array,
    range: { readonly offset: number; readonly length: number; readonly position: number },
  ): number => {
    const { offset, length, position } = range;
    const found = fileOf(node, path).content.subarray(position, position + length);
    target.set(found, offset);
    return found.length;
  };
  const sync = ({ node, path }: Descriptor): void => {
    try {
      mayFail("sync", path);
    } catch (error) {
      if (node.kind === "file") {
        node.failSync(random);
      } else {
        disk.failFolderSync(node, random);
      }
      throw error;
    }
    if (node.kind === "file") {
      node.sync();
    } else {
      disk.syncFolder(node);
    }
  };
  /** `mayFail` is asked within the work: a failing sync has effects. */
  const runSync = (descriptor: Descriptor): Promise<void> =>
    process.effect(`sync ${kindOf(descriptor.path)}`, async () => {
      for (let turns = random.below(6); turns > 0; turns -= 1) {
        await undefined;
      }
      process.checkAlive();
      sync(descriptor);
    });

  const describe = (descriptor: Descriptor): number => {
    lastDescriptor += 1;
    descriptors.set(lastDescriptor, descriptor);
    return lastDescriptor;
  };
  const openFile = (descriptor: Descriptor): OpenFile => {
    const { path, node } = descriptor;
    const fd = describe(descriptor);
    return {
      fd,
      write: (bytes, offset) =>
        run("write", path, () => ({
          bytesWritten: write(descriptor, bytes.subarray(offset), undefined),
        })),
      writeFile: (text) =>
        run("write", path, () => fileOf(node, path).write(Buffer.from(text, "utf8"))),
      read: (target, offset, length, position) =>
        run("read", path, () => ({
          bytesRead: read(descriptor, target, { offset, length, position }),
        })),
      stat: () => run("read", path, () => ({ size: fileOf(node, path).sizeBytes })),
      sync: () => runSync(descriptor),
      close: async () => {
        process.checkAlive();
        descriptors.delete(fd);
      },
    };
  };
  const descriptorOf = (number: number): Descriptor => {
    const descriptor = descriptors.get(number);
    if (descriptor === undefined) {
      throw diskError("EBADF", String(number));
    }
    return descriptor;
  };

  return {
    open: (path, flags) =>
      run(flags === "r" ? "open" : "create", path, () => openFile(openNode(path, flags))),
    readFile: (path) =>
      run("read", path, () => Buffer.from(fileOf(disk.get(path), path).content).toString("utf8")),
    rename: (from, to) => run("rename", to, () => disk.rename(from, to)),
    unlink: (path) => run("unlink", path, () => disk.remove(path)),
    mkdir: (path, { recursive }) =>
      run("create", path, () => {
        if (disk.find(path) === undefined) {
          disk.put(path, new SimulatedFolder());
          return path;
        }
        if (recursive !== true) {
          throw diskError("EEXIST", path);
        }
        return undefined;
      }),
    readdir: (path) => run("list", path, () => [...disk.folder(path).names.keys()]),
    opendir: (path) =>
      run("list", path, () => {
        const { names } = disk.folder(path);
        return names.size === 0 ? nothing : streamOf([...names.keys()].map((name) => ({ name })));
      }),
    stat: (path) =>
      run("list", path, () => {
        const node = disk.get(path);
        return { size: node.kind === "file" ? node.sizeBytes : 0 };
      }),
    statfs: async () => ({ bavail: 1000, blocks: 2000, bsize: 4096 }),
    openSync: (path, flags) =>
      runNow(flags === "r" ? "open" : "create", path, () => {
        return describe(openNode(path, flags));
      }),
    writeSync(number, bytes, offset, length, position) {
      const descriptor = descriptorOf(number);
      const rest = bytes.subarray(offset, offset + length);
      return runNow("write", descriptor.path, () => write(descriptor, rest, position));
    },
    readSync(number, target, offset, length, position) {
      const descriptor = descriptorOf(number);
      return runNow("read", descriptor.path, () =>
        read(descriptor, target, { offset, length, position }),
      );
    },
    fsync(number, done) {
      runSync(descriptorOf(number)).then(
        () => done(null),
        (error: Error) => done(error),
      );
    },
    closeSync(number) {
      descriptors.delete(number);
    },
  };
}

function decideFault(operation: Operation, faults: DiskFaults, random: Random): string | undefined {
  if (random.chance(operation === "sync" ? faults.broken + faults.failingSyncs : faults.broken)) {
    return "EIO";
  }
  if ((operation === "write" || operation === "create") && random.chance(faults.full)) {
    return "ENOSPC";
  }
  if ((operation === "open" || operation === "create") && random.chance(faults.noDescriptors)) {
    return "EMFILE";
  }
  return undefined;
}

/** For the report of a crash: which kind of file it was. */
function kindOf(path: string): string {
  if (path.includes("/tmp")) {
    return "temporary file";
  }
  return path.includes("/data/") ? "blob or shard" : "root";
}

function fileOf(node: SimulatedFile | SimulatedFolder, path: string): SimulatedFile {
  if (node.kind !== "file") {
    throw diskError("EISDIR", path);
  }
  return node;
}

async function* streamOf<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}
