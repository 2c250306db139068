/** Receiving the bytes of an upload from a descriptor of its connection, inside a blob worker. */
import { closeSync } from "node:fs";
import { Socket } from "node:net";
import type { ReceivedBytes } from "../../domain/body-bytes.ts";
import type { ReceiveRequest } from "./worker-messages.ts";

/** What the owner of a receiver is told. */
export interface ReceiverEvents {
  /** Where the next bytes go: asked for before each read. */
  room(): Uint8Array;
  /** So many bytes are in the room that was given last. False stops the receiver. */
  filled(count: number, moreFollow: boolean): boolean;
  /** Told once: nothing is read from the connection any more. */
  ended(received: ReceivedBytes): void;
}

/**
 * Reads from a descriptor that it then closes, and from the connection not one byte more than it was asked for. It ends
 * early when the client is silent for too long, and when the connection ends, which whoever reads on will learn
 * again. That it failed the system tells once: such a connection is of no use to anybody else.
 */
export class SocketReceiver {
  readonly #request: ReceiveRequest;
  readonly #events: ReceiverEvents;
  readonly #socket: Socket | undefined;
  #sizeBytes = 0;
  #ended = false;

  constructor(request: ReceiveRequest, events: ReceiverEvents) {
    this.#request = request;
    this.#events = events;
    this.#socket = this.#open();
  }

  /** Ends it now, unless it has ended. */
  stop(): void {
    this.#end();
  }

  #open(): Socket | undefined {
    const { descriptor, idleTimeoutMs } = this.#request;
    try {
      const socket = new Socket({
        fd: descriptor,
        writable: false,
        // Else the end of what the client sends would end the answer too.
        allowHalfOpen: true,
        onread: {
          buffer: () => this.#nextBuffer(),
          callback: (count) => this.#receive(count),
        },
      });
      socket.setTimeout(idleTimeoutMs, () => this.#endIfSilent());
      socket.on("end", () => this.#end());
      socket.on("error", () => this.#end("failure"));
      return socket;
    } catch {
      closeSync(descriptor);
      // Told when the constructor has returned.
      setImmediate(() => this.#end());
      return undefined;
    }
  }

  #nextBuffer(): Uint8Array {
    return this.#events.room().subarray(0, this.#request.sizeBytes - this.#sizeBytes);
  }

  #receive(count: number): boolean {
    this.#sizeBytes += count;
    const moreFollow = this.#sizeBytes < this.#request.sizeBytes;
    if (this.#events.filled(count, moreFollow) && moreFollow) {
      return true;
    }
    this.#end();
    return false;
  }

  /** A thread that was busy for so long, as with a slow disk, has not looked: what came meanwhile is read first. */
  #endIfSilent(): void {
    const sizeBytes = this.#sizeBytes;
    setImmediate(() => {
      if (this.#sizeBytes === sizeBytes) {
        this.#end("silence");
      }
    });
  }

  #end(reason?: "silence" | "failure"): void {
    if (!this.#ended) {
      this.#ended = true;
      this.#socket?.destroy();
      const sizeBytes = reason === "failure" ? undefined : this.#sizeBytes;
      this.#events.ended({ sizeBytes, isIdle: reason === "silence" });
    }
  }
}
