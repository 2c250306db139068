/** Syncs folders, sharing one sync among the commits that wait for the same folder. */
import { type FileHandle, open } from "node:fs/promises";

/** Keeps a descriptor per folder synced so far; `close` releases them. */
export class FolderSync {
  readonly #folders = new Map<string, SharedSync>();

  /** Resolves when a sync of `path` that started after this call has ended; throws its error. */
  sync(path: string): Promise<void> {
    let folder = this.#folders.get(path);
    if (folder === undefined) {
      folder = new SharedSync(path);
      this.#folders.set(path, folder);
    }
    return folder.sync();
  }

  async close(): Promise<void> {
    const folders = [...this.#folders.values()];
    this.#folders.clear();
    await Promise.all(folders.map((folder) => folder.close()));
  }
}

class SharedSync {
  readonly #path: string;
  #handle: FileHandle | undefined;
  #running: Promise<void> | undefined;
  /** Starts when `#running` ends; whoever asks meanwhile shares it. */
  #next: Promise<void> | undefined;

  constructor(path: string) {
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
    this.#handle ??= await open(this.#path, "r");
    try {
      await this.#handle.sync();
    } catch (error) {
      // The kernel reports a failure to a descriptor once: a fresh one makes later failures seen as well.
      const failed = this.#handle;
      this.#handle = undefined;
      await failed.close().catch(() => undefined);
      throw error;
    }
  }
}
