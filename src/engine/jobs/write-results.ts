/** Writes the output of a query as objects of bounded size, each of whole records. */
import type { ResultStore, ResultWriter } from "../../ports/result-store.ts";
import type { SelectObjects } from "./select-objects.ts";
import type { RunWatch } from "./watch-run.ts";

/**
 * Writes what `output` yields and returns the keys of the parts, in order: one at least, which may be empty.
 * A chunk, of whole records, never lies in two parts. What is thrown leaves the parts committed until then.
 */
export async function writeResults(
  results: ResultStore,
  objects: SelectObjects,
  output: AsyncIterator<Uint8Array>,
  watch: RunWatch,
): Promise<readonly string[]> {
  const parts = new PartWriter(results, objects, watch);
  try {
    for (;;) {
      await watch.look();
      const next = await watch.during(output.next());
      if (next.done === true) {
        return await parts.finish();
      }
      await parts.write(next.value);
    }
  } catch (error) {
    await parts.abort();
    throw error;
  }
}

class PartWriter {
  readonly #results: ResultStore;
  readonly #objects: SelectObjects;
  readonly #watch: RunWatch;
  readonly #keys: string[] = [];
  #writer: ResultWriter | undefined;
  #sizeBytes = 0;

  constructor(results: ResultStore, objects: SelectObjects, watch: RunWatch) {
    this.#results = results;
    this.#objects = objects;
    this.#watch = watch;
  }

  async write(chunk: Uint8Array): Promise<void> {
    if (this.#sizeBytes > 0 && this.#sizeBytes + chunk.length > this.#results.partMaxBytes) {
      await this.#commit();
    }
    const writer = await this.#open();
    await this.#watch.during(writer.write(chunk));
    this.#sizeBytes += chunk.length;
  }

  async finish(): Promise<readonly string[]> {
    if (this.#sizeBytes > 0 || this.#keys.length === 0) {
      await this.#commit();
    }
    return this.#keys;
  }

  async abort(): Promise<void> {
    await this.#writer?.abort();
  }

  async #open(): Promise<ResultWriter> {
    if (this.#writer === undefined) {
      const key = this.#objects.partKey(this.#keys.length);
      const opening = this.#results.openWriter(this.#objects.destination, key);
      this.#writer = await this.#watch.during(opening);
    }
    return this.#writer;
  }

  async #commit(): Promise<void> {
    const writer = await this.#open();
    await this.#watch.during(writer.commit());
    this.#keys.push(this.#objects.partKey(this.#keys.length));
    this.#writer = undefined;
    this.#sizeBytes = 0;
  }
}
