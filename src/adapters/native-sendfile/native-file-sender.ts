/** Files over connections by `native/sendfile.c`, where it was built. */
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import type { FileSender, FileSending, FileToSend } from "../../ports/file-sender.ts";
import { packageFile } from "../../std/package-file-node.ts";

/** The addon, as sendfile.c describes it. Every function throws on arguments of a wrong kind. */
interface Addon {
  open(ended: (id: number, sentBytes: number, error: number) => void): void;
  send(socketDescriptor: number, fileDescriptor: number, start: number, length: number): number;
  sentBytes(id: number): number;
  cancel(id: number): void;
}

/** The interface of sendfile.c that this code was written for; a build of other sources has another. */
const INTERFACE_VERSION = 1;
/** In the package. */
const ADDON = "native/build/sendfile.node";

/** One for the process, as its threads are. */
let opened: FileSender | undefined;

/** `undefined` when it is not wanted, not built, or not for this machine: then bytes are read and written. */
export function findFileSender(isWanted: boolean): FileSender | undefined {
  if (!isWanted) {
    return undefined;
  }
  try {
    opened ??= openSender(createRequire(import.meta.url)(fileURLToPath(packageFile(ADDON))));
    return opened;
  } catch {
    return undefined;
  }
}

function openSender(addon: unknown): FileSender | undefined {
  // The version stands for the rest of the interface.
  return Object(addon).version === INTERFACE_VERSION
    ? new NativeFileSender(addon as Addon)
    : undefined;
}

class NativeFileSender implements FileSender {
  readonly #addon: Addon;
  /** By the addon's ids, which it gives again once a sending has ended. */
  readonly #sendings = new Map<number, NativeFileSending>();

  constructor(addon: Addon) {
    this.#addon = addon;
    addon.open((id, sentBytes) => {
      const sending = this.#sendings.get(id);
      this.#sendings.delete(id);
      sending?.end(sentBytes);
    });
  }

  start({ socketDescriptor, fileDescriptor, start, endExclusive }: FileToSend): FileSending {
    const id = this.#addon.send(socketDescriptor, fileDescriptor, start, endExclusive - start);
    const sending = new NativeFileSending(this.#addon, id);
    this.#sendings.set(id, sending);
    return sending;
  }
}

class NativeFileSending implements FileSending {
  readonly #addon: Addon;
  readonly #id: number;
  readonly #ended = Promise.withResolvers<number>();
  #endedBytes: number | undefined;

  constructor(addon: Addon, id: number) {
    this.#addon = addon;
    this.#id = id;
  }

  get ended(): Promise<number> {
    return this.#ended.promise;
  }

  sentBytes(): number {
    return this.#endedBytes ?? this.#addon.sentBytes(this.#id);
  }

  cancel(): void {
    if (this.#endedBytes === undefined) {
      this.#addon.cancel(this.#id);
    }
  }

  end(sentBytes: number): void {
    this.#endedBytes = sentBytes;
    this.#ended.resolve(sentBytes);
  }
}
