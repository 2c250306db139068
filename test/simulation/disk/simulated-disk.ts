/**
 * A disk that keeps only what was synced. Un-synced writes survive a power loss sector by sector or not at
 * all, un-synced names change or stay, each by itself, so that any order is possible; a rename leaves the old
 * name, the new one or both. A sync that fails loses what it should have written: the next one knows nothing of it.
 */
import { dirname } from "node:path";
import type { Random } from "../random.ts";
import { SimulatedFile } from "./simulated-file.ts";

export class SimulatedFolder {
  readonly kind = "folder";
  /** As processes see it. */
  names = new Map<string, SimulatedNode>();
  /** As the platter has it. */
  durable = new Map<string, SimulatedNode>();
  /** Changes of names that are not on the platter yet, in order. */
  pending: NameChange[] = [];
}

export type SimulatedNode = SimulatedFolder | SimulatedFile;

interface NameChange {
  readonly folder: SimulatedFolder;
  readonly name: string;
  /** What the name means from here on; `undefined` when it is gone. */
  readonly node: SimulatedNode | undefined;
  /** Of a rename's disappearing name: the appearing one, without which it never reaches the platter. */
  readonly after?: NameChange;
}

export class SimulatedDisk {
  #root = new SimulatedFolder();
  /** Folders by path, as far as they were asked for. They are never moved, only lost. */
  readonly #folders = new Map<string, SimulatedFolder>();

  constructor() {
    for (const path of ["/", "/disk"]) {
      this.#root.names.set(path, new SimulatedFolder());
      this.#root.durable.set(path, this.#root.names.get(path)!);
    }
  }

  /** Throws ENOENT. */
  get(path: string): SimulatedNode {
    const node = this.find(path);
    if (node === undefined) {
      throw diskError("ENOENT", path);
    }
    return node;
  }

  find(path: string): SimulatedNode | undefined {
    const known = this.#folders.get(path) ?? this.#root.names.get(path);
    if (known !== undefined) {
      return known;
    }
    const parent = this.find(dirname(path));
    const node = parent?.kind === "folder" ? parent.names.get(nameOf(path)) : undefined;
    if (node?.kind === "folder") {
      this.#folders.set(path, node);
    }
    return node;
  }

  /** Throws ENOENT, ENOTDIR. */
  folder(path: string): SimulatedFolder {
    const node = this.get(path);
    if (node.kind !== "folder") {
      throw diskError("ENOTDIR", path);
    }
    return node;
  }

  put(path: string, node: SimulatedNode): void {
    this.#change({ folder: this.folder(dirname(path)), name: nameOf(path), node });
  }

  /** Throws ENOENT. */
  remove(path: string): void {
    this.get(path);
    this.#change({ folder: this.folder(dirname(path)), name: nameOf(path), node: undefined });
  }

  /** Throws ENOENT. */
  rename(from: string, to: string): void {
    const node = this.get(from);
    const after = { folder: this.folder(dirname(to)), name: nameOf(to), node };
    this.#change(after);
    const folder = this.folder(dirname(from));
    this.#change({ folder, name: nameOf(from), node: undefined, after });
  }

  /** `folders`, and `files` with their texts, all durable, as if they had been there for long. */
  plant(folders: readonly string[], files: ReadonlyMap<string, string>): void {
    for (const path of folders) {
      this.put(path, new SimulatedFolder());
    }
    for (const [path, text] of files) {
      const file = new SimulatedFile();
      file.write(Buffer.from(text, "utf8"));
      file.sync();
      this.put(path, file);
    }
    for (const path of ["/disk", ...folders]) {
      this.syncFolder(this.folder(path));
    }
  }

  /** What an fsync of the folder makes durable. */
  syncFolder(folder: SimulatedFolder): void {
    for (const change of folder.pending) {
      settle(change);
    }
    folder.pending = [];
  }

  /** A sync that fails: each change may have reached the platter, and is never written again. */
  failFolderSync(folder: SimulatedFolder, random: Random): void {
    for (const change of chosen(folder.pending, random)) {
      settle(change);
    }
    folder.pending = [];
  }

  /** The power fails and comes back. */
  losePower(random: Random): void {
    this.#folders.clear();
    for (const folder of this.#root.names.values()) {
      if (folder.kind === "folder") {
        recover(folder, random, new Set());
      }
    }
  }

  /** Names of the files in `path`, and in the folders below it. */
  listFiles(path: string): Map<string, SimulatedFile> {
    const files = new Map<string, SimulatedFile>();
    for (const [name, node] of this.folder(path).names) {
      if (node.kind === "file") {
        files.set(name, node);
      } else {
        for (const [inner, file] of this.listFiles(`${path}/${name}`)) {
          files.set(inner, file);
        }
      }
    }
    return files;
  }

  #change(change: NameChange): void {
    assign(change.folder.names, change);
    change.folder.pending.push(change);
  }
}

/** An error as the kernel reports it. */
export function diskError(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: simulated, '${path}'`), { code });
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function assign(names: Map<string, SimulatedNode>, change: NameChange): void {
  if (change.node === undefined) {
    names.delete(change.name);
  } else {
    names.set(change.name, change.node);
  }
}

/** Puts a change on the platter; with the disappearance of a renamed file goes the appearance. */
function settle(change: NameChange): void {
  const { after } = change;
  if (after?.folder.pending.includes(after) === true) {
    settle(after);
    after.folder.pending = after.folder.pending.filter((one) => one !== after);
  }
  assign(change.folder.durable, change);
}

/** For each name a random number of its first changes. */
function chosen(pending: readonly NameChange[], random: Random): NameChange[] {
  const share = random.pick([0, 0.5, 1]) ?? 0;
  const ended = new Set<string>();
  return pending.filter((change) => {
    if (!ended.has(change.name) && random.chance(share)) {
      return true;
    }
    ended.add(change.name);
    return false;
  });
}

function recover(folder: SimulatedFolder, random: Random, seen: Set<SimulatedNode>): void {
  seen.add(folder);
  for (const change of chosen(folder.pending, random)) {
    settle(change);
  }
  folder.pending = [];
  folder.names = new Map(folder.durable);
  for (const node of folder.names.values()) {
    if (!seen.has(node)) {
      seen.add(node);
      if (node.kind === "folder") {
        recover(node, random, seen);
      } else {
        node.losePower(random);
      }
    }
  }
}
