/** The thread of one query, as the event loop sees it. */
import type { Transferable, Worker } from "node:worker_threads";
import { SelectFailure } from "../../domain/select-failure.ts";
import type { FromThread, ToThread } from "./thread-messages.ts";

type Message = Exclude<FromThread, { readonly kind: "alive" }>;

/** A thread and what it said that nobody has received yet. Messages are received one after another. */
export class SelectThread {
  readonly #worker: Worker;
  readonly #silenceMaxMs: number;
  /** See `ThreadStart`. */
  readonly #waits: Int32Array;
  readonly #inbox: Message[] = [];
  #failure: Error | undefined;
  #waiting: { resolve(message: Message): void; reject(error: Error): void } | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    worker: Worker,
    options: { readonly silenceMaxMs: number; readonly waits: SharedArrayBuffer },
  ) {
    this.#worker = worker;
    this.#silenceMaxMs = options.silenceMaxMs;
    this.#waits = new Int32Array(options.waits);
    let cause: unknown;
    worker.on("message", (message: FromThread) => this.#hear(message));
    worker.on("error", (error) => {
      cause = error;
    });
    worker.on("exit", (exitCode) => {
      const reason = cause instanceof Error ? cause.message : `exit code ${exitCode}`;
      this.#fail(new Error(`the thread of a query stopped: ${reason}`, { cause }));
    });
  }

  send(message: ToThread, transferred: readonly Transferable[]): void {
    this.#worker.postMessage(message, transferred);
  }

  /**
   * The next message. Throws `SelectFailure` `QueryTimeout` when the thread is silent for too long, unless it waits for
   * the storage, and an error when it has ended.
   */
  async receive(): Promise<Message> {
    const first = this.#inbox.shift();
    if (first !== undefined) {
      return first;
    }
    if (this.#failure !== undefined) {
      throw this.#failure;
    }
    const { promise, resolve, reject } = Promise.withResolvers<Message>();
    this.#waiting = { resolve, reject };
    this.#startTimer();
    return await promise;
  }

  /** Ends the thread wherever it is; once it has ended, nothing happens. */
  async end(): Promise<void> {
    await this.#worker.terminate();
  }

  #hear(message: FromThread): void {
    if (message.kind === "alive") {
      if (this.#waiting !== undefined) {
        this.#startTimer();
      }
      return;
    }
    const waiting = this.#stopWaiting();
    if (waiting === undefined) {
      this.#inbox.push(message);
    } else {
      waiting.resolve(message);
    }
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#stopWaiting()?.reject(this.#failure);
  }

  #startTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (Atomics.load(this.#waits, 0) !== 0) {
        this.#startTimer();
        return;
      }
      const seconds = this.#silenceMaxMs / 1000;
      const message = `the query took more than ${seconds} s for a few records and was ended`;
      this.#fail(new SelectFailure("QueryTimeout", message, undefined));
      void this.end();
    }, this.#silenceMaxMs);
  }

  #stopWaiting() {
    const waiting = this.#waiting;
    clearTimeout(this.#timer);
    this.#waiting = undefined;
    return waiting;
  }
}
