/** Receiving the bytes of an upload from a descriptor of its connection, inside a blob worker or on the event loop. */
import { closeSync } from "node:fs";
import { Socket } from "node:net";
import type { ReceivedBytes } from "../../domain/body-bytes.ts";
import { KIB } from "../../domain/limits.ts";
import type { ReceiveRequest } from "./worker-messages.ts";

/** What is read at once: it is hashed and written while it is in the processor's cache. */
export const RECEIVED_PIECE_BYTES = 256 * KIB;

/** What the owner of a receiver is told. */
export interface ReceiverEvents {
  /**
   * The next bytes, in the room that was given for them, which nobody writes to until a promise is kept. False, now or
   * promised, stops the receiver, as does a promise that is broken.
   */
  bytes(bytes: Uint8Array, moreFollow: boolean): boolean | Promise<boolean>;
  /** Told once: nothing is read from the connection any more. */
  ended(received: ReceivedBytes): void;
}

/**
 * Reads from a descriptor that it then closes, and from the connection not one byte more than it was asked for. It ends
 * early when the client is silent for too long, and when the connection ends, which whoever reads on will learn again. That
 * it failed the system tells once: such a connection is of no use to anybody else.
 */
export class SocketReceiver {
  readonly #request: ReceiveRequest;
  readonly #room: () => Uint8Array;
  readonly #events: ReceiverEvents;
  readonly #socket: Socket | undefined;
  #sizeBytes = 0;
  #ended = false;

  /** `room` is asked once for each time that `bytes` is told, and at first, for memory that the next bytes go to. */
  constructor(request: ReceiveRequest, room: () => Uint8Array, events: ReceiverEvents) {
    this.#request = request;
    this.#room = room;
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
          callback: (count, bytes) => this.#receive(count, bytes),
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
    return this.#room().subarray(0, this.#request.sizeBytes - this.#sizeBytes);
  }

  #receive(count: number, room: Uint8Array): boolean {
    this.#sizeBytes += count;
    const moreFollow = this.#sizeBytes < this.#request.sizeBytes;
    const goesOn = this.#events.bytes(room.subarray(0, count), moreFollow);
    if (typeof goesOn === "object") {
      this.#waitFor(goesOn, moreFollow);
      return false;
    }
    if (goesOn && moreFollow) {
      return true;
    }
    this.#end();
    return false;
  }

  /** Nothing is read meanwhile, and no silence of the client is counted. */
  #waitFor(taken: Promise<boolean>, moreFollow: boolean): void {
    this.#socket?.setTimeout(0);
    taken.then(
      (goesOn) => {
        if (goesOn && moreFollow && !this.#ended) {
          this.#socket?.setTimeout(this.#request.idleTimeoutMs);
          this.#socket?.resume();
        } else {
          this.#end();
        }
      },
      () => this.#end(),
    );
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
