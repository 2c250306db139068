/** Results in memory, for tests and simulations: nothing survives the process. */
import { SELECT_PART_MAX_BYTES } from "../../domain/limits.ts";
import { ResultStoreError } from "../../domain/result-store-error.ts";
import type {
  ResultDestination,
  ResultSource,
  ResultStore,
  ResultWriter,
  StoredResult,
} from "../../ports/result-store.ts";
import { concatBytes, utf8Text } from "../../std/bytes.ts";

export interface MemoryResults extends ResultStore {
  /** Objects by `<bucket>/<key>`. */
  readonly objects: Map<string, Uint8Array>;
  /** How each object was to be stored. */
  readonly destinations: Map<string, ResultDestination>;
  /** Buckets that refuse everything, with the reason. */
  readonly refused: Map<string, string>;
  /** The text of an object. */
  textOf(name: string): string | undefined;
}

/** An empty store; every bucket exists. */
export function openMemoryResults(): MemoryResults {
  const objects = new Map<string, Uint8Array>();
  const destinations = new Map<string, ResultDestination>();
  const refused = new Map<string, string>();
  const check = (bucketName: string) => {
    const reason = refused.get(bucketName);
    if (reason !== undefined) {
      throw new ResultStoreError("refused", bucketName, reason);
    }
  };
  return {
    objects,
    destinations,
    refused,
    partMaxBytes: SELECT_PART_MAX_BYTES,
    textOf: (name) => {
      const bytes = objects.get(name);
      return bytes === undefined ? undefined : utf8Text(bytes);
    },
    async openWriter(destination: ResultDestination, key: string): Promise<ResultWriter> {
      check(destination.bucketName);
      const chunks: Uint8Array[] = [];
      return {
        write: async (chunk) => {
          chunks.push(new Uint8Array(chunk));
        },
        commit: async () => {
          check(destination.bucketName);
          const name = `${destination.bucketName}/${key}`;
          objects.set(name, concatBytes(chunks));
          destinations.set(name, destination);
        },
        abort: async () => undefined,
      };
    },
    async *list({ bucketName }, prefix) {
      check(bucketName);
      for (const name of [...objects.keys()]) {
        if (name.startsWith(`${bucketName}/${prefix}`)) {
          yield name.slice(bucketName.length + 1);
        }
      }
    },
    async remove({ bucketName }, key) {
      check(bucketName);
      objects.delete(`${bucketName}/${key}`);
    },
    async find({ bucketName, key }: ResultSource): Promise<StoredResult | undefined> {
      check(bucketName);
      const bytes = objects.get(`${bucketName}/${key}`);
      return bytes && { sizeBytes: bytes.length, bytes: once(bytes) };
    },
    close: async () => undefined,
  };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, void> {
  yield bytes;
}
