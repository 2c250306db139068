/** Syncs folders, sharing one sync among the commits that wait for the same folder. */
import type { LoopFiles, OpenFile } from "./files.ts";

/** A change of names in a folder that is under way; see `FolderSync.begin`. */
export interface FolderChange {
  readonly path: string;
  /** Failed syncs of the folder before the change. */
  readonly failuresBefore: number;
}

/** Keeps a descriptor per folder synced so far; `close` releases them. */
export class FolderSync {
  readonly #files: LoopFiles;
  readonly #folders = new Map<string, SharedSync>();

  constructor(files: LoopFiles) {
    this.#files = files;
  }

  /** Called before a name in `path` is changed; the result is what makes the change durable. */
  begin(path: string): FolderChange {
    return { path, failuresBefore: this.#folderAt(path).failures };
  }

  /**
   * Resolves when a sync that started after this call has ended, and with it the change is durable. Throws
   * the sync's error, also that of another caller's sync since `begin`: it may have lost this change, and a
   * later sync that succeeds says nothing about what an earlier one lost.
   */
  async sync(change: FolderChange): Promise<void> {
    const folder = this.#folderAt(change.path);
    await folder.sync();
    if (folder.failures !== change.failuresBefore) {
      throw folder.lastFailure;
    }
  }

  async close(): Promise<void> {
    const folders = [...this.#folders.values()];
    this.#folders.clear();
    await Promise.all(folders.map((folder) => folder.close()));
  }

  #folderAt(path: string): SharedSync {
    let folder = this.#folders.get(path);
    if (folder === undefined) {
      folder = new SharedSync(this.#files, path);
      this.#folders.set(path, folder);
    }
    return folder;
  }
}

class SharedSync {
  readonly #files: LoopFiles;
  readonly #path: string;
  failures = 0;
  lastFailure: unknown;
  #handle: OpenFile | undefined;
  #running: Promise<void> | undefined;
  /** Starts when `#running` ends; whoever asks meanwhile shares it. */
  #next: Promise<void> | undefined;

  constructor(files: LoopFiles, path: string) {
    this.#files = files;
    this.#path = path;
  }

  sync(): Promise<void> {
    if (this.#running === undefined) {
      return this.#start();
    }
    this.#next ??= this.#running.then(
      () => this.#start(),
      () => this.#start(),
    );
    return this.#next;
  }

  async close(): Promise<void> {
    await Promise.allSettled([this.#running, this.#next]);
    await this.#handle?.close();
    this.#handle = undefined;
  }

  #start(): Promise<void> {
    this.#next = undefined;
    const running = this.#syncNow().finally(() => {
      if (this.#running === running) {
        this.#running = undefined;
      }
    });
    this.#running = running;
    return running;
  }

  async #syncNow(): Promise<void> {
    this.#handle ??= await this.#files.open(this.#path, "r");
    try {
      await this.#handle.sync();
    } catch (error) {
      this.failures += 1;
      this.lastFailure = error;
      // The kernel reports a failure to a descriptor once: a fresh one makes later failures seen as well.
      const failed = this.#handle;
      this.#handle = undefined;
      await failed.close().catch(() => undefined);
      throw error;
    }
  }
}
